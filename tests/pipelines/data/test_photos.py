"""Photos of a subject: each damage to a good set costs points, and the damaged photo is named."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from pipelines.data.advice import WEIGHTS, Check, check
from pipelines.data.figure import find_figure
from pipelines.data.photos import Look, look_at, suggest_crop
from tests import photographs

SIDE = 512  # pixels at which the model of these tests would learn
NAMES = ("fox-openmoji", "maple-leaf-noto", "teddy-bear-fluent-emoji-high-contrast",
         "wrapped-present-emojione", "bus-streamline-ultimate-color")  # fmt: skip
COUNT = 10

Photos = list[Image.Image]
DAMAGES: dict[str, Callable[[str, Photos, int], Photos]] = {
    "blurred": lambda name, photos, which: photographs.blurred(photos, which),
    "alike": lambda name, photos, which: photographs.doubled(photos, which, which - 4),
    "small": lambda name, photos, which: photographs.tiny(photos, which),
    "far": lambda name, photos, which: photographs.far_away(name, photos, which, 1),
    "cut": lambda name, photos, which: photographs.cut_off(name, photos, which, 1),
    "several": lambda name, photos, which: photographs.two_of_them(name, photos, which, 1),
}


@cache
def good(name: str) -> tuple[Photos, dict[int, Look], Check]:
    photos = photographs.good_set(name, COUNT, seed=1)
    looks = {number: look_at(photo, SIDE) for number, photo in enumerate(photos, 1)}
    return photos, looks, check(looks, SIDE)


@pytest.mark.parametrize("kind", DAMAGES)
@pytest.mark.parametrize("name", NAMES)
def test_each_damage_lowers_the_score_and_names_the_photo(name: str, kind: str) -> None:
    photos, looks, before = good(name)
    number = 1 + (NAMES.index(name) + 4) % COUNT
    damaged = DAMAGES[kind](name, photos, number - 1)[number - 1]
    after = check({**looks, number: look_at(damaged, SIDE)}, SIDE)
    assert after.score < before.score
    (told,) = [one for one in after.advice if one.kind == kind and number in one.photos]
    assert str(number) in told.sentence
    assert told.points >= 1
    assert not [one for one in before.advice if one.kind == kind and number in one.photos]


@pytest.mark.parametrize("name", NAMES)
def test_a_good_set_is_ready_and_half_of_it_is_not_as_good(name: str) -> None:
    _, looks, whole = good(name)
    assert whole.verdict == "ready"
    few = check({number: looks[number] for number in (1, 2, 3, 4)}, SIDE)
    assert few.score < whole.score
    assert "4 photos work; 8 to 20 work better." in " ".join(one.sentence for one in few.advice)


def test_photos_of_one_place_are_named() -> None:
    shots = photographs.shots(8, seed=2)
    same = [photographs.replace(shot, ground=3) for shot in shots[:5]] + shots[5:]
    pictures = [photographs.photograph(photographs.sticker("fox-openmoji"), shot) for shot in same]
    looks = {number: look_at(picture, SIDE) for number, picture in enumerate(pictures, 1)}
    told = next(one for one in check(looks, SIDE).advice if one.kind == "ground")
    assert set(told.photos) >= {1, 2, 3, 4, 5}


def test_photos_from_one_side_are_told() -> None:
    shots = photographs.shots(6, seed=2)
    same = [photographs.replace(shot, turn=0.0, tilt=0.1, size=0.6) for shot in shots]
    pictures = [photographs.photograph(photographs.sticker("fox-openmoji"), shot) for shot in same]
    looks = {number: look_at(picture, SIDE) for number, picture in enumerate(pictures, 1)}
    assert "angles" in {one.kind for one in check(looks, SIDE).advice}


def test_a_chain_of_almost_equal_photos_is_named_whole() -> None:
    """Each is like the next, the first not like the last."""
    look = good(NAMES[0])[1][1]
    first, other = look.frame, good(NAMES[0])[1][5].frame
    other = other - (other * first).sum() * first
    other = other / np.linalg.norm(other)
    step = np.arccos(0.98)
    looks = {
        number: replace(look, frame=np.cos(n * step) * first + np.sin(n * step) * other)
        for n, number in ((0, 1), (2, 2), (1, 3))
    }
    (told,) = [one for one in check(looks, SIDE).advice if one.kind == "alike"]
    assert told.photos == (1, 2, 3)


def test_no_photo_is_no_error() -> None:
    empty = check({}, SIDE)
    assert empty.score == 0
    assert empty.verdict == "at least 3 photos are needed"


def test_parts_make_up_the_score_and_a_hundred_is_all() -> None:
    whole = good(NAMES[0])[2]
    assert sum(WEIGHTS.values()) == 100
    assert whole.score == round(sum(whole.parts.values()))
    assert all(0 <= points <= WEIGHTS[name] for name, points in whole.parts.items())


def test_a_suggested_crop_holds_the_subject_and_is_never_smaller_than_the_model() -> None:
    shot = photographs.replace(photographs.shots(1, seed=5)[0], size=0.3, x=0.3, y=0.7)
    photo = photographs.photograph(photographs.sticker("fox-openmoji"), shot).resize((1024, 1024))
    figure = find_figure(photo)
    assert figure is not None
    for side in (128, 512):
        box = suggest_crop(photo, side)
        assert box is not None
        left, top, right, bottom = box
        assert right - left == bottom - top >= side
        inside = [round(edge * 1024) for edge in figure.box]
        assert 0 <= left <= inside[0] < inside[2] <= right <= 1024
        assert 0 <= top <= inside[1] < inside[3] <= bottom <= 1024
    assert look_at(photo.crop(box), 512).figure.coverage > 2 * figure.coverage  # type: ignore


def test_a_photo_that_is_filled_needs_no_crop() -> None:
    shot = photographs.replace(photographs.shots(1)[0], size=0.9)
    photo = photographs.photograph(photographs.sticker("wrapped-present-emojione"), shot)
    assert suggest_crop(photo, 128) is None


def test_nothing_is_claimed_about_what_cannot_be_told_apart() -> None:
    noise = Image.effect_noise((200, 200), 80).convert("RGB")
    assert find_figure(noise) is None
    assert suggest_crop(noise, 64) is None
    assert look_at(Image.new("RGB", (64, 64), "gray"), 64).figure is None


def test_grain_does_not_hide_blur_and_a_soft_ground_is_no_blur() -> None:
    photo = photographs.good_set("elephant-fxemoji", 1)[0]
    soft = photo.filter(ImageFilter.GaussianBlur(9))
    grainy = Image.blend(soft, Image.effect_noise(soft.size, 40).convert("RGB"), 0.04)
    assert look_at(grainy, SIDE).blur > 0.73
    shot = photographs.shots(1)[0]
    behind = photographs.ground(shot).filter(ImageFilter.GaussianBlur(25))
    icon = photographs.sticker("elephant-fxemoji").resize((300, 300))
    behind.paste(icon, (100, 100), icon)
    assert look_at(behind, SIDE).blur < 0.6


def test_a_class_word_is_among_the_guesses(tmp_path: Path) -> None:
    from pipelines.data.class_word import suggest

    words = [word for word, _ in suggest(photographs.good_set("owl-emojione", 4))]
    assert "owl" in words
