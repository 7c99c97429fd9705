"""Teaching as a job, on a tiny model: curve, snapshots, samples; stopped, killed, gone on with."""

import json
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from pipelines.errors import InvalidSpec
from pipelines.models.cards import ModelCard
from pipelines.spec import GenerationSpec
from studio.context import Studio, build_studio
from studio.domain import Job, Progress, Subject
from studio.errors import InvalidInput
from studio.jobs.context import JobContext
from studio.jobs.folder import JobFolder, Spec
from studio.paths import Paths
from studio.services.generation import GenerationRequest
from studio.services.training import Training, TrainingRequest, preset_lines, read_curve
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
    files = []
    for number, photo in enumerate(photographs.good_set("fox-openmoji", 3, seed=1), 1):
        files.append(tmp_path / f"{number}.png")
        photo.resize((96, 96)).save(files[-1])
    return studio.subjects.add_photos(subject.id, files).subject


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
    list(steps_of(studio, stopped))
    losses = [[point.loss for point in shown(studio, job).curve] for job in (whole, stopped)]
    assert losses[0] == losses[1]
    ends = [shown(studio, job).snapshots[-1].snapshot.hash for job in (whole, stopped)]
    assert ends[0] == ends[1]


def test_a_killed_training_goes_on_from_its_checkpoint(studio: Studio, momo: Subject) -> None:
    whole, killed = asked(studio, prompts=()), asked(studio, prompts=())
    list(steps_of(studio, whole))
    walk = steps_of(studio, killed)
    for step in walk:
        if isinstance(step, Progress) and step.step == 3:
            break
    # a kill leaves no time for anything: what the stopped walk writes on its way out is undone
    kept = studio.paths.jobs / killed.id / "checkpoints"
    before = {path.name for path in kept.glob("step-*")}
    walk.close()
    for path in kept.glob("step-*"):
        if path.name not in before:
            shutil.rmtree(path)
    assert before == {"step-00000002"}
    list(steps_of(studio, killed))
    losses = [[point.loss for point in shown(studio, job).curve] for job in (whole, killed)]
    assert losses[0] == losses[1]


def test_too_few_photos_and_unknown_presets_are_refused(studio: Studio, momo: Subject) -> None:
    with pytest.raises(InvalidInput, match="Presets: fast"):
        asked(studio, preset="instant")
    studio.subjects.edit_photo("Momo", 1, left_out=True)
    with pytest.raises(InvalidInput, match="At least 3"):
        asked(studio)


def test_a_misspelt_setting_is_refused_by_name(studio: Studio, momo: Subject) -> None:
    job = asked(studio, settings={"rankk": 4})
    with pytest.raises(InvalidSpec, match="rankk"):
        list(steps_of(studio, job))


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
