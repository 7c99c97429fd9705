"""The autoencoder's recipe: what it is shown, what it minimises, what it leaves behind."""

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from PIL import Image

from pipelines.errors import TrainingError
from pipelines.recipes.base_model import autoencoder_figures as figures
from pipelines.recipes.base_model.autoencoder import (
    CONFIG,
    AutoencoderConfig,
    StickerAutoencoder,
    decode,
    encode,
    export,
    fold_statistics,
    make_model,
    pyramid_distance,
)
from pipelines.recipes.base_model.photos import load_packages, load_photos
from pipelines.recipes.base_model.pictures import Pictures
from pipelines.recipes.base_model.splits import heldout_concepts
from pipelines.recipes.base_model.textures import texture
from pipelines.recipes.checkpoint import averaged_weights
from pipelines.recipes.loop import run

TINY = {
    "channels": (8, 8, 8, 8), "latents": 2, "groups": 4, "batch": 4,
    "loop": {"steps": 30, "lr": 3e-3, "average": 0.9, "checkpoint_minutes": 60},
}  # fmt: skip


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Twelve icons, half of them of held-out concepts, and every listed photograph as noise."""
    data, photos = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("photos")
    rng = np.random.default_rng(0)
    icons = np.zeros((12, 128, 128, 4), np.uint8)
    for icon in icons:
        icon[32:96, 24:104] = [*rng.integers(0, 256, 3), 255]
    np.save(data / "icons_128.npy", icons)
    concepts = [*sorted(heldout_concepts())[:6], *(f"seen {i}" for i in range(6))]
    rows = [{"concept": concept, "set": "twemoji"} for concept in concepts]
    (data / "meta.jsonl").write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    for photo in (photo for package in load_packages() for photo in package.photos):
        noise = rng.integers(0, 256, (280, 300, 3), dtype=np.uint8)
        Image.fromarray(noise).save(photos / photo.name)
    return {"data": data, "photos": photos}


def recipe_in(places: dict[str, Path], **changes: object) -> StickerAutoencoder:
    return StickerAutoencoder(AutoencoderConfig.parse(places | TINY | changes))


def test_the_committed_config_is_valid(places: dict[str, Path]) -> None:
    values = tomllib.loads(CONFIG.read_text(encoding="utf-8"))
    assert AutoencoderConfig.parse(places | values).channels == (24, 48, 96, 128)


def test_training_lowers_the_loss_and_exports_what_diffusers_loads(
    places: dict[str, Path], tmp_path: Path
) -> None:
    recipe = recipe_in(places, shares=(1.0, 0.0, 0.0), colour=0.0)
    losses = [report.loss for report in run(recipe, tmp_path / "run")]
    assert np.mean(losses[-10:]) < 0.9 * np.mean(losses[:10])
    weights = averaged_weights(tmp_path / "run")
    export(recipe, weights, tmp_path / "model", count=16)
    stored = AutoencoderKL.from_pretrained(tmp_path / "model", torch_dtype=torch.float16)
    assert stored.config["scaling_factor"] == 1.0
    assert stored.config["latent_channels"] == 2
    report = figures.evaluate([tmp_path / "model"], **places, out=tmp_path / "sheets")
    assert "| psnr |" in report
    with Image.open(tmp_path / "sheets" / "icons.png") as sheet:
        assert sheet.size == (4 * 2 * 128, 2 * 128)  # six held-out icons in groups of four


def test_a_sharper_decoder_leaves_the_latents_as_they_are(
    places: dict[str, Path], tmp_path: Path
) -> None:
    make_model(AutoencoderConfig.parse(places | TINY)).save_pretrained(tmp_path / "frozen")
    recipe = recipe_in(
        places, shares=(1.0, 0.0, 0.0), colour=0.0, keep_latents_of=tmp_path / "frozen"
    )
    losses = [report.loss for report in run(recipe, tmp_path / "run")]
    assert np.mean(losses[-10:]) < np.mean(losses[:10])
    export(recipe, averaged_weights(tmp_path / "run"), tmp_path / "model", count=4)
    before, after = (
        AutoencoderKL.from_pretrained(tmp_path / name, dtype=torch.float16).float()
        for name in ("frozen", "model")
    )
    pixels = torch.rand(2, 3, 32, 32) * 2 - 1
    assert torch.equal(encode(before, pixels).mean, encode(after, pixels).mean)
    z = encode(before, pixels).mean
    assert not torch.allclose(decode(before, z), decode(after, z), atol=1e-3)


def test_folded_latents_are_standardised_and_pictures_stay_the_same() -> None:
    torch.manual_seed(0)
    model = make_model(AutoencoderConfig.parse({"data": "", "photos": ""} | TINY)).eval()
    pixels = torch.rand(8, 3, 64, 64) * 2 - 1
    with torch.no_grad():
        before = encode(model, pixels)
        decoded = decode(model, before.mean)
        fold_statistics(model, pixels)
        after = encode(model, pixels)
        torch.testing.assert_close(decode(model, after.mean), decoded, atol=1e-4, rtol=1e-4)
    variance = after.mean.var((0, 2, 3)) + after.var.mean((0, 2, 3))
    torch.testing.assert_close(after.mean.mean((0, 2, 3)), torch.zeros(2), atol=1e-4, rtol=0)
    torch.testing.assert_close(variance, torch.ones(2), atol=1e-3, rtol=0)
    ratio = (after.std / before.std).mean((0, 2, 3))  # the noise shrinks with the means
    torch.testing.assert_close(after.std, before.std * ratio[None, :, None, None])


def test_held_out_concepts_are_never_drawn(places: dict[str, Path]) -> None:
    pictures = Pictures(places["data"], places["photos"], (1.0, 0.0, 0.0))
    assert pictures.keep.tolist() == list(range(6, 12))


@pytest.mark.parametrize("kind", range(3))
def test_a_picture_depends_on_its_generator_alone(places: dict[str, Path], kind: int) -> None:
    shares = (float(kind == 0), float(kind == 1), float(kind == 2))
    pictures = Pictures(places["data"], places["photos"], shares)
    for seed in range(8):
        one, again = (pictures.draw(64, np.random.default_rng(seed)) for _ in range(2))
        np.testing.assert_array_equal(one, again)
        assert one.shape == (64, 64, 3)
        assert one.dtype == np.float32
        assert one.min() >= 0
        assert one.max() <= 1


def test_textures_are_of_many_kinds() -> None:
    rng = np.random.default_rng(0)
    drawn = [texture(32, rng) for _ in range(30)]
    assert len({t.tobytes() for t in drawn}) == 30
    steps = [float(np.abs(np.diff(t, axis=0)).mean()) for t in drawn]
    assert max(steps) > 5 * min(steps)  # from smooth gradients to fine stripes


def test_halved_latents_must_give_the_halved_picture(places: dict[str, Path]) -> None:
    recipe = recipe_in(places, equivariance=1.0, scales=1, edges=0.0, colour=0.0, kl=0.0)
    model = recipe.setup()
    batch = recipe.batch(np.random.default_rng(0))
    assert batch.halved
    assert batch.pixels.shape == (1, 3, 128, 128)
    torch.manual_seed(0)
    loss, _ = recipe.loss(batch)
    torch.manual_seed(0)
    z = encode(model, batch.pixels).sample()
    expected = decode(model, F.avg_pool2d(z, 2)) - F.avg_pool2d(batch.pixels, 2)
    torch.testing.assert_close(loss, expected.abs().mean())


def test_the_pyramid_sees_a_wrong_colour_in_areas_and_not_in_edges() -> None:
    target = torch.rand(2, 3, 32, 32)
    areas, edges = pyramid_distance(target + 0.5, target, 4)
    assert areas.item() == pytest.approx(0.5, abs=1e-5)
    assert edges.item() == pytest.approx(0, abs=1e-5)


def test_figures_of_equal_pictures_are_perfect_and_blur_costs_sharpness() -> None:
    torch.manual_seed(0)
    original = (torch.rand(2, 3, 64, 64) > 0.5).float()
    same = figures.summarise(figures.compare(original, original))
    assert same.psnr == pytest.approx(100)
    assert (same.ssim, same.gradients, same.sharpness, same.colour) == pytest.approx((1, 1, 1, 0))
    blurred = F.avg_pool2d(original, 3, 1, 1, count_include_pad=False)
    worse = figures.summarise(figures.compare(blurred, original))
    assert worse.sharpness < 0.5
    assert worse.ssim < 0.9
    assert worse.gradients < 0.95
    shifted = figures.summarise(figures.compare(original * 0.9, original))
    assert shifted.colour == pytest.approx(255 * 0.1 * original.mean().item(), rel=1e-4)
    assert shifted.psnr == pytest.approx(-10 * np.log10(0.01 * original.mean().item()), rel=1e-4)


def test_every_photograph_has_a_licence_and_the_two_sets_are_apart(
    places: dict[str, Path],
) -> None:
    photos = [photo for package in load_packages() for photo in package.photos]
    assert len({photo.name for photo in photos}) == len(photos)
    assert all(photo.licence and photo.credit for photo in photos)
    trained, held = (len(load_photos(places["photos"], heldout=held)) for held in (False, True))
    assert trained + held == len(photos)
    assert held >= 3


def test_missing_photographs_are_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"lacks .*astronaut\.png.*photos --out"):
        load_photos(tmp_path, heldout=False)
