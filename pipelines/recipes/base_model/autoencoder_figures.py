"""How well autoencoders give pictures back: figures and contact sheets, several side by side.

Measured on icons of the concepts and on photographs that no training has seen. PSNR, SSIM and the
gradient similarity compare a picture with its reconstruction; sharpness and colour name the two
ways in which small autoencoders fail, by washing out lines and by washing out areas.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from pipelines.recipes.base_model.autoencoder import decode, encode
from pipelines.recipes.base_model.captions import pick_background
from pipelines.recipes.base_model.icons import SIDE, load_icons
from pipelines.recipes.base_model.photos import load_photos
from pipelines.recipes.base_model.pictures import colour, compose
from pipelines.recipes.base_model.splits import Split, split

SEED = 1  # of the choice of backgrounds
PER_STYLE = 24  # held-out icons of each style at most
LUMA = torch.tensor([0.299, 0.587, 0.114])[None, :, None, None]


@dataclass(frozen=True)
class Figures:
    """Means over pictures. `psnr` in dB; `ssim` and `gradients` are 1 for equal pictures;
    `sharpness` is the energy of the gradients over the original's (below 1 is blurred);
    `colour` is the error of the mean colour of 8x8 blocks, in levels of 256."""

    psnr: float
    ssim: float
    gradients: float
    sharpness: float
    colour: float


def evaluate(models: list[Path], data: Path, photos: Path, out: Path) -> str:
    """Tables (Markdown) of all models; contact sheets of originals and reconstructions in `out`.

    Every model gets the same pictures, and its latents are the means: nothing is random.
    """
    out.mkdir(parents=True, exist_ok=True)
    icons, styles = heldout_icons(data)
    kinds = {"icons": icons, "photographs": heldout_squares(photos)}
    shown = {kind: [pixels] for kind, pixels in kinds.items()}
    overall, by_style, speeds = [], [], []
    for folder in models:
        model = AutoencoderKL.from_pretrained(folder, dtype=torch.float32).eval()
        for kind, pixels in kinds.items():
            shown[kind].append(reconstruct(model, pixels))
            values = asdict(summarise(compare(shown[kind][-1], pixels))).values()
            overall.append([folder, kind, len(pixels), *(f"{value:.3f}" for value in values)])
        by_style.append(psnr_by_style(shown["icons"][-1], icons, styles))
        speeds.append([folder, *(f"{value:.1f}" for value in speed(model))])
    for kind, columns in shown.items():
        sheet(columns, out / f"{kind}.png")
    rows = [[name, *(f"{own[name]:.2f}" for own in by_style)] for name in by_style[0]]
    tables = [
        table(["model", "pictures", "number", *(f.name for f in fields(Figures))], overall),
        table(["psnr of icons in the style", *models], rows),
        table(["model", "ms a picture to encode", "to decode"], speeds),
    ]
    return "\n\n".join(tables)


def table(head: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def heldout_icons(data: Path) -> tuple[Tensor, list[str]]:
    """Icons (N, 3, 128, 128) of the held-out concepts on backgrounds that fit, and their styles:
    the first of each style, evenly."""
    icons = load_icons(data)
    rng = np.random.default_rng(SEED)
    pixels, styles = [], []
    for index, part in enumerate(split(icons.rows)):
        row = icons.rows[index]
        if part is Split.CONCEPT and styles.count(row["set"]) < PER_STYLE:
            ground = colour(pick_background(row, rng))
            pixels.append(compose(icons.pixels[index], ground))
            styles.append(row["set"])
    return batch(pixels), styles


def heldout_squares(photos: Path) -> Tensor:
    """Squares (N, 3, 128, 128) of the held-out photographs: whole, and tiled at half their size."""
    squares = []
    for photo in load_photos(photos, heldout=True):
        picture = Image.fromarray(photo)
        short = min(picture.size)
        left, top = (picture.width - short) // 2, (picture.height - short) // 2
        whole = picture.crop((left, top, left + short, top + short))
        squares.append(whole.resize((SIDE, SIDE), Image.Resampling.BOX))
        half = picture.reduce(2)
        squares += [
            half.crop((x, y, x + SIDE, y + SIDE))
            for y in range(0, half.height - SIDE + 1, SIDE // 2)
            for x in range(0, half.width - SIDE + 1, SIDE // 2)
        ]
    return batch([np.asarray(square, np.float32) / np.float32(255) for square in squares])


def batch(pixels: list[NDArray[np.float32]]) -> Tensor:
    """(N, 3, H, W) in [0, 1], rounded to what a picture file holds."""
    stacked = torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2)
    return (stacked * 255).round().contiguous() / 255


@torch.inference_mode()
def reconstruct(model: AutoencoderKL, pixels: Tensor) -> Tensor:
    """Pictures (N, 3, H, W) in [0, 1] through the mean of their latents and back, as 8 bits."""
    parts = [decode(model, encode(model, part * 2 - 1).mean) for part in pixels.split(16)]
    return ((torch.cat(parts) / 2 + 0.5).clamp(0, 1) * 255).round() / 255


def compare(decoded: Tensor, original: Tensor) -> dict[str, Tensor]:
    """Every figure for each picture (N,); both (N, 3, H, W) in [0, 1]."""
    error = (decoded - original).square().mean((1, 2, 3)).clamp_min(1e-10)
    blocks = F.avg_pool2d(decoded, 8) - F.avg_pool2d(original, 8)
    return {
        "psnr": -10 * error.log10(),
        "ssim": ssim(decoded, original),
        "gradients": gradient_similarity(decoded, original),
        "sharpness": energy(decoded) / energy(original).clamp_min(1e-10),
        "colour": blocks.abs().mean((1, 2, 3)) * 255,
    }


def summarise(values: dict[str, Tensor]) -> Figures:
    """The mean of each figure over the pictures."""
    return Figures(**{name: float(value.mean()) for name, value in values.items()})


def ssim(a: Tensor, b: Tensor) -> Tensor:
    """Structural similarity (N,) of Wang et al. 2004: a Gaussian window of 11, sigma 1.5."""
    at = torch.arange(11) - 5.0
    line = torch.exp(-at.square() / (2 * 1.5**2))
    window = (line[:, None] * line[None, :] / line.sum() ** 2).expand(3, 1, 11, 11)

    def blur(x: Tensor) -> Tensor:
        return F.conv2d(x, window, groups=3)

    c1, c2 = 0.01**2, 0.03**2
    mu_a, mu_b = blur(a), blur(b)
    var_a, var_b = blur(a * a) - mu_a**2, blur(b * b) - mu_b**2
    cov = blur(a * b) - mu_a * mu_b
    luminance = (2 * mu_a * mu_b + c1) / (mu_a**2 + mu_b**2 + c1)
    return (luminance * (2 * cov + c2) / (var_a + var_b + c2)).mean((1, 2, 3))


def gradient_similarity(a: Tensor, b: Tensor) -> Tensor:
    """1 - GMSD (N,), Xue et al. 2014 (arXiv 1308.3052): how evenly the edges of two pictures,
    halved, agree. It follows people's judgement of blur and artefacts with no learnt weights."""
    kernel = torch.tensor([[1.0, 0, -1]]).expand(3, 3)[None, None] / 3

    def magnitude(x: Tensor) -> Tensor:
        grey = F.avg_pool2d((x * LUMA).sum(1, keepdim=True), 2)
        along, down = F.conv2d(grey, kernel), F.conv2d(grey, kernel.transpose(2, 3))
        return (along.square() + down.square() + 1e-12).sqrt()

    m_a, m_b = magnitude(a), magnitude(b)
    c = 0.0026
    similarity = (2 * m_a * m_b + c) / (m_a**2 + m_b**2 + c)
    return 1 - similarity.std((1, 2, 3))


