"""The server as other programs and pages meet it."""

import json
import signal
import socket
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from studio.domain import Profile, Verdict
from studio.paths import Paths
from studio.store import open_store
from tests.e2e import steps
from tests.e2e.conftest import Served, free_port

OPEN = "/studio/whoami"


def get(served: Served, path: str, method: str = "GET", **headers: str) -> tuple[int, bytes]:
    """Status and body; header names with _ for -."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    url = served.url.rstrip("/") + path
    request = urllib.request.Request(url, headers=given, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_foreign_names_and_pages_are_refused_on_every_route(served: Served) -> None:
    for path in ("/", "/config", "/gradio_api/info", "/gradio_api/startup-events", OPEN):
        assert get(served, path)[0] == 200, path
        assert get(served, path, Host="rebind.evil")[0] == 403, path
        assert get(served, path, Origin="http://evil.example")[0] == 403, path
    upload = "/gradio_api/upload"
    assert get(served, upload, "POST", Origin="http://evil.example")[0] == 403


def test_nothing_of_the_person_is_in_the_first_page(served: Served) -> None:
    paths = Paths(served.home)
    store = open_store(paths.database, paths.backups)
    store.profiles.add(Profile(name="Somebody's taste"))
    store.close()
    _, body = get(served, "/config")
    assert str(served.home) not in body.decode()
    assert "Somebody" not in body.decode()


def test_files_are_given_by_id_alone(served: Served) -> None:
    assert get(served, f"/gradio_api/file={served.home}/studio.db")[0] in (403, 404)
    assert get(served, "/gradio_api/file=/etc/passwd")[0] in (403, 404)
    assert get(served, "/studio/picture/..%2Fstudio.db")[0] in (404, 422)
    assert get(served, "/studio/picture/000000000000")[0] == 404
    assert get(served, "/studio/preview/000000000000")[0] == 404


def test_only_the_named_endpoints_are_public(served: Served) -> None:
    _, body = get(served, "/gradio_api/info")
    info = json.loads(body)
    assert info["unnamed_endpoints"] == {}
    assert len(info["named_endpoints"]) <= 8


def test_a_second_start_shows_the_first_studio(served: Served) -> None:
    again = Served(served.home, served.port)
    with pytest.raises(AssertionError, match="already open at"):
        again.start()
    assert again.process is not None
    assert again.process.wait(timeout=60) == 0


def test_a_port_of_another_program_is_passed_over(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        studio = Served(tmp_path / "data", other.getsockname()[1])
        studio.start()
        try:
            assert f"Port {studio.port} is taken" in studio.log()
        finally:
            assert studio.stop() == 0


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("locked")
    (folder / "password").write_text("käse\n", encoding="utf-8")
    studio = Served(folder / "home", free_port(), ("--password-file", str(folder / "password")))
    studio.start()
    yield studio
    studio.stop()


def test_with_a_password_no_route_is_open(locked: Served) -> None:
    right = "Basic " + b64encode("me:käse".encode()).decode()
    wrong = "Basic " + b64encode(b"me:wrong").decode()
    for path in (
        "/",
        "/config",
        "/theme.css",
        "/gradio_api/startup-events",
        "/gradio_api/app_id",
        OPEN,
    ):
        assert get(locked, path)[0] == 401, path
        assert get(locked, path, Authorization=wrong)[0] == 401, path
    assert get(locked, "/config", Authorization=right)[0] == 200


def test_the_page_works_behind_a_password(locked: Served, chromium, visit: Callable) -> None:
    context = chromium.new_context(http_credentials={"username": "me", "password": "käse"})
    page = visit(locked.url, context=context).page
    steps.name_profile(page, "Behind a door")
    steps.react(page, "liked", "flat colours")
    steps.saved(page)
    context.close()
    paths = Paths(locked.home)
    store = open_store(paths.database, paths.backups)
    try:
        (profile,) = store.profiles.all()
        (rating,) = store.ratings.standing(profile.id)
        assert rating.verdict is Verdict.LIKED
    finally:
        store.close()


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_studio_and_its_workers(
    tmp_path: Path, visit: Callable, ending: signal.Signals
) -> None:
    import psutil

    studio = Served(tmp_path / "data", free_port())
    studio.start()
    page = visit(studio.url).page
    steps.name_profile(page, "Ends")
    steps.fill_form(page, "a fox")
    steps.press_generate(page)
    assert studio.process is not None
    children = []
    deadline = time.monotonic() + 60
    while not children and time.monotonic() < deadline:
        children = psutil.Process(studio.process.pid).children(recursive=True)
        time.sleep(0.2)
    page.close()
    studio.process.send_signal(ending)
    assert studio.process.wait(timeout=60) == 0
    assert children
    assert psutil.wait_procs(children, timeout=30)[1] == []
