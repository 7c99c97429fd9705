"""The server reader, against real sockets that speak the wire format."""

import base64
import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pipelines.errors import BackendMissing, ExtractionError
from pipelines.preference.attributes import Comment
from pipelines.preference.extract.openai_api import OpenAIExtractor

ATTRIBUTES = {"attributes": [{"phrase": "neon sky", "category": "palette", "polarity": "disliked"}]}
COMMENT = Comment("c", "liked", "great light, shame about the neon sky")
Answer = Callable[[dict[str, Any], dict[str, str]], tuple[int, Any]]


def chat(text: str) -> dict[str, Any]:
    """A completion as servers send it."""
    return {"choices": [{"message": {"role": "assistant", "content": text}}]}


@contextmanager
def server(answer: Answer) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A server on loopback: its base URL, and the requests that it got."""
    got: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            got.append({"path": self.path, "headers": dict(self.headers), "body": body})
            status, document = answer(body, dict(self.headers))
            data = document if isinstance(document, bytes) else json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: pytest shows what matters."""

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=httpd.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{httpd.server_port}/v1", got
    finally:
        httpd.shutdown()
        thread.join()
        httpd.server_close()


def always(status: int, document: Any) -> Answer:
    return lambda body, headers: (status, document)


def test_a_comment_is_read_with_the_schema():
    with server(always(200, chat(json.dumps(ATTRIBUTES)))) as (url, got):
        [[attribute]] = OpenAIExtractor(url, "some-model", "secret").extract([COMMENT])
    assert (attribute.phrase, attribute.polarity) == ("neon sky", "disliked")
    assert attribute.backend == "openai:some-model"
    [request] = got
    assert request["path"] == "/v1/chat/completions"
    assert request["headers"]["Authorization"] == "Bearer secret"
    assert request["body"]["model"] == "some-model"
    assert request["body"]["response_format"]["type"] == "json_schema"
    assert COMMENT.text in request["body"]["messages"][-1]["content"]


def test_a_server_that_knows_no_schema_is_asked_without_and_not_again_with():
    def answer(body: dict[str, Any], headers: dict[str, str]) -> tuple[int, Any]:
        if "response_format" in body:
            return 400, {"error": "response_format is not supported"}
        return 200, chat(f"Sure:\n```json\n{json.dumps(ATTRIBUTES)}\n```")

    with server(answer) as (url, got):
        results = list(OpenAIExtractor(url, "m").extract([COMMENT, COMMENT]))
    assert [len(found) for found in results] == [1, 1]
    assert ["response_format" in request["body"] for request in got] == [True, False, False]
    assert "Authorization" not in got[0]["headers"]


def test_a_picture_goes_along_only_when_asked_and_without_what_the_camera_wrote(tmp_path: Path):
    image, exif = Image.new("RGB", (1600, 800), "teal"), Image.Exif()
    exif[0x010F] = "Camera maker"
    image.save(tmp_path / "p.jpg", exif=exif)
    comment = Comment("c", "liked", "nice neon sky", tmp_path / "p.jpg")
    with server(always(200, chat(json.dumps(ATTRIBUTES)))) as (url, got):
        list(OpenAIExtractor(url, "m").extract([comment]))
        list(OpenAIExtractor(url, "m", sees=True).extract([comment]))
    blind, seeing = (request["body"]["messages"][-1]["content"] for request in got)
    assert isinstance(blind, str)
    [text, picture] = seeing
    assert "nice neon sky" in text["text"]
    head, _, data = picture["image_url"]["url"].partition(",")
    assert head == "data:image/jpeg;base64"
    sent = Image.open(io.BytesIO(base64.b64decode(data)))
    assert max(sent.size) == 768
    assert not sent.getexif()


@pytest.mark.parametrize(
    ("status", "document", "said"),
    [
        (401, {"error": "no"}, "refused the key"),
        (500, {"error": "out of memory"}, "answered 500.*out of memory"),
        (400, {"error": "no such model"}, "answered 400.*no such model"),
        (200, {"unexpected": True}, "does not speak OpenAI's chat format"),
        (200, b"<html>a router</html>", "does not speak OpenAI's chat format"),
        (200, chat("I would rather talk"), "no attributes"),
    ],
)
def test_what_goes_wrong_is_said(status: int, document: Any, said: str):
    with server(always(status, document)) as (url, _), pytest.raises(ExtractionError, match=said):
        list(OpenAIExtractor(url, "m").extract([COMMENT]))


def test_a_dead_server_is_named():
    with server(always(200, {})) as (url, _):
        pass  # its port is free again now
    with pytest.raises(ExtractionError, match=r"No server answers at http://127\.0\.0\.1"):
        list(OpenAIExtractor(url, "m").extract([COMMENT]))


def test_a_slow_server_is_left():
    wait = threading.Event()

    def answer(body: dict[str, Any], headers: dict[str, str]) -> tuple[int, Any]:
        wait.wait(5)
        return 200, chat("{}")

    with server(answer) as (url, _):
        with pytest.raises(ExtractionError, match="did not answer"):
            list(OpenAIExtractor(url, "m", timeout=0.2).extract([COMMENT]))
        wait.set()


def test_what_is_missing_is_said_before_anything_is_sent():
    with pytest.raises(BackendMissing, match="no server address"):
        OpenAIExtractor("localhost:11434", "m")
    with pytest.raises(BackendMissing, match="name of a model"):
        OpenAIExtractor("http://localhost:11434/v1", "")


def test_an_empty_comment_asks_nobody():
    reader = OpenAIExtractor("http://127.0.0.1:1/v1", "m")
    assert list(reader.extract([Comment("c", "liked", "  ")])) == [[]]
