import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from pipelines.metrics import pixels
from pipelines.metrics.pixels import (
    COLOURS,
    background,
    colour_shares,
    figure,
    measure_icon,
    measure_image,
    name_colours,
    nearest_background,
    read,
    read_all,
)

NAMED = {
    "red": (230, 30, 30),
    "orange": (250, 130, 20),
    "yellow": (250, 220, 40),
    "green": (40, 170, 60),
    "teal": (30, 170, 160),
    "blue": (40, 80, 220),
    "purple": (130, 40, 200),
    "pink": (240, 120, 190),
    "brown": (120, 70, 30),
    "beige": (240, 215, 170),
    "black": (15, 15, 15),
    "gray": (128, 128, 128),
    "white": (255, 255, 255),
}


def disc(colour: str, ground: str = "white", line: int = 0) -> Image.Image:
    image = Image.new("RGB", (128, 128), ground)
    ImageDraw.Draw(image).ellipse((14, 14, 114, 114), colour, "black", line)
    return image


@pytest.mark.parametrize("name", NAMED)
def test_plain_colours_have_their_names(name):
    rgb = np.array([NAMED[name]], np.float32) / 255
    assert COLOURS[name_colours(rgb)[0]] == name


@given(st.lists(st.tuples(*[st.integers(0, 255)] * 3), min_size=1, max_size=50))
def test_colour_shares_sum_to_one_and_fall(values):
    shares = list(colour_shares(np.array(values, np.float32) / 255).values())
    assert sum(shares) == pytest.approx(1)
    assert shares == sorted(shares, reverse=True)


def test_an_outlined_disc_has_an_outline_and_a_plain_one_has_none():
    plain, lined = measure_image(disc("yellow")), measure_image(disc("yellow", line=6))
    assert plain is not None
    assert lined is not None
    assert plain.outline == 0
    assert lined.outline > 0.95


def test_a_gradient_is_shading_and_a_flat_disc_has_none():
    ramp = np.tile(np.linspace(60, 250, 128), (128, 1))
    shaded = Image.fromarray(np.stack([ramp, ramp * 0.3, ramp * 0.3], -1).astype(np.uint8))
    shaded.paste("white", (0, 0, 128, 20))
    flat, soft = measure_image(disc("red")), pixels.measure(read(shaded), np.ones((128, 128), bool))
    assert flat is not None
    assert soft is not None
    assert flat.shading < 0.05
    assert soft.shading > 0.5


def test_figure_and_background_are_told_apart():
    rgb = read(disc("red", "pink"))
    assert np.allclose(background(rgb), np.array([255, 192, 203]) / 255, atol=0.01)
    assert figure(rgb).mean() == pytest.approx(np.pi * 50**2 / 128**2, abs=0.02)
    grounds = {"pink": (255, 214, 226), "black": (20, 20, 22), "white": (255, 255, 255)}
    assert nearest_background(rgb, grounds) == "pink"


def test_an_empty_picture_has_no_measures():
    assert measure_image(Image.new("RGB", (128, 128), "white")) is None
    assert measure_icon(np.zeros((128, 128, 4), np.uint8)) is None


def test_icon_colours_are_its_own_whatever_its_edges_mix():
    icon = np.zeros((128, 128, 4), np.uint8)
    icon[20:100, 20:100] = (230, 30, 30, 255)
    icon[19, 20:100] = (230, 30, 30, 90)  # an edge that is pink on white
    found = measure_icon(icon)
    assert found is not None
    assert found[1] == {"red": 1.0}
    assert found[0].coverage == pytest.approx(80 * 80 / 128**2)


def test_transparent_becomes_white_and_sizes_are_squared():
    clear = Image.new("RGBA", (40, 20), (0, 0, 0, 0))
    stacked = read_all([clear, disc("red")], 32)
    assert stacked.shape == (2, 32, 32, 3)
    assert np.allclose(stacked[0], 1)
    assert 0 < stacked[1].mean() < 1
