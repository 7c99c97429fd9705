"""The encoder in numpy is the bundled MiniLM."""

import numpy as np
import pytest

from pipelines.models.cards import minilm_dir
from pipelines.preference.sentence import gelu, sentence_encoder

TEXTS = ["thick black outlines", "The background is far too busy, sadly.", "x", "ünïcode 猫 🦊"]


def test_vectors_equal_those_of_transformers():
    torch = pytest.importorskip("torch")
    from transformers import BertModel, PreTrainedTokenizerFast

    bert = BertModel.from_pretrained(
        minilm_dir() / "text_encoder", dtype=torch.float32, add_pooling_layer=False
    ).eval()
    tokenizer = PreTrainedTokenizerFast.from_pretrained(minilm_dir() / "tokenizer")
    for text, ours in zip(TEXTS, sentence_encoder().encode(TEXTS), strict=True):
        with torch.inference_mode():
            states = bert(**tokenizer(text, return_tensors="pt")).last_hidden_state[0]
        mean = states.mean(dim=0)
        np.testing.assert_allclose(ours, (mean / mean.norm()).numpy(), atol=2e-6)


def test_vectors_have_unit_length_and_near_meanings_are_near():
    outline, contour, mood = sentence_encoder().encode(["thick outline", "bold contour", "gloomy"])
    assert np.linalg.norm(outline) == pytest.approx(1)
    assert outline @ contour > outline @ mood + 0.1
    assert sentence_encoder().encode([]).shape == (0, 384)


def test_gelu_is_the_exact_one():
    erf = np.vectorize(__import__("math").erf)
    x = np.linspace(-6, 6, 1001)
    np.testing.assert_allclose(gelu(x), x * 0.5 * (1 + erf(x / np.sqrt(2))), atol=1e-6)
