"""Gallery: find, rate, recall, trash."""

from datetime import datetime, timedelta
from typing import Any

import gradio as gr

from studio.context import Studio
from studio.domain import GalleryQuery, ImageRecord, Rating
from studio.ui.components.compare import RatePicture
from studio.ui.components.drawn import drawn
from studio.ui.components.grid import Cell, Filters, OfPicture, PageOf, Pictures, Shelf
from studio.ui.doors import Answer, door
from studio.ui.events import bind, shown
from studio.ui.pages import Frame, Page, ProfileId
from studio.ui.strings import text

SHOWN = 60  # pictures a page
DAYS = (1, 7, 30, 365)
RECORDED = {"steps": "steps", "sampler": "sampler", "guidance": "guidance"}


class Gallery:
    """The handlers of the page."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def shelf(self, profile: ProfileId, filters: Filters, before: int | None = None) -> Shelf:
        """One page of what matches."""
        query = self.query(filters, profile)
        page = self._studio.images.page(query, before, SHOWN)
        ids = [image.id for image in page.images]
        verdicts = self._studio.images.verdicts(ids, profile) if profile else {}
        return Shelf(
            profile=profile,
            filters=filters,
            items=tuple(cell(image, verdicts.get(image.id)) for image in page.images),
            next=page.next,
            count=text("gallery.count", n=self._studio.images.count(query)),
            empty=empty_sentence(filters),
            narrowed=filters != Filters(),
        )

    def query(self, filters: Filters, profile: ProfileId) -> GalleryQuery:
        """The filters as the store understands them; ratings are those of the open profile."""
        return GalleryQuery.parse(
            {
                "words": filters.words,
                "profile_id": filters.profile or None,
                "model_id": filters.model or None,
                "rating": filters.rating or None,
                "rated_by": profile if filters.rating else None,
                "since": midnight(filters.days) if filters.days else None,
                "trashed": filters.trashed,
            }
        )

    # -------------------------------------------------------------------- doors

    def turn_page(self, asked: PageOf) -> Answer:
        """Another page of the same search."""
        return shown(self.shelf(asked.profile, asked.filters, asked.before))

    def detail(self, asked: OfPicture) -> Answer:
        """Everything about one picture."""
        image = self._studio.images.get(asked.picture)
        rating = None
        if asked.profile:
            rating = self._studio.images.verdicts([image.id], asked.profile).get(image.id)
        return {
            "url": f"/studio/picture/{image.id}",
            "copy": f"/studio/plain/{image.id}",
            "file": f"{image.id}.png",
            "prompt": image.prompt,
            "about": self.about(image),
            "comment": rating.comment if rating else "",
            "details": self.details(image),
            "personal": bool(image.strength),
            "missing": not self._studio.images.file(image).is_file(),
        }

    def about(self, image: ImageRecord) -> str:
        """“My taste v7 at 0.5, seed 4711”"""
        if not image.strength:
            return text("gallery.about_plain", seed=image.seed)
        names = {profile.id: profile.name for profile in self._studio.profiles.all()}
        name = names.get(image.profile_id or "", text("gallery.someone"))
        if image.profile_version:
            name = f"{name} v{image.profile_version}"
        return text("gallery.about", profile=name, strength=f"{image.strength:g}", seed=image.seed)

    def details(self, image: ImageRecord) -> list[list[str]]:
        """The settings that made it, in words."""
        record = image.record
        spec = record.get("spec", {})
        taste = spec.get("taste") or {}
        found = {
            "detail_model": image.model_id,
            "detail_size": f"{record.get('width')}×{record.get('height')}"
            if record.get("width")
            else "",
            "detail_steps": spec.get("steps"),
            "detail_guidance": record.get("guidance"),
            "detail_sampler": spec.get("sampler"),
            "detail_negative": spec.get("negative_prompt"),
            "detail_likes": ", ".join(p["phrase"] for p in taste.get("liked", ())),
            "detail_dislikes": ", ".join(p["phrase"] for p in taste.get("disliked", ())),
        }
        return [[text(f"generate.{name}"), str(value)] for name, value in found.items() if value]

    def rate(self, asked: RatePicture) -> Answer:
        """A verdict, with or without words."""
        self._studio.rating.rate(
            asked.profile, asked.picture, asked.verdict, asked.comment, client_id=asked.client_id
        )
        return {}

    def trash(self, asked: Pictures) -> Answer:
        """Out of the gallery, for 30 days."""
        self._studio.images.trash(asked.pictures)
        return {}

    def restore(self, asked: Pictures) -> Answer:
        """Back into the gallery."""
        self._studio.images.restore(asked.pictures)
        return {}


def cell(image: ImageRecord, rating: Rating | None) -> Cell:
    """A thumbnail, with its prompt as words."""
    return Cell(
        id=image.id,
        thumb=f"/studio/thumb/{image.id}",
        alt=image.prompt[:250] or text("picture.unnamed"),
        verdict=rating.verdict if rating else None,
        pixelated="pixel" in image.prompt.lower(),
    )


def midnight(days: int) -> float:
    """When the first of the last so many days began; today is one of them. A search made again on
    the same day is the same search."""
    today = datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    return (today - timedelta(days=days - 1)).timestamp()


def empty_sentence(filters: Filters) -> str:
    """Why there is nothing, and what would bring something."""
    if filters.trashed:
        return text("gallery.none_trash")
    if filters.words:
        return text("gallery.none_words", words=filters.words[:40])
    return text("gallery.none" if filters == Filters() else "gallery.none_match")


def filter_fields() -> list[Any]:
    """What narrows the search, in the order of `Filters`."""
    any_ = (text("gallery.any"), "")
    with gr.Row(elem_classes="studio-line", elem_id="gallery-filters"):
        words = gr.Textbox(
            label=text("gallery.search"),
            placeholder=text("gallery.search_help"),
            scale=3,
            max_length=500,
            elem_id="gallery-search",
        )
        made_with = gr.Dropdown([any_], value="", label=text("gallery.profile"), min_width=140)
        model = gr.Dropdown([any_], value="", label=text("gallery.model"), min_width=140)
        ratings = [(text(f"gallery.{name}"), name) for name in ("liked", "disliked", "unrated")]
        rating = gr.Dropdown(
            [any_, *ratings],
            value="",
            label=text("gallery.rating"),
            min_width=140,
            elem_id="gallery-rating",
        )
        days = gr.Dropdown(
            [(text("gallery.any"), 0), *((text(f"gallery.days_{n}"), n) for n in DAYS)],
            value=0,
            label=text("gallery.date"),
            min_width=140,
            elem_id="gallery-date",
        )
        trashed = gr.Checkbox(label=text("gallery.trash_view"), min_width=140)
    return [words, made_with, model, rating, days, trashed]


def build(studio: Studio, frame: Frame) -> Page:
    """Lay out the page and wire it."""
    page = Gallery(studio)
    any_ = (text("gallery.any"), "")
    fields = filter_fields()
    words, made_with, model, *_ = fields
    doors = [
        door(PageOf)(page.turn_page),
        door(OfPicture)(page.detail),
        door(RatePicture)(page.rate),
        door(Pictures)(page.trash),
        door(Pictures)(page.restore),
    ]
    grid = drawn("PictureGrid", doors, events=("recall", "without", "cleared"))

    def search(profile: ProfileId, *values: Any) -> dict[str, Any]:
        filters = Filters.parse(dict(zip(Filters.model_fields, values, strict=True)))
        return shown(page.shelf(profile, filters))

    for field in fields:
        listener = field.input if field is words else field.change
        bind(listener, search, [frame.profile, *fields], [grid], trigger_mode="always_last")

    def cleared(profile: ProfileId) -> list[Any]:
        return [*Filters().model_dump().values(), shown(page.shelf(profile, Filters()))]

    bind(grid.cleared, cleared, [frame.profile], [*fields, grid])

    def refresh(profile: ProfileId, *values: Any) -> list[Any]:
        profiles = [any_, *((each.name, each.id) for each in studio.profiles.all())]
        models = [any_, *((name, name) for name in studio.store.images.models())]
        found = search(profile, *values) if values else shown(page.shelf(profile, Filters()))
        return [gr.Dropdown(choices=profiles), gr.Dropdown(choices=models), found]

    return Page(
        refresh=refresh, outputs=[made_with, model, grid], inputs=fields, extras={"grid": grid}
    )
