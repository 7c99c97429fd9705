"""Gradio's own files are kept by the browser and not packed anew for every visit."""

from pathlib import Path

from fastapi import FastAPI
from gradio.route_utils import BUILD_PATH_LIB
from starlette.testclient import TestClient

from studio.ui.frontend import add_frontend


def test_a_script_is_sent_as_it_lies_and_may_be_kept_for_good() -> None:
    app = FastAPI()
    add_frontend(app)
    script = next(Path(BUILD_PATH_LIB).glob("*.js"))
    answer = TestClient(app).get(f"/assets/{script.name}")
    assert answer.content == script.read_bytes()
    assert "immutable" in answer.headers["cache-control"]
    assert "content-encoding" not in answer.headers


def test_nothing_else_can_be_asked_for() -> None:
    app = FastAPI()
    add_frontend(app)
    client = TestClient(app)
    assert client.get("/assets/..%2findex.html").status_code == 404
    assert client.get("/assets/no-such-file.js").status_code == 404
