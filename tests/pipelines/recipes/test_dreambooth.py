"""Learning a subject: what the losses promise, what is resumed, what is cached."""

import shutil
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from safetensors import safe_open
from safetensors.torch import load_file

from pipelines.adapters import files
from pipelines.adapters.lora import LoraAdapter
from pipelines.conditioning.prompt import parse
from pipelines.errors import InvalidSpec, TrainingError
from pipelines.models.base import BaseModel
from pipelines.recipes.dreambooth import DreamBooth, DreamBoothConfig, Photo, Settings
from pipelines.recipes.loop import LoopConfig, TrainReport, run
from pipelines.recipes.subject import material

QUICK = Settings(rank=2, alpha=2, batch=2, loop=LoopConfig(steps=4, lr=1e-2, checkpoint_minutes=0))


@pytest.fixture(scope="module")
def photos(tmp_path_factory) -> tuple[Photo, ...]:
    """A red disc at three places, one of them wide."""
    folder = tmp_path_factory.mktemp("photos")
    shots = []
    for number, (size, x) in enumerate([((70, 70), 10), ((80, 90), 25), ((120, 64), 40)]):
        image = Image.new("RGB", size, (230, 240, 250))
        ImageDraw.Draw(image).ellipse((x, 10, x + 40, 50), fill=(200, 30, 30))
        path = folder / f"{number}.png"
        image.save(path)
        shots.append(Photo(path=path, caption="a sks ball on blue"))
    return tuple(shots)


def config(photos, steps=None, seed=0, **values) -> DreamBoothConfig:
    values = {"model": "tiny", "token": "sks", "class_word": "ball", "photos": photos} | values
    loop = values.pop("loop", {})
    settings = QUICK.model_copy(update={"loop": QUICK.loop.model_copy(update=loop)})
    return DreamBoothConfig.of(settings, steps=steps, seed=seed, **values)


def trained(base: BaseModel, config: DreamBoothConfig, folder: Path) -> list[TrainReport]:
    with DreamBooth(config, base, folder.parent / "cache") as recipe:
        return list(run(recipe, folder))


def first_metrics(base, config, tmp_path) -> dict[str, float]:
    return trained(base, config, tmp_path / "run")[0].metrics


@torch.no_grad()
def answer(base: BaseModel) -> torch.Tensor:
    noise = torch.randn(1, base.latent_channels, 8, 8, generator=torch.Generator().manual_seed(1))
    return base.predict(noise, torch.tensor(500), base.encode([parse("a sks ball")]))


@pytest.mark.parametrize("text", [(), ("text",)], ids=["denoiser", "with text encoder"])
def test_prior_of_a_new_adapter_is_zero_loss(tiny, photos, tmp_path, text):
    first = first_metrics(tiny, config(photos, targets=("attention", *text)), tmp_path)
    assert first["prior"] < 1e-10  # sums of another batch shape round differently
    assert first["subject"] > 0.01


def test_training_moves_the_model_and_leaves_it_as_it_was(tiny, photos, tmp_path):
    before = answer(tiny)
    with DreamBooth(config(photos), tiny, tmp_path / "cache") as recipe:
        for _ in run(recipe, tmp_path / "run"):
            pass
        assert not torch.equal(answer(tiny), before)
    assert torch.equal(answer(tiny), before)


def test_loss_falls_on_one_photo(tiny, photos, tmp_path):
    once = config(photos[:1], steps=24, prior="none", batch=2, loop={"checkpoint_minutes": 60})
    losses = [report.loss for report in trained(tiny, once, tmp_path / "run")]
    assert np.mean(losses[-8:]) < 0.97 * np.mean(losses[:8])


