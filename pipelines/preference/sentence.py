"""The bundled MiniLM as a sentence encoder, in numpy.

The reader of comments must answer while a person types. Importing torch takes seconds and most of
a gigabyte; the encoder itself is small enough to write down: six BERT layers (Devlin et al. 2018,
post-norm, exact GELU) over a handful of tokens, mean-pooled and scaled to unit length as
all-MiniLM-L6-v2 was trained. A test holds it against transformers' BertModel.
"""

import math
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.models.cards import minilm_dir

HEADS = 12
EPSILON = 1e-12
MAX_TOKENS = 48  # a clause; longer texts are cut


class SentenceEncoder:
    """Texts to unit vectors with shape (n, 384), float32."""

    def __init__(self, folder: Path) -> None:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        weights = load_file(folder / "text_encoder" / "model.safetensors")
        self.weights = {name: value.astype(np.float32) for name, value in weights.items()}
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer" / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(MAX_TOKENS)
        self.layers = 1 + max(
            int(n.split("layer.")[1].split(".")[0]) for n in weights if "layer." in n
        )

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors, one row a text."""
        if not texts:
            return np.zeros((0, 384), np.float32)
        return np.stack([self.encode_one(text) for text in texts])

    @lru_cache(maxsize=4096)  # noqa: B019 - the one encoder lives as long as the process
    def encode_one(self, text: str) -> np.ndarray:
        """One unit vector with shape (384,)."""
        ids = np.array(self.tokenizer.encode(text).ids)
        x = self.embed(ids)
        for layer in range(self.layers):
            x = self.layer(x, f"encoder.layer.{layer}.")
        mean = x.mean(axis=0)
        return mean / np.linalg.norm(mean)

    def embed(self, ids: np.ndarray) -> np.ndarray:
        """Token, position and segment embeddings with shape (n, 384)."""
        w = self.weights
        x = (
            w["embeddings.word_embeddings.weight"][ids]
            + w["embeddings.position_embeddings.weight"][: len(ids)]
            + w["embeddings.token_type_embeddings.weight"][0]
        )
        return self.norm(x, "embeddings.LayerNorm.")

    def layer(self, x: np.ndarray, name: str) -> np.ndarray:
        """One post-norm transformer layer."""
        n, width = x.shape
        q, k, v = (
            self.linear(x, f"{name}attention.self.{part}.").reshape(n, HEADS, -1).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        scores = q @ k.transpose(0, 2, 1) / math.sqrt(width / HEADS)
        attended = (softmax(scores) @ v).transpose(1, 0, 2).reshape(n, width)
        x = self.norm(
            x + self.linear(attended, f"{name}attention.output.dense."),
            f"{name}attention.output.LayerNorm.",
        )
        hidden = gelu(self.linear(x, f"{name}intermediate.dense."))
        return self.norm(
            x + self.linear(hidden, f"{name}output.dense."), f"{name}output.LayerNorm."
        )

    def linear(self, x: np.ndarray, name: str) -> np.ndarray:
        """x Wᵀ + b."""
        return x @ self.weights[f"{name}weight"].T + self.weights[f"{name}bias"]

    def norm(self, x: np.ndarray, name: str) -> np.ndarray:
        """Layer normalization over the width."""
        centred = x - x.mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + EPSILON)
        return scaled * self.weights[f"{name}weight"] + self.weights[f"{name}bias"]


def softmax(x: np.ndarray) -> np.ndarray:
    """Over the last axis."""
    exp = np.exp(x - x.max(axis=-1, keepdims=True))
    return exp / exp.sum(axis=-1, keepdims=True)


def gelu(x: np.ndarray) -> np.ndarray:
    """Exact GELU: x Φ(x). numpy has no erf, so Abramowitz & Stegun 7.1.26, error below 1.5e-7."""
    z = np.abs(x) / math.sqrt(2)
    t = 1 / (1 + 0.3275911 * z)
    series = ((((1.061405429 * t - 1.453152027) * t) + 1.421413741) * t - 0.284496736) * t
    erf = 1 - (series + 0.254829592) * t * np.exp(-z * z)
    return x * 0.5 * (1 + np.sign(x) * erf)


@cache
def sentence_encoder(folder: Path | None = None) -> Any:
    """The encoder of a folder, the bundled one without; loaded once a process."""
    return SentenceEncoder(folder or minilm_dir())
