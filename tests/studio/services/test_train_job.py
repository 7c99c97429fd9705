"""Teaching as a job, on a tiny model: curve, snapshots, samples; stopped, killed, gone on with."""

import json
import os
import signal
import time
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from pipelines.errors import InvalidSpec
from pipelines.models.cards import ModelCard
from pipelines.spec import GenerationSpec
from studio import lock
from studio.cli.main import main
from studio.context import Studio, build_studio
from studio.domain import Job, JobState, Progress, Snapshot, Subject
from studio.errors import Busy, InvalidInput, JobFailed
from studio.jobs.context import JobContext
from studio.jobs.folder import JobFolder, Spec
from studio.paths import Paths
from studio.services.generation import GenerationRequest
from studio.services.jobs import JobService
from studio.services.subjects import material_folder
from studio.services.training import (
    Training,
    TrainingRequest,
    TrainParams,
    preset_lines,
    read_curve,
    training_folder,
)
from tests import photographs
from tests.pipelines.conftest import save_tiny

SMALL = {"rank": 2, "batch": 1, "loop": {"average": 0.5}}


@pytest.fixture(scope="module")
def tiny_card(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    return save_tiny(tmp_path_factory.mktemp("tiny"), "sd1")


@pytest.fixture
def studio(studio_home: Path, tiny_card: ModelCard) -> Iterator[Studio]:
    paths = Paths(studio_home).make()
    fields = {"id", "name", "family", "source", "width", "height", "guidance"}
    lines = [f"{k} = {json.dumps(v)}" for k, v in tiny_card.model_dump(include=fields).items()]
    paths.own_cards.write_text("\n".join(["[[model]]", 'licence = "none"', *lines]))
    with build_studio(paths) as opened:
        yield opened


@pytest.fixture
def momo(studio: Studio, tmp_path: Path) -> Subject:
    subject = studio.subjects.create("Momo", "fox")
    return studio.subjects.add_photos(subject.id, photos_in(tmp_path)).subject


def photos_in(folder: Path) -> list[Path]:
    files = []
    for number, photo in enumerate(photographs.good_set("fox-openmoji", 3, seed=1), 1):
        files.append(folder / f"{number}.png")
        photo.resize((96, 96)).save(files[-1])
    return files


def asked(studio: Studio, **changes) -> Job:
    values = {"subject": "Momo", "model": "tiny-sd1", "steps": 4, "every": 2, "settings": SMALL}
    values |= {"prompts": ("Momo", "Momo on a beach"), **changes}
    return studio.store.jobs.add(studio.training.job(TrainingRequest.parse(values)))


def steps_of(studio: Studio, job: Job) -> Generator[Progress | dict]:
    """The job as its worker would walk it, in this process."""
    from studio.services.train_job import run

    folder = JobFolder(studio.paths.jobs / job.id)
    spec = Spec(job=job, function="", home=str(studio.paths.home))
    folder.prepare(spec)
    with JobContext(spec, folder, {}) as context:
        yield from run(job.params, context)


def shown(studio: Studio, job: Job) -> Training:
    return studio.training.show(studio.subjects.find("Momo"), job.id)


def test_a_training_leaves_curve_snapshots_samples_and_a_pick(
    studio: Studio, momo: Subject
) -> None:
    job = asked(studio)
    seen = list(steps_of(studio, job))
    training = shown(studio, job)
    assert [point.step for point in training.curve] == [1, 2, 3, 4]
    assert {"subject", "prior"} <= set(training.curve[0].parts)
    assert [one.snapshot.step for one in training.snapshots] == [2, 4]
    assert all(len(one.samples) == 2 for one in training.snapshots)
    assert len(training.base) == 2
    assert training.base[0].read_bytes() != training.snapshots[-1].samples[0].read_bytes()
    for one in training.snapshots:
        assert set(one.snapshot.scores) == {"likeness", "prompt", "diversity"}
    last = seen[-1]
    assert isinstance(last, dict)
    picked = studio.subjects.picked(studio.subjects.find("Momo"))
    assert picked is not None
    assert picked.suggested
    assert picked.step == last["suggested"]


def test_a_subject_in_a_prompt_changes_the_picture_and_weight_0_does_not(
    studio: Studio, momo: Subject
) -> None:
    from pipelines.generate import Picture, generate

    list(steps_of(studio, asked(studio, settings=SMALL | {"loop": {"lr": 0.05}})))
    base = studio.engine.base("tiny-sd1")

    def drawn(prompt: str, *subjects: str) -> bytes:
        spec = GenerationSpec(prompt=prompt, steps=2)
        request = GenerationRequest(spec=spec, subjects=subjects, model="tiny-sd1")
        (part,) = studio.generation.params(request).passes
        held = studio.engine.adapters(part.spec.adapters, base)
        *_, picture = generate(base, part.spec, held)
        assert isinstance(picture, Picture)
        assert part.spec.prompt == "a sks fox asleep"
        return picture.image.tobytes()

    with_momo = drawn("Momo asleep", "Momo")
    assert drawn("a <subject:momo:1.0> asleep") == with_momo
    assert drawn("Momo asleep", "momo:0.3") != with_momo
    off = drawn("Momo asleep", "Momo:0")
    assert off != with_momo
    plain = GenerationSpec(prompt="a sks fox asleep", steps=2)
    *_, picture = generate(base, plain)
    assert isinstance(picture, Picture)
    assert picture.image.tobytes() == off


def test_what_cannot_be_drawn_is_said_before_it_is_a_job(studio: Studio, momo: Subject) -> None:
    def params(prompt: str, *subjects: str, model: str = "tiny-sd1") -> None:
        spec = GenerationSpec(prompt=prompt)
        studio.generation.params(GenerationRequest(spec=spec, subjects=subjects, model=model))

    with pytest.raises(InvalidInput, match="has not learnt “Momo”"):
        params("Momo", "Momo")
    list(steps_of(studio, asked(studio, steps=1, every=1, prompts=("Momo",))))
    params("on a beach", "Momo")
    with pytest.raises(InvalidInput, match="taught: tiny-sd1"):
        params("Momo", "Momo", model="sticker-128")


def test_stopping_keeps_the_last_step_and_going_on_ends_as_if_never_stopped(
    studio: Studio, momo: Subject
) -> None:
    whole = asked(studio, prompts=())
    list(steps_of(studio, whole))
    stopped = asked(studio, prompts=())
    walk = steps_of(studio, stopped)
    for step in walk:
        if isinstance(step, Progress) and step.step == 3:
            break
    walk.close()  # as the worker does when the job is cancelled
    assert [one.snapshot.step for one in shown(studio, stopped).snapshots] == [2, 3]
    assert used(studio).step == 4  # of the first training: this one did not come to its end
    list(steps_of(studio, stopped))
    losses = [[point.loss for point in shown(studio, job).curve] for job in (whole, stopped)]
    assert losses[0] == losses[1]
    ends = [shown(studio, job).snapshots[-1].snapshot.hash for job in (whole, stopped)]
    assert ends[0] == ends[1]


def stop_at(studio: Studio, job: Job, last: int) -> None:
    """Walk a job until a step, then stop it as the worker does when it is cancelled."""
    walk = steps_of(studio, job)
    for step in walk:
        if isinstance(step, Progress) and step.step == last:
            break
    walk.close()


def used(studio: Studio) -> Snapshot:
    picked = studio.subjects.picked(studio.subjects.find("Momo"))
    assert picked is not None
    return picked


def test_what_a_stopped_training_picked_itself_gives_way_when_it_goes_on(
    studio: Studio, momo: Subject
) -> None:
    job = asked(studio, prompts=())
    stop_at(studio, job, 3)
    assert used(studio).step == 3
    result = list(steps_of(studio, job))[-1]
    assert isinstance(result, dict)
    assert (used(studio).step, result["suggested"]) == (4, 4)
    assert [s.step for s in studio.subjects.snapshots("Momo") if s.suggested] == [4]


def test_what_the_person_picked_meanwhile_stays_when_it_goes_on(
    studio: Studio, momo: Subject
) -> None:
    job = asked(studio, prompts=())
    stop_at(studio, job, 3)
    studio.subjects.pick("Momo", 2)
    list(steps_of(studio, job))
    assert used(studio).step == 2


def test_a_training_that_is_stopped_leaves_the_pick_of_an_older_one(
    studio: Studio, momo: Subject
) -> None:
    first = asked(studio, prompts=())
    list(steps_of(studio, first))
    studio.subjects.pick("Momo", 2)
    again = asked(studio, prompts=())
    stop_at(studio, again, 1)
    assert (used(studio).job_id, used(studio).step) == (first.id, 2)
    list(steps_of(studio, again))
    assert (used(studio).job_id, used(studio).step) == (again.id, 4)


def test_a_killed_training_goes_on_from_its_checkpoint(studio: Studio, momo: Subject) -> None:
    long = {"steps": 30, "every": 4, "prompts": ()}
    whole, killed = asked(studio, **long), asked(studio, **long)
    list(steps_of(studio, whole))
    studio.store.jobs.move(whole.id, (JobState.WAITING,), JobState.DONE)
    studio.jobs.serve()
    deadline = time.monotonic() + 60
    while studio.jobs.show(killed.id).progress.step < 6:
        assert time.monotonic() < deadline, studio.jobs.log(killed.id)
        time.sleep(0.02)
    pid = studio.jobs.show(killed.id).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(JobFailed, match="killed, signal 9"):
        studio.jobs.wait(killed.id)
    assert len(shown(studio, killed).curve) < 30
    studio.jobs.retry(killed.id)
    assert studio.jobs.wait(killed.id).result["step"] == 30
    losses = [[point.loss for point in shown(studio, job).curve] for job in (whole, killed)]
    assert losses[0] == losses[1]
    ends = [shown(studio, job).snapshots[-1].snapshot.hash for job in (whole, killed)]
    assert ends[0] == ends[1]


def test_a_training_that_had_got_worse_is_not_gone_on_with(studio: Studio, momo: Subject) -> None:
    job = asked(studio, steps=8, every=1, prompts=("Momo",))
    stop_at(studio, job, 5)
    best, worse = ({"likeness": score, "prompt": score, "diversity": 0.0} for score in (1.0, 0.2))
    for shot in studio.subjects.snapshots("Momo"):
        scores = best if shot.step == 1 else worse
        studio.store.subjects.change_snapshot(shot.id, scores=scores)
    result = list(steps_of(studio, job))[-1]
    assert isinstance(result, dict)
    assert (result["early"], result["step"]) == (True, 5)
    assert used(studio).step == 1


def test_a_subject_that_was_renamed_is_still_drawn(studio: Studio, momo: Subject) -> None:
    from studio.services.train_job import as_asked, words_for

    asked_for = TrainParams.parse(asked(studio).params)
    studio.subjects.rename("Momo", "Rex")
    studio.subjects.describe("Rex", class_word="wolf")
    subject = as_asked(studio.subjects.find("Rex"), asked_for)
    prompt = asked_for.prompts[1]
    assert words_for(prompt, subject, taught=True) == "a sks fox on a beach"
    assert words_for(prompt, subject, taught=False) == "a fox on a beach"


def test_nothing_is_taken_from_under_a_training(studio: Studio, momo: Subject) -> None:
    job = asked(studio)
    for act in (lambda: studio.subjects.remove_photo("Momo", 1), lambda: clean(studio)):
        with pytest.raises(Busy, match="Teaching Momo"):
            act()
    studio.store.jobs.move(job.id, (JobState.WAITING,), JobState.RUNNING)
    with pytest.raises(Busy, match="Stop it first"):
        studio.subjects.delete("Momo")
    studio.store.jobs.move(job.id, (JobState.RUNNING,), JobState.CANCELLED)
    assert len(studio.subjects.remove_photo("Momo", 1).photos) == 2


def clean(studio: Studio) -> int:
    return studio.subjects.clean("Momo")


def test_cleaning_takes_the_samples_of_what_goes(studio: Studio, momo: Subject) -> None:
    job = asked(studio, prompts=("Momo",))
    list(steps_of(studio, job))
    studio.store.jobs.move(job.id, (JobState.WAITING,), JobState.DONE)
    studio.subjects.pick("Momo", 4)
    assert clean(studio) > 0
    folder = training_folder(studio.paths, momo.id, job.id)
    assert {file.stem.partition("-")[0] for file in folder.iterdir()} == {"base", "4", "curve"}


def test_deleting_a_taught_subject_leaves_nothing_of_it(studio: Studio, tmp_path: Path) -> None:
    before = {file for file in studio.paths.home.rglob("*") if file.is_file()}
    subject = studio.subjects.create("Momo", "fox")
    studio.subjects.add_photos(subject.id, photos_in(tmp_path))
    job = asked(studio, prompts=("Momo",))
    list(steps_of(studio, job))
    assert list(material_folder(studio.paths, subject.id).iterdir())
    studio.subjects.delete("Momo")
    left = {file for file in studio.paths.home.rglob("*") if file.is_file()}
    assert left == before
    for file in left:
        assert subject.id.encode() not in file.read_bytes()
        assert b"Momo" not in file.read_bytes()


def test_removing_a_photo_forgets_what_was_computed_of_it(studio: Studio, momo: Subject) -> None:
    job = asked(studio, steps=1, every=1, prompts=())
    list(steps_of(studio, job))
    studio.store.jobs.move(job.id, (JobState.WAITING,), JobState.DONE)
    studio.subjects.remove_photo("Momo", 1)
    assert not list(studio.paths.cache.rglob("*.safetensors"))


def test_the_command_names_the_snapshot_that_is_used(
    studio: Studio,
    momo: Subject,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def walk(jobs: JobService, job_id: str, _progress: object) -> Job:
        """The job in this process, with somebody who picks snapshot 2 meanwhile."""
        result: dict = {}
        for step in steps_of(studio, jobs.show(job_id)):
            if isinstance(step, dict):
                studio.subjects.pick("Momo", 2)
                result = step
        result = result | {"suggested": 4}  # the samples of so small a model could name either
        done = studio.store.jobs.move(job_id, (JobState.WAITING,), JobState.DONE, result=result)
        assert done is not None
        return done

    monkeypatch.setattr(JobService, "wait", walk)
    small = ["--steps", "4", "--every", "2", "--set", "rank=2", "--set", "batch=1"]
    words = ["train", "subject", "Momo", "--model", "tiny-sd1", "--prompt", "Momo", *small]
    assert main([*words, "--wait"]) == 0
    assert "Snapshot 2 is used." in capsys.readouterr().out


def test_a_command_says_whether_somebody_will_do_its_job(
    studio: Studio, momo: Subject, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", "subject", "Momo", "--model", "tiny-sd1"]
    assert main(words) == 0
    assert "waits for a studio" in capsys.readouterr().out
    with lock.writing(studio.paths, "studio serve"):
        assert main(words) == 0
    assert "is in the queue" in capsys.readouterr().out
    assert main([*words, "--set", "rankk=4"]) == 1
    assert "rankk" in capsys.readouterr().err
    assert len(studio.jobs.all()) == 2


def test_too_few_photos_and_unknown_presets_are_refused(studio: Studio, momo: Subject) -> None:
    with pytest.raises(InvalidInput, match="Presets: fast"):
        asked(studio, preset="instant")
    studio.subjects.edit_photo("Momo", 1, left_out=True)
    with pytest.raises(InvalidInput, match="At least 3"):
        asked(studio)


def test_a_misspelt_setting_is_refused_by_name_before_it_is_a_job(
    studio: Studio, momo: Subject
) -> None:
    for wrong in ({"rankk": 4}, {"loop": {"lrr": 1}}, {"rank": {"of": 4}}):
        with pytest.raises(InvalidSpec, match=next(iter(wrong))):
            asked(studio, settings=wrong)
    assert studio.jobs.all() == []


def test_a_pick_of_the_person_stays(studio: Studio, momo: Subject) -> None:
    job = asked(studio)
    for step in steps_of(studio, job):
        if isinstance(step, dict) and step["snapshots"]:
            studio.subjects.pick("Momo", 2)
    picked = studio.subjects.picked(studio.subjects.find("Momo"))
    assert picked is not None
    assert picked.step == 2


def test_a_curve_with_a_line_that_was_cut_is_read(tmp_path: Path) -> None:
    line = '{"step": 1, "loss": 0.5, "lr": 0.1, "seconds": 1.0}'
    (tmp_path / "curve.jsonl").write_text(f"{line}\n{line.replace('0.5', '0.4')}\n{line[:20]}")
    assert [point.loss for point in read_curve(tmp_path / "curve.jsonl")] == [0.4]
    assert read_curve(tmp_path / "none") == []


def test_presets_are_known_without_torch(studio: Studio) -> None:
    names = [line.name for line in preset_lines(studio.models.card("sticker-128"))]
    assert names[:3] == ["fast", "balanced", "quality"]
