"""Generation: a person's request becomes a job that knows everything it needs.

The profile is resolved when the request is made: what was asked for is what is drawn, even if the
profile changes while the job waits.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from pipelines.conditioning.prompt import expand
from pipelines.spec import Frozen, GenerationSpec, Strength, Taste, TasteForm
from studio.domain import Job, Profile, ProfileVersion
from studio.services.machine import MachineService
from studio.services.models import ModelService
from studio.services.subject_prompts import with_subjects
from studio.services.taste import taste_of
from studio.store import Store

PACE = "pace."  # preference: measured seconds a denoiser call, a picture, by model and size
GUESS_SECONDS = {"cpu": 0.03, "accelerator": 0.02}  # before anything was measured; a guess
SWEEP = (0.0, 0.25, 0.5, 0.75, 1.0)


class GenerationRequest(Frozen):
    """What a person asks for. Each of `strengths` is a pass of its own with the same seeds, so that
    with and without can be compared; none means the profile's own strength.

    Where `spec` already carries a taste (recall), it is used as it is and the profile is only
    remembered.
    """

    spec: GenerationSpec
    profile: str | None = None  # name or id
    subjects: tuple[str, ...] = ()  # "Momo" or "Momo:0.8", beside those inside the prompt
    strengths: tuple[Strength, ...] = ()
    form: TasteForm = TasteForm.TWO_PASS
    model: str | None = None
    weights: str = ""  # of a recalled picture's model, as its record names them
    folder: str | None = None  # where to write; None: the studio's own folder
    metadata: bool = True


class Pass(Frozen):
    """One call of the pipeline: a spec with its taste, and the strength it was asked with."""

    spec: GenerationSpec
    strength: float | None = None


class GenerationParams(Frozen):
    """What the job holds; see `studio.services.generate_job`."""

    passes: tuple[Pass, ...]
    model: str
    profile_id: str | None = None
    profile_version: int | None = None
    folder: str | None = None
    metadata: bool = True


@dataclass(frozen=True)
class Estimate:
    """How long a request will take on this computer, and whether that was measured here."""

    seconds: float
    measured: bool


class GenerationService:
    """Turns requests into jobs, and says beforehand what they cost."""

    def __init__(self, store: Store, models: ModelService, machine: MachineService) -> None:
        self._store = store
        self._models = models
        self._machine = machine

    def job(self, request: GenerationRequest) -> Job:
        """The job that does a request; submit it to `studio.jobs`.

        Raises:
            NotFound: there is no such profile, subject or model.
            InvalidInput: a subject cannot be used with this model.
            InvalidSpec
        """
        params = self.params(request)
        count = sum(picture_count(p.spec) for p in params.passes)
        noun = "picture" if count == 1 else "pictures"
        return Job(
            kind="generate",
            title=f"{count} {noun}: {request.spec.prompt[:60]}",
            params=params.model_dump(mode="json"),
            profile_id=params.profile_id,
        )

    def params(self, request: GenerationRequest) -> GenerationParams:
        """Resolve profile, taste, subjects and model."""
        profile = self._store.profiles.find(request.profile) if request.profile else None
        version = None
        if profile is not None and profile.version:
            version = self._store.profiles.version(profile.id, profile.version)
        card = self._models.card(request.model)
        spec = with_subjects(request.spec, request.subjects, card, self._store, self._models)
        return GenerationParams(
            passes=passes(request.model_copy(update={"spec": spec}), profile, version),
            model=card.id,
            profile_id=profile.id if profile else None,
            profile_version=version.number if version else None,
            folder=str(Path(request.folder).absolute()) if request.folder else None,
            metadata=request.metadata,
        )

    def is_outdated(self, request: GenerationRequest) -> bool:
        """Whether a recalled picture's model has other weights by now, so that the same settings
        make another picture."""
        if not request.weights:
            return False
        now = self._models.card(request.model).short_hash
        return bool(now) and now != request.weights

    def estimate(self, request: GenerationRequest) -> Estimate:
        """Seconds that a request takes, from what this computer was measured to need."""
        params = self.params(request)
        card = self._models.card(request.model)
        calls = sum(
            spec_calls(p.spec, card.guidance) * picture_count(p.spec) for p in params.passes
        )
        spec = request.spec
        pace = self._store.preferences.get(
            pace_key(card.id, spec.width or card.width, spec.height or card.height)
        )
        if pace is not None:
            return Estimate(pace * calls, measured=True)
        machine = self._machine.known()
        accelerated = machine is not None and machine.accelerated
        each = GUESS_SECONDS["accelerator" if accelerated else "cpu"]
        area = (spec.width or card.width) * (spec.height or card.height)
        return Estimate(each * calls * area / 128**2, measured=False)


def passes(
    request: GenerationRequest, profile: Profile | None, version: ProfileVersion | None
) -> tuple[Pass, ...]:
    """One pass a strength. Without a profile, or with a taste in the spec, one pass as it is."""
    if request.spec.taste is not None:
        taste = request.spec.taste
        strengths = request.strengths or (taste.strength,)
        return tuple(tasted(request.spec, taste, strength) for strength in strengths)
    if profile is None:
        return (Pass(spec=request.spec),)
    strengths = request.strengths or (profile.strength,)
    empty = ProfileVersion(profile_id=profile.id, number=0)
    taste = taste_of(version or empty, 1.0, request.form)
    return tuple(tasted(request.spec, taste, strength) for strength in strengths)


def tasted(spec: GenerationSpec, taste: Taste, strength: float) -> Pass:
    """A pass with this taste at this strength."""
    at = taste.model_copy(update={"strength": strength})
    return Pass(spec=spec.model_copy(update={"taste": at}), strength=strength)


def picture_count(spec: GenerationSpec) -> int:
    """How many pictures a spec makes: at least one a combination of its wildcards."""
    return max(spec.count, len(expand(spec.prompt)))


def spec_calls(spec: GenerationSpec, native_guidance: float) -> int:
    """Denoiser evaluations a picture: 1 a step, 2 with guidance, 4 with two-pass taste."""
    scale = native_guidance if spec.guidance is None else spec.guidance
    plain = spec.taste is None or spec.taste.is_neutral
    if not plain and spec.taste is not None and spec.taste.form is TasteForm.TWO_PASS:
        return 4 * spec.steps
    return (1 if scale == 1.0 else 2) * spec.steps


def pace_key(model_id: str, width: int, height: int) -> str:
    """The preference that holds seconds a denoiser call."""
    return f"{PACE}{model_id}.{width}x{height}"


class Ask(Frozen):
    """What a line asks for beside the spec; `n` is the spec's `count`."""

    profile: str | None = None
    subject: tuple[str, ...] = ()
    strength: Strength | None = None
    form: TasteForm = TasteForm.TWO_PASS
    model: str | None = None
    n: int = Field(default=1, ge=1, le=64)


def request_from(
    line: dict[str, Any], folder: str | None = None, metadata: bool = True
) -> GenerationRequest:
    """A request from flat values: a line of `studio generate --batch`, the options of the command,
    the arguments of the API. Field names are those of `Ask` and of `GenerationSpec`.

    Raises:
        InvalidSpec: naming every field that is wrong.
    """
    ask = Ask.parse({name: line[name] for name in Ask.model_fields if name in line})
    rest = {name: value for name, value in line.items() if name not in Ask.model_fields}
    return GenerationRequest(
        spec=GenerationSpec.parse({**rest, "count": ask.n}),
        profile=ask.profile,
        subjects=ask.subject,
        strengths=() if ask.strength is None else (ask.strength,),
        form=ask.form,
        model=ask.model,
        folder=folder,
        metadata=metadata,
    )