@pytest.mark.parametrize("average", [0.0, 0.9])
def test_killed_training_resumes_with_the_losses_it_would_have_had(tiny, photos, tmp_path, average):
    c = config(photos, loop={"average": average}, noise_offset=0.1, prompt_dropout=0.3, views=2)
    with DreamBooth(c, tiny, tmp_path / "cache") as recipe:
        expected = []
        for report in run(recipe, tmp_path / "whole"):
            expected.append(report.loss)
            if report.step == 2:  # what a kill at this moment would leave behind
                shutil.copytree(tmp_path / "whole", tmp_path / "killed")
    resumed = [report.loss for report in trained(tiny, c, tmp_path / "killed")]
    assert resumed == expected[2:]


@pytest.mark.parametrize(
    "values",
    [
        {"prior": "none"},
        {"prior": "images", "class_images": 3},
        {"prior_batch": 2, "min_snr": None},
        {"targets": ("attention", "feed-forward", "text")},
        {"checkpointing": True},
        {"masked_prior": 0.5, "unmasked": 0.0},
        {"flip": True, "views": 3},
        {"stabilised": True},
    ],
    ids=str,
)
def test_every_setting_trains(tiny, photos, tmp_path, values):
    mask = tmp_path / "mask.png"
    Image.new("L", (70, 70), 255).save(mask)
    shots = (photos[0].model_copy(update={"mask": mask, "crop": (5, 5, 65, 69)}), *photos[1:])
    if values.get("prior") == "images":
        shots = shots[:1]  # they are drawn for every size
    reports = trained(tiny, config(shots, steps=2, **values), tmp_path / "run")
    assert all(np.isfinite(report.loss) for report in reports)
    assert reports[0].gradient > 0


def test_checkpointing_gradients_changes_memory_and_not_the_losses(tiny, photos, tmp_path):
    plain = trained(tiny, config(photos), tmp_path / "plain")
    saving = trained(tiny, config(photos, checkpointing=True), tmp_path / "saving")
    assert [r.loss for r in saving] == pytest.approx([r.loss for r in plain], rel=1e-5)


def test_what_lies_outside_the_mask_is_not_learnt(tiny, photos, tmp_path):
    """Latents that differ only where the mask is black give one loss; under a white mask two."""
    base = changed(tiny, "scheduler")  # of v: its target holds the picture, that of eps does not
    mask = tmp_path / "mask.png"
    drawn = Image.new("L", (70, 70), 0)
    drawn.paste(255, (0, 0, 70, 35))
    drawn.save(mask)
    shot = photos[0].model_copy(update={"mask": mask})
    c = config((shot,), steps=1, prior="none", unmasked=0.0)
    with DreamBooth(c, base, tmp_path / "cache") as recipe:
        recipe.setup()
        here = recipe.batch(np.random.default_rng(0))
        elsewhere = replace(here, x_0=torch.where(here.masks > 0, here.x_0, 1.0))
        recipe.base = Silent(base, torch.zeros_like(here.x_0))  # type: ignore[assignment]

        def losses(masks: torch.Tensor) -> list[float]:
            return [recipe.loss(replace(one, masks=masks))[0].item() for one in (here, elsewhere)]

        assert len(set(losses(here.masks))) == 1
        assert len(set(losses(torch.ones_like(here.masks)))) == 2


def changed(base: BaseModel, what: str) -> BaseModel:
    """The same model but for one thing."""
    part = deepcopy(
        getattr(base, {"scheduler": "scheduler_config", "scale": "autoencoder"}.get(what, what))
    )
    if what == "scheduler":
        return replace(base, scheduler_config={**part, "prediction_type": "v_prediction"})
    if what == "scale":
        part.register_to_config(scaling_factor=0.5)
        return replace(base, autoencoder=part)
    if what == "tokenizer":
        part.model_max_length = 12
    else:
        next(part.parameters()).data += 0.01
    return replace(base, **{what: part})


class Silent:
    """A base model that always predicts zero, so that the loss is the target's alone."""

    def __init__(self, base: BaseModel, said: torch.Tensor) -> None:
        self.device, self.prediction, self._said = base.device, base.prediction, said

    def predict(self, *_) -> torch.Tensor:
        return self._said


