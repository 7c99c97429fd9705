"""Model cards of a person: added, chosen, forgotten."""

import json
import shutil

import pytest

from pipelines.errors import ModelNotFound, WrongFamily
from pipelines.models.cards import find_card
from studio.errors import AlreadyExists, InvalidInput, NotFound
from studio.services.models import ModelService
from studio.settings import load_settings


@pytest.fixture
def folder(tmp_path):
    """A diffusers folder without its weights."""
    copy = tmp_path / "My Model"
    shutil.copytree(
        find_card("sticker-128").folder, copy, ignore=shutil.ignore_patterns("*.safetensors")
    )
    return copy


def test_the_embedded_model_is_listed_in_use_and_present(paths):
    [line] = ModelService(paths).all()
    assert (line.id, line.in_use, line.present, line.embedded) == ("sticker-128", True, True, True)
    assert line.disk > 50e6


def test_added_folder_is_listed_with_its_native_size_and_can_be_used(paths, folder):
    models = ModelService(paths)
    card = models.add_folder(folder)
    assert (card.id, card.family, card.width) == ("My-Model", "sd1", 128)
    assert models.use("My-Model").folder == folder
    assert load_settings(paths).model == "My-Model"
    with pytest.raises(AlreadyExists):
        models.add_folder(folder)


def test_removed_model_leaves_its_files_and_the_default_in_use(paths, folder):
    models = ModelService(paths)
    models.add_folder(folder, "mine")
    models.use("mine")
    models.remove("mine")
    assert models.in_use().id == "sticker-128"
    assert folder.exists()


def test_bundled_model_cannot_be_removed(paths):
    with pytest.raises(InvalidInput, match="came with the studio"):
        ModelService(paths).remove("sticker-128")


def test_folders_that_are_no_model_are_refused_by_name(paths, folder, tmp_path):
    with pytest.raises(ModelNotFound, match=r"model_index\.json"):
        ModelService(paths).add_folder(tmp_path)
    (folder / "model_index.json").write_text(json.dumps({"_class_name": "CogVideoXPipeline"}))
    with pytest.raises(WrongFamily, match="CogVideoXPipeline"):
        ModelService(paths).add_folder(folder)


def test_model_whose_files_are_gone_is_listed_as_missing(paths, folder):
    models = ModelService(paths)
    models.add_folder(folder, "mine")
    shutil.rmtree(folder)
    assert [line.present for line in models.all()] == [True, False]
    with pytest.raises(ModelNotFound):
        models.use("mine")


def test_unknown_model_is_a_sentence(paths):
    with pytest.raises(NotFound, match="sticker-128"):
        ModelService(paths).use("sd9")
