"""Texts as the locked MiniLM sees them: token by token, or as a mean-pooled vector each."""

from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import AutoTokenizer, BertModel, PreTrainedTokenizerBase

from pipelines.models.cards import minilm_dir

TOKENS = 32  # as the denoiser reads captions
WIDTH = 384


@cache
def text_tower() -> tuple[PreTrainedTokenizerBase, BertModel]:
    """The locked MiniLM and its tokenizer."""
    model = BertModel.from_pretrained(minilm_dir() / "text_encoder", add_pooling_layer=False)
    return AutoTokenizer.from_pretrained(minilm_dir() / "tokenizer"), model.float().eval()


@torch.inference_mode()
def token_states(texts: Sequence[str]) -> Tensor:
    """States (len(texts), 32, 384) as the denoiser is given them: padding is masked for MiniLM
    itself, but its states are passed on like all others."""
    tokenizer, model = text_tower()
    words = tokenizer(
        list(texts),
        padding="max_length", truncation=True, max_length=TOKENS, return_tensors="pt",
    )  # fmt: skip
    return model(words["input_ids"], attention_mask=words["attention_mask"]).last_hidden_state


@torch.inference_mode()
def encode(texts: Sequence[str], batch: int = 256) -> Tensor:
    """Mean-pooled MiniLM states (len(texts), 384), as open_clip's text tower pools them."""
    tokenizer, model = text_tower()
    out = torch.empty(len(texts), WIDTH)
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))  # little padding a batch
    for start in range(0, len(order), batch):
        part = order[start : start + batch]
        words = tokenizer(
            [texts[i] for i in part],
            padding=True, truncation=True, max_length=TOKENS, return_tensors="pt",
        )  # fmt: skip
        mask = words["attention_mask"]
        states = model(input_ids=words["input_ids"], attention_mask=mask).last_hidden_state
        out[part] = (states * mask.unsqueeze(-1)).sum(1) / mask.sum(1, keepdim=True)
    return out


class TextBank:
    """Vectors of a fixed list of texts, found by text. The cache is named by the texts' hash."""

    def __init__(self, texts: Sequence[str], cache: Path) -> None:
        self.texts = sorted(set(texts))
        self.index = {text: i for i, text in enumerate(self.texts)}
        digest = sha256("\n".join(self.texts).encode()).hexdigest()[:16]
        file = cache / f"texts-{digest}.safetensors"
        if not file.is_file():
            cache.mkdir(parents=True, exist_ok=True)
            save_file({"vectors": encode(self.texts)}, file)
        self.vectors = load_file(file)["vectors"]

    def find(self, texts: Sequence[str]) -> Tensor:
        """Indices (len(texts),) of texts that are in the bank."""
        return torch.tensor([self.index[text] for text in texts])