def energy(x: Tensor) -> Tensor:
    """Mean squared step between neighbouring pixels (N,)."""
    along, down = x.diff(dim=-1), x.diff(dim=-2)
    return along.square().mean((1, 2, 3)) + down.square().mean((1, 2, 3))


def psnr_by_style(decoded: Tensor, original: Tensor, styles: list[str]) -> dict[str, float]:
    """Mean PSNR of each style's pictures."""
    values, names = compare(decoded, original)["psnr"].numpy(), np.array(styles)
    return {name: float(values[names == name].mean()) for name in sorted(set(styles))}


@torch.inference_mode()
def speed(model: AutoencoderKL, count: int = 8, rounds: int = 5) -> tuple[float, float]:
    """Milliseconds to encode and to decode a picture: the best of some rounds of `count` at a time,
    in bfloat16."""
    pixels = torch.rand(count, 3, SIDE, SIDE) * 2 - 1
    took = []
    with torch.autocast("cpu", torch.bfloat16):
        for _ in range(rounds):
            start = time.perf_counter()
            z = encode(model, pixels).mean
            between = time.perf_counter()
            decode(model, z)
            took.append((between - start, time.perf_counter() - between))
    encoding, decoding = (1000 * min(times) / count for times in zip(*took, strict=True))
    return encoding, decoding


def sheet(columns: list[Tensor], file: Path, rows: int = 24, across: int = 4) -> None:
    """Pictures in rows: the original, then each model's reconstruction; `across` groups a row."""
    count = min(rows * across, len(columns[0]))
    chosen = np.linspace(0, len(columns[0]) - 1, count).astype(int)
    groups = [torch.cat([column[i] for column in columns], -1) for i in chosen]
    groups += [torch.ones_like(groups[0])] * (-len(groups) % across)
    lines = [torch.cat(groups[i : i + across], -1) for i in range(0, len(groups), across)]
    page = torch.cat(lines, -2).permute(1, 2, 0).numpy()
    Image.fromarray((page * 255).round().astype(np.uint8)).save(file)
