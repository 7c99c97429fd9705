"""What is given out for download, and what is said when it cannot be."""

import zipfile
from collections.abc import Iterator
from io import BytesIO

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from studio.context import Studio
from studio.ui import files


@pytest.fixture
def browser(studio: Studio) -> Iterator[TestClient]:
    app = FastAPI()
    files.add_routes(app, studio)
    with TestClient(app) as client:
        yield client


def test_a_profile_comes_as_one_file_under_its_own_name(studio: Studio, browser: TestClient):
    profile = studio.profiles.create("Käse/Brot").id
    answer = browser.get(f"/studio/profile/{profile}/file")
    assert answer.status_code == 200
    assert "K%C3%A4se_Brot" in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"
    assert zipfile.is_zipfile(BytesIO(answer.content))


def test_a_profile_that_is_gone_is_said(browser: TestClient):
    answer = browser.get("/studio/profile/0123456789ab/file")
    assert answer.status_code == 404
    assert "0123456789ab" in answer.text


def test_a_picture_without_settings_to_remove_is_refused_in_a_sentence(
    studio: Studio, browser: TestClient
):
    picture = studio.decks.pictures("stickers")[0]
    studio.decks.register()
    answer = browser.get(f"/studio/plain/{picture.id}")
    assert answer.status_code in (400, 404)
    assert answer.text.endswith(".")
