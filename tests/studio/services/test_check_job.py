"""The check of this computer: a worker looks, the pages read."""

from studio.context import build_studio
from studio.doctor import Report
from studio.domain import JobState


def test_a_check_reports_and_notes_the_device(studio_home):
    with build_studio() as studio:
        assert studio.machine.known() is None
        job = studio.jobs.wait(studio.jobs.submit(studio.machine.check()).id)
        report = Report.model_validate(job.result["report"])
        assert report.ok
        machine = studio.machine.known()
        assert machine is not None
        assert report.device.startswith(machine.device)
        assert studio.machine.is_fresh(studio.settings)
        found = studio.machine.last_check()
        assert found is not None
        assert (found.id, found.state) == (job.id, JobState.DONE)
