"""Everything that can be set about learning a subject."""

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from pipelines.adapters.lora import Target
from pipelines.recipes.loop import LoopConfig
from pipelines.spec import Frozen


class Settings(Frozen):
    """How to learn; what a preset holds.

    rank, alpha, stabilised: see `pipelines.adapters.lora.Shape`.
    prior: what keeps the rest of the class as it was. "prediction": what the model says with the
        adapter off is the target, with the token left out of the caption. "images": pictures of
        the class that the base model drew. "none": nothing.
    prior_batch: pictures of a batch that the prior looks at too, the others are subject alone.
    min_snr: gamma of the min-SNR weight, None for equal weights.
    unmasked: weight of the surroundings where a photo has a mask.
    masked_prior: weight of the base model's own prediction as a target for the surroundings.
    views: ways in which each photo is shown, the first as it is, the others cropped a little.
    """

    rank: int = Field(default=16, ge=1, le=256)
    alpha: float = Field(default=16.0, gt=0)
    stabilised: bool = False
    targets: tuple[Target, ...] = Field(default=("attention",), min_length=1)
    batch: int = Field(default=2, ge=1)
    prior: Literal["prediction", "images", "none"] = "prediction"
    prior_weight: float = Field(default=1.0, ge=0)
    prior_batch: int = Field(default=1, ge=1)
    class_images: int = Field(default=100, ge=1)
    min_snr: float | None = Field(default=5.0, gt=0)
    noise_offset: float = Field(default=0.0, ge=0, le=1)
    prompt_dropout: float = Field(default=0.0, ge=0, le=1)
    unmasked: float = Field(default=0.1, ge=0, le=1)
    masked_prior: float = Field(default=0.0, ge=0)
    views: int = Field(default=1, ge=1)
    checkpointing: bool = False  # gradients: a third more time, far less memory
    loop: LoopConfig


class Photo(Frozen):
    """One photo, upright, as intake stored it.

    caption: what it shows, the token included, for example "a sks dog on grass".
    mask: a grey picture of the photo's size, white on the subject.
    crop: left, top, right, bottom in pixels of the file.
    """

    path: Path
    caption: str = Field(min_length=1)
    mask: Path | None = None
    crop: tuple[int, int, int, int] | None = None


class DreamBoothConfig(Settings):
    """One subject on one base model. `flip` also shows photos mirrored: ask the person first."""

    model: str
    photos: tuple[Photo, ...] = Field(min_length=1)
    token: str = Field(min_length=1)
    class_word: str = Field(min_length=1)
    flip: bool = False

    @model_validator(mode="after")
    def _captions_hold_the_token(self) -> Self:
        without = [str(p.path.name) for p in self.photos if self.token not in p.caption.split()]
        if without:
            raise ValueError(
                f"the caption of {', '.join(without)} lacks the subject's token {self.token!r}"
            )
        return self

    @classmethod
    def of(cls, settings: Settings, *, steps: int | None = None, seed: int = 0, **values: Any):
        """A preset's settings with a subject; `steps` and `seed` replace the preset's.

        Raises:
            InvalidSpec: naming every field that is wrong.
        """
        loop = settings.loop.model_dump() | {"seed": seed}
        if steps is not None:
            loop["steps"] = steps
        return cls.parse(settings.model_dump() | values | {"loop": loop})

    def class_caption(self, caption: str) -> str:
        """What a caption says of the class: the same without the token."""
        return " ".join(word for word in caption.split() if word != self.token)
