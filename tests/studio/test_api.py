"""The endpoints as a program meets them: over HTTP, through gradio_client."""

import importlib.util
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


ENDPOINTS = ["generate", "learn", "pictures", "profile", "profiles", "rate"]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The real server, in a process of its own, with one profile."""
    paths = Paths(tmp_path_factory.mktemp("home"))
    with build_studio(paths) as studio:
        studio.profiles.create("Ada")
        studio.profiles.add("Ada", "bold black outline", Polarity.LIKED)
    mcp = ["--mcp"] if importlib.util.find_spec("mcp") else []
    command = [sys.executable, "-m", "studio", "serve", "--no-browser", *mcp]
    command += ["--port", "17861"]  # the next free one if it is taken
    environment = {**os.environ, "STUDIO_HOME": str(paths.home), "STUDIO_DTYPE": "float32"}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        yield next(found[0] for line in server.stderr if (found := ADDRESS.search(line)))
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=60)
    assert server.returncode == 0


@pytest.fixture(scope="module")
def client(address):
    return Client(address, verbose=False)


def test_endpoints_are_the_six_we_promise(client):
    named = client.view_api(return_format="dict")["named_endpoints"]
    assert sorted(named) == [f"/{name}" for name in ENDPOINTS]


def test_agents_see_the_same_endpoints_as_tools(address, apart):
    mcp = pytest.importorskip("mcp", reason="the extra `mcp` is not installed")
    from mcp.client.streamable_http import streamable_http_client

    async def ask():
        door = f"{address}/gradio_api/mcp/"
        async with (
            streamable_http_client(door) as (read, write, _),
            mcp.ClientSession(read, write) as session,
        ):
            await session.initialize()
            tools = (await session.list_tools()).tools
            found = await session.call_tool("profiles", {})
            return tools, found.content[0].text

    tools, profiles = apart(ask())
    assert sorted(tool.name for tool in tools) == ENDPOINTS
    assert all(tool.description for tool in tools)
    assert "Ada" in profiles


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
