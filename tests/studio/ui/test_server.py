"""Where the studio listens, and what it refuses."""

import os
import signal
import socket
from pathlib import Path

import pytest

from studio.cli import WrongUsage
from studio.cli import serve as noun
from studio.cli.main import build_parser
from studio.errors import InvalidInput
from studio.lock import writing
from studio.paths import Paths
from studio.server import check_place, interruptible, known_hosts, listen, serve, shown_host
from studio.settings import Settings

LOOPBACK = "127.0.0.1"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.0.7", "::"])
def test_other_machines_are_let_in_only_with_a_password(host: str) -> None:
    with pytest.raises(InvalidInput, match="no password"):
        check_place(Settings(host=host), mcp=False)
    check_place(Settings.model_validate({"host": host, "password": "käse"}), mcp=False)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.2"])
def test_loopback_needs_none(host: str) -> None:
    check_place(Settings(host=host), mcp=False)


def test_agents_and_a_password_are_refused_together() -> None:
    with pytest.raises(InvalidInput, match="together"):
        check_place(Settings.model_validate({"password": "käse"}), mcp=True)


def test_a_taken_port_is_passed_over() -> None:
    with listen(LOOPBACK, 20_000) as first:
        port = first.getsockname()[1]
        with listen(LOOPBACK, port) as second:
            assert second.getsockname()[1] > port


def test_an_address_of_another_machine_is_said() -> None:
    with pytest.raises(InvalidInput, match="cannot listen"), listen("203.0.113.7", 20_000):
        pass


def test_the_address_is_one_that_a_browser_can_open() -> None:
    assert shown_host("0.0.0.0") == LOOPBACK
    assert shown_host("::1") == "[::1]"


def test_only_loopback_names_are_known_on_loopback() -> None:
    assert known_hosts(LOOPBACK) == {"127.0.0.1", "localhost", "::1"}
    assert socket.gethostname().lower() in known_hosts("0.0.0.0")


def test_an_open_studio_is_shown_instead_of_a_second_one(studio_home: Path) -> None:
    paths, said = Paths(studio_home), []
    with writing(paths, "studio serve") as lock:
        lock.announce("http://127.0.0.1:7860")
        address = serve(paths, Settings(open_browser=False), say=said.append)
    assert address == "http://127.0.0.1:7860"
    assert said == ["The studio is already open at http://127.0.0.1:7860"]


def arguments(*words: str):
    return build_parser(["serve"]).parse_args(["serve", *words])


def test_options_override_settings(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("käse\nsecond line\n", encoding="utf-8")
    args = arguments("--port", "9000", "--no-browser", "--password-file", str(file))
    assert noun.changes(args) == {"port": 9000, "open_browser": False, "password": "käse"}
    assert noun.changes(arguments()) == {}


def test_two_passwords_are_one_too_many(tmp_path: Path) -> None:
    args = arguments("--password", "x", "--password-file", str(tmp_path))
    with pytest.raises(WrongUsage):
        noun.changes(args)


def test_a_password_file_without_password_is_said(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    with pytest.raises(InvalidInput, match="first line"):
        noun.read_password(empty)
    with pytest.raises(InvalidInput, match="cannot be read"):
        noun.read_password(tmp_path / "nowhere")


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_an_ignored_signal_ends_the_studio_and_is_ignored_again_afterwards(
    end: signal.Signals,
) -> None:
    before = signal.signal(end, signal.SIG_IGN)
    try:
        with pytest.raises(KeyboardInterrupt), interruptible():
            os.kill(os.getpid(), end)
        assert signal.getsignal(end) is signal.SIG_IGN
    finally:
        signal.signal(end, before)
