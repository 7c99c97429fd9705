"""Learning with a slow reader: a real job in a real worker, against a server on loopback."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pipelines.errors import BackendMissing
from studio.context import Studio, build_studio
from studio.domain import Verdict
from studio.errors import JobFailed
from studio.paths import Paths
from studio.services.learn_job import run
from studio.settings import save_settings


class Server(BaseHTTPRequestHandler):
    """Speaks OpenAI's chat format and finds the same thing in every comment. A comment with
    "break" in it breaks it."""

    asked: list[str]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        comment = body["messages"][-1]["content"]
        self.asked.append(comment)
        if "break" in comment:
            self.send_error(500)
            return
        found = {"phrase": "woodcut look", "category": "medium", "polarity": "liked"}
        content = json.dumps({"attributes": [found]})
        answer = json.dumps({"choices": [{"message": {"content": content}}]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Quietly."""


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def studio(studio_home: Path, asked: list[str]) -> Iterator[Studio]:
    handler = type("Handler", (Server,), {"asked": asked})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    paths = Paths(studio_home).make()
    address = f"http://127.0.0.1:{server.server_address[1]}/v1"
    save_settings(paths, {"openai_url": address, "openai_model": "carver"})
    try:
        with build_studio(paths) as opened:
            yield opened
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_server_reads_what_is_new_and_the_profile_follows(
    studio: Studio, asked: list[str]
) -> None:
    me = studio.profiles.create("me")
    fox, fish, cupcake = studio.decks.pictures("stickers")[:3]
    studio.rating.rate(me.id, fox.id, Verdict.LIKED, "has that woodcut look")
    studio.rating.rate(me.id, fish.id, Verdict.LIKED)  # no words, nothing to read
    job = studio.jobs.submit(studio.profiles.learning("me", "openai"))
    done = studio.jobs.wait(job.id)
    assert (done.result["version"], done.result["note"]) == (1, "1 new after 2 ratings")
    shown = studio.profiles.show("me")
    assert [a.phrase for a in shown.liked] == ["woodcut look"]
    assert shown.backend == shown.liked[0].evidence[0].backend == "openai:carver"
    assert len(asked) == 1

    studio.rating.rate(me.id, cupcake.id, Verdict.LIKED, "this will break the server")
    with pytest.raises(JobFailed, match="500"):
        studio.jobs.wait(studio.jobs.submit(studio.profiles.learning("me", "openai")).id)
    assert ["break" in comment for comment in asked] == [False, True]  # nothing is read twice
    assert [a.phrase for a in studio.profiles.learn("me", "openai").attributes] == ["woodcut look"]


def test_a_reader_that_is_not_there_is_said_before_anything_is_read(studio: Studio) -> None:
    studio.profiles.create("me")
    params = studio.profiles.learning("me", "local-llm").params

    class Context:
        settings, paths, store = studio.settings, studio.paths, studio.store

    with pytest.raises(BackendMissing, match="studio models pull llm"):
        list(run(params, Context()))  # type: ignore[arg-type]
