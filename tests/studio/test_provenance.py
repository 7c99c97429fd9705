"""What a picture says about itself."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin
from sd_parsers import ParserManager

from pipelines.spec import GenerationSpec, Phrase, Taste
from studio.errors import InvalidInput
from studio.provenance import (
    KEY,
    copy_without_settings,
    read_record,
    read_spec,
    write_png,
)


def picture() -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 255, (16, 16, 3), np.uint8))


def record(prompt="a fox, drinking tea: 中", negative="blurry, dark") -> dict:
    taste = Taste(liked=(Phrase(phrase="thick outline"),))
    spec = GenerationSpec(prompt=prompt, negative_prompt=negative, seed=4711, count=2, taste=taste)
    return {
        "spec": spec.model_dump(mode="json"),
        "index": 1,
        "prompt": prompt,
        "seed": 4712,
        "width": 128,
        "height": 128,
        "guidance": 4.0,
        "model": {"id": "sticker-128", "family": "sd1", "hash": "af7013a7cf"},
    }


def test_record_round_trip(tmp_path):
    write_png(picture(), tmp_path / "a.png", record())
    read = read_record(tmp_path / "a.png")
    assert read is not None
    assert read_spec(read).prompt == "a fox, drinking tea: 中"
    assert read["seed"] == 4712


def test_sd_parsers_reads_the_a1111_text(tmp_path):
    write_png(picture(), tmp_path / "a.png", record())
    info = ParserManager().parse(tmp_path / "a.png")
    assert info is not None
    assert "a fox, drinking tea: 中" in info.full_prompt
    assert "blurry, dark" in info.full_negative_prompt
    [sampler] = info.samplers
    assert sampler.name == "DDIM"
    assert sampler.parameters["seed"] == "4712"


def test_every_picture_says_that_it_is_generated(tmp_path):
    for name, content in (("with.png", record()), ("without.png", None)):
        write_png(picture(), tmp_path / name, content)
        assert b"trainedAlgorithmicMedia" in (tmp_path / name).read_bytes()


def test_copy_without_settings_keeps_pixels_and_nothing_else(tmp_path):
    write_png(picture(), tmp_path / "a.png", record())
    copy_without_settings(tmp_path / "a.png", tmp_path / "b.png")
    assert read_record(tmp_path / "b.png") is None
    assert b"fox" not in (tmp_path / "b.png").read_bytes()
    with Image.open(tmp_path / "a.png") as a, Image.open(tmp_path / "b.png") as b:
        assert np.array_equal(np.asarray(a), np.asarray(b))


def test_foreign_picture_has_no_record(tmp_path):
    picture().save(tmp_path / "a.png")
    assert read_record(tmp_path / "a.png") is None


def test_missing_and_broken_files_are_sentences(tmp_path):
    (tmp_path / "b.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    for name, words in (("a.png", "gone from disk"), ("b.png", "cannot be opened|damaged")):
        with pytest.raises(InvalidInput, match=words):
            read_record(tmp_path / name)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    raw=st.text(max_size=200)
    | json_values.map(json.dumps)
    | st.fixed_dictionaries({"spec": json_values}).map(json.dumps)
)
def test_any_metadata_is_read_or_refused_clearly(tmp_path, raw):
    text = PngImagePlugin.PngInfo()
    text.add_itxt(KEY, raw)
    picture().save(tmp_path / "a.png", pnginfo=text)
    try:
        read = read_record(tmp_path / "a.png")
        if read is not None:
            read_spec(read)
    except InvalidInput:
        return
