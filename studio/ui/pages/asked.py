"""What the Generate page asks for: the values of its fields, checked as one."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field, field_validator

from pipelines.spec import MAX_PROMPT, Frozen, Sampler, Strength


class Asked(Frozen):
    """What the fields hold, in the order in which they are laid out. `recalled` is the picture
    whose settings lie under them."""

    prompt: str = Field(default="", max_length=MAX_PROMPT)
    use_taste: bool = True
    strength: Strength = 0.5
    show: Literal["pictures", "pair", "sweep"] = "pair"
    count: int = Field(default=2, ge=1, le=64)
    seed: int | None = Field(default=None, ge=0, lt=2**32)
    keep: bool = False
    avoid: str = Field(default="", max_length=MAX_PROMPT)
    size: str = Field(default="", pattern=r"^(\d{2,4}×\d{2,4})?$")
    steps: int = Field(default=20, ge=1, le=150)
    guidance: float | None = Field(default=None, ge=0, le=30)
    sampler: Sampler = Sampler.DDIM
    recalled: str = Field(default="", pattern=r"^[0-9a-f]{0,32}$")

    @field_validator("prompt", "avoid", "size", "recalled", mode="before")
    @classmethod
    def _empty_is_text(cls, value: Any) -> Any:
        return "" if value is None else value

    @classmethod
    def read(cls, fields: Sequence[Any]) -> "Asked":
        """From the values of the fields, as Gradio passes them.

        Raises:
            InvalidSpec: naming every field that is wrong.
        """
        return cls.parse(dict(zip(cls.model_fields, fields, strict=True)))

    def spec_fields(self) -> dict[str, Any]:
        """What of it belongs into a GenerationSpec. A sweep compares strengths, so one seed is
        enough."""
        width, _, height = self.size.partition("×")
        fields: dict[str, Any] = {
            "prompt": self.prompt.strip(),
            "negative_prompt": self.avoid.strip(),
            "steps": self.steps,
            "guidance": self.guidance,
            "sampler": self.sampler,
            "seed": self.seed or 0,
            "count": 1 if self.show == "sweep" and self.use_taste else self.count,
        }
        if self.size:
            fields |= {"width": int(width), "height": int(height)}
        return fields

    def values(self) -> list[Any]:
        """For the fields, in their order."""
        return list(self.model_dump(mode="json").values())
