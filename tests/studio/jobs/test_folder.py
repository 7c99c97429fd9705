"""The files by which a job and the studio talk."""

from pathlib import Path

import pytest

from studio.domain import Job, JobState, Progress
from studio.jobs.folder import LOG_TAIL, Flag, JobFolder, Outcome, Report, Spec


@pytest.fixture
def folder(tmp_path: Path) -> JobFolder:
    """A prepared folder."""
    folder = JobFolder(tmp_path / "job")
    folder.prepare(Spec(job=Job(kind="count", title="Zählen"), function="m:f", home="/home"))
    return folder


def test_what_is_written_comes_back(folder: JobFolder) -> None:
    outcome = Outcome(state=JobState.FAILED, result={"done": [1]}, reason="the disk is full")
    assert folder.spec().job.title == "Zählen"
    assert folder.outcome() is None
    folder.finish(outcome)
    assert folder.outcome() == outcome


def test_reports_are_read_once_and_never_half(folder: JobFolder) -> None:
    assert folder.reports() == ([], 0)
    reports = [Report(progress=Progress(step=step, total=3)) for step in (1, 2, 3)]
    folder.report(reports[0])
    folder.report(reports[1])
    first, offset = folder.reports()
    assert first == reports[:2]
    assert folder.reports(offset) == ([], offset)

    line = reports[2].model_dump_json().encode() + b"\n"
    with (folder.path / "reports.jsonl").open("ab") as file:
        file.write(line[:20])
        file.flush()
        assert folder.reports(offset) == ([], offset)
        file.write(line[20:])
    assert folder.reports(offset)[0] == [reports[2]]


def test_a_new_run_forgets_how_the_last_one_ended_and_keeps_its_work(folder: JobFolder) -> None:
    folder.report(Report())
    folder.raise_(Flag.CANCEL)
    folder.finish(Outcome(state=JobState.CANCELLED))
    folder.write_log("first run")
    (folder.path / "checkpoint").write_text("step 300")
    folder.prepare(folder.spec())
    assert folder.reports() == ([], 0)
    assert folder.outcome() is None
    assert not any(folder.is_up(flag) for flag in Flag)
    assert (folder.path / "checkpoint").read_text() == "step 300"
    assert "first run" in folder.log_tail()[0]


def test_flags_go_up_and_down_any_number_of_times(folder: JobFolder) -> None:
    folder.lower(Flag.PAUSE)
    folder.raise_(Flag.PAUSE)
    folder.raise_(Flag.PAUSE)
    assert folder.is_up(Flag.PAUSE)
    folder.lower(Flag.PAUSE)
    assert not folder.is_up(Flag.PAUSE)


def test_the_tail_of_a_log_is_its_last_lines_whatever_its_size(folder: JobFolder) -> None:
    assert folder.log_tail() == []
    folder.log.write_bytes(b"".join(f"line {i} \xff\n".encode("latin-1") for i in range(50_000)))
    tail = folder.log_tail()
    assert len(tail) == LOG_TAIL
    assert tail[-1].startswith("line 49999")
    assert folder.log_tail(2)[0].startswith("line 49998")
