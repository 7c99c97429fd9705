import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from pipelines.metrics.clip import WEIGHTS, load_clip
from pipelines.recipes.average import trained_state
from pipelines.recipes.base_model import clip_figures
from pipelines.recipes.base_model.clip import ClipConfig, StickerClip, sided
from pipelines.recipes.base_model.icons import load_icons
from pipelines.recipes.base_model.questions import NONE, Shown, marks
from pipelines.recipes.base_model.splits import Split, heldout_concepts, split
from pipelines.recipes.base_model.styles import load_styles
from pipelines.recipes.base_model.texts import encode
from pipelines.recipes.base_model.variants import RECOLOURINGS, colour_words
from pipelines.recipes.base_model.views import CONDITIONS
from pipelines.recipes.checkpoint import averaged_weights, contiguous
from pipelines.recipes.loop import LoopConfig, run


@pytest.fixture(scope="module")
def recipe(icons_folder) -> StickerClip:
    config = ClipConfig(
        data=icons_folder, tower="test_resnet", side=32, width=16,
        groups=1, group_size=4, singles=6, doubles=2,
        loop=LoopConfig(steps=2, lr=1e-3, checkpoint_minutes=60),
    )  # fmt: skip
    recipe = StickerClip(config)
    recipe.setup()
    return recipe


def batch_of(recipe: StickerClip, seed: int = 0):
    return recipe.batch(np.random.default_rng(seed))


def test_training_never_sees_what_is_held_out(recipe, icons_folder):
    parts = split(load_icons(icons_folder).rows)
    assert {parts[i] for i in recipe.keep} == {Split.TRAIN}
    assert not heldout_concepts() & set(recipe.questions.concepts.texts)
    assert not any("shark" in text for text in recipe.questions.bank.texts)


def test_batch_has_a_group_of_one_concept_and_pictures_shown_twice(recipe):
    rows, variants = recipe.sampler.draw(np.random.default_rng(0))
    assert len(rows) == 4 + 6 + 2
    assert len({recipe.rows[r]["concept"] for r in rows[:4]}) == 1
    assert np.array_equal(rows[4:6], rows[-2:])
    assert not (variants[4:6] == variants[-2:]).any()


def test_views_are_pixels_and_every_part_is_asked(recipe):
    batch = batch_of(recipe)
    assert batch.pixels.shape == (12, 3, 32, 32)
    assert batch.pixels.min() >= 0
    assert batch.pixels.max() <= 1
    assert set(batch.questions) == set(recipe.config.weights)


def test_no_true_text_counts_as_wrong(recipe):
    shown = Shown(np.arange(len(recipe.rows)), np.zeros(len(recipe.rows), int))
    question = recipe.questions.ask(shown, np.random.default_rng(0))["keyword"]
    assert question.also is not None
    for row, answer, also in zip(recipe.rows, question.answer, question.also, strict=True):
        true = {recipe.questions.keywords.texts[i] for i in [*also.nonzero().flatten(), answer]}
        assert set(row["keywords"]) <= true


def test_style_is_not_asked_of_recoloured_icons(recipe):
    last = recipe.config.variants - 1
    shown = Shown(np.arange(len(recipe.rows)), np.full(len(recipe.rows), last))
    questions = recipe.questions.ask(shown, np.random.default_rng(0))
    for row, style in zip(recipe.rows, questions["style"].answer, strict=True):
        assert (style == NONE) == bool(row["colors"])


def test_recoloured_icon_is_captioned_in_its_new_colours(recipe):
    red = np.zeros((4, 4, 4), np.uint8)
    red[..., 0] = red[..., 3] = 230
    style = load_styles()["twemoji"]
    named = {colour_words(red, style, turn)[0] for turn in range(len(RECOLOURINGS))}
    assert named == {"red", "green", "blue"}
    for row, variants in zip(recipe.rows, recipe.variants, strict=True):
        assert bool(row["colors"]) == (variants[-1].recolouring != 0)
        assert variants[-1].colours == () or variants[-1].colours[0] in variants[-1].caption


def test_a_perfect_image_tower_has_a_small_loss_and_a_blind_one_guesses(recipe):
    batch = batch_of(recipe)
    question = batch.questions["style"]
    towers, asked = recipe.towers, question.answer != NONE
    told = towers.project(recipe.questions.bank.vectors[question.texts])
    told = torch.nn.functional.normalize(told, dim=-1)
    perfect = torch.zeros(12, 16)
    perfect[asked] = told[question.answer[asked]]
    _, hit = recipe.answer("style", perfect, question)
    blind, _ = recipe.answer("style", torch.zeros(12, 16), question)
    assert hit == 1
    assert blind.item() == pytest.approx(np.log(17), abs=1e-4)


def test_it_trains_exports_and_is_measured_through_open_clip(recipe, icons_folder, tmp_path):
    reports = list(run(recipe, tmp_path / "run"))
    assert reports[-1].loss > 0
    clip_figures.export(recipe.config, averaged_weights(tmp_path / "run"), tmp_path / "clip")
    stored = load_file(tmp_path / "clip" / WEIGHTS)
    assert not any("transformer" in name for name in stored)  # MiniLM is not stored twice
    clip = load_clip(tmp_path / "clip")
    pixels = batch_of(recipe).pixels
    towers = recipe.towers.eval()
    ours = torch.nn.functional.normalize(towers.visual((pixels - 0.5) / 0.5), dim=-1)
    assert torch.allclose(clip.embed_pixels(pixels), ours, atol=5e-3)
    text = recipe.questions.bank.texts[0]
    told = towers.project(recipe.questions.bank.vectors[:1])
    told = torch.nn.functional.normalize(told, dim=-1)
    assert torch.allclose(clip.embed_texts([text]), told, atol=5e-3)


def test_texts_are_pooled_without_padding():
    alone = encode(["cat"])
    beside = encode(["cat", "a much longer text about a cat on a pink background"])[:1]
    assert torch.allclose(alone, beside, atol=1e-4)


def test_names_of_sides_may_not_be_mirrored():
    assert sided("magnifying glass tilted left")
    assert not sided("cat")


def test_marks_puts_true_at_the_listed_places():
    assert marks([[0, 2], []], 3).tolist() == [[True, False, True], [False] * 3]


@pytest.mark.parametrize("condition", CONDITIONS)
def test_every_question_is_measured_with_its_count(recipe, icons_folder, tmp_path, condition):
    weights = tmp_path / "weights.safetensors"
    save_file(contiguous(trained_state(recipe.towers)), weights)
    clip_figures.export(recipe.config, weights, tmp_path)
    clip, icons = load_clip(tmp_path), load_icons(icons_folder)
    exact = {row["concept"]: row["category"] for row in icons.rows}
    gallery = clip_figures.Gallery(clip, icons)
    every = list(range(len(icons.rows)))
    found = clip_figures.answers(clip, icons, every, condition, exact=exact, gallery=gallery)
    coloured = sum(bool(row["colors"]) for row in icons.rows)
    for question in ("style", "family", "concept", "likeness", "background"):
        assert found[question]["n"] == len(every)
    assert found["colour"]["n"] == coloured
    assert all(0 <= one["share"] <= 1 for one in found.values())
