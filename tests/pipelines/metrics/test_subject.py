"""The judge against pictures whose order everybody knows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from pipelines.metrics.clip import load_clip
from pipelines.metrics.picking import Score, best, harmonic, is_overfitting
from pipelines.metrics.subject import Judge, foreground
from pipelines.models.cards import assets_dir

DECK = assets_dir() / "decks" / "stickers"
UNIT = st.floats(0.02, 1)


def icon(name: str) -> Image.Image:
    [file] = DECK.glob(f"*-{name}-*.webp")
    return Image.open(file).convert("RGB").resize((128, 128))


def shifted(image: Image.Image, by: int, ground="white") -> Image.Image:
    """The same thing elsewhere on another ground."""
    alpha = Image.fromarray((np.asarray(image).min(-1) < 245).astype(np.uint8) * 255)
    moved = Image.new("RGB", (160, 160), ground)
    moved.paste(image, (by, 10), alpha)
    return moved


@pytest.fixture(scope="module")
def eye():
    return load_clip()


@pytest.fixture(scope="module")
def judge(eye) -> Judge:
    fox, other = icon("fox"), icon("tropical-fish")
    photos = [shifted(fox, by, ground) for by, ground in [(0, "white"), (20, "#cce"), (30, "#fec")]]
    return Judge(eye, photos, ["a sks fox", "a blue castle"], "sks", base_samples=[other, other])


def test_the_subject_itself_is_more_like_than_anything_else(judge):
    own, other = (judge.score([icon(name)] * 2).likeness for name in ("fox", "castle"))
    assert own > 0.8
    assert other < 0.4


def test_pictures_of_what_was_asked_follow_the_prompt(judge):
    right = judge.score([icon("fox"), icon("castle")]).prompt
    swapped = judge.score([icon("castle"), icon("fox")]).prompt
    assert right > swapped


def test_likeness_looks_at_the_subject_and_not_at_the_ground(judge):
    """Another ground costs some likeness at the edges, and far less than if it were looked at."""
    plain, green = shifted(icon("fox"), 5), shifted(icon("fox"), 5, "#9c9")
    alone = [float(judge.to_photos([picture])) for picture in (plain, green)]
    whole = [float((judge.seen([picture]) @ judge.photos.T).mean()) for picture in (plain, green)]
    assert alone[0] - alone[1] < 0.1 < (whole[0] - whole[1])


def test_equal_samples_have_no_diversity_and_one_a_prompt_none_to_tell(judge):
    fox, castle, robot = icon("fox"), icon("castle"), icon("robot")
    assert judge.score([fox, castle]).diversity == 0
    assert judge.score([fox, castle, fox, castle]).diversity == pytest.approx(0, abs=1e-5)
    assert judge.score([fox, castle, robot, fox]).diversity > 0.1


def test_masks_decide_what_of_a_photo_counts(eye):
    both = Image.new("RGB", (256, 128), "white")
    both.paste(icon("fox"), (0, 0))
    both.paste(icon("castle"), (128, 0))
    mask = Image.new("L", both.size, 0)
    ImageDraw.Draw(mask).rectangle((0, 0, 127, 127), fill=255)
    judge = Judge(eye, [both], ["a fox"], masks=[mask])
    assert judge.to_photos([icon("fox")]) > judge.to_photos([icon("castle")]) + 0.2


def test_picture_without_a_figure_is_taken_whole():
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    image = Image.fromarray(noise)
    assert foreground(image) is image


def test_without_base_samples_scores_are_rpos(eye):
    judge = Judge(eye, [icon("fox")], ["a fox"])
    cosine = float(judge.to_photos([icon("fox")]))
    assert judge.score([icon("fox")]).likeness == pytest.approx((cosine + 1) / 2)


@given(UNIT, UNIT)
def test_closeness_goes_from_the_prompt_alone_to_likeness_alone(likeness, prompt):
    score = Score(likeness=likeness, prompt=prompt)
    assert harmonic(score, 0.0) == pytest.approx(prompt)
    assert harmonic(score, 1.0) == pytest.approx(likeness)
    low, high = sorted([likeness, prompt])
    assert low - 1e-9 <= harmonic(score, 0.5) <= high + 1e-9


def test_slider_moves_the_pick_from_free_to_close():
    scores = [Score(likeness=0.2, prompt=0.9), Score(likeness=0.6, prompt=0.7),
              Score(likeness=0.9, prompt=0.2)]  # fmt: skip
    assert [best(scores, closeness) for closeness in (0.0, 0.5, 1.0)] == [0, 1, 2]


def test_earlier_of_two_equals_is_picked():
    assert best([Score(likeness=0.5, prompt=0.5)] * 3) == 0


def test_overfitting_is_when_prompts_are_lost_for_a_while():
    def scores(*pairs):
        return [Score(likeness=a, prompt=b) for a, b in pairs]

    rising = scores((0.2, 0.9), (0.4, 0.9), (0.5, 0.85), (0.6, 0.8), (0.7, 0.8))
    falling = scores((0.2, 0.9), (0.6, 0.8), (0.8, 0.4), (0.8, 0.3), (0.9, 0.2))
    assert not is_overfitting(rising)
    assert is_overfitting(falling)
    assert not is_overfitting(falling[:3])
