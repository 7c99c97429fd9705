"""Presets are data, complete for every family, and say what they are for."""

import re
import subprocess
import sys

import pytest

from pipelines.errors import InvalidSpec, ModelNotFound
from pipelines.models.cards import assets_dir, load_cards
from pipelines.models.families import FAMILIES
from pipelines.recipes import presets

NAMES = ["fast", "balanced", "quality", "low-memory"]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_the_four_presets_with_a_sentence_each(family):
    found = presets.load(family)
    assert list(found) == NAMES
    assert all(preset.about.endswith(".") for preset in found.values())
    assert all(preset.settings.loop.steps == preset.steps for preset in found.values())
    assert presets.DEFAULT in found


def test_every_shipped_model_has_presets():
    for card in load_cards().values():
        assert list(presets.of(card)) == NAMES


def test_own_file_of_a_model_comes_before_its_familys():
    card = load_cards()["sticker-128"]
    assert presets.of(card) == presets.load("sticker-128") != presets.load("sd1")


def test_every_file_has_a_source_for_its_learning_rate():
    for file in (assets_dir() / "presets").glob("*.toml"):
        rates = [line for line in file.read_text().splitlines() if line.startswith("lr =")]
        assert rates
        assert all("#" in line for line in rates), file.name


NUMBERS = {"one": 1, "two": 2, "four": 4, "six": 6}


def test_what_presets_say_of_themselves_is_what_they_hold():
    """Nobody has measured how long or on which card: steps and photos are all that is told."""
    told = 0
    for file in (assets_dir() / "presets").glob("*.toml"):
        for preset in presets.load(file.stem).values():
            assert not re.search(r"minute|hour|time:|of the time|\bGB\b", preset.about)
            if found := re.search(r"(\d+) steps of (\w+) photo", preset.about):
                told += 1
                assert int(found[1]) == preset.steps
                assert NUMBERS[found[2]] == preset.settings.batch
    assert told >= 6


def test_files_say_what_a_value_without_a_source_is():
    for file in (assets_dir() / "presets").glob("*.toml"):
        assert "our choice, not measured." in file.read_text().partition("[common]")[0], file.name


def test_low_memory_saves_where_it_can():
    for file in (assets_dir() / "presets").glob("*.toml"):
        saving = presets.load(file.stem)["low-memory"].settings
        assert saving.checkpointing
        assert saving.batch == 1


def test_values_of_a_preset_come_before_the_common_ones():
    table = {"about": "Quick.", "rank": 2, "loop": {"steps": 3}}
    common = {"rank": 9, "batch": 4, "loop": {"steps": 9, "lr": 0.1}}
    settings = presets.merged(common, table).settings
    assert (settings.rank, settings.batch) == (2, 4)
    assert (settings.loop.steps, settings.loop.lr) == (3, 0.1)


def test_misspelt_value_is_an_error():
    table = {"about": "Quick.", "rnak": 2, "loop": {"steps": 3, "lr": 0.1}}
    with pytest.raises(InvalidSpec, match="rnak"):
        _ = presets.merged({}, table).settings


def test_unknown_family_is_named():
    with pytest.raises(ModelNotFound, match="no training presets for 'nothing'"):
        presets.load("nothing")


def test_pages_read_them_without_torch():
    code = (
        "import sys; from pipelines.recipes import presets;"
        "from pipelines.models.cards import find_card;"
        "found = presets.of(find_card('sticker-128'));"
        "assert found['fast'].about and found['fast'].steps;"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=assets_dir().parent)
