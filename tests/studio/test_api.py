"""The endpoints as a program meets them: over HTTP, through gradio_client."""

import os
import re
import signal
import subprocess
import sys

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from studio.context import build_studio
from studio.domain import Polarity
from studio.paths import Paths

ADDRESS = re.compile(r"http://[\d.:]+")


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """A client of the real server, in a process of its own, with one profile."""
    paths = Paths(tmp_path_factory.mktemp("home"))
    with build_studio(paths) as studio:
        studio.profiles.create("Ada")
        studio.profiles.add("Ada", "bold black outline", Polarity.LIKED)
    command = [sys.executable, "-m", "studio", "serve", "--no-browser", "--port", "17861"]
    environment = {**os.environ, "STUDIO_HOME": str(paths.home), "STUDIO_DTYPE": "float32"}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        address = next(found[0] for line in server.stderr if (found := ADDRESS.search(line)))
        yield Client(address, verbose=False)
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=30)
    assert server.returncode == 0


def test_endpoints_are_the_six_we_promise(client):
    named = client.view_api(return_format="dict")["named_endpoints"]
    assert sorted(named) == ["/generate", "/learn", "/pictures", "/profile", "/profiles", "/rate"]


def test_profile_to_picture_to_rating_to_profile(client):
    assert [p["name"] for p in client.predict(api_name="/profiles")] == ["Ada"]
    made = client.predict("a fox", profile="Ada", steps=1, n=1, api_name="/generate")
    [image] = made["images"]
    assert image["strength"] == 0.5
    [found] = client.predict("fox", api_name="/pictures")
    assert found["id"] == image["id"]
    words = "I love the thick black outline"
    client.predict("Ada", image["id"], "liked", words, "once", api_name="/rate")
    client.predict("Ada", image["id"], "liked", words, "once", api_name="/rate")
    profile = client.predict("Ada", api_name="/learn")
    assert any("outline" in attribute["phrase"] for attribute in profile["liked"])
    assert profile == client.predict("Ada", api_name="/profile")


def test_errors_are_our_sentences(client):
    with pytest.raises(AppError, match="Bob"):
        client.predict("Bob", api_name="/profile")
    with pytest.raises(AppError, match="steps"):
        client.predict("a fox", steps=1000, api_name="/generate")
