"""The loop's promises, on a recipe that takes milliseconds."""

import shutil
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from pipelines.errors import TrainingError
from pipelines.recipes import checkpoint
from pipelines.recipes.loop import LoopConfig, run
from pipelines.spec import Frozen


class Config(Frozen):
    loop: LoopConfig


class Net(nn.Module):
    """A frozen layer, a trained one with dropout, and a buffer that training changes."""

    def __init__(self) -> None:
        super().__init__()
        self.frozen = nn.Linear(3, 4).requires_grad_(False)
        self.norm = nn.BatchNorm1d(4)
        self.drop = nn.Dropout(0.5)
        self.last = nn.Linear(4, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.drop(self.norm(self.frozen(x))))


class Regression:
    """Recovers the sum of three noisy numbers."""

    def __init__(self, config: Config) -> None:
        self.config = config

    def setup(self) -> Net:
        with torch.random.fork_rng():
            torch.manual_seed(0)
            self.net = Net()
        return self.net

    def batch(self, rng: np.random.Generator) -> Tensor:
        return torch.from_numpy(rng.normal(size=(8, 3))).float()

    def loss(self, batch: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        wanted = batch.sum(1, keepdim=True) + 0.1 * torch.randn(8, 1)
        error = ((self.net(batch) - wanted) ** 2).mean()
        return error, {"error": error.detach()}


def regression(**loop) -> Regression:
    settings = {"steps": 12, "lr": 1e-2, "average": 0.9, "checkpoint_minutes": 0} | loop
    return Regression(Config(loop=LoopConfig.parse(settings)))


def losses(recipe: Regression, folder: Path) -> list[float]:
    return [report.loss for report in run(recipe, folder)]


def state(folder: Path, name: str = "average") -> dict[str, Tensor]:
    found = checkpoint.latest(folder)
    assert found is not None
    return load_file(found / f"{name}.safetensors")


def test_killed_training_resumes_with_identical_losses_and_weights(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    expected = []
    for report in run(regression(accumulate=2), whole):
        expected.append(report.loss)
        if report.step == 5:  # what a kill at this moment would leave behind
            shutil.copytree(whole, killed)
    assert losses(regression(accumulate=2), killed) == expected[5:]
    for name, tensor in state(whole).items():
        assert torch.equal(tensor, state(killed)[name]), name


def test_cancelled_training_leaves_a_checkpoint_and_goes_on_from_it(tmp_path):
    expected = losses(regression(checkpoint_minutes=60), tmp_path / "whole")
    training = run(regression(checkpoint_minutes=60), tmp_path / "cancelled")
    begun = [report.loss for report in islice(training, 4)]
    training.close()  # type: ignore[attr-defined]
    assert begun + losses(regression(), tmp_path / "cancelled") == expected


def test_checkpoint_that_was_being_written_is_not_taken_for_one(tmp_path):
    training = run(regression(), tmp_path)
    next(training)
    checkpoint.place(tmp_path, 9).with_suffix(".part").mkdir()
    assert checkpoint.latest(tmp_path) == checkpoint.place(tmp_path, 1)


def test_only_the_two_newest_checkpoints_are_kept(tmp_path):
    losses(regression(), tmp_path)
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["step-00000011", "step-00000012"]


def test_checkpoints_come_every_so_many_steps_when_asked(tmp_path):
    recipe = regression(checkpoint_minutes=60, checkpoint_steps=5)
    assert [r.step for r in run(recipe, tmp_path) if r.saved] == [5, 10, 12]


def test_a_finished_training_has_nothing_to_do(tmp_path):
    losses(regression(), tmp_path)
    assert losses(regression(), tmp_path) == []


def test_a_finished_training_can_be_made_longer(tmp_path):
    losses(regression(steps=3), tmp_path)
    assert len(losses(regression(steps=5), tmp_path)) == 2


def test_going_on_with_other_settings_is_refused_by_name(tmp_path):
    losses(regression(steps=3), tmp_path)
    with pytest.raises(TrainingError, match=r"loop\.lr was 0\.01, is 0\.5"):
        losses(regression(steps=5, lr=0.5), tmp_path)


def test_average_follows_the_weights_by_its_formula(tmp_path):
    seen = []
    for _ in run(regression(steps=3), tmp_path):
        seen.append(state(tmp_path, "weights")["last.weight"])
    start = regression().setup().last.weight.detach()
    expected = start
    for n, weight in enumerate(seen):
        decay = min(0.9, (1 + n) / (10 + n))
        expected = decay * expected + (1 - decay) * weight
    assert torch.allclose(state(tmp_path)["last.weight"], expected, atol=1e-6)


def test_averaged_weights_are_what_is_exported_when_there_is_an_average(tmp_path):
    losses(regression(steps=1), tmp_path / "with")
    losses(regression(steps=1, average=0), tmp_path / "without")
    assert checkpoint.averaged_weights(tmp_path / "with").name == "average.safetensors"
    assert checkpoint.averaged_weights(tmp_path / "without").name == "weights.safetensors"
    with pytest.raises(TrainingError, match="No checkpoint"):
        checkpoint.averaged_weights(tmp_path / "nothing")


def test_frozen_weights_stay_and_are_not_stored(tmp_path):
    recipe = regression(weight_decay=0.5)
    before = regression().setup().frozen.weight
    losses(recipe, tmp_path)
    assert torch.equal(recipe.net.frozen.weight, before)
    assert not any(name.startswith("frozen") for name in state(tmp_path, "weights"))


def test_init_from_takes_the_weights_and_starts_counting_anew(tmp_path):
    losses(regression(steps=3), tmp_path / "first")
    file = checkpoint.averaged_weights(tmp_path / "first")
    reports = list(run(regression(steps=2, lr=1e-9), tmp_path / "second", init_from=file))
    assert [report.step for report in reports] == [1, 2]
    ours, theirs = state(tmp_path / "second", "weights"), load_file(file)
    assert torch.allclose(ours["last.weight"], theirs["last.weight"], atol=1e-6)


def test_weights_of_another_architecture_are_refused(tmp_path):
    save_file({"other": torch.zeros(2)}, tmp_path / "other.safetensors")
    with pytest.raises(TrainingError, match="does not fit this model"):
        next(run(regression(), tmp_path / "run", init_from=tmp_path / "other.safetensors"))


def test_loss_that_is_not_finite_stops_before_the_weights_are_touched(tmp_path):
    recipe = regression()
    training = run(recipe, tmp_path)
    next(training)
    before = recipe.net.last.weight.detach().clone()
    recipe.loss = lambda batch: (recipe.net(batch).sum() * np.inf, {})
    with pytest.raises(TrainingError, match=r"became .* at step 2"):
        next(training)
    assert torch.equal(recipe.net.last.weight, before)


def test_training_leaves_the_global_generators_alone(tmp_path):
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    losses(regression(steps=2), tmp_path)
    assert torch.equal(torch.rand(1), expected)


def test_rate_rises_stays_and_falls_to_nothing():
    config = LoopConfig(steps=100, lr=1.0, warmup=9, cooldown=0.5)
    assert config.rate(0) == pytest.approx(0.1)
    assert config.rate(20) == config.rate(50) == 1.0
    assert config.rate(75) == pytest.approx(0.5)
    assert config.rate(99) == pytest.approx(0.02)
