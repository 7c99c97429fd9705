"""`studio jobs`: list, show, log, and what changes a job."""

import json
from typing import Any

import pytest

from studio.cli.main import main
from studio.context import build_studio
from studio.domain import Job, JobState


@pytest.fixture
def studio(capfd: pytest.CaptureFixture[str]):
    """Run a command and return its document."""

    def call(*words: str, code: int = 0) -> Any:
        assert main([*words, "--json"]) == code, capfd.readouterr().err
        return json.loads(capfd.readouterr().out)

    return call


@pytest.fixture
def waiting(studio_home) -> Job:
    """A job that nobody does."""
    with build_studio() as opened:
        return opened.jobs.submit(Job(kind="generate", title="A fox", params={"prompt": "a fox"}))


def test_an_empty_studio_has_no_jobs(studio, capfd: pytest.CaptureFixture[str]) -> None:
    assert studio("jobs", "list") == {"jobs": []}
    assert main(["jobs", "list"]) == 0
    assert capfd.readouterr().out == "No jobs yet.\n"


def test_a_waiting_job_is_listed_and_shown(studio, waiting: Job) -> None:
    (listed,) = studio("jobs", "list", "--active")["jobs"]
    assert (listed["id"], listed["state"], listed["title"]) == (waiting.id, "waiting", "A fox")
    assert studio("jobs", "show", waiting.id)["job"]["params"] == {"prompt": "a fox"}
    assert studio("jobs", "log", waiting.id)["log"] == []


def test_a_job_is_paused_resumed_cancelled_repeated_and_forgotten(studio, waiting: Job) -> None:
    for verb, state in (
        ("pause", "paused"),
        ("resume", "waiting"),
        ("cancel", "cancelled"),
        ("retry", "waiting"),
        ("cancel", "cancelled"),
    ):
        assert studio("jobs", verb, waiting.id)["job"]["state"] == state
    assert studio("jobs", "list", "--active") == {"jobs": []}
    assert studio("jobs", "remove", waiting.id) == {"removed": waiting.id}
    assert studio("jobs", "list") == {"jobs": []}


def test_what_cannot_be_done_is_an_error_with_a_sentence(studio, waiting: Job) -> None:
    error = studio("jobs", "retry", waiting.id, code=1)["error"]
    assert error["type"] == "Busy"
    assert "only one that ended badly" in error["message"]
    assert "no job with id 0815" in studio("jobs", "cancel", "0815", code=1)["error"]["message"]


def test_a_false_row_is_put_right_before_it_is_listed(studio, studio_home) -> None:
    with build_studio() as opened:
        opened.store.jobs.add(Job(kind="learn", title="Reading", state=JobState.RUNNING))
    (listed,) = studio("jobs", "list")["jobs"]
    assert listed["state"] == "interrupted"
    assert "switched off" in listed["reason"]