def entries(tmp_path) -> set[str]:
    return {file.name for file in (tmp_path / "cache").glob("*")}


def test_second_training_computes_nothing_again(tiny, photos, tmp_path):
    trained(tiny, config(photos, steps=1), tmp_path / "one")
    before = entries(tmp_path)
    times = {name: (tmp_path / "cache" / name).stat().st_mtime_ns for name in before}
    trained(tiny, config(photos, steps=2, seed=5), tmp_path / "two")
    assert {n: (tmp_path / "cache" / n).stat().st_mtime_ns for n in entries(tmp_path)} == times


@pytest.mark.parametrize("what", ["photo", "crop", "mask", "caption", "view"])
def test_whatever_changes_is_computed_anew(tiny, photos, tmp_path, what):
    path, mask = tmp_path / "photo.png", tmp_path / "mask.png"
    Image.new("RGB", (70, 70), "red").save(path)
    Image.new("L", (70, 70), 255).save(mask)
    shot = Photo(path=path, caption="a sks ball", mask=mask)
    trained(tiny, config((shot,), steps=1), tmp_path / "one")
    before, values = entries(tmp_path), {}
    if what == "photo":
        Image.new("RGB", (70, 70), "blue").save(path)
    elif what == "crop":
        shot = shot.model_copy(update={"crop": (0, 0, 66, 66)})
    elif what == "mask":
        Image.new("L", (70, 70), 200).save(mask)
    elif what == "caption":
        shot = shot.model_copy(update={"caption": "a sks ball at night"})
    elif what == "view":
        values = {"views": 2}
    trained(tiny, config((shot,), steps=1, **values), tmp_path / "two")
    assert entries(tmp_path) > before


@pytest.mark.parametrize(
    ("what", "anew"),
    [
        ("autoencoder", {"photo"}),
        ("scale", {"photo"}),
        ("text_encoder", {"text", "class"}),
        ("tokenizer", {"text", "class"}),
        ("denoiser", {"class"}),
        ("scheduler", {"class"}),
    ],
)
def test_what_of_the_model_changes_is_what_is_computed_anew(tiny, photos, tmp_path, what, anew):
    wanted = config(photos[:1], prior="images", class_images=1)
    for base in (quick(tiny), quick(changed(tiny, what))):
        before = entries(tmp_path)
        with DreamBooth(wanted, base, tmp_path / "cache") as recipe:
            recipe.setup()
    kinds = {kind_of(tmp_path / "cache" / name) for name in entries(tmp_path) - before}
    assert kinds == anew


def quick(base: BaseModel) -> BaseModel:
    """The same model, which draws in two steps."""
    return replace(base, card=base.card.model_copy(update={"steps": 2}))


def kind_of(entry: Path) -> str:
    """What a file of the cache holds."""
    names = load_file(entry).keys()
    return "text" if "states" in names else "photo" if "mask" in names else "class"


def test_photo_is_read_once_for_all_its_views_and_not_where_they_are_cached(
    tiny, photos, tmp_path, monkeypatch
):
    read, hashed = [], []

    def watched(what, seen):
        return lambda one: seen.append(one) or what(one)

    monkeypatch.setattr(material, "opened", watched(material.opened, read))
    monkeypatch.setattr(material, "file_digest", watched(material.file_digest, hashed))
    for times in (1, 2):
        with DreamBooth(config(photos, views=3, flip=True), tiny, tmp_path / "cache") as recipe:
            recipe.setup()
        assert [one.path for one in read] == [one.path for one in photos]
        assert hashed == [one.path for one in photos] * times


def test_brightness_of_a_picture_is_not_drawn_with_its_noise(tiny, photos, tmp_path):
    def noise(offset: float) -> torch.Tensor:
        with DreamBooth(config(photos, noise_offset=offset), tiny, tmp_path / "cache") as recipe:
            like = torch.zeros(4, 4, 8, 8)
            return recipe.noise_and_steps(np.random.default_rng(0), like)[0]

    constants = (noise(1.0) - noise(0.0))[:, :, 0, 0]
    assert not torch.allclose(constants.flatten(), noise(0.0)[0].flatten()[:16], atol=1e-3)


