"""The sticker CLIP: pictures and words in one space. Adherence, likeness, features for the scorer.

It has learnt from icons and stickers only. On photographs it knows flat colours and simple things;
nothing here should be read as a general CLIP.
"""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import torch
from open_clip import CustomTextCLIP
from open_clip.tokenizer import HFTokenizer
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from pipelines.errors import DamagedFile, ModelNotFound
from pipelines.metrics.pixels import read_all
from pipelines.models.cards import assets_dir, minilm_dir

CONFIG, WEIGHTS = "open_clip_config.json", "open_clip_model.safetensors"
LOCKED = "text.transformer."  # MiniLM, shared with the denoiser and not stored again


class Clip:
    """Both towers, frozen. All embeddings have unit length, shape (N, D), float32."""

    def __init__(
        self,
        model: CustomTextCLIP,
        tokenizer: HFTokenizer,
        side: int,
        mean: Sequence[float],
        std: Sequence[float],
    ) -> None:
        self.model = model.eval().requires_grad_(False)
        self.tokenizer, self.side = tokenizer, side
        self.mean, self.std = torch.tensor(mean)[:, None, None], torch.tensor(std)[:, None, None]

    @property
    def scale(self) -> float:
        """What cosines are multiplied with before a softmax."""
        return float(self.model.logit_scale.exp())

    def embed_images(self, images: Sequence[Image.Image], batch: int = 64) -> Tensor:
        """Pictures of any size, squeezed to a square; transparent ones on white."""
        parts = [images[start : start + batch] for start in range(0, len(images), batch)]
        return torch.cat([self.embed_pixels(self.pixels(part)) for part in parts])

    def pixels(self, images: Sequence[Image.Image]) -> Tensor:
        """Pictures as (N, 3, side, side) in [0, 1]."""
        return torch.from_numpy(read_all(images, self.side)).permute(0, 3, 1, 2)

    def embed_pixels(self, pixels: Tensor) -> Tensor:
        """Pixels (N, 3, side, side) in [0, 1]; gradients flow if the pixels ask for them."""
        return self.model.encode_image((pixels - self.mean) / self.std, normalize=True)

    @torch.inference_mode()
    def embed_texts(self, texts: Sequence[str], batch: int = 256) -> Tensor:
        """Texts as captions say things: a concept, a style, "red", "pink background", or all of it
        joined by commas. What goes beyond 32 tokens is not read."""
        parts = [texts[start : start + batch] for start in range(0, len(texts), batch)]
        encode = self.model.encode_text
        return torch.cat([encode(self.tokenizer(list(p)), normalize=True) for p in parts])

    def classify(self, images: Sequence[Image.Image], labels: Sequence[str]) -> Tensor:
        """Probability (N, len(labels)) of each label, if exactly one of them is true."""
        cosines = similarity(self.embed_images(images), self.embed_texts(labels))
        return (self.scale * cosines).softmax(1)


def similarity(a: Tensor, b: Tensor) -> Tensor:
    """Cosines (N, M) of embeddings (N, D) and (M, D) of unit length."""
    return a @ b.T


@cache
def load_clip(folder: Path | None = None) -> Clip:
    """The sticker CLIP in `folder`, by default the one that ships; never asks a network.

    open_clip looks a text tower's name up on a hub; here the name is the folder of the bundled
    MiniLM, which is read from disk.

    Raises:
        ModelNotFound: the folder does not hold one.
        DamagedFile: the weights do not fit the config.
    """
    folder = folder or assets_dir() / "models" / "sticker-clip"
    missing = [name for name in (CONFIG, WEIGHTS) if not (folder / name).is_file()]
    if missing:
        raise ModelNotFound(f"No CLIP in {folder}: {' and '.join(missing)} missing. Get it again.")
    settings = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    shape, how = settings["model_cfg"], settings["preprocess_cfg"]
    text = shape["text_cfg"] | {"hf_model_name": str(minilm_dir() / "text_encoder")}
    model = CustomTextCLIP(shape["embed_dim"], shape["vision_cfg"], text).float()
    fill(model, folder / WEIGHTS)
    words = HFTokenizer(str(minilm_dir() / "tokenizer"), context_length=text["context_length"])
    return Clip(model, words, how["size"], how["mean"], how["std"])


def fill(model: CustomTextCLIP, file: Path) -> None:
    """Put stored weights into all of a model but its locked tower.

    Raises:
        DamagedFile: names or shapes differ.
    """
    try:
        fit = model.load_state_dict(load_file(file), strict=False)
    except (RuntimeError, SafetensorError) as error:  # shapes; a cut or foreign file
        raise DamagedFile(f"{file} does not fit its config. Get it again.") from error
    lacking = [name for name in fit.missing_keys if not name.startswith(LOCKED)]
    if lacking or fit.unexpected_keys:
        names = ", ".join([*lacking, *fit.unexpected_keys][:3])
        raise DamagedFile(f"{file} does not fit its config ({names}). Get it again.")
