"""Teaching a subject: what a person asks for becomes a job, and what the job made is read here.

subjects/<subject>/trainings/<job>/
    curve.jsonl             a line a step: loss and its parts, learning rate, seconds
    base-1.png …            the sample prompts without the subject
    100.safetensors         snapshot 100, the LoRA
    100-1.png …             the same prompts and seeds with it
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from pipelines.errors import ModelNotFound
from pipelines.models.cards import ModelCard
from pipelines.recipes import presets
from pipelines.spec import Frozen
from studio.domain import Job, Snapshot, Subject
from studio.errors import InvalidInput, NotFound
from studio.paths import Paths
from studio.services.models import ModelService
from studio.services.subject_words import caption_of
from studio.services.subjects import SubjectService
from studio.store import Store
from studio.store.subjects import TRAIN

if TYPE_CHECKING:
    from pipelines.recipes.subject.settings import Settings

NEEDED = 3  # photos
CURVE = "curve.jsonl"
PROMPTS = {  # with the subject's name in place of NAME; the embedded model knows stickers only
    True: ("NAME", "NAME, pink background", "NAME, black line drawing, uncoloured"),
    False: ("a photo of NAME", "NAME on a beach", "NAME wearing a red hat", "a painting of NAME"),
}


class TrainingRequest(Frozen):
    """What a person asks for. `settings` are fields of a preset changed by hand. Without `prompts`
    usual ones are drawn; with none nothing is drawn, and nothing can be scored."""

    subject: str  # name or id
    preset: str = "fast"
    model: str | None = None  # the chosen one
    steps: int | None = Field(default=None, ge=1, le=100_000)
    seed: int = Field(default=0, ge=0, lt=2**31)
    every: int | None = Field(default=None, ge=1)  # steps from snapshot to snapshot
    prompts: tuple[str, ...] | None = Field(default=None, max_length=8)
    settings: dict[str, Any] = Field(default_factory=dict)


class TrainedPhoto(Frozen):
    """A photo as it was when the training was asked for."""

    path: str  # relative to the data folder
    caption: str
    crop: tuple[int, int, int, int] | None = None


class TrainParams(Frozen):
    """What the job holds; see `studio.services.train_job`."""

    subject: str  # id
    name: str = ""  # in the prompts; unknown of jobs from before it was kept
    token: str
    class_word: str
    mirror: bool
    photos: tuple[TrainedPhoto, ...]
    model: str
    preset: str
    steps: int | None
    seed: int
    every: int | None
    prompts: tuple[str, ...]
    settings: dict[str, Any] = Field(default_factory=dict)


class Point(Frozen):
    """One step of a training."""

    step: int
    loss: float
    lr: float
    seconds: float  # that it took
    parts: dict[str, float] = Field(default_factory=dict)  # of the loss: subject, prior


@dataclass(frozen=True)
class Shown:
    """A snapshot with its samples, one a prompt."""

    snapshot: Snapshot
    samples: tuple[Path, ...]


@dataclass(frozen=True)
class Training:
    """A training as it stands: also while it runs, and long after its job is forgotten."""

    job_id: str
    curve: tuple[Point, ...]
    base: tuple[Path, ...]  # samples without the subject
    snapshots: tuple[Shown, ...]


@dataclass(frozen=True)
class TrainingService:
    """Trainings of subjects."""

    paths: Paths
    store: Store
    subjects: SubjectService
    models: ModelService

    def job(self, request: TrainingRequest) -> Job:
        """The job that teaches; submit it to `studio.jobs`.

        Raises:
            NotFound: there is no such subject or model.
            InvalidInput: there are too few photos, or there is no such preset.
            InvalidSpec: a setting that was changed by hand is wrong or misspelt.
        """
        subject = self.subjects.find(request.subject)
        photos = self.subjects.used(subject)
        if len(photos) < NEEDED:
            raise InvalidInput(
                f"“{subject.name}” has {len(photos)} photos to learn from. At least {NEEDED} are "
                "needed: add some."
            )
        card = self.models.card(request.model)
        known = [line.name for line in preset_lines(card)]
        if request.preset not in known:
            names = ", ".join(known) or "none"
            raise InvalidInput(f"{card.name} has no preset “{request.preset}”. Presets: {names}.")
        if request.settings:  # pages change none, and never import torch
            changed(presets.of(card)[request.preset], request.settings)
        params = TrainParams(
            subject=subject.id,
            name=subject.name,
            token=subject.token,
            class_word=subject.class_word,
            mirror=subject.mirror,
            photos=tuple(
                TrainedPhoto(path=p.path, caption=caption_of(p.caption, subject), crop=p.crop)
                for p in photos.values()
            ),
            model=card.id,
            prompts=sample_prompts(subject, card) if request.prompts is None else request.prompts,
            **request.model_dump(include={"preset", "steps", "seed", "every", "settings"}),
        )
        title = f"Teaching {subject.name}"
        return Job(kind=TRAIN, title=title, params=params.model_dump(mode="json"))

    def jobs(self, subject: Subject) -> list[Job]:
        """The trainings of a subject that are still known as jobs, newest first."""
        jobs = self.store.jobs.all(kind=TRAIN)
        return [job for job in jobs if job.params.get("subject") == subject.id]

    def show(self, subject: Subject, job_id: str) -> Training:
        """A training with its curve, snapshots and samples.

        Raises:
            NotFound: the subject has no such training.
        """
        folder = training_folder(self.paths, subject.id, job_id)
        if not folder.is_dir():
            raise NotFound(f"“{subject.name}” has no training {job_id}, or it has not begun.")
        mine = [s for s in self.store.subjects.snapshots(subject.id) if s.job_id == job_id]
        shown = (Shown(shot, samples(folder, str(shot.step))) for shot in mine)
        return Training(
            job_id=job_id,
            curve=tuple(read_curve(folder / CURVE)),
            base=samples(folder, "base"),
            snapshots=tuple(sorted(shown, key=lambda one: one.snapshot.step)),
        )


@dataclass(frozen=True)
class PresetLine:
    """A preset in a list."""

    name: str
    about: str
    steps: int


def preset_lines(card: ModelCard) -> list[PresetLine]:
    """The presets for a model; none where its family cannot be taught yet."""
    try:
        known = presets.of(card)
    except ModelNotFound:
        return []
    return [PresetLine(name, preset.about, preset.steps) for name, preset in known.items()]


def changed(preset: presets.Preset, changes: dict[str, Any]) -> "Settings":
    """The settings of a preset with some changed by hand. Imports torch.

    Raises:
        InvalidSpec: naming every one that is wrong or misspelt.
    """
    settings = preset.settings
    return type(settings).parse(merged(settings.model_dump(), changes))


def merged(values: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Values with changes; nested ones are merged too."""
    inner = {
        name: merged(values[name], change)
        for name, change in changes.items()
        if isinstance(change, dict) and isinstance(values.get(name), dict)
    }
    return values | changes | inner


def training_folder(paths: Paths, subject_id: str, job_id: str) -> Path:
    """Where everything of a training lies that is kept."""
    return paths.subjects / subject_id / "trainings" / job_id


def sample_prompts(subject: Subject, card: ModelCard) -> tuple[str, ...]:
    """Prompts for the pictures that are made on the way."""
    return tuple(prompt.replace("NAME", subject.name) for prompt in PROMPTS[card.embedded])


def samples(folder: Path, of: str) -> tuple[Path, ...]:
    """The sample pictures of a snapshot, or of the base model, in the order of the prompts."""
    return tuple(sorted(folder.glob(f"{of}-[0-9].png")))


def read_curve(file: Path) -> list[Point]:
    """The steps of a training in order. One that was taken up again did some steps twice, with the
    same losses; a line that was being written when it was ended is left out."""
    points: dict[int, Point] = {}
    if file.is_file():
        for line in file.read_text(encoding="utf-8").splitlines():
            try:
                values = json.loads(line)
            except ValueError:
                continue  # cut in the middle by a kill
            point = Point.model_validate(values)
            points[point.step] = point
    return [points[step] for step in sorted(points)]
