"""How the pages look and behave: theme, language, keys, first steps."""

from typing import Any

import gradio as gr

from studio.context import Studio
from studio.settings import Settings, load_settings, save_settings
from studio.ui.events import bind, notice, say
from studio.ui.pages import Frame, Page, ProfileId
from studio.ui.strings import languages, text

THEMES = ("system", "light", "dark")
# In the page at once; the server remembers it and tells other open pages.
APPLY_THEME = "(theme) => { studio.theme(theme); return [theme]; }"


class Behaviour:
    """The handlers of the section."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def save(self, name: str, value: Any) -> dict[str, Any]:
        """One of the switches."""
        save_settings(self._studio.paths, {name: value})
        return say(text("settings.saved"))

    def save_language(self, language: str) -> dict[str, Any]:
        """The pages are built in one language, when the studio starts."""
        save_settings(self._studio.paths, {"language": language})
        return say(text("settings.saved_after_restart"))

    def now(self) -> list[Any]:
        """Values for the fields."""
        kept: Settings = load_settings(self._studio.paths)
        return [kept.theme, kept.language, kept.shortcuts, kept.first_steps]


def build(studio: Studio, frame: Frame) -> Page:
    """Lay out the section and wire it."""
    section = Behaviour(studio)
    with gr.Accordion(text("settings.behaviour"), open=False, elem_id="settings-behaviour"):
        with gr.Row():
            theme = gr.Radio(
                [(text(f"settings.theme_{name}"), name) for name in THEMES],
                label=text("settings.theme"),
                elem_id="settings-theme",
            )
            language = gr.Dropdown(
                languages(),
                label=text("settings.language"),
                filterable=False,
                visible=len(languages()) > 1,
                elem_id="settings-language",
            )
        with gr.Row():
            shortcuts = gr.Checkbox(
                label=text("settings.shortcuts"), info=text("settings.shortcuts_help")
            )
            first_steps = gr.Checkbox(
                label=text("settings.first_steps"), info=text("settings.first_steps_help")
            )
        told = notice()
    for name, switch in (("shortcuts", shortcuts), ("first_steps", first_steps)):
        bind(switch.input, saving(section, name), [switch], [], told=told)
    bind(theme.input, saving(section, "theme"), [theme], [], told=told, js=APPLY_THEME)
    bind(language.input, section.save_language, [language], [], told=told)

    def refresh(profile: ProfileId) -> list[Any]:
        return section.now()

    return Page(refresh=refresh, outputs=[theme, language, shortcuts, first_steps])


def saving(section: Behaviour, name: str) -> Any:
    """The handler that saves this setting."""

    def save(value: Any) -> dict[str, Any]:
        return section.save(name, value)

    return save
