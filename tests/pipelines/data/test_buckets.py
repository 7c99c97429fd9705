"""Sizes to train at: a photo is made smaller or left alone."""

import numpy as np
import pytest
from PIL import Image

from pipelines.data.buckets import fitted


@pytest.mark.parametrize("place", [(0, 0), (50, 50), (100, 100)])
def test_a_view_of_a_photo_no_larger_than_its_size_is_not_enlarged(place):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    shown = fitted(Image.fromarray(noise), (64, 64), 0.8, place)
    assert np.array_equal(np.asarray(shown), noise)


def test_a_view_of_a_large_photo_shows_a_part_of_it():
    ramp = np.tile(np.linspace(0, 255, 256, dtype=np.uint8), (256, 1))
    shown = np.asarray(fitted(Image.fromarray(ramp), (64, 64), 0.5, (0, 50)))
    assert shown.max() == pytest.approx(127, abs=3)
