"""Guesses what words mean that the vocabulary does not list: a linear layer on MiniLM.

Learnt from the vocabulary itself: its 3,900 words with their category, against common English
words and opinion cues as "none". Ten logits from a 384-vector, fitted by `train` within minutes;
words held out in five-fold cross-validation got their category 74 % of the time. The file also
holds one vector a label (the mean of its words), which names the label when it is near enough.

Train again after the vocabulary changed: python -m pipelines.preference.extract.tagger
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from pipelines.models.cards import assets_dir
from pipelines.preference.attributes import CATEGORIES, Category
from pipelines.preference.sentence import sentence_encoder
from pipelines.preference.vocabulary import Label, Vocabulary, load_vocabulary

SURE = 0.5  # probability from which a guess is believed
NEAR = 0.5  # cosine from which a guess bears a label's name
NONE = len(CATEGORIES)  # the class of words that name nothing visual
NONE_SHARE = 0.5  # weight of a negative example: many common words are visual after all
SEED = 0


@dataclass(frozen=True)
class Tagger:
    """The layer and the label vectors (unit length), with shapes (10, 384), (10,), (n, 384)."""

    weight: np.ndarray
    bias: np.ndarray
    labels: tuple[Label, ...]
    vectors: np.ndarray

    def guess(self, text: str) -> tuple[Category, Label | None] | None:
        """Category and, where one is near, label of a few words; None for nothing visual."""
        vector = sentence_encoder().encode_one(text)
        odds = softmax(self.weight @ vector + self.bias)
        best = int(odds[:NONE].argmax())
        if odds[best] < SURE:
            return None
        return CATEGORIES[best], self.nearest(vector, CATEGORIES[best])

    def nearest(self, vector: np.ndarray, category: Category) -> Label | None:
        """The nearest label of a category, if it is near."""
        own = np.array([label.category == category and not label.generic for label in self.labels])
        likeness = np.where(own, self.vectors @ vector, -1.0)
        best = int(likeness.argmax())
        return self.labels[best] if likeness[best] >= NEAR else None


def tagger_file() -> Path:
    """Where the bundled tagger lies."""
    return assets_dir() / "reading" / "tagger.safetensors"


@cache
def load_tagger(file: Path | None = None) -> Tagger:
    """The bundled tagger; labels that it was not taught are not guessed."""
    from safetensors import safe_open

    vocabulary = load_vocabulary()
    with safe_open(file or tagger_file(), framework="numpy") as tensors:
        names = tensors.metadata()["labels"].split("\n")
        known = [n for n, name in enumerate(names) if name in vocabulary]
        return Tagger(
            weight=tensors.get_tensor("weight").astype(np.float32),
            bias=tensors.get_tensor("bias").astype(np.float32),
            labels=tuple(vocabulary[names[n]] for n in known),
            vectors=tensors.get_tensor("vectors").astype(np.float32)[known],
        )


def softmax(logits: np.ndarray) -> np.ndarray:
    """Over the last axis."""
    odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return odds / odds.sum(axis=-1, keepdims=True)


def train(vocabulary: Vocabulary, negatives: Sequence[str], file: Path) -> None:
    """Fit the tagger and write its file."""
    from safetensors.numpy import save_file

    labels = list(vocabulary.labels.values())
    examples = [(word, label) for label in labels for word in (label.name, *label.words)]
    encoder = sentence_encoder()
    x = encoder.encode([word for word, _ in examples])
    owner = np.array([labels.index(label) for _, label in examples])
    none = encoder.encode(negatives)
    classes = [CATEGORIES.index(label.category) for _, label in examples] + [NONE] * len(none)
    share = np.array([1.0] * len(x) + [NONE_SHARE] * len(none))
    weight, bias = fit(np.concatenate([x, none]), np.array(classes), share / share.sum())
    means = np.stack([x[owner == n].mean(axis=0) for n in range(len(labels))])
    tensors = {
        "weight": weight.astype(np.float16),
        "bias": bias.astype(np.float16),
        "vectors": (means / np.linalg.norm(means, axis=1, keepdims=True)).astype(np.float16),
    }
    save_file(tensors, file, metadata={"labels": "\n".join(label.name for label in labels)})


def fit(
    x: np.ndarray, y: np.ndarray, share: np.ndarray, *, decay: float = 1e-4, steps: int = 300
) -> tuple[np.ndarray, np.ndarray]:
    """Multinomial logistic regression by full-batch Adam (Kingma & Ba 2015)."""
    x1 = np.concatenate([x, np.ones((len(x), 1))], axis=1)
    target = np.eye(NONE + 1)[y]
    theta, m, v = (np.zeros((NONE + 1, x1.shape[1])) for _ in range(3))
    for t in range(1, steps + 1):
        slope = ((softmax(x1 @ theta.T) - target) * share[:, None]).T @ x1 + decay * theta
        m += 0.1 * (slope - m)
        v += 0.001 * (slope**2 - v)
        theta -= 0.1 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    return theta[:, :-1], theta[:, -1]


def common_words(count: int) -> list[str]:
    """Common English words that the reader does not list, drawn with a fixed seed, and the cues."""
    from pipelines.preference.extract.marks import load_opinions
    from pipelines.preference.extract.spelling import load_lexicon
    from pipelines.preference.words import FUNCTION

    lexicon = load_lexicon()
    ranked = sorted(lexicon.english, key=lambda word: lexicon.english[word])
    unlisted = [
        word
        for word in ranked
        if word not in lexicon.words and word not in FUNCTION and len(word) > 3 and word.isascii()
    ][: 4 * count]
    drawn = np.random.default_rng(SEED).choice(unlisted, size=count, replace=False)
    spoken = ("like", "hate", "want", "but", "usually")
    cues = [" ".join(k) for k, kinds in load_opinions().cues.items() if kinds[0] in spoken]
    return [*(str(word) for word in drawn), *cues]


if __name__ == "__main__":
    train(load_vocabulary(), common_words(1500), tagger_file())
