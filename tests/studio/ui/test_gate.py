"""Who may talk to the studio."""

import base64

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from studio.ui.gate import LOOPBACK, Gate

BASE = "http://127.0.0.1:7860"


def client(password: str = "", hosts: frozenset[str] = LOOPBACK) -> TestClient:
    async def answer(request: object) -> PlainTextResponse:
        return PlainTextResponse("in")

    inside = Starlette(routes=[Route("/", answer, methods=["GET", "POST"])])
    return TestClient(Gate(inside, hosts, password), base_url=BASE)


def basic(password: str, user: str = "anybody") -> dict[str, str]:
    word = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"authorization": f"Basic {word}"}


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost:9", "[::1]:7860"])
def test_the_own_names_are_answered(host: str) -> None:
    assert client().get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["rebind.evil:7860", "", "127.0.0.1.evil", "192.168.0.9", "[::"])
def test_a_name_that_points_here_is_refused(host: str) -> None:
    assert client().get("/", headers={"host": host}).status_code == 403


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:3000"])
def test_another_page_is_refused(method: str, origin: str) -> None:
    assert client().request(method, "/", headers={"origin": origin}).status_code == 403


def test_the_own_page_and_programs_are_answered() -> None:
    assert client().post("/", headers={"origin": BASE}).status_code == 200
    assert client().post("/").status_code == 200


def test_another_page_cannot_embed_what_is_here_but_may_link_to_it() -> None:
    crossing = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}
    assert client().get("/", headers=crossing).status_code == 403
    linked = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert client().get("/", headers=linked).status_code == 200


def test_a_password_is_asked_for_and_compared() -> None:
    locked = client(password="käse")
    asked = locked.get("/")
    assert asked.status_code == 401
    assert asked.headers["www-authenticate"].startswith("Basic ")
    assert locked.get("/", headers=basic("kase")).status_code == 401
    assert locked.get("/", headers={"authorization": "Basic ?"}).status_code == 401
    assert locked.get("/", headers=basic("käse")).status_code == 200


def test_with_a_password_any_numeric_address_is_ours_and_no_foreign_name() -> None:
    locked = client(password="käse")
    numeric = {"host": "192.168.0.9:7860", **basic("käse")}
    assert locked.get("/", headers=numeric).status_code == 200
    named = {"host": "rebind.evil", **basic("käse")}
    assert locked.get("/", headers=named).status_code == 403


def test_answers_forbid_other_hosts_frames_and_guessing_of_types() -> None:
    headers = client().get("/").headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"


def test_web_sockets_are_closed() -> None:
    with pytest.raises(WebSocketDisconnect) as closed, client().websocket_connect("/"):
        pass
    assert closed.value.code == 1008
