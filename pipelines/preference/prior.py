"""Makes the scorer's constants: `python -m pipelines.preference.prior`.

Before anybody has chosen, a weight vector is drawn from N(0, S) with S = v_c C + v_r I/D on the
CLIP's D dimensions and v_p I/P on the P pixel measures. C is the covariance of the embeddings of
the vocabulary's labels, trace 1: people differ in what words can say (medium, palette, line, mood)
rather than in any direction of the space. DRM (arXiv 2502.13131) takes such directions from
differences of rated pictures; words need none. On the tuning people the words' part made hardly a
difference (0.688 of choices guessed after 16 pairs, 0.686 without it). Features have variance 1, so
v_c + v_r + v_p is about the variance of a picture's utility in logits. The three were chosen on the
tuning people of `studio bench scorer --tune`, whom its figures leave out.
"""

import argparse

import torch
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor

from pipelines.metrics.clip import load_clip
from pipelines.models.cards import assets_dir
from pipelines.preference.features import MEASURES, raw_features
from pipelines.preference.vocabulary import load_vocabulary

WORDS, REST, PIXELS = 0.2, 0.3, 1.0  # v_c, v_r, v_p


def prior_covariance(
    directions: Tensor, words: float = WORDS, rest: float = REST, pixels: float = PIXELS
) -> Tensor:
    """S (F, F) above; `directions` (L, D) are the labels' embeddings."""
    d, p = directions.shape[1], len(MEASURES)
    spread = directions.double().T.cov()
    out = torch.zeros(d + p, d + p, dtype=torch.double)
    out[:d, :d] = words * spread / spread.trace() + rest / d * torch.eye(d)
    out[d:, d:] = pixels / p * torch.eye(p)
    return out.float()


def label_embeddings() -> Tensor:
    """Text embeddings (L, D) of all labels that say how something looks."""
    names = [label.name for label in load_vocabulary().labels.values() if not label.generic]
    return load_clip().embed_texts(names).clone()


def main() -> None:
    """Write the constants."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    clip = load_clip()
    files = sorted((assets_dir() / "decks" / "stickers").glob("*.webp"))
    raw = raw_features(clip, [Image.open(file) for file in files]).clone()
    deviation = raw.std(0)
    of_clip = deviation[: -len(MEASURES)]
    of_clip[:] = of_clip.square().mean().sqrt()  # one scale: the space keeps its angles
    constants = {
        "centre": raw.mean(0),
        "scale": 1 / deviation,
        "covariance": prior_covariance(label_embeddings()),
    }
    folder = assets_dir() / "preference"
    folder.mkdir(exist_ok=True)
    save_file(constants, folder / "prior.safetensors")


if __name__ == "__main__":
    main()
