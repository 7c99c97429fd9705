"""The pages put together: header, first steps, tabs, one timer; and the web application around.

Nothing of a person is in the page that the browser loads first: everything comes with the load
event, so that the page is a constant and what people wrote is only ever data.
"""

import html
import logging
from collections.abc import Sequence
from functools import partial
from typing import Any

import gradio as gr
from fastapi import FastAPI

from pipelines.errors import PipelineError
from pipelines.spec import MAX_PROMPT
from studio.context import Studio
from studio.errors import StudioError
from studio.ui import files, subject_routes
from studio.ui.components.drawn import drawn
from studio.ui.components.header import Nothing
from studio.ui.doors import door
from studio.ui.events import bind, notice, shown
from studio.ui.frontend import add_frontend
from studio.ui.head import page_head
from studio.ui.pages import (
    Frame,
    Page,
    ProfileId,
    gallery,
    generate,
    jobs,
    profile,
    rate,
    settings,
    train,
)
from studio.ui.pages.asked import Asked
from studio.ui.shell import NEW, Shell
from studio.ui.strings import current, text
from studio.ui.theme import theme

log = logging.getLogger(__name__)
PAGES = {  # in the order of the tabs; a tab exists once its feature works
    "rate": rate.build,
    "profile": profile.build,
    "generate": generate.build,
    "train": train.build,
    "gallery": gallery.build,
    "jobs": jobs.build,
    "settings": settings.build,
}
BUSY_SECONDS, IDLE_SECONDS = 1.5, 10.0  # between polls
UPLOADS_KEPT = 3600  # seconds; what the browser sent is copied by then


