"""The folded part of the Profile page: another name, a copy, a blend, a file, or gone for good."""

import html
from collections.abc import Callable
from itertools import chain, count
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.blocks import Block

from studio.context import Studio
from studio.domain import Profile
from studio.errors import Busy, InvalidInput
from studio.services.blend import Blend
from studio.services.profile_file import Contents
from studio.ui.components.drawn import drawn
from studio.ui.components.glimpse import Glimpse, GlimpseChip
from studio.ui.events import bind, notice, say, shown
from studio.ui.pages import Frame, ProfileId
from studio.ui.pages.words import dots
from studio.ui.shell import Shell
from studio.ui.strings import text
from studio.ui.uploads import discard

MOST_NAME = 80  # characters, as `Profile` has it
Done = tuple[ProfileId, str]  # which profile is used from now on, and a sentence


class Management:
    """The handlers. Each action answers which profile is used from now on, and a sentence."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def find(self, profile: ProfileId) -> Profile:
        """The profile in use.

        Raises:
            InvalidInput: there is none.
        """
        if profile is None:
            raise InvalidInput(text("rate.no_profile"))
        return self._studio.profiles.find(profile)

    def listed(self) -> list[tuple[str, str]]:
        """All profiles, as a list offers them."""
        return [(each.name, each.id) for each in self._studio.profiles.all()]

    def free(self, name: str) -> str:
        """This name, with a number behind it if it is taken."""
        taken = {each.name.casefold() for each in self._studio.profiles.all()}
        numbered = (f"{name[: MOST_NAME - 5]} {number}" for number in count(2))
        return next(n for n in chain((name,), numbered) if n.casefold() not in taken)

    def rename(self, profile: ProfileId, to: str) -> Done:
        """Another name."""
        renamed = self._studio.profiles.rename(self.find(profile).id, to)
        return renamed.id, text("profile.renamed", name=renamed.name)

    def duplicate(self, profile: ProfileId, to: str) -> Done:
        """The same under another name, in use at once."""
        name = self.free(" ".join(to.split()) or self.find(profile).name)
        copy = self._studio.profiles.duplicate(self.find(profile).id, name)
        return copy.id, text("profile.duplicated", name=copy.name)

    # ------------------------------------------------------------------- blend

    def parts(
        self, first: ProfileId, share: float, second: ProfileId, other_share: float
    ) -> list[tuple[str, float]]:
        """What is blended, and by how much each counts.

        Raises:
            InvalidInput: these are not two profiles.
        """
        if not first or not second or first == second:
            raise InvalidInput(text("profile.blend_two"))
        return [(first, share), (second, other_share)]

    def mixture(self, *chosen: Any) -> Glimpse:
        """What this blend (see `parts`) would hold, or why there is none."""
        try:
            parts = self.parts(*chosen)
            return mixed(self._studio.profiles.preview_blend(parts))
        except InvalidInput as error:
            return Glimpse(text=str(error))

    def blend(self, profile: ProfileId, name: str, *chosen: Any) -> Done:
        """A new profile made of two."""
        parts = self.parts(*chosen)
        first, second = (self.find(part).name for part, _ in parts)
        free = self.free(text("words.and", first=first, second=second)[:MOST_NAME])
        made = self._studio.profiles.blend(" ".join(name.split()) or free, parts)
        return made.id, text("profile.blended", name=made.name)

    # -------------------------------------------------------------------- files

    def look_inside(self, file: str | None) -> tuple[Glimpse, str]:
        """What is in a file, and a name that is free for it."""
        if file is None:
            return Glimpse(), ""
        try:
            contents = self._studio.sharing.inspect(Path(file))
        except InvalidInput as error:
            discard(Path(file))
            return Glimpse(text=str(error)), ""
        return inside(contents), self.free(contents.name)

    def import_file(self, profile: ProfileId, file: str | None, name: str) -> Done:
        """A new profile from a file, in use at once."""
        if file is None:
            raise InvalidInput(text("profile.import_nothing"))
        made = self._studio.sharing.import_file(Path(file), " ".join(name.split()) or None)
        discard(Path(file))
        return made.id, text("profile.imported", name=made.name)

    def link(self, profile: ProfileId, leave_out: bool) -> str:
        """Where the browser gets the profile as a file."""
        if profile is None:
            return ""
        address = f"/studio/profile/{self.find(profile).id}/file?pictures={int(not leave_out)}"
        label = html.escape(text("profile.export_do"))
        return f'<p class="st"><a class="st-button" href="{address}" download>{label}</a></p>'

    # ------------------------------------------------------------------ deleting

    def going(self, profile: ProfileId) -> str:
        """“14 ratings, 3 versions. Your 31 generated pictures stay.”"""
        going = self._studio.profiles.going(profile) if profile else ""
        return html.escape(text("profile.delete_help", going=going)) if going else ""

    def delete(self, profile: ProfileId, typed: str) -> Done:
        """Gone for good, once its name was typed; the profile that comes before is used next."""
        found = self.find(profile)
        if " ".join(typed.split()) != found.name:
            raise InvalidInput(text("profile.delete_mismatch", name=found.name))
        said = text("profile.deleted", name=found.name)
        try:
            self._studio.profiles.delete(found.id)
        except Busy as error:  # the rows are gone; traces of them are not yet
            said = f"{said} {error}"
        left = self._studio.profiles.all()
        return (left[-1].id if left else None), said


def mixed(blend: Blend) -> Glimpse:
    """A blend, its opposites flagged."""
    flags = {a.id: text("profile.flag_split") for pair in blend.contradictions for a in pair}
    for one, other in blend.tensions:
        flags[one.id] = text("profile.flag_opposite", phrase=other.phrase)
        flags[other.id] = text("profile.flag_opposite", phrase=one.phrase)
    chips = tuple(
        GlimpseChip(
            phrase=a.phrase, polarity=a.polarity, dots=dots(a.weight), flag=flags.get(a.id, "")
        )
        for a in blend.attributes
    )
    split = text("profile.blend_split", n=len(blend.contradictions))
    return Glimpse(
        text=text("profile.blend_makes", n=len(chips)),
        chips=chips,
        warnings=(split,) if blend.contradictions else (),
    )


def inside(contents: Contents) -> Glimpse:
    """A profile file before it is imported."""
    sides = (("liked", contents.liked), ("disliked", contents.disliked))
    chips = [GlimpseChip(phrase=p, polarity=s) for s, phrases in sides for p in phrases]  # pyright: ignore[reportArgumentType]  # pydantic reads it
    said = text(
        "profile.import_holds",
        name=contents.name,
        n=contents.ratings,
        words=contents.comments,
        versions=contents.versions,
        pictures=contents.pictures_inside,
    )
    return Glimpse(text=said, chips=tuple(chips))


class Manage:
    """The components, laid out where this is made."""

    def __init__(self, studio: Studio, frame: Frame) -> None:
        self._page = Management(studio)
        self._shell = Shell(studio)
        self._frame = frame
        with gr.Accordion(text("profile.manage"), open=False, elem_id="profile-manage"):
            self.told = notice()
            self._lay_out_name()
            self._lay_out_blend()
            self._lay_out_files()
            self._lay_out_delete()
        self.outputs: list[Block] = [
            *(self.name, self.first, self.second, self.blend_name, self.mixture),
            *(self.link, self.file, self.inside, self.import_name, self.going, self.typed),
        ]

    def _lay_out_name(self) -> None:
        with gr.Row(elem_classes="studio-line"):
            self.name = gr.Textbox(
                label=text("profile.rename"), max_length=MOST_NAME, scale=2, elem_id="profile-name"
            )
            self.rename = gr.Button(text("profile.rename_do"), scale=0, min_width=120)
            self.duplicate = gr.Button(text("profile.duplicate"), scale=0, min_width=120)

    def _lay_out_blend(self) -> None:
        with gr.Accordion(text("profile.blend"), open=False):
            with gr.Row(elem_classes="studio-line"):
                self.first, self.share = self._part("first")
                self.second, self.other_share = self._part("second")
            self.mixture = drawn("Glimpse", elem_id="profile-mixture")
            with gr.Row(elem_classes="studio-line"):
                self.blend_name = gr.Textbox(
                    label=text("profile.blend_name"), max_length=MOST_NAME, scale=2
                )
                self.blend = gr.Button(text("profile.blend_do"), scale=0, min_width=140)

    def _part(self, which: str) -> tuple[gr.Dropdown, gr.Slider]:
        """One profile of a blend, and how much of it."""
        with gr.Column(min_width=240):
            profile = gr.Dropdown(
                choices=[],
                label=text(f"profile.blend_{which}"),
                filterable=False,
                elem_id=f"blend-{which}",
            )
            share = gr.Slider(
                0, 1, value=0.5, step=0.1, label=text("profile.blend_weight"), show_label=True
            )
        return profile, share

    def _lay_out_files(self) -> None:
        with gr.Accordion(text("profile.files"), open=False), gr.Row():
            with gr.Column(min_width=260):
                gr.HTML(f"<p>{html.escape(text('profile.export_help'))}</p>")
                self.leave_out = gr.Checkbox(value=True, label=text("profile.leave_out"))
                self.link = gr.HTML(elem_id="profile-export")
            with gr.Column(min_width=260):
                self.file = gr.File(
                    label=text("profile.import"),
                    type="filepath",
                    height=120,
                    elem_id="profile-import",
                )
                self.inside = drawn("Glimpse", elem_id="profile-inside")
                self.import_name = gr.Textbox(
                    label=text("profile.import_name"), max_length=MOST_NAME
                )
                self.bring = gr.Button(text("profile.import_do"))

    def _lay_out_delete(self) -> None:
        with gr.Accordion(text("profile.delete"), open=False):
            self.going = gr.HTML(elem_id="profile-going")
            with gr.Row(elem_classes="studio-line"):
                self.typed = gr.Textbox(
                    label=text("profile.delete_type"),
                    max_length=MOST_NAME,
                    scale=2,
                    elem_id="profile-delete-name",
                )
                self.delete = gr.Button(
                    text("profile.delete"), variant="stop", scale=0, min_width=160
                )

    def values(self, profile: ProfileId) -> list[Any]:
        """What the fields show for this profile; what was begun for another one is cleared."""
        listed = self._page.listed()
        other = next((id_ for _, id_ in listed if id_ != profile), None)
        return [
            next((name for name, id_ in listed if id_ == profile), ""),
            gr.Dropdown(choices=listed, value=profile),
            gr.Dropdown(choices=listed, value=other),
            "",
            shown(self._page.mixture(profile, 0.5, other, 0.5)),
            self._page.link(profile, leave_out=True),
            *(None, shown(Glimpse()), "", self._page.going(profile), ""),
        ]

    def wire(self, outputs: list[Block], refresh: Callable[[ProfileId], list[Any]]) -> None:
        """`outputs` and `refresh` are the whole page's: an action may change which profile it is
        about, and then the header follows."""
        page, using = self._page, self._frame.profile
        parts = [self.first, self.share, self.second, self.other_share]

        def act(listener: Callable[..., Any], action: Callable[..., Done], *fields: Block) -> None:
            def handler(profile: ProfileId, *values: Any) -> list[Any]:
                used, said = action(profile, *values)
                self._shell.choose(used)
                header = gr.Dropdown(choices=self._shell.profiles(), value=used)
                return [header, gr.Row(visible=used is None), *refresh(used), say(said)]

            around = [using, self._frame.new]
            bind(listener, handler, [using, *fields], [*around, *outputs], told=self.told)

        for listener in (self.rename.click, self.name.submit):
            act(listener, page.rename, self.name)
        act(self.duplicate.click, page.duplicate, self.name)
        act(self.blend.click, page.blend, self.blend_name, *parts)
        act(self.bring.click, page.import_file, self.file, self.import_name)
        act(self.delete.click, page.delete, self.typed)

        def mixture(*values: Any) -> dict[str, Any]:
            return shown(page.mixture(*values))

        def look_inside(file: str | None) -> list[Any]:
            glimpse, name = page.look_inside(file)
            return [shown(glimpse), name]

        for listener in (
            *(self.first.input, self.second.input),
            *(self.share.change, self.other_share.change),  # arrow keys too
        ):
            bind(listener, mixture, parts, [self.mixture])
        bind(self.leave_out.change, page.link, [using, self.leave_out], [self.link])
        bind(self.file.change, look_inside, [self.file], [self.inside, self.import_name])
