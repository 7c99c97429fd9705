"""The fields of the Generate page: laid out once, read as one value."""

from collections.abc import Sequence
from typing import Any, Literal

import gradio as gr
from pydantic import Field, field_validator

from pipelines.models.cards import ModelCard
from pipelines.spec import MAX_PROMPT, Frozen, Sampler, Strength
from studio.ui.strings import text

COUNTS = [1, 2, 4, 8]
SIZES = (1.0, 1.5, 2.0)  # of the model's own side


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


def size_of(width: int, height: int) -> str:
    """“128×128”"""
    return f"{width}×{height}"


def sizes(card: ModelCard) -> list[tuple[str, str]]:
    """Sizes to choose from; the model's own comes first and is marked."""
    found = [
        size_of(*(int(side * factor) // 8 * 8 for side in (card.width, card.height)))
        for factor in SIZES
    ]
    return [(text("generate.size_native", size=found[0]), found[0]), *((s, s) for s in found[1:])]


def lay_out(card: ModelCard) -> list[Any]:
    """The fields in the order of `Asked`, without the button."""
    native = size_of(card.width, card.height)
    prompt = gr.Textbox(
        label=text("generate.prompt"),
        info=text("generate.prompt_help"),
        lines=2,
        max_lines=8,
        max_length=MAX_PROMPT,
        elem_id="generate-prompt",
    )
    with gr.Group():
        use_taste = gr.Checkbox(label=text("generate.use_taste"), value=True)
        strength = gr.Slider(
            0,
            1,
            0.5,
            step=0.05,
            label=text("generate.strength"),
            info=text("generate.strength_help"),
            elem_id="generate-strength",
        )
    show = gr.Radio(
        [
            (text("generate.as_pictures"), "pictures"),
            (text("generate.as_pair"), "pair"),
            (text("generate.as_sweep"), "sweep"),
        ],
        value="pair",
        label=text("generate.show_as"),
        info=text("generate.show_as_help"),
        elem_id="generate-show",
    )
    with gr.Row():
        count = gr.Dropdown(
            COUNTS,
            value=2,
            label=text("generate.count"),
            elem_id="generate-count",
            min_width=110,
            scale=0,
            allow_custom_value=True,
        )
        seed = gr.Number(
            label=text("generate.seed"),
            info=text("generate.seed_help"),
            precision=0,
            minimum=0,
            placeholder=text("generate.seed_random"),
            min_width=150,
            elem_id="generate-seed",
        )
        keep = gr.Checkbox(label=text("generate.keep"), min_width=80, scale=0)
    with gr.Accordion(text("generate.more", steps=card.steps, size=native), open=False):
        avoid = gr.Textbox(
            label=text("generate.avoid"), info=text("generate.avoid_help"), max_length=MAX_PROMPT
        )
        with gr.Row():
            size = gr.Dropdown(
                sizes(card),
                value=native,
                label=text("generate.size"),
                info=text("generate.size_help", native=native),
                allow_custom_value=True,
            )
            sampler = gr.Dropdown(
                [s.value for s in Sampler],
                value=Sampler.DDIM.value,
                label=text("generate.sampler"),
                info=text("generate.sampler_help"),
            )
        with gr.Row():
            steps = gr.Slider(
                1,
                100,
                card.steps,
                step=1,
                label=text("generate.steps"),
                elem_id="generate-steps",
                info=text("generate.steps_help"),
            )
            guidance = gr.Slider(
                0,
                15,
                card.guidance,
                step=0.5,
                label=text("generate.guidance"),
                info=text("generate.guidance_help", native=f"{card.guidance:g}"),
            )
    recalled = gr.Textbox(visible=False)
    return [
        prompt,
        use_taste,
        strength,
        show,
        count,
        seed,
        keep,
        avoid,
        size,
        steps,
        guidance,
        sampler,
        recalled,
    ]
