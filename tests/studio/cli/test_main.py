"""The promises of the `studio` command about streams and exit codes."""

import argparse
import json
import os
import subprocess
import sys
import types
from collections.abc import Callable

import pytest

from pipelines.errors import InvalidSpec
from studio.cli import Outcome, WrongUsage, main
from studio.errors import NotFound

Act = Callable[[argparse.Namespace], Outcome]


@pytest.fixture
def act(monkeypatch: pytest.MonkeyPatch) -> Callable[[Act], None]:
    """Replace all nouns by one called `act` that does what the test says."""

    def install(run: Act) -> None:
        def add_arguments(parser: argparse.ArgumentParser) -> None:
            verbs = parser.add_subparsers(dest="verb")
            verbs.add_parser("now").add_argument("--times", type=int, default=1)

        noun = types.SimpleNamespace(NAME="act", HELP="act", add_arguments=add_arguments, run=run)
        monkeypatch.setattr(main, "NOUNS", ("act",))
        monkeypatch.setattr(main, "load_noun", lambda name: noun)

    return install


def test_stdout_is_one_json_document_whatever_libraries_print(
    act: Callable[[Act], None], capfd: pytest.CaptureFixture[str]
) -> None:
    def run(args: argparse.Namespace) -> Outcome:
        print("from Python")
        os.write(1, b"from a C library\n")
        subprocess.run([sys.executable, "-c", "print('from a child')"], check=True)
        return Outcome({"n": args.times, "share": float("nan"), "path": os.sep}, "done")

    act(run)
    for words in (["act", "now", "--json"], ["act", "--json", "now"], ["--json", "act", "now"]):
        assert main.main(words) == 0
        out, err = capfd.readouterr()
        assert json.loads(out) == {"n": 1, "share": None, "path": os.sep}
        assert err.splitlines() == ["from Python", "from a C library", "from a child"]
    assert main.main(["act", "now"]) == 0
    assert capfd.readouterr().out == "done\n"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotFound("No profile is called 'x'."), 1),
        (InvalidSpec("steps: too many"), 1),
        (WrongUsage("say which"), 2),
        (KeyboardInterrupt(), 130),
        (ZeroDivisionError("a fault of ours"), 1),
    ],
)
def test_every_failure_is_a_document_and_a_code(
    error: BaseException,
    code: int,
    act: Callable[[Act], None],
    capfd: pytest.CaptureFixture[str],
) -> None:
    def run(args: argparse.Namespace) -> Outcome:
        raise error

    act(run)
    assert main.main(["act", "--json"]) == code
    document = json.loads(capfd.readouterr().out)
    assert document == {"error": {"type": type(error).__name__, "message": str(error)}}
    assert main.main(["act"]) == code
    out, err = capfd.readouterr()
    assert out == ""
    assert str(error) in err
    assert ("Traceback" in err) == isinstance(error, ZeroDivisionError)


@pytest.mark.parametrize(
    "words", [[], ["nonsense"], ["act", "now", "--times", "x"], ["act", "--tim"]]
)
def test_a_wrong_command_line_ends_with_2_and_its_usage(
    words: list[str], act: Callable[[Act], None], capfd: pytest.CaptureFixture[str]
) -> None:
    act(lambda args: Outcome({}, ""))
    assert main.main(words) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("usage: studio")


def test_a_result_may_have_a_code_of_its_own_and_is_still_the_result(
    act: Callable[[Act], None], capfd: pytest.CaptureFixture[str]
) -> None:
    act(lambda args: Outcome({"met": False}, "target missed", code=3))
    assert main.main(["act"]) == 3
    assert capfd.readouterr().out == "target missed\n"
    assert main.main(["act", "--json"]) == 3
    assert json.loads(capfd.readouterr().out) == {"met": False}
