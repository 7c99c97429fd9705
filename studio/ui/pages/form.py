"""The fields of the Generate page, laid out; `Asked` is what they hold."""

from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.blocks import Block

from pipelines.models.cards import ModelCard
from pipelines.spec import MAX_PROMPT, Sampler
from studio.ui.events import notice
from studio.ui.pages.asked import Asked
from studio.ui.strings import text

COUNTS = [1, 2, 4, 8]
NATIVE = ("size", "steps", "guidance")  # fields that follow the model
SIZES = (1.0, 1.5, 2.0)  # of the model's own side


@dataclass(frozen=True)
class Form:
    """The components of the fields: as many as `Asked` has, under the same names."""

    prompt: gr.Textbox
    use_taste: gr.Checkbox
    strength: gr.Slider
    show: gr.Radio
    count: gr.Dropdown
    seed: gr.Number
    keep: gr.Checkbox
    avoid: gr.Textbox
    size: gr.Dropdown
    steps: gr.Slider
    guidance: gr.Slider
    sampler: gr.Dropdown
    recalled: gr.Textbox
    recent: gr.Dropdown  # no value of its own: it fills the prompt
    hint: gr.HTML  # beside the strength

    @property
    def blocks(self) -> list[Any]:
        """All, in the order of `Asked`."""
        return [getattr(self, name) for name in Asked.model_fields]

    @property
    def native(self) -> list[Block]:
        """Those that follow the model."""
        return [getattr(self, name) for name in NATIVE]


def size_of(width: int, height: int) -> str:
    """“128×128”"""
    return f"{width}×{height}"


def native_values(card: ModelCard) -> dict[str, Any]:
    """What a model does best, by field."""
    own = size_of(card.width, card.height)
    return {"size": own, "steps": card.steps, "guidance": card.guidance}


def sizes(card: ModelCard) -> list[tuple[str, str]]:
    """Sizes to choose from; the model's own comes first and is marked."""
    found = [
        size_of(*(int(side * factor) // 8 * 8 for side in (card.width, card.height)))
        for factor in SIZES
    ]
    return [(text("generate.size_native", size=found[0]), found[0]), *((s, s) for s in found[1:])]


def native_updates(card: ModelCard, values: dict[str, Any]) -> list[Any]:
    """For `Form.native`: what can be chosen with this model, and what is chosen."""
    guidance = text("generate.guidance_help", native=f"{card.guidance:g}")
    return [
        gr.Dropdown(
            choices=sizes(card),
            value=values["size"],
            info=text("generate.size_help", native=size_of(card.width, card.height)),
        ),
        gr.Slider(value=values["steps"], info=text("generate.steps_help", native=str(card.steps))),
        gr.Slider(value=values["guidance"], info=guidance),
    ]


def folded_label(steps: int, size: str) -> str:
    """What the folded settings are set to: “More settings (20 steps, 128×128)”."""
    return text("generate.more", steps=steps, size=size)


def lay_out(card: ModelCard) -> tuple[Form, gr.Accordion]:
    """The fields, and the fold around those that are rarely needed."""
    values = native_values(card)
    first = prompt_fields() | taste_fields() | {"show": show_field()} | batch_fields()
    label = folded_label(values["steps"], values["size"])
    with gr.Accordion(label, open=False, elem_id="generate-more") as folded:
        more = more_fields(card)
    return Form(**first, **more, recalled=gr.Textbox(visible=False)), folded


def prompt_fields() -> dict[str, Any]:
    """What to draw."""
    return {
        "prompt": gr.Textbox(
            label=text("generate.prompt"),
            info=text("generate.prompt_help"),
            lines=2,
            max_lines=8,
            max_length=MAX_PROMPT,
            elem_id="generate-prompt",
        ),
        "recent": gr.Dropdown(
            [],
            label=text("generate.recent"),
            filterable=False,
            visible=False,
            elem_id="generate-recent",
        ),
    }


def taste_fields() -> dict[str, Any]:
    """Whether, and how much."""
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
    return {"use_taste": use_taste, "strength": strength, "hint": notice()}


def show_field() -> gr.Radio:
    """What to compare."""
    return gr.Radio(
        [(text(f"generate.as_{name}"), name) for name in ("pictures", "pair", "sweep")],
        value="pair",
        label=text("generate.show_as"),
        info=text("generate.show_as_help"),
        elem_id="generate-show",
    )


def batch_fields() -> dict[str, Any]:
    """How many, and from which seed on."""
    with gr.Row():
        return {
            "count": gr.Dropdown(
                COUNTS,
                value=2,
                label=text("generate.count"),
                elem_id="generate-count",
                min_width=120,
                scale=0,
                allow_custom_value=True,
            ),
            "seed": gr.Number(
                label=text("generate.seed"),
                info=text("generate.seed_help"),
                precision=0,
                minimum=0,
                placeholder=text("generate.seed_random"),
                min_width=180,
                elem_id="generate-seed",
            ),
            "keep": gr.Checkbox(
                label=text("generate.keep"), min_width=80, scale=0, elem_id="generate-keep"
            ),
        }


def more_fields(card: ModelCard) -> dict[str, Any]:
    """What has a default that works, with the model's own values."""
    avoid = gr.Textbox(
        label=text("generate.avoid"), info=text("generate.avoid_help"), max_length=MAX_PROMPT
    )
    with gr.Row():
        size = gr.Dropdown(
            sizes(card),
            value=size_of(card.width, card.height),
            label=text("generate.size"),
            info=text("generate.size_help", native=size_of(card.width, card.height)),
            allow_custom_value=True,
            elem_id="generate-size",
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
            info=text("generate.steps_help", native=str(card.steps)),
        )
        guidance = gr.Slider(
            0,
            15,
            card.guidance,
            step=0.5,
            label=text("generate.guidance"),
            info=text("generate.guidance_help", native=f"{card.guidance:g}"),
            elem_id="generate-guidance",
        )
    return {"avoid": avoid, "size": size, "steps": steps, "guidance": guidance, "sampler": sampler}
