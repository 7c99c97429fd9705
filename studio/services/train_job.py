"""The job `train`: teaches a subject, a step at a time, in a process of its own.

The loop's checkpoints lie in the job's folder, so that a training that was cancelled, killed or
switched off goes on from the last one when it is tried again. What the person picks from, LoRA
files and sample pictures, is kept with the subject.
"""

import json
import time
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from PIL import Image

from pipelines.adapters.files import load
from pipelines.adapters.lora import bare
from pipelines.adapters.metadata import Label
from pipelines.generate import Picture, generate
from pipelines.metrics.clip import load_clip
from pipelines.metrics.picking import Score, best, is_overfitting
from pipelines.metrics.subject import Judge
from pipelines.models.base import BaseModel
from pipelines.recipes import checkpoint, presets
from pipelines.recipes.dreambooth import DreamBooth, DreamBoothConfig, Photo
from pipelines.recipes.loop import TrainReport
from pipelines.recipes.loop import run as train
from pipelines.spec import AdapterUse, GenerationSpec, Sampler
from studio.domain import Progress, Snapshot, Subject
from studio.errors import InvalidInput, NotFound
from studio.jobs.context import JobContext
from studio.services.engine import Engine
from studio.services.subject_words import spoken
from studio.services.subjects import material_folder
from studio.services.training import (
    CURVE,
    Point,
    TrainParams,
    changed,
    merged,
    samples,
    training_folder,
)

CONFIG = "training.json"  # in the job's folder: what was begun is what goes on
SAFE_MINUTES = 1.0  # at most so much is lost when the power goes
SAMPLE_STEPS = 10  # enough to look at; a training draws many
FEWEST = 4  # snapshots of a training that is shorter than its preset
FIRST_SEED = 1  # of the samples; picture i has FIRST_SEED + i

Steps = Iterator[Progress | dict[str, Any]]


def run(params: dict[str, Any], context: JobContext) -> Steps:
    """Teach; a dict after every snapshot, so that a job that is stopped keeps what it has."""
    asked = TrainParams.parse(params)
    yield Progress(text=f"Loading {asked.model}")
    base = Engine(context.paths, context.settings, context.store).base(asked.model)
    yield Progress(text=f"Looking at {len(asked.photos)} photos")
    config = config_of(asked, base, context)
    with DreamBooth(config, base, material_folder(context.paths, asked.subject)) as recipe:
        yield from Teaching(asked, recipe, context).steps()