def build_app(studio: Studio, *, max_file_size: str, mcp: bool = False) -> FastAPI:
    """The whole web application, without its gate."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    files.add_routes(app, studio)
    subject_routes.add_routes(app, studio)
    add_frontend(app)
    blocks = build_blocks(studio)
    return gr.mount_gradio_app(
        app,
        blocks,
        "/",
        theme=theme(),
        head=page_head(current()),
        footer_links=[],
        run_history=False,
        show_error=False,  # our sentences are shown, everything else is logged
        max_file_size=max_file_size,
        blocked_paths=[str(studio.paths.home)],  # pictures go by id, through `files`
        enable_monitoring=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=mcp,
    )


def build_blocks(studio: Studio) -> gr.Blocks:
    """Lay out everything and wire it."""
    from studio import api

    with gr.Blocks(
        title=text("studio.name"),
        analytics_enabled=False,
        delete_cache=(UPLOADS_KEPT, UPLOADS_KEPT),
    ) as blocks:
        Window(studio).wire(blocks)
        api.register(studio)
    blocks.queue(api_open=False)
    return blocks


class Window:
    """The components around the pages, the pages, and what happens between them."""

    def __init__(self, studio: Studio) -> None:
        self.shell = Shell(studio)
        with gr.Row(elem_id="studio-head"):
            gr.HTML(f"<h1>{text('studio.name')}</h1>", elem_id="studio-brand")
            self.profile = gr.Dropdown(
                choices=[],
                label=text("studio.profile"),
                filterable=False,
                elem_id="studio-profile",
                scale=0,
                min_width=220,
            )
            self.strip = drawn("Header", events=("remodelled",))
        with gr.Row(visible=False, elem_id="studio-new", elem_classes="studio-line") as self.new:
            self.name = gr.Textbox(
                text("studio.first_name"),
                label=text("studio.new_profile_name"),
                info=text("studio.stays_here"),
                max_length=80,
                elem_id="studio-new-name",
                scale=2,
            )
            self.create = gr.Button(
                text("studio.create"),
                variant="primary",
                scale=0,
                min_width=140,
                elem_id="studio-create",
            )
        self.told = notice()
        doors = [door(Nothing)(self.shell.hide)]
        self.steps = drawn("Steps", doors)
        self.open = gr.State("")  # the tab; none before the page is loaded
        self.seen = gr.State({})  # what the last poll wrote
        self.timer = gr.Timer(BUSY_SECONDS)
        self.items: dict[str, gr.Tab] = {}
        self.pages: dict[str, Page] = {}
        with gr.Tabs(elem_id="studio-tabs") as self.tabs:
            frame = Frame(profile=self.profile, header=self.strip, tabs=self.tabs, new=self.new)
            for name, build in PAGES.items():
                with gr.Tab(text(f"tab.{name}"), id=name, elem_id=f"tab-{name}") as self.items[
                    name
                ]:
                    self.pages[name] = build(studio, frame)
        self.around = [self.profile, self.new, self.strip, self.steps]
        self.inside = [block for page in self.pages.values() for block in page.outputs]
        self.given = [block for page in self.pages.values() for block in page.inputs]
        self.kept = [block for page in self.pages.values() for block in page.kept]

    def wire(self, blocks: gr.Blocks) -> None:
        """Everything that the person, the clock or another page can start."""
        everything = [*self.around, *self.inside]
        using = [self.profile, self.open, *self.given]
        bind(blocks.load, self.loaded, [], [*everything, self.tabs, self.open, *self.kept])
        bind(self.profile.input, self.switched, using, everything, told=self.told)
        for listener in (self.create.click, self.name.submit):
            naming = [self.name, self.open, *self.given]
            bind(listener, self.created, naming, [*everything, self.name], told=self.told)
        for name, item in self.items.items():
            page = self.pages[name]
            outputs = [self.open, self.steps, *page.outputs]
            opened = partial(self.opened, name)
            asked = [self.profile, self.open, *page.inputs]
            bind(item.select, opened, asked, outputs, told=self.told)
        live = [block for page in self.pages.values() for block in page.live]
        outputs = [self.strip, self.steps, *live, self.seen, self.timer]
        bind(self.timer.tick, self.poll, [self.seen, *using], outputs)
        self.link()

    def link(self) -> None:
        """What one page starts on another."""
        made, grid = self.pages["generate"].extras, self.pages["gallery"].extras["grid"]

        def recall(event: gr.EventData, taste: bool = True) -> list[Any]:
            picture = str(event._data["picture"])
            asked = made["recall"](picture, taste=taste)
            said = made["notice"](picture, asked.prompt, taste=taste)
            return [*asked.values(), gr.Tabs(selected="generate"), said]

        def without(event: gr.EventData) -> list[Any]:
            return recall(event, taste=False)

        def go(event: gr.EventData) -> Any:
            place = event._data["go"]
            return gr.Tabs(selected=place if place in PAGES else "jobs")

        for listener, handler in ((grid.recall, recall), (grid.without, without)):
            bind(listener, handler, [], [*made["fields"], self.tabs], told=made["told"])
        bind(self.pages["jobs"].extras["rows"].opened, go, [], [self.tabs])
        teaching = self.pages["train"].extras["teaching"]
        fields = dict(zip(Asked.model_fields, made["fields"], strict=True))
        outputs = [fields["prompt"], fields["recalled"], self.tabs]
        bind(teaching.used, taught, [], outputs, told=made["told"])
        models = self.pages["settings"].extras["models"]
        bind(models.changed, self.remodelled, [], [self.strip])

    # ----------------------------------------------------------------- handlers

    def loaded(self) -> list[Any]:
        """A page was opened or reloaded."""
        profile = self.shell.last_profile()
        tab = self.shell.first_tab(profile)
        tab = tab if tab in PAGES else "rate"
        # Rate is open already; selecting it again would take back a click on another tab
        select = gr.skip() if tab == "rate" else gr.Tabs(selected=tab)
        return [*self.everything(profile, tab), select, tab, *self.restored(profile)]

    def switched(self, profile: str | None, tab: str, *given: Any) -> list[Any]:
        """Another profile was chosen, or "New profile…"."""
        if profile == NEW:
            rest = len(self.around) - 2 + len(self.inside)
            return [gr.skip(), gr.Row(visible=True), *[gr.skip()] * rest]
        return self.everything(self.shell.choose(profile), tab, given)

    def created(self, name: str, tab: str, *given: Any) -> list[Any]:
        """A profile got its name."""
        profile = self.shell.create(name)
        return [*self.everything(profile, tab, given), text("studio.first_name")]

    def remodelled(self) -> list[Any]:
        """The model in use may be another one now: the header says so, and tells the pages."""
        return [shown(self.shell.strip())]

    def opened(self, name: str, profile: str | None, tab: str, *given: Any) -> list[Any]:
        """A tab was opened: fill it anew. The profile is learnt before it counts as looked at.

        Gradio also selects the first tab by itself, together with the load event, which fills it:
        filling it twice made the first card wait, and forgot the tab that was used last."""
        if not tab and name == next(iter(self.pages)):
            return [gr.skip()] * (2 + len(self.pages[name].outputs))
        chosen = (
            self.shell.choose(profile) or self.shell.last_profile()
        )  # the list may be empty yet
        values = self.pages[name].refresh(chosen, *given)
        return [self.shell.opened(name, chosen), shown(self.shell.steps(chosen)), *values]

    def poll(self, seen: dict[str, Any], profile: str | None, tab: str, *given: Any) -> list[Any]:
        """Write the strip, the ticks and the open page, each only when it changed."""
        chosen = self.shell.present(profile)
        now: dict[str, Any] = {
            "strip": shown(self.shell.strip()),
            "steps": shown(self.shell.steps(chosen)),
        }
        page = self.pages.get(tab)
        if page is not None and page.poll is not None:
            now[tab] = page.poll(chosen, *self.given_to(tab, given))
        self.shell.look()
        values = [news(seen, now, name) for name in ("strip", "steps")]
        for name, each in self.pages.items():
            values += news(seen, now, name, [gr.skip()] * len(each.live))
        busy = bool(now["strip"]["jobs"] or seen != now)
        return [*values, now, gr.Timer(BUSY_SECONDS if busy else IDLE_SECONDS)]

    # ------------------------------------------------------------------- values

    def everything(self, profile: ProfileId, tab: str, given: Sequence[Any] = ()) -> list[Any]:
        """Values for what is around the pages, and for the open one; the others are filled when
        they are opened."""
        around = [
            gr.Dropdown(choices=self.shell.profiles(), value=profile),
            gr.Row(visible=profile is None),
            shown(self.shell.strip()),
            shown(self.shell.steps(profile)),
        ]
        for name, page in self.pages.items():
            around += self.filled(name, profile, given) if name == tab else unchanged(page)
        return around

    def filled(self, name: str, profile: ProfileId, given: Sequence[Any]) -> list[Any]:
        """Values for one page. A page that cannot be filled leaves the others usable."""
        page = self.pages[name]
        try:
            return page.refresh(profile, *self.given_to(name, given))
        except Exception as error:
            log.exception("the page %s could not be filled", name)
            ours = isinstance(error, StudioError | PipelineError)
            gr.Warning(html.escape(str(error) if ours else text("studio.unexpected")))
            return unchanged(page)

    def restored(self, profile: ProfileId) -> list[Any]:
        """Values for the fields that are the person's own."""
        return [v for page in self.pages.values() if page.restore for v in page.restore(profile)]

    def given_to(self, name: str, given: Sequence[Any]) -> Sequence[Any]:
        """Among the values of all pages' inputs, those of one page."""
        start = 0
        for each, page in self.pages.items():
            if each == name:
                return given[start : start + len(page.inputs)]
            start += len(page.inputs)
        raise KeyError(name)


def unchanged(page: Page) -> list[Any]:
    """A page's outputs as they are."""
    return [gr.skip()] * len(page.outputs)


def taught(event: gr.EventData) -> list[Any]:
    """A snapshot was chosen: on to Generate, with a prompt that names the subject. What a recalled
    picture was made with would keep the snapshot of then."""
    return [str(event._data["prompt"])[:MAX_PROMPT], "", gr.Tabs(selected="generate")]


def news(seen: dict[str, Any], now: dict[str, Any], name: str, nothing: Any = None) -> Any:
    """What is there now under this name, if the last poll did not write the same."""
    if name in now and seen.get(name) != now[name]:
        return now[name]
    return gr.skip() if nothing is None else nothing
