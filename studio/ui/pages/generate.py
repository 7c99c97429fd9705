"""Generate: a prompt, how much taste, and what came of it, with and without at the same seed."""

import secrets
from typing import Any

import gradio as gr

from pipelines.errors import PipelineError
from pipelines.spec import GenerationSpec
from studio.context import Studio
from studio.errors import InvalidInput, StudioError
from studio.services.generation import SWEEP, GenerationRequest
from studio.ui.components.compare import OfJob, RatePicture, UseStrength
from studio.ui.components.drawn import drawn
from studio.ui.doors import Answer, door
from studio.ui.events import Notice, Way, bind, notice, say, shown
from studio.ui.pages import Frame, Page, ProfileId
from studio.ui.pages.asked import Asked
from studio.ui.pages.form import (
    NATIVE,
    folded_label,
    lay_out,
    native_updates,
    native_values,
    size_of,
)
from studio.ui.pages.results import results, stop_previews
from studio.ui.strings import text

DRAFT = "draft.generate.prompt"  # preferences
KEPT_FORM = "generate.form"
KEPT_NATIVE = "generate.native."  # and the model's id: values that follow the model
RECENT = "generate.prompts"
PROMPTS = 12  # recent ones
SEEDS = 2**32 - 64  # room for the largest count above it