def config_of(asked: TrainParams, base: BaseModel, context: JobContext) -> DreamBoothConfig:
    """The preset with what was asked for; as it was when this job began, if it has begun before.

    Raises:
        InvalidInput: there is no such preset.
        InvalidSpec: a setting that was changed by hand is wrong.
    """
    begun = context.folder / CONFIG
    if begun.is_file():
        return DreamBoothConfig.parse(json.loads(begun.read_text(encoding="utf-8")))
    known = presets.of(base.card)
    if asked.preset not in known:
        names = ", ".join(known)
        raise InvalidInput(f"There is no preset “{asked.preset}” for {base.card.name}: {names}.")
    settings = changed(known[asked.preset], asked.settings)
    steps = asked.steps or settings.loop.steps
    every = asked.every or settings.loop.checkpoint_steps
    every = every if 0 < every < steps else max(1, steps // FEWEST)
    safety = {"checkpoint_steps": every, "checkpoint_minutes": SAFE_MINUTES}
    settings = type(settings).parse(merged(settings.model_dump(), {"loop": safety}))
    photos = tuple(
        Photo(path=context.paths.home / photo.path, caption=photo.caption, crop=photo.crop)
        for photo in asked.photos
    )
    config = DreamBoothConfig.of(
        settings,
        steps=steps,
        seed=asked.seed,
        model=base.card.id,
        photos=photos,
        token=asked.token,
        class_word=asked.class_word,
        flip=asked.mirror,
    )
    draft = begun.with_suffix(".part")
    draft.write_text(config.model_dump_json(indent=1), encoding="utf-8")
    draft.replace(begun)
    return config


class Teaching:
    """One training at work: curve, snapshots, samples, and which snapshot is the best so far."""

    def __init__(self, asked: TrainParams, recipe: DreamBooth, context: JobContext) -> None:
        self._asked = asked
        self._recipe = recipe
        self._base = recipe.base
        self._store = context.store
        self._subject = as_asked(context.store.subjects.find(asked.subject), asked)
        self._job_id = context.job.id
        self._home = context.paths.home
        self._checkpoints = context.folder / "checkpoints"
        self._folder = training_folder(context.paths, asked.subject, context.job.id)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._every = recipe.config.loop.checkpoint_steps
        self._total = recipe.config.loop.steps
        # what an earlier run of this job suggested, and may have picked itself
        self._suggested = {shot.id for shot in self._mine() if shot.suggested}
        self._step = 0
        self._since = 0.0
        self._loss: float | None = None
        self._early = False  # stopped because newer snapshots got worse

    def steps(self) -> Steps:
        """Samples of the base, then the steps, with a snapshot and its samples now and then."""
        yield from self._catch_up()
        reports = train(self._recipe, self._checkpoints)
        self._since = time.monotonic()
        ended = False
        try:
            # an earlier run may have been ended before it could look at its last samples
            self._early = self._overfits() and self._step < self._total
            for report in () if self._early else reports:
                self._note(report)
                yield Progress(step=report.step, total=report.steps, text=self._text())
                if report.saved and self._is_due(report.step):
                    self._keep(report.saved, report.step)
                    yield from self._draw(str(report.step))
                    self._rate(report.step)
                    yield self._result()
                    if self._overfits() and report.step < report.steps:
                        self._early = True
                        break
                self._since = time.monotonic()
            ended = True
        except GeneratorExit:  # the person stopped it: the loop has saved its last step
            reports.close()  # pyright: ignore[reportAttributeAccessIssue]  # it is a generator
            self._keep_last()
            raise
        finally:
            reports.close()  # pyright: ignore[reportAttributeAccessIssue]
            self._settle(ended)
        yield self._result()

    def _catch_up(self) -> Iterator[Progress]:
        """What an earlier run of this job may have left undone: samples, the last snapshot."""
        yield from self._draw("base")
        saved = checkpoint.latest(self._checkpoints)
        if saved is not None:
            self._step = step_of(saved)
            if self._is_due(self._step):
                self._keep(saved, self._step)
        for shot in self._mine():
            yield from self._draw(str(shot.step))
            self._rate(shot.step)

    def _keep_last(self) -> None:
        """Keep the step at which the person stopped it."""
        saved = checkpoint.latest(self._checkpoints)
        if saved is not None and step_of(saved) not in {shot.step for shot in self._mine()}:
            self._keep(saved, step_of(saved))

    def _is_due(self, step: int) -> bool:
        return step % self._every == 0 or step == self._total

    def _text(self) -> str:
        best = self._best()
        known = f" Best snapshot so far: {best.step}." if best else ""
        return f"Step {self._step} of {self._total}.{known}"

    def _note(self, report: TrainReport) -> None:
        """Add the step to the curve."""
        self._step, self._loss = report.step, report.loss
        point = Point(
            step=report.step,
            loss=report.loss,
            lr=report.lr,
            seconds=round(time.monotonic() - self._since, 4),  # without pauses and samples
            parts=report.metrics,
        )
        with (self._folder / CURVE).open("a", encoding="utf-8") as file:
            file.write(point.model_dump_json() + "\n")

    def _keep(self, saved: Path, step: int) -> None:
        """The LoRA file of a checkpoint, and its row."""
        file = self._folder / f"{step}.safetensors"
        label = Label(trigger=self._subject.words)  # no name: files are given away
        learnt = self._recipe.export(saved, file, label)
        self._store.subjects.add_snapshot(
            Snapshot(
                subject_id=self._asked.subject,
                job_id=self._job_id,
                model_id=self._asked.model,
                step=step,
                path=file.relative_to(self._home).as_posix(),
                hash=learnt,
            )
        )

    def _draw(self, name: str) -> Iterator[Progress]:
        """The sample prompts with the snapshot of this step, or with the base; the same seeds every
        time. What is drawn already is kept."""
        files = [self._folder / f"{name}-{n}.png" for n in range(1, len(self._asked.prompts) + 1)]
        shot = next((shot for shot in self._mine() if str(shot.step) == name), None)
        if all(file.exists() for file in files):
            return
        held = {shot.hash: load(self._home / shot.path, self._base)} if shot else {}
        for number, (prompt, file) in enumerate(zip(self._asked.prompts, files, strict=True)):
            spec = GenerationSpec(
                prompt=words_for(prompt, self._subject, taught=shot is not None),
                seed=FIRST_SEED + number,
                steps=SAMPLE_STEPS,
                sampler=Sampler.DPMPP_2M,
                adapters=(AdapterUse(hash=shot.hash),) if shot else (),
            )
            text = f"{self._text()} Drawing picture {number + 1} of {len(files)}."
            with bare(self._base):
                for event in generate(self._base, spec, held):
                    if isinstance(event, Picture):
                        save_png(event.image, file)
                    yield Progress(step=self._step, total=self._total, text=text)

    def _rate(self, step: int) -> None:
        """Score a snapshot by its samples."""
        files = samples(self._folder, str(step))
        shot = next((shot for shot in self._mine() if shot.step == step), None)
        if files and shot and not shot.scores and len(files) == len(self._asked.prompts):
            score = self._judge.score([Image.open(file).convert("RGB") for file in files])
            self._store.subjects.change_snapshot(shot.id, scores=score.model_dump())

    @cached_property
    def _judge(self) -> Judge:
        """The studio's eye with the photos and prompts of this training before it."""
        photos = [Image.open(photo.path).convert("RGB") for photo in self._recipe.config.photos]
        crops = [photo.crop for photo in self._recipe.config.photos]
        cut = [p.crop(crop) if crop else p for p, crop in zip(photos, crops, strict=True)]
        prompts = [words_for(prompt, self._subject, taught=True) for prompt in self._asked.prompts]
        base = [Image.open(file).convert("RGB") for file in samples(self._folder, "base")]
        return Judge(load_clip(), cut, prompts, self._asked.token, base_samples=base)

    def _mine(self) -> list[Snapshot]:
        shots = self._store.subjects.snapshots(self._asked.subject)
        return sorted((s for s in shots if s.job_id == self._job_id), key=lambda shot: shot.step)

    def _scored(self) -> list[Snapshot]:
        return [shot for shot in self._mine() if shot.scores]

    def _best(self) -> Snapshot | None:
        """The best by its score; the last one where none is scored yet."""
        scored = self._scored()
        if scored:
            return scored[best([Score.parse(shot.scores) for shot in scored])]
        shots = self._mine()
        return shots[-1] if shots else None

    def _overfits(self) -> bool:
        """Whether newer snapshots only follow prompts less."""
        return is_overfitting([Score.parse(shot.scores) for shot in self._scored()])

    def _settle(self, ended: bool) -> None:
        """Mark the best snapshot, and use it: after all steps unless the person has picked one of
        this training, after fewer only where nothing is picked."""
        best, mine = self._best(), self._mine()
        try:
            picked = self._store.subjects.find(self._subject.id).snapshot_id
        except NotFound:
            return  # deleted meanwhile, and everything of it
        if best is None:
            return
        for shot in mine:
            if shot.suggested != (shot.id == best.id):
                self._store.subjects.change_snapshot(shot.id, suggested=shot.id == best.id)
        own = picked is None or picked in self._suggested  # nobody's choice but ours
        if own or (ended and picked not in {shot.id for shot in mine}):
            self._store.subjects.change(self._subject.id, snapshot_id=best.id)

    def _result(self) -> dict[str, Any]:
        best = self._best()
        return {
            "subject": self._asked.subject,
            "snapshots": [{"step": s.step, "scores": s.scores} for s in self._mine()],
            "suggested": best.step if best else None,
            "step": self._step,
            "early": self._early,
            "loss": self._loss,
        }


def as_asked(subject: Subject, asked: TrainParams) -> Subject:
    """The subject by the name and words of the day when the training was asked for: its prompts and
    captions are of that day."""
    words = {"name": asked.name, "token": asked.token, "class_word": asked.class_word}
    return subject.model_copy(update={what: word for what, word in words.items() if word})


def step_of(saved: Path) -> int:
    """The step of one of the loop's checkpoints."""
    return int(saved.name.rpartition("-")[2])


def save_png(image: Image.Image, file: Path) -> None:
    """Write a picture so that it is never seen half written."""
    draft = file.with_name(f".{file.name}")
    image.save(draft, format="PNG")
    draft.replace(file)


def words_for(prompt: str, subject: Subject, taught: bool) -> str:
    """The prompt as the model reads it: the base model is asked for any member of the class."""
    text = spoken(prompt, [subject])
    return text if taught else text.replace(subject.words, subject.class_word)