def test_damaged_cache_entry_is_made_again(tiny, photos, tmp_path):
    first = trained(tiny, config(photos, steps=1), tmp_path / "one")
    for file in (tmp_path / "cache").iterdir():
        file.write_bytes(file.read_bytes()[:40])
    again = trained(tiny, config(photos, steps=1), tmp_path / "two")
    assert [r.loss for r in again] == [r.loss for r in first]


def test_learnt_adapter_is_the_average_where_there_is_one(tiny, photos, tmp_path):
    def after(average) -> LoraAdapter:
        c = config(photos, loop={"average": average})
        with DreamBooth(c, tiny, tmp_path / "cache") as recipe:
            *_, last = run(recipe, tmp_path / f"run{average}")
            assert last.saved is not None
            learnt = recipe.learnt(last.saved)
            same = all(
                torch.equal(a, b)
                for a, b in zip(
                    recipe.adapter.weights.parameters(), learnt.weights.parameters(), strict=True
                )
            )
            assert same == (average == 0.0)
        return learnt

    plain, averaged = after(0.0), after(0.9)
    assert plain.layers.keys() == averaged.layers.keys()
    assert not any(p.requires_grad for p in plain.weights.parameters())


def test_exported_file_works_like_the_training_and_names_no_photo(tiny, photos, tmp_path):
    path = tmp_path / "rex.safetensors"
    with DreamBooth(config(photos), tiny, tmp_path / "cache") as recipe:
        *_, last = run(recipe, tmp_path / "run")
        assert last.saved is not None
        expected = answer(tiny)
        digest = recipe.export(last.saved, path)
    adapter = files.load(path, tiny)
    with adapter.applied(tiny):
        assert torch.allclose(answer(tiny), expected, atol=1e-2)  # float16 in the file
    assert digest == files.content_hash(path)
    with safe_open(path, "pt") as file:
        said = file.metadata()
    assert said["ss_steps"] == "4"
    assert said["ss_num_train_images"] == "3"
    assert said["modelspec.trigger_phrase"] == "sks ball"
    assert not any("png" in value or "on blue" in value for value in said.values())


def test_base_draws_the_class_images_once(tiny, photos, tmp_path):
    c = config(photos[:1], steps=1, prior="images", class_images=3)
    with DreamBooth(c, tiny, tmp_path / "cache") as recipe:
        recipe.setup()
        [latents] = recipe.material.classes.values()
        assert latents.shape[0] == 3
        assert latents.std() > 0.1


def test_caption_without_the_token_is_refused(photos):
    wrong = photos[0].model_copy(update={"caption": "a ball"})
    with pytest.raises(InvalidSpec, match=r"0\.png lacks the subject's token 'sks'"):
        config((wrong, *photos[1:]))


def test_photo_that_cannot_be_read_is_named(tiny, photos, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    shot = Photo(path=broken, caption="a sks ball")
    with pytest.raises(TrainingError, match=r"broken\.png cannot be read"):
        trained(tiny, config((shot,)), tmp_path / "run")


def test_mask_of_another_size_is_refused(tiny, photos, tmp_path):
    mask = tmp_path / "mask.png"
    Image.new("L", (9, 9), 255).save(mask)
    shot = photos[0].model_copy(update={"mask": mask})
    with pytest.raises(TrainingError, match="is 9×9, the photo 70×70"):
        trained(tiny, config((shot,)), tmp_path / "run")


def test_photo_too_small_to_learn_from_is_refused(tiny, photos, tmp_path):
    Image.new("RGB", (6, 6)).save(tmp_path / "dot.png")
    shot = Photo(path=tmp_path / "dot.png", caption="a sks ball")
    with pytest.raises(InvalidSpec, match="6×6 is too small"):
        trained(tiny, config((shot,)), tmp_path / "run")
