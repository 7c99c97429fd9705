"""The estimate against what real tensors take."""

import pytest
import torch
from PIL import Image
from torch._subclasses.fake_tensor import FakeTensor

from pipelines.models.base import BaseModel
from pipelines.models.loader import load
from pipelines.recipes.dreambooth import DreamBooth, DreamBoothConfig, Photo, Settings
from pipelines.recipes.loop import LoopConfig, run
from pipelines.recipes.subject.memory import Held, estimate
from tests.pipelines.conftest import CPU, save_tiny


@pytest.fixture(scope="module", params=["sd1", "pixart"])
def base(request, tmp_path_factory) -> BaseModel:
    return load(save_tiny(tmp_path_factory.mktemp("memory"), request.param), CPU, torch.float32)


def config(folder, **values) -> DreamBoothConfig:
    Image.new("RGB", (64, 64), "red").save(folder / "photo.png")
    settings = Settings(
        loop=LoopConfig(steps=2, lr=1e-3, checkpoint_minutes=60),
        **{"rank": 4, "alpha": 4, "batch": 4, "prior_batch": 2} | values,
    )
    photo = Photo(path=folder / "photo.png", caption="a sks ball")
    return DreamBoothConfig.of(
        settings, model="tiny", photos=(photo,), token="sks", class_word="ball"
    )


@pytest.mark.parametrize(
    "values",
    [{}, {"checkpointing": True, "batch": 8}, {"targets": ("text",)}],
    ids=str,
)
def test_estimate_is_within_a_fifth_of_the_tensors_of_a_real_training(base, tmp_path, values):
    wanted = config(tmp_path, **values)
    expected = estimate(wanted, base.card, torch.float32)
    real = Held()
    for part in (base.denoiser, base.autoencoder, base.text_encoder):
        for weight in part.parameters():
            real.see(weight)
    with DreamBooth(wanted, base, tmp_path / "cache") as recipe:
        recipe.setup()  # what encoding holds is counted apart
        with real:
            for _ in run(recipe, tmp_path / "run"):
                pass
    assert expected.training == pytest.approx(real.peak, rel=0.2)


class Real(Held):
    """Bytes of tensors that have numbers; those that only have a shape are on "meta"."""

    def see(self, tensor: torch.Tensor) -> None:
        if tensor.device.type != "meta" and not isinstance(tensor, FakeTensor):
            super().see(tensor)


def test_estimate_counts_every_weight_and_loads_none(base, tmp_path):
    parts = (base.denoiser, base.autoencoder, base.text_encoder)
    weights = sum(p.numel() * p.element_size() for part in parts for p in part.parameters())
    held = Real()
    with held:
        found = estimate(config(tmp_path), base.card, torch.float32)
    assert found.weights == pytest.approx(weights, rel=0.02)
    assert held.peak < 0.05 * weights
    assert found.peak >= found.training > found.weights


def test_checkpointing_and_small_batches_need_less(base, tmp_path):
    def needed(**values) -> int:
        return estimate(config(tmp_path, **values), base.card, torch.float32).training

    plain = needed()
    assert needed(batch=1, prior_batch=1) < plain
    assert needed(checkpointing=True) < plain