class Generate:
    """The handlers of the page."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    # ------------------------------------------------------------------ asking

    def request(self, profile: ProfileId, asked: Asked) -> GenerationRequest:
        """What these fields ask for.

        Raises:
            InvalidInput: there is no prompt.
            InvalidSpec: a field is wrong.
        """
        if not asked.prompt.strip():
            raise InvalidInput(text("generate.no_prompt"))
        recalled = self.recalled(asked)
        personal = asked.use_taste and (profile is not None or recalled.taste is not None)
        spec = recalled.model_copy(update={"taste": recalled.taste if personal else None})
        return GenerationRequest(
            spec=GenerationSpec.parse({**spec.model_dump(), **asked.spec_fields()}),
            profile=profile if personal else None,
            strengths=self.strengths(profile, asked) if personal else (),
            model=self._studio.models.in_use().id,
        )

    def recalled(self, asked: Asked) -> GenerationSpec:
        """The spec that the fields change: of the recalled picture, or a fresh one."""
        if not asked.recalled:
            return GenerationSpec(prompt=asked.prompt)
        return self._studio.images.recall(asked.recalled).spec

    def strengths(self, profile: ProfileId, asked: Asked) -> tuple[float, ...]:
        """One pass a strength. An empty profile changes nothing, so one pass says it all."""
        if not asked.recalled and not self.has_taste(profile):
            return (asked.strength,)
        return {"pair": (0.0, asked.strength), "sweep": SWEEP}.get(asked.show, (asked.strength,))

    def has_taste(self, profile: ProfileId) -> bool:
        """Whether the profile would change a picture."""
        if profile is None:
            return False
        taste = self._studio.profiles.taste(profile, 1.0)
        return bool(taste.liked or taste.disliked)

    def run(self, profile: ProfileId, *fields: Any) -> tuple[Any, ...]:
        """Submit; answers the results, the seed to show, and a sentence."""
        asked = Asked.read(fields)
        seed = secrets.randbelow(SEEDS) if asked.seed is None else asked.seed
        request = self.request(profile, asked.model_copy(update={"seed": seed}))
        stop_previews(self._studio, profile)
        self._studio.jobs.submit(self._studio.generation.job(request))
        self.keep(asked)
        kept = seed if asked.keep or asked.seed is not None else None  # a typed seed stays
        return shown(results(self._studio, profile)), kept, self.recent()

    def cost(self, profile: ProfileId, *fields: Any) -> tuple[Any, Any]:
        """“About 8 s on this computer.”, and the label of the folded settings. A field that is
        wrong is said when Generate is pressed, not while it is being typed."""
        try:
            asked = Asked.read(fields)
            filled = asked.model_copy(update={"prompt": asked.prompt.strip() or "x", "seed": 0})
            request = self.request(profile, filled)
        except (PipelineError, StudioError):
            return "", gr.skip()
        seconds = max(1, round(self._studio.generation.estimate(request).seconds))
        key = "cost_taste" if any(request.strengths) else "cost"
        folded = gr.Accordion(label=folded_label(asked.steps, asked.size))
        return text(f"generate.{key}", seconds=seconds), folded

    # ------------------------------------------------------------------ doors

    def rate(self, asked: RatePicture) -> Answer:
        """A verdict on a generated picture."""
        self._studio.rating.rate(
            asked.profile, asked.picture, asked.verdict, asked.comment, client_id=asked.client_id
        )
        return {}

    def cancel(self, asked: OfJob) -> Answer:
        """Stop this job and no other."""
        self._studio.jobs.cancel(asked.job)
        return {"said": text("generate.cancelling")}

    def use_strength(self, asked: UseStrength) -> Answer:
        """The strength that this profile uses from now on."""
        profile = self._studio.profiles.set_strength(asked.profile, asked.strength)
        return {"said": text("generate.strength_kept", name=profile.name, strength=asked.strength)}

    # ------------------------------------------------------------------ the form

    def opened(self, profile: ProfileId) -> Asked:
        """The fields as they were left, at the strength of this profile."""
        preferences = self._studio.store.preferences
        kept = {"count": self.usual_count(), **preferences.get(KEPT_FORM, {})}
        prompt = preferences.get(DRAFT, text("generate.suggestion"))
        asked = Asked.model_validate({**kept, **self.native(), "prompt": prompt, "recalled": ""})
        if profile is None:
            return asked
        strength = self._studio.profiles.find(profile).strength
        return asked.model_copy(update={"strength": strength})

    def usual_count(self) -> int:
        """More where they come quickly."""
        machine = self._studio.machine.known()
        return 4 if machine and machine.accelerated else 2

    def native(self) -> dict[str, Any]:
        """Size, steps and guidance of the model in use: as they were left with it, or its own."""
        card = self._studio.models.in_use()
        kept = self._studio.store.preferences.get(f"{KEPT_NATIVE}{card.id}", {})
        return native_values(card) | kept

    def follow(self) -> list[Any]:
        """Another model is in use: what can be chosen, what is, and the label of the fold."""
        values = self.native()
        label = folded_label(values["steps"], values["size"])
        return [*native_updates(self._studio.models.in_use(), values), gr.Accordion(label=label)]

    def restored(self, profile: ProfileId) -> list[Any]:
        """For all fields and the label of the fold, as the page is loaded. The page was built when
        the studio started: another model may be in use since."""
        fields = self.opened(profile).model_dump(mode="json")
        *updates, folded = self.follow()
        return [*(fields | dict(zip(NATIVE, updates, strict=True))).values(), folded]

    def strength_of(self, profile: ProfileId) -> Any:
        """The strength that this profile likes; another profile brings its own."""
        known = {each.id: each.strength for each in self._studio.profiles.all()}
        return known.get(profile or "", gr.skip())

    def hint(self, profile: ProfileId) -> dict[str, Any]:
        """Said beside Strength while the profile is empty."""
        if profile is None or self.has_taste(profile):
            return shown(Notice())
        rate = Way(place="rate", label=text("profile.start"))
        return shown(Notice(text=text("generate.empty_profile"), ways=(rate,)))

    def keep(self, asked: Asked) -> None:
        """The fields come back as they were, also after a restart."""
        card, preferences = self._studio.models.in_use(), self._studio.store.preferences
        values = asked.model_dump(mode="json")
        preferences.set(f"{KEPT_NATIVE}{card.id}", {n: values[n] for n in native_values(card)})
        preferences.set(KEPT_FORM, values)
        preferences.set(DRAFT, asked.prompt)
        others = [prompt for prompt in self.prompts() if prompt != asked.prompt]
        preferences.set(RECENT, [asked.prompt, *others][:PROMPTS])

    def prompts(self) -> list[str]:
        """What was asked for lately, newest first."""
        return self._studio.store.preferences.get(RECENT, [])

    def recent(self) -> Any:
        """The list of recent prompts; one alone stands in the field already."""
        prompts = self.prompts()
        choices = [(prompt[:80], prompt) for prompt in prompts]
        return gr.Dropdown(choices=choices, value=None, visible=len(prompts) > 1)

    def recall(self, picture: str, *, taste: bool = True) -> Asked:
        """The fields that make this picture again, or the same without taste."""
        spec = self._studio.images.recall(picture).spec
        return Asked(
            prompt=spec.prompt,
            use_taste=taste and spec.taste is not None,
            strength=spec.taste.strength if spec.taste else 0.5,
            show="pictures",
            seed=spec.seed,
            keep=True,
            count=spec.count,
            avoid=spec.negative_prompt,
            size=size_of(spec.width, spec.height) if spec.width and spec.height else "",
            steps=spec.steps,
            guidance=spec.guidance,
            sampler=spec.sampler,
            recalled=picture,
        )

    def recalled_notice(self, picture: str, prompt: str, *, taste: bool) -> dict[str, Any]:
        """What pressing Generate makes now."""
        request = self._studio.images.recall(picture)
        if self._studio.generation.is_outdated(request):
            return say(text("generate.recalled_outdated", prompt=prompt[:60]))
        name = "generate.recalled" if taste else "generate.recalled_plain"
        return say(text(name, prompt=prompt[:60]))

    def keep_draft(self, prompt: str) -> None:
        """A refresh loses no word."""
        self._studio.store.preferences.set(DRAFT, prompt[:2000])


def build(studio: Studio, frame: Frame) -> Page:
    """Lay out the page and wire it."""
    page = Generate(studio)
    with gr.Row():
        with gr.Column(scale=5, min_width=320):
            form, folded = lay_out(studio.models.in_use())
            cost = gr.Markdown(elem_id="generate-cost")
            run = gr.Button(text("generate.run"), variant="primary", elem_id="generate-run")
            told = notice()
        with gr.Column(scale=7, min_width=320):
            doors = [
                door(RatePicture)(page.rate),
                door(OfJob)(page.cancel),
                door(UseStrength)(page.use_strength),
            ]
            compare = drawn("Compare", doors, events=("seed", "strength", "refused"))
    asking = [frame.profile, *form.blocks]
    bind(run.click, page.run, asking, [compare, form.seed, form.recent], told=told)
    bind(form.recent.input, chosen_prompt, [form.recent], [form.prompt, form.recent])
    for listener in (form.prompt.input, form.prompt.blur):
        bind(listener, page.keep_draft, [form.prompt], trigger_mode="always_last")
    for field in form.blocks:
        if field not in (form.prompt, form.seed, form.keep):
            bind(field.change, page.cost, asking, [cost, folded], trigger_mode="always_last")
    bind(compare.seed, kept_seed, [], [form.seed, form.keep])
    bind(compare.strength, used_strength, [], [form.strength], told=told)
    bind(compare.refused, refusal, [], [], told=told)
    bind(frame.profile.change, page.strength_of, [frame.profile], [form.strength])
    bind(frame.header.remodelled, page.follow, [], [*form.native, folded])

    def refresh(profile: ProfileId) -> list[Any]:
        return [shown(results(studio, profile)), page.hint(profile), page.recent()]

    return Page(
        refresh=refresh,
        outputs=[compare, form.hint, form.recent],
        poll=lambda profile: [shown(results(studio, profile))],
        live=[compare],
        restore=page.restored,
        kept=[*form.blocks, folded],
        extras={
            "fields": form.blocks,
            "told": told,
            "recall": page.recall,
            "notice": page.recalled_notice,
        },
    )


def chosen_prompt(prompt: str) -> tuple[Any, None]:
    """A recent prompt goes into the field; the list is ready for another."""
    return prompt or gr.skip(), None


def kept_seed(event: gr.EventData) -> tuple[int, bool]:
    """Keep this seed. Values of events come from the browser, so they are checked."""
    return Asked.parse({"seed": event._data["seed"]}).seed or 0, True


def used_strength(event: gr.EventData) -> tuple[float, Any]:
    """The slider follows the strength that the profile got."""
    strength = Asked.parse({"strength": event._data["strength"]}).strength
    return strength, say(str(event._data["said"])[:200])


def refusal(event: gr.EventData) -> tuple[Any]:
    """A call of the component failed: say so where the person looks."""
    return (shown(Notice(text=str(event._data["text"])[:500], bad=True)),)
