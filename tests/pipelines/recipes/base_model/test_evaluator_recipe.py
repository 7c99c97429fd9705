import numpy as np
import pytest
import torch

from pipelines.metrics.evaluator import NetConfig, load_evaluator
from pipelines.recipes.base_model import evaluator
from pipelines.recipes.base_model.evaluator import NONE, EvaluatorConfig, StickerEvaluator
from pipelines.recipes.base_model.icons import load_icons
from pipelines.recipes.base_model.views import picture
from pipelines.recipes.checkpoint import averaged_weights
from pipelines.recipes.loop import LoopConfig, run


@pytest.fixture
def config(icons_folder) -> EvaluatorConfig:
    return EvaluatorConfig(
        data=icons_folder, net=NetConfig(side=32, widths=(8, 16), depths=(1, 1)),
        batch=12, recoloured=0.0,
        loop=LoopConfig(steps=40, lr=1e-2, average=0.5, checkpoint_minutes=60),
    )  # fmt: skip


def test_recoloured_icons_are_not_asked_for_their_style(config):
    recipe = StickerEvaluator(config.model_copy(update={"recoloured": 1.0}))
    recipe.setup()
    batch = recipe.batch(np.random.default_rng(0))
    assert (batch.styles == NONE).all()
    assert (batch.concepts != NONE).all()


def test_it_learns_shapes_and_is_exported_with_its_names(config, icons_folder, tmp_path):
    torch.manual_seed(0)
    reports = list(run(StickerEvaluator(config), tmp_path / "run"))
    assert reports[-1].loss < reports[0].loss
    evaluator.export(config, averaged_weights(tmp_path / "run"), tmp_path / "judge")
    judge, icons = load_evaluator(tmp_path / "judge"), load_icons(icons_folder)
    assert "shark" in judge.concepts  # it has to know what nothing else may train on
    rng = np.random.default_rng(0)
    shown = [
        picture(rgba, row, "clean", rng)[0]
        for rgba, row in zip(icons.pixels, icons.rows, strict=True)
    ]
    named = judge.judge(shown).named_concepts()
    right = [name == row["concept"] for name, row in zip(named, icons.rows, strict=True)]
    assert sum(right) > len(right) / 2
    found = evaluator.answers(judge, icons, list(range(len(shown))), "clean")
    assert found["concept_of_all"]["share"] == pytest.approx(sum(right) / len(right), abs=1e-3)
