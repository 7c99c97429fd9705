"""The versions of a profile, folded: compare two of them, or go back to one."""

from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio.blocks import Block

from studio.context import Studio
from studio.errors import InvalidInput
from studio.ui.events import bind, notice, say
from studio.ui.pages import Frame, ProfileId
from studio.ui.pages.words import day
from studio.ui.strings import text


class History:
    """The handlers."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def lines(self, profile: ProfileId) -> list[tuple[str, int]]:
        """“v7, today 14:02, 2 new after 6 ratings”, newest first."""
        if profile is None:
            return []
        return [
            (
                text("profile.version_line", number=v.number, date=day(v.created), note=v.note),
                v.number,
            )
            for v in self._studio.profiles.versions(profile)
        ]

    def compare(self, profile: ProfileId, one: int | None, other: int | None) -> str:
        """“From v5 to v7: +3, −1, 2 changed. + flat, …”"""
        if profile is None or one is None or other is None:
            return ""
        earlier, later = sorted((int(one), int(other)))
        found = self._studio.profiles.compare(profile, earlier, later)
        if not found:
            return text("profile.compare_same", earlier=earlier, later=later)
        said = text("profile.compare_line", earlier=earlier, later=later, difference=found)
        names = [f"+ {a.phrase}" for a in found.added] + [f"− {a.phrase}" for a in found.gone]
        names += [f"{a.phrase} {a.weight:.1f} → {b.weight:.1f}" for a, b in found.changed]
        return f"{said} {', '.join(names)}"

    def back_to(self, profile: ProfileId, number: int | None) -> str:
        """A new version equal to the chosen one."""
        if profile is None or number is None:
            raise InvalidInput(text("profile.choose_version"))
        version = self._studio.profiles.go_back(profile, int(number))
        return text("profile.went_back", version=version.number)


class Versions:
    """The components, laid out where this is made."""

    def __init__(self, studio: Studio, frame: Frame) -> None:
        self._page = History(studio)
        self._frame = frame
        with gr.Accordion(text("profile.versions"), open=False):
            with gr.Row(elem_classes="studio-line"):
                self.one = self._list("versions")
                self.other = self._list("compare")
                self.back = gr.Button(text("profile.go_back"), scale=0, min_width=240)
            self.difference = notice()
        self.outputs: list[Block] = [self.one, self.other, self.difference]

    def _list(self, label: str) -> gr.Dropdown:
        return gr.Dropdown(choices=[], label=text(f"profile.{label}"), filterable=False)

    def values(self, profile: ProfileId) -> list[Any]:
        """Both lists as they are now, nothing chosen."""
        lines = self._page.lines(profile)
        return [*(gr.Dropdown(choices=lines, value=None) for _ in range(2)), say("")]

    def wire(
        self, outputs: list[Block], refresh: Callable[[ProfileId], list[Any]], told: Block
    ) -> None:
        """Going back changes all of the page, which `outputs` and `refresh` are."""
        using = self._frame.profile

        def compare(*chosen: Any) -> dict[str, Any]:
            return say(self._page.compare(*chosen))

        def back_to(profile: ProfileId, number: int | None) -> list[Any]:
            said = self._page.back_to(profile, number)
            return [*refresh(profile), say(said)]

        for chosen in (self.one, self.other):
            bind(chosen.input, compare, [using, self.one, self.other], [self.difference])
        bind(self.back.click, back_to, [using, self.one], outputs, told=told)
