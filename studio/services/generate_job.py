"""The work of a "generate" job, in the worker process."""

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from PIL import Image

from pipelines.generate import Picture as Drawn
from pipelines.generate import Working, generate
from pipelines.models.cards import file_digest
from studio.domain import ImageRecord, Picture, PictureKind, Progress, new_id
from studio.jobs.context import JobContext
from studio.provenance import write_png
from studio.services.engine import Engine
from studio.services.generation import GenerationParams, Pass, pace_key, picture_count, spec_calls
from studio.services.own_pictures import measure

PREVIEW_FILE = "preview.png"  # in the job's folder: the batch at hand, side by side
PREVIEW_EVERY = 4  # steps
PREVIEW_HEIGHT = 128  # pixels


def run(params: dict[str, Any], context: JobContext) -> Iterator[Progress | dict[str, Any]]:
    """Draw every pass, save each picture as it is finished; yields the result so far after each
    batch, so that a cancelled job keeps what it made."""
    asked = GenerationParams.parse(params)
    engine = Engine(context.paths, context.settings, context.store, context.kept)
    yield Progress(text=f"Loading {engine.card(asked.model).name}.")
    yield from Drawing(asked, engine, context).steps()


class Drawing:
    """One job at work: what is made, and how far it is."""

    def __init__(self, asked: GenerationParams, engine: Engine, context: JobContext) -> None:
        self._asked = asked
        self._engine = engine
        self._base = engine.base(asked.model)
        self._context = context
        self._began = time.perf_counter()
        self._images: list[dict[str, Any]] = []
        self._pictures = sum(picture_count(p.spec) for p in asked.passes)

    def steps(self) -> Iterator[Progress | dict[str, Any]]:
        """All passes, one after another, each in batches of its own."""
        done = 0
        totals = [step_total(p) for p in self._asked.passes]
        for part, total in zip(self._asked.passes, totals, strict=True):
            held = self._engine.adapters(part.spec.adapters, self._base)
            for event in generate(self._base, part.spec, held):
                if isinstance(event, Working):
                    self._show(event)
                    yield self._progress(done + event.index, sum(totals), part, event)
                else:
                    self._keep(event, part)
            done += total
            yield self._result()

    def _progress(self, step: int, total: int, part: Pass, event: Working) -> Progress:
        shown = min(len(self._images) + 1, self._pictures)
        inner = (event.index - 1) % part.spec.steps + 1
        text = f"Picture {shown} of {self._pictures}, step {inner} of {part.spec.steps}."
        return Progress(step=step, total=total, text=text)

    def _show(self, event: Working) -> None:
        """Replace the preview now and then; a preview is never worth failing for."""
        if event.index % PREVIEW_EVERY:
            return
        images = event.preview(self._base)
        width, height = images[0].size
        sheet = Image.new("RGB", (width * len(images), height))
        for column, image in enumerate(images):
            sheet.paste(image, (column * width, 0))
        scale = max(PREVIEW_HEIGHT // height, 1)
        sheet = sheet.resize((sheet.width * scale, sheet.height * scale), Image.Resampling.BILINEAR)
        draft = self._context.folder / f".{PREVIEW_FILE}"
        sheet.save(draft, format="PNG")
        draft.replace(self._context.folder / PREVIEW_FILE)

    def _keep(self, drawn: Drawn, part: Pass) -> None:
        """Save one picture: file, rows, and the pace for later estimates."""
        record = drawn.record
        if self._asked.profile_version is not None and part.strength is not None:
            record |= {"profile_version": self._asked.profile_version, "strength": part.strength}
        picture_id = new_id()
        path = self._file(picture_id, drawn)
        write_png(drawn.image, path, record if self._asked.metadata else None)
        picture = Picture(
            id=picture_id,
            kind=PictureKind.GENERATED,
            path=self._stored(path),
            sha256=file_digest(path),
            width=drawn.image.width,
            height=drawn.image.height,
            caption=drawn.prompt,
            facts=measure(drawn.image),
        )
        image = ImageRecord(
            id=picture_id,
            path=picture.path,
            prompt=drawn.prompt,
            seed=drawn.seed,
            model_id=self._asked.model,
            profile_id=self._asked.profile_id,
            profile_version=self._asked.profile_version,
            strength=part.strength,
            job_id=self._context.job.id,
            record=record,
        )
        self._context.store.images.add(picture, image)
        self._images.append(
            {
                "id": picture_id,
                "path": str(path),
                "seed": drawn.seed,
                "prompt": drawn.prompt,
                "strength": part.strength,
                "left_out": record["taste"]["left_out"],
            }
        )
        self._note_pace(part, drawn, record)

    def _file(self, picture_id: str, drawn: Drawn) -> Path:
        """A new name: a folder a day in the studio's own, running numbers in a person's."""
        if self._asked.folder is None:
            day = datetime.now().astimezone().strftime("%Y-%m-%d")
            return self._context.paths.pictures / day / f"{picture_id}.png"
        folder = Path(self._asked.folder)
        number = len(self._images) + 1
        while (path := folder / f"{number:04d}-{drawn.seed}.png").exists():
            number += 1
        return path

    def _stored(self, path: Path) -> str:
        home = self._context.paths.home
        return path.relative_to(home).as_posix() if path.is_relative_to(home) else str(path)

    def _note_pace(self, part: Pass, drawn: Drawn, record: dict[str, Any]) -> None:
        """Keep a running mean, so that one busy minute does not spoil the estimates."""
        calls = spec_calls(part.spec, self._base.card.guidance)
        key = pace_key(self._asked.model, record["width"], record["height"])
        now = drawn.seconds / calls
        before = self._context.store.preferences.get(key, now)
        self._context.store.preferences.set(key, 0.7 * before + 0.3 * now)

    def _result(self) -> dict[str, Any]:
        return {
            "images": list(self._images),
            "seconds": round(time.perf_counter() - self._began, 3),
            "parameters": self._asked.model_dump(mode="json"),
        }


def step_total(part: Pass) -> int:
    """Steps that the progress of a pass counts: all of each batch."""
    count = picture_count(part.spec)
    batch = min(part.spec.batch_size or count, count)
    return part.spec.steps * -(-count // batch)
