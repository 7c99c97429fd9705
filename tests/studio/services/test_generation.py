"""From a request to pictures: real jobs, real files, the embedded model."""

import json

import numpy as np
import pytest
from PIL import Image

from pipelines.errors import InvalidSpec
from pipelines.spec import GenerationSpec, Phrase, Taste, TasteForm
from studio.context import build_studio
from studio.domain import Polarity
from studio.errors import InvalidInput, NotFound
from studio.paths import Paths
from studio.provenance import read_record
from studio.services.generation import GenerationRequest, request_from
from studio.settings import Settings


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    paths = Paths(tmp_path_factory.mktemp("home"))
    with build_studio(paths, Settings(dtype="float32")) as studio:
        studio.profiles.create("Ada")
        studio.profiles.add("Ada", "bold black outline", Polarity.LIKED)
        studio.profiles.add("Ada", "soft gradient", Polarity.DISLIKED)
        yield studio


def made(studio, request):
    return studio.jobs.wait(studio.jobs.submit(studio.generation.job(request)).id).result


def pixels(image):
    with Image.open(image["path"]) as opened:
        return np.asarray(opened)


@pytest.fixture(scope="module")
def compared(studio):
    """The same seeds without taste, at strength 0 and at the default."""
    spec = GenerationSpec(prompt="a red apple", steps=3, seed=5, count=2)
    plain = made(studio, GenerationRequest(spec=spec))
    tasted = made(studio, GenerationRequest(spec=spec, profile="Ada", strengths=(0.0, 0.5)))
    return plain["images"], tasted["images"]


def test_strength_zero_is_the_plain_picture_and_half_is_not(compared):
    plain, tasted = compared
    for i in range(2):
        assert np.array_equal(pixels(plain[i]), pixels(tasted[i]))
        assert not np.array_equal(pixels(plain[i]), pixels(tasted[2 + i]))


def test_each_pass_says_its_strength_and_seed(compared):
    _, tasted = compared
    assert [(i["strength"], i["seed"]) for i in tasted] == [(0.0, 5), (0.0, 6), (0.5, 5), (0.5, 6)]


def test_recall_from_the_gallery_and_from_the_file_gives_the_same_pixels(studio, compared):
    last = compared[1][-1]
    index = studio.images.get(last["id"]).record["index"]
    for request in (studio.images.recall(last["id"]), studio.images.recall_file(path_of(last))):
        assert np.array_equal(pixels(made(studio, request)["images"][index]), pixels(last))


def path_of(image):
    from pathlib import Path

    return Path(image["path"])


def test_picture_says_version_and_attributes_but_neither_name_nor_path(compared, studio):
    record = read_record(path_of(compared[1][-1]))
    assert record is not None
    assert record["profile_version"] == studio.profiles.find("Ada").version
    assert record["taste"]["liked"] == ["bold black outline"]
    text = json.dumps(record)
    assert "Ada" not in text
    assert str(studio.paths.home) not in text


def test_pictures_land_in_a_persons_folder_and_never_replace_one(studio, tmp_path):
    spec = GenerationSpec(prompt="a cat", steps=1)
    request = GenerationRequest(spec=spec, folder=str(tmp_path), metadata=False)
    first, second = (made(studio, request)["images"][0]["path"] for _ in range(2))
    assert first != second
    assert read_record(path_of({"path": first})) is None


def test_taste_in_the_spec_needs_no_profile(studio):
    taste = Taste(liked=(Phrase(phrase="outline"),), strength=0.25)
    params = studio.generation.params(
        GenerationRequest(spec=GenerationSpec(prompt="a cat", taste=taste))
    )
    assert [p.strength for p in params.passes] == [0.25]
    assert params.profile_id is None


def test_two_pass_taste_is_estimated_at_twice_the_plain_picture(studio, compared):
    spec = GenerationSpec(prompt="a cat")
    plain = studio.generation.estimate(GenerationRequest(spec=spec))
    tasted = GenerationRequest(spec=spec, profile="Ada", strengths=(0.5,))
    short = tasted.model_copy(update={"form": TasteForm.EMBEDDING})
    assert plain.measured
    assert studio.generation.estimate(tasted).seconds == pytest.approx(2 * plain.seconds)
    assert studio.generation.estimate(short).seconds == pytest.approx(plain.seconds)


def test_unknown_profile_and_model_are_said_before_anything_runs(studio):
    spec = GenerationSpec(prompt="a cat")
    with pytest.raises(NotFound, match="Bob"):
        studio.generation.job(GenerationRequest(spec=spec, profile="Bob"))
    with pytest.raises(Exception, match="sd9"):
        studio.generation.job(GenerationRequest(spec=spec, model="sd9"))


def test_batch_line_names_what_is_wrong():
    with pytest.raises(InvalidSpec, match="colour"):
        request_from({"prompt": "a cat", "colour": "red"})
    with pytest.raises(InvalidSpec, match="strength"):
        request_from({"prompt": "a cat", "strength": 3})


def test_a_picture_of_other_weights_is_known_to_be_one(studio, compared):
    request = studio.images.recall(compared[1][-1]["id"])
    assert not studio.generation.is_outdated(request)
    assert studio.generation.is_outdated(request.model_copy(update={"weights": "0123456789"}))
    assert not studio.generation.is_outdated(request.model_copy(update={"weights": ""}))


def test_picture_without_settings_cannot_be_recalled(studio, tmp_path, compared):
    copy = studio.images.copy_without_settings(compared[0][0]["id"], tmp_path / "copy.png")
    with pytest.raises(InvalidInput, match="holds no Taste Studio settings"):
        studio.images.recall_file(copy)


def test_trash_restore_and_purge(studio, compared):
    image = studio.images.get(made_again(studio))
    studio.images.trash([image.id])
    assert studio.images.get(image.id).trashed is not None
    studio.images.restore([image.id])
    assert studio.images.get(image.id).trashed is None
    studio.images.trash([image.id])
    assert studio.images.purge(days=0) == 1
    assert not studio.images.file(image).exists()


def made_again(studio):
    return made(studio, GenerationRequest(spec=GenerationSpec(prompt="a dog", steps=1)))["images"][
        0
    ]["id"]
