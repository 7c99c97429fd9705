"""What became of each press of Generate, from the jobs themselves: a reload shows the same."""

from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops, ImageStat

from studio.context import Studio
from studio.domain import ImageRecord, Job, JobState, Rating, now
from studio.errors import Busy
from studio.services.generation import SWEEP, GenerationParams
from studio.ui.components.compare import Batch, Made, Results
from studio.ui.files import PREVIEW_FILE
from studio.ui.strings import text

KEPT = 9  # batches on the page: the newest large, the others as thumbnails
SAME = 2.0  # mean difference of a pixel, of 255, below which two pictures look the same
PREVIEWS = "rate.previews"  # preference of a profile: jobs whose pictures belong to the Rate page


def results(studio: Studio, profile_id: str | None) -> Results:
    """The batches of this profile, newest first; without a profile, those made without one."""
    hidden = set(studio.store.preferences.get(PREVIEWS, [], scope=profile_id or ""))
    jobs = [
        job
        for job in studio.jobs.all(limit=60)
        if job.kind == "generate" and job.profile_id in (profile_id, None) and job.id not in hidden
    ]
    return Results(
        profile=profile_id, batches=tuple(batch(studio, j, profile_id) for j in jobs[:KEPT])
    )


def stop_previews(studio: Studio, profile_id: str | None) -> None:
    """A picture that the person asked for does not wait for one that nobody did. One that still
    loads the model goes on: stopping it would mean loading again."""
    previews = studio.store.preferences.get(PREVIEWS, [], scope=profile_id or "")
    for job in studio.jobs.active():
        loads = job.state is JobState.RUNNING and not job.progress.step
        if job.id in previews and not loads:
            with suppress(Busy):  # it ended in this very moment
                studio.jobs.cancel(job.id)


def batch(studio: Studio, job: Job, profile_id: str | None) -> Batch:
    """One job as the page shows it."""
    params = GenerationParams.parse(job.params)
    kind = kind_of(params)
    images = studio.store.images.of_job(job.id)
    images = [image for image in images if image.trashed is None]
    verdicts = studio.images.verdicts([i.id for i in images], profile_id) if profile_id else {}
    whole = kind != "pair" or len(images) in (0, 2 * params.passes[0].spec.count)
    made = tuple(picture(image, kind, n, len(images), verdicts) for n, image in enumerate(images))
    active = not job.state.is_final
    return Batch(
        job=job.id,
        kind=kind if whole else "pictures",
        state=job.state.value,
        active=active,
        text=sentence(studio, job, len(images)),
        short=text(f"jobs.state_{job.state.value}"),
        fraction=min(1.0, job.progress.step / job.progress.total) if job.progress.total else 0.0,
        prompt=params.passes[0].spec.prompt,
        preview=f"/studio/preview/{job.id}?at={job.changed}"
        if active and has_preview(studio, job)
        else None,
        pictures=made,
        same=job.state is JobState.DONE and kind == "pair" and whole and look_same(studio, images),
        details=batch_details(params, job.result),
    )


def kind_of(params: GenerationParams) -> Any:
    """What was asked for, by its passes."""
    strengths = tuple(part.strength for part in params.passes)
    if strengths == SWEEP:
        return "sweep"
    return "pair" if len(strengths) == 2 and strengths[0] == 0 else "pictures"


def picture(
    image: ImageRecord, kind: str, number: int, total: int, verdicts: dict[str, Rating]
) -> Made:
    """One picture: what it shows is its prompt."""
    rating = verdicts.get(image.id)
    label = str((number % (total // 2) if kind == "pair" and total > 1 else number) + 1)
    if kind == "sweep":
        label = text("generate.plain") if not image.strength else f"{image.strength:g}"
    return Made(
        id=image.id,
        url=f"/studio/picture/{image.id}",
        thumb=f"/studio/thumb/{image.id}",
        alt=image.prompt[:250] or text("picture.unnamed"),
        label=label,
        seed=image.seed,
        strength=image.strength,
        verdict=rating.verdict if rating else None,
        pixelated="pixel" in image.prompt.lower(),
        details=((text("generate.detail_seed"), str(image.seed)), *strength_line(image)),
    )


def strength_line(image: ImageRecord) -> tuple[tuple[str, str], ...]:
    """At what strength, if any."""
    if image.strength is None:
        return ()
    return ((text("generate.detail_strength"), f"{image.strength:g}"),)


def batch_details(params: GenerationParams, result: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """What all pictures of a batch share, in words."""
    spec = params.passes[-1].spec
    taste = spec.taste
    left = {phrase for image in result.get("images", ()) for phrase in image.get("left_out", ())}
    lines = [
        ("detail_model", params.model),
        ("detail_size", f"{spec.width}×{spec.height}" if spec.width else ""),
        ("detail_steps", str(spec.steps)),
        ("detail_guidance", "" if spec.guidance is None else f"{spec.guidance:g}"),
        ("detail_sampler", spec.sampler.value),
        ("detail_negative", spec.negative_prompt),
        ("detail_likes", ", ".join(p.phrase for p in taste.liked) if taste else ""),
        ("detail_dislikes", ", ".join(p.phrase for p in taste.disliked) if taste else ""),
        ("detail_left_out", ", ".join(sorted(map(str, left)))),
    ]
    return tuple((text(f"generate.{name}"), value) for name, value in lines if value)


def sentence(studio: Studio, job: Job, made: int) -> str:
    """How far it is, how it went, or why it did not."""
    match job.state:
        case JobState.WAITING:
            ahead = studio.jobs.waits_for(job)
            return (
                text("generate.waiting_for", title=ahead.title)
                if ahead
                else text("generate.waiting")
            )
        case JobState.RUNNING if not job.progress.total:
            return job.progress.text or text("generate.starting")
        case JobState.RUNNING:
            return " ".join(part for part in (job.progress.text, time_left(job)) if part)
        case JobState.DONE:
            return text("generate.done", n=made, seconds=f"{job.result.get('seconds', 0):.0f}")
        case JobState.CANCELLED:
            return text("generate.cancelled")
        case _:
            return job.reason or text(f"jobs.state_{job.state.value}")


def time_left(job: Job) -> str:
    """“About 4 s left.”, from the job's own guess or from its pace so far."""
    seconds = job.progress.seconds_left
    if seconds is None and job.started and job.progress.step:
        pace = (now() - job.started) / job.progress.step
        seconds = pace * (job.progress.total - job.progress.step)
    return "" if seconds is None else text("generate.left", seconds=max(1, round(seconds)))


def has_preview(studio: Studio, job: Job) -> bool:
    """Whether the worker has drawn one."""
    return (studio.paths.jobs / job.id / PREVIEW_FILE).is_file()


def look_same(studio: Studio, images: list[ImageRecord]) -> bool:
    """Whether nobody would see a difference between without and with, in any of the pairs."""
    half = len(images) // 2
    pairs = zip(images[:half], images[half:], strict=True)
    files = [(studio.images.file(a), studio.images.file(b)) for a, b in pairs]
    return bool(files) and all(difference(a, b) < SAME for a, b in files)


@lru_cache(maxsize=256)
def difference(one: Path, other: Path) -> float:
    """Mean difference of a channel of a pixel, of 255; infinite if a file is gone."""
    try:
        with Image.open(one) as a, Image.open(other) as b:
            change = ImageChops.difference(a.convert("RGB"), b.convert("RGB"))
    except (OSError, ValueError):
        return float("inf")
    return sum(ImageStat.Stat(change).mean) / 3
