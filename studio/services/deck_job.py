"""The job `deck`: a deck for any base model, made by generating prompts in many styles.

Pictures are kept as they are finished, so that a job that is tried again goes on where it stopped.
The deck is there once all are made.
"""

import json
import math
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from PIL import Image
from pydantic import Field

from pipelines.conditioning.prompt import expand
from pipelines.models.cards import ModelCard, assets_dir
from pipelines.spec import Frozen, GenerationSpec
from studio.domain import Job, Progress
from studio.errors import AlreadyExists, InvalidInput
from studio.jobs.context import JobContext
from studio.services.decks import FILE, KINDS, DeckService
from studio.services.engine import Engine
from studio.services.own_pictures import measure

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
GROUNDS = ("white", "cream", "light blue", "light green", "pink", "lavender", "yellow")
COLOURED = 3  # every third picture of a style table with grounds has one that is not white


class DeckStyle(Frozen):
    """A look, in the words of a prompt, and what can be tapped on a picture that has it."""

    phrase: str = Field(min_length=1, max_length=300)
    chips: tuple[str, ...] = ()


class DeckEntry(Frozen):
    """One picture to make."""

    prompt: str
    subject: str
    style: DeckStyle
    background: str = ""
    seed: int


class DeckParams(Frozen):
    """What the job holds."""

    name: str
    title: str
    model: str
    steps: int | None = Field(default=None, ge=1, le=150)  # None: the model's own
    entries: tuple[DeckEntry, ...]


def building(
    decks: DeckService, card: ModelCard, name: str, prompts: Sequence[str], *, n: int, seed: int = 1
) -> Job:
    """The job that builds a deck.

    Raises:
        InvalidInput: the name or the prompts cannot be used.
        AlreadyExists: there is such a deck.
    """
    if not NAME.fullmatch(name) or name in KINDS:
        raise InvalidInput(f"“{name}” is no name for a deck: small letters, digits and hyphens.")
    if name in {line.name for line in decks.all()}:
        raise AlreadyExists(f"There is a deck “{name}” already. Choose another name.")
    if not 1 <= n <= 1000:
        raise InvalidInput(f"A deck has 1 to 1000 pictures, not {n}.")
    params = DeckParams(
        name=name,
        title=name.replace("-", " ").capitalize(),
        model=card.id,
        entries=tuple(plan(prompts, card, n, seed)),
    )
    return Job(kind="deck", title=f"Deck “{name}”", params=params.model_dump(mode="json"))


def plan(prompts: Sequence[str], card: ModelCard, n: int, seed: int) -> Iterator[DeckEntry]:
    """Every prompt in turn, each time in another style, so that both are spread evenly."""
    subjects = [expanded for prompt in prompts for expanded in expand(prompt)]
    if not subjects:
        raise InvalidInput("There is no prompt in the file: one a line is needed.")
    styles = load_styles("sticker" if card.embedded else "general")
    together = math.lcm(len(subjects), len(styles))  # after so many, pairs would come again
    for i in range(n):
        subject = subjects[i % len(subjects)]
        style = styles[(i + i // together) % len(styles)]
        ground = GROUNDS[i // COLOURED % len(GROUNDS)] if i % COLOURED == 0 else GROUNDS[0]
        ground = ground if card.embedded else ""
        parts = [subject, style.phrase, f"{ground} background" if ground else ""]
        yield DeckEntry(
            prompt=", ".join(part for part in parts if part),
            subject=subject,
            style=style,
            background=ground,
            seed=seed + i,
        )


def load_styles(table: str) -> list[DeckStyle]:
    """The styles of a table of assets/decks/styles.toml."""
    text = (assets_dir() / "decks" / "styles.toml").read_text(encoding="utf-8")
    return [DeckStyle.model_validate(entry) for entry in tomllib.loads(text)[table]]


def read_prompts(file: Path | None) -> list[str]:
    """Prompts, one a line; the bundled ones without a file.

    Raises:
        InvalidInput: the file cannot be read.
    """
    path = file or assets_dir() / "decks" / "prompts.txt"
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} cannot be read: {error}.") from error
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def run(params: dict[str, Any], context: JobContext) -> Iterator[Progress | dict[str, Any]]:
    """Make what is not made yet, then put the deck in its place."""
    asked = DeckParams.parse(params)
    yield Progress(total=len(asked.entries), text=f"Loading {asked.model}")
    draft = context.folder / "deck"
    draft.mkdir(exist_ok=True)
    engine = Engine(context.paths, context.settings, context.store, context.kept)
    for number, entry in enumerate(asked.entries, start=1):
        file = draft / f"{number:03d}.png"
        now = Progress(
            step=number,
            total=len(asked.entries),
            text=f"Picture {number} of {len(asked.entries)}.",
        )
        if not file.exists():
            for _ in drawing(engine, asked, entry, file):
                yield now  # a denoising step: here the job can be stopped
        yield now
    entries = [describe(entry, asked.model, n, draft) for n, entry in enumerate(asked.entries, 1)]
    about = f"Made with {asked.model}."
    document = {"format": 1, "title": asked.title, "about": about, "pictures": entries}
    (draft / FILE).write_text(json.dumps(document, indent=1, ensure_ascii=False), "utf-8")
    target = context.paths.decks / asked.name
    if target.exists():
        raise AlreadyExists(f"There is a deck “{asked.name}” by now. Rename one of them.")
    draft.replace(target)
    yield {"deck": asked.name, "pictures": len(entries), "folder": str(target)}


def drawing(engine: Engine, asked: DeckParams, entry: DeckEntry, file: Path) -> Iterator[None]:
    """Make one picture with its record inside, a denoising step a step."""
    from pipelines.generate import Picture, generate  # torch, in the worker only
    from studio.provenance import write_png

    base = engine.base(asked.model)
    steps = asked.steps or base.card.steps
    spec = GenerationSpec(prompt=entry.prompt, seed=entry.seed, steps=steps)
    for event in generate(base, spec):
        if isinstance(event, Picture):
            write_png(event.image, file, event.record)
        yield


def describe(entry: DeckEntry, model: str, number: int, folder: Path) -> dict[str, Any]:
    """The picture's entry in the deck file."""
    file = f"{number:03d}.png"
    with Image.open(folder / file) as image:
        seen = measure(image)
    return {
        "file": file,
        "caption": entry.prompt,
        "subject": entry.subject,
        "style": entry.style.phrase,
        "colours": seen["colours"],
        "background": entry.background or seen["background"],
        "chips": list(entry.style.chips),
        "prompt": entry.prompt,
        "seed": entry.seed,
        "model": model,
    }
