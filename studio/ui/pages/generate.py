"""Generate: a prompt, how much taste, and what came of it, with and without at the same seed."""

import secrets
from typing import Any

import gradio as gr

from pipelines.spec import GenerationSpec
from studio.context import Studio
from studio.errors import InvalidInput
from studio.services.generation import SWEEP, GenerationRequest
from studio.ui.components.compare import OfJob, RatePicture, UseStrength
from studio.ui.components.drawn import drawn
from studio.ui.doors import Answer, door
from studio.ui.events import Notice, bind, notice, say, shown
from studio.ui.pages import Frame, Page, ProfileId
from studio.ui.pages.form import Asked, lay_out, size_of
from studio.ui.pages.results import results, stop_previews
from studio.ui.strings import text

DRAFT = "draft.generate.prompt"  # preferences
KEPT_FORM = "generate.form"
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
        self._studio.store.preferences.set(KEPT_FORM, asked.model_dump(mode="json"))
        self._studio.store.preferences.set(DRAFT, asked.prompt)
        said = text("generate.empty_profile") if self.says_nothing(profile, asked) else ""
        shown_results = shown(results(self._studio, profile))
        kept = seed if asked.keep or asked.seed is not None else None  # a typed seed stays
        return shown_results, kept, say(said)

    def says_nothing(self, profile: ProfileId, asked: Asked) -> bool:
        """Whether taste was asked for and there is none yet."""
        wanted = asked.use_taste and asked.strength > 0 and profile is not None
        return wanted and not asked.recalled and not self.has_taste(profile)

    def cost(self, profile: ProfileId, *fields: Any) -> str:
        """“About 8 s on this computer.”"""
        asked = Asked.read(fields)
        filled = asked.model_copy(update={"prompt": asked.prompt.strip() or "x", "seed": 0})
        request = self.request(profile, filled)
        seconds = max(1, round(self._studio.generation.estimate(request).seconds))
        key = "cost_taste" if any(request.strengths) else "cost"
        return text(f"generate.{key}", seconds=seconds)

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
        kept = self._studio.store.preferences.get(KEPT_FORM, {})
        prompt = self._studio.store.preferences.get(DRAFT, text("generate.suggestion"))
        card = self._studio.models.in_use()
        native = {"size": size_of(card.width, card.height), "guidance": card.guidance}
        asked = Asked.model_validate({**native, **kept, "prompt": prompt, "recalled": ""})
        if profile is None:
            return asked
        strength = self._studio.profiles.find(profile).strength
        return asked.model_copy(update={"strength": strength})

    def strength_of(self, profile: ProfileId) -> Any:
        """The strength that this profile likes; another profile brings its own."""
        known = {each.id: each.strength for each in self._studio.profiles.all()}
        return known.get(profile or "", gr.skip())

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

    def keep_draft(self, prompt: str) -> None:
        """A refresh loses no word."""
        self._studio.store.preferences.set(DRAFT, prompt[:2000])


def build(studio: Studio, frame: Frame) -> Page:
    """Lay out the page and wire it."""
    page = Generate(studio)
    with gr.Row():
        with gr.Column(scale=5, min_width=320):
            fields = lay_out(studio.models.in_use())
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
    asking = [frame.profile, *fields]
    prompt, seed, keep = fields[0], fields[5], fields[6]
    bind(run.click, page.run, asking, [compare, seed], told=told)
    for listener in (prompt.input, prompt.blur):
        bind(listener, page.keep_draft, [prompt], trigger_mode="always_last")
    for field in fields:
        if field not in (prompt, seed, keep):
            bind(field.change, page.cost, asking, [cost], trigger_mode="always_last")
    bind(compare.seed, kept_seed, [], [seed, keep])
    bind(compare.strength, used_strength, [], [fields[2]], told=told)
    bind(compare.refused, refusal, [], [], told=told)

    bind(frame.profile.change, page.strength_of, [frame.profile], [fields[2]])
    return Page(
        refresh=lambda profile: [shown(results(studio, profile))],
        outputs=[compare],
        poll=lambda profile: shown(results(studio, profile)),
        live=compare,
        restore=lambda profile: page.opened(profile).values(),
        kept=fields,
        extras={"fields": fields, "told": told, "recall": page.recall},
    )


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
