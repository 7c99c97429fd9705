"""The folded part of the Profile page, for a whole profile: components of `profile_actions`."""

import html
from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio.blocks import Block

from studio.context import Studio
from studio.ui.components.drawn import drawn
from studio.ui.components.glimpse import Glimpse
from studio.ui.events import bind, notice, say, shown
from studio.ui.pages import Frame, ProfileId
from studio.ui.pages.profile_actions import MOST_NAME, Done, Management
from studio.ui.shell import Shell
from studio.ui.strings import text


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
            *(self.leave_out, self.share, self.other_share),
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
            *(True, 0.5, 0.5),
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
