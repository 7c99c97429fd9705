"""What to generate, as plain frozen values: everything that decides a pixel is in a GenerationSpec.

The same object is made by the page, the CLI and the API, written into the picture, and read back
by recall. It knows no device and no file.
"""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipelines.errors import InvalidSpec

MAX_PROMPT = 2000  # characters; the text encoders read far fewer
MAX_SIDE = 2048  # pixels
Strength = Annotated[float, Field(ge=0.0, le=1.0)]


class Sampler(StrEnum):
    """Names people know; `pipelines.generate` maps them to diffusers schedulers."""

    DDIM = "ddim"
    EULER = "euler"
    DPMPP_2M = "dpm++ 2m"


class TasteForm(StrEnum):
    """How taste enters: see `pipelines.guidance` and ViPer (arXiv 2407.17365)."""

    TWO_PASS = "two-pass"
    EMBEDDING = "embedding"


class Frozen(BaseModel):
    """Base of all configs: immutable, and a misspelt field is an error, not a default."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_enum_values=False)

    @classmethod
    def parse(cls, values: dict) -> Self:
        """Build from untrusted values.

        Raises:
            InvalidSpec: naming every field that is wrong, not only the first.
        """
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise InvalidSpec(explain(error)) from error


def explain(error: ValidationError) -> str:
    """All problems of a pydantic error in one sentence a person can act on."""
    problems = []
    for item in error.errors():
        field = ".".join(str(part) for part in item["loc"]) or "the values"
        problems.append(f"{field}: {item['msg']} (got {item['input']!r:.60})")
    return "; ".join(problems)


class Phrase(Frozen):
    """One visual attribute in words. `weight` scales its tokens as `(phrase:weight)` does."""

    phrase: str = Field(min_length=1, max_length=200)
    weight: float = Field(default=1.0, ge=0.0, le=2.0)


class Taste(Frozen):
    """Liked and disliked attributes and how hard they pull. Strength 0 is the plain picture."""

    liked: tuple[Phrase, ...] = ()
    disliked: tuple[Phrase, ...] = ()
    strength: Strength = 0.5
    form: TasteForm = TasteForm.TWO_PASS

    @property
    def is_neutral(self) -> bool:
        """Whether generation takes the plain path: nothing to say, or no strength to say it."""
        return self.strength == 0.0 or not (self.liked or self.disliked)


class AdapterUse(Frozen):
    """One adapter and how hard it works: a subject, or a style. It is named by the hash of its
    weights (`pipelines.adapters.files.content_hash`), so that a record stays true when the file
    is renamed and holds no path."""

    hash: str = Field(pattern=r"^[0-9a-f]{64}$")
    weight: float = Field(default=1.0, ge=-2.0, le=2.0)


class GenerationSpec(Frozen):
    """One call: `count` pictures of one prompt, picture i with seed `seed + i`.

    `width`, `height` (pixels, multiples of 8) and `guidance` default to the model's native values.
    `batch_size` pictures are denoised at a time; it is part of the promise of equal pixels, since
    the arithmetic depends on the batch shape.
    """

    prompt: str = Field(max_length=MAX_PROMPT)
    negative_prompt: str = Field(default="", max_length=MAX_PROMPT)
    width: int | None = Field(default=None, ge=64, le=MAX_SIDE, multiple_of=8)
    height: int | None = Field(default=None, ge=64, le=MAX_SIDE, multiple_of=8)
    steps: int = Field(default=20, ge=1, le=150)
    guidance: float | None = Field(default=None, ge=0.0, le=30.0)
    guidance_rescale: float = Field(default=0.0, ge=0.0, le=1.0)
    sampler: Sampler = Sampler.DDIM
    seed: int = Field(default=0, ge=0, lt=2**32)
    count: int = Field(default=1, ge=1, le=64)
    batch_size: int | None = Field(default=None, ge=1, le=64)
    taste: Taste | None = None
    adapters: tuple[AdapterUse, ...] = Field(default=(), max_length=8)

    @model_validator(mode="after")
    def _adapters_differ(self) -> Self:
        hashes = [use.hash for use in self.adapters]
        if len(set(hashes)) < len(hashes):
            raise ValueError("an adapter is named twice; name it once and add the weights")
        return self

    @model_validator(mode="after")
    def _seeds_fit(self) -> Self:
        if self.seed + self.count > 2**32:
            raise ValueError("seed + count must stay below 4294967296")
        return self

    def without_taste(self) -> Self:
        """The same picture for everybody: what 'without' shows beside 'with'."""
        return self.model_copy(update={"taste": None})
