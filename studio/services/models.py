"""Base models: which there are, whether they can be used here, and which one is."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import ModelError
from pipelines.models.cards import ModelCard, load_cards, read_cards
from pipelines.models.folders import describe, read_index
from studio.errors import AlreadyExists, InvalidInput, NotFound
from studio.paths import Paths
from studio.settings import Settings, load_settings, save_settings


@dataclass(frozen=True)
class ModelLine:
    """A model in a list. `disk` in bytes; `memory` in MiB that a picture of native size needs."""

    id: str
    name: str
    family: str
    licence: str
    description: str
    width: int
    height: int
    memory: int
    disk: int
    present: bool
    in_use: bool
    embedded: bool


class ModelService:
    """Reads cards, keeps the person's own, and remembers which model is in use."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths

    def all(self) -> list[ModelLine]:
        """Every model with a card, the bundled ones first."""
        chosen = self._settings().model
        return [line_of(card, chosen) for card in load_cards(self._paths.own_cards).values()]

    def get(self, model_id: str) -> ModelCard:
        """The card with this id.

        Raises:
            NotFound
        """
        cards = load_cards(self._paths.own_cards)
        if model_id not in cards:
            raise NotFound(f"No model is called {model_id!r}. There are: {', '.join(cards)}.")
        return cards[model_id]

    def in_use(self) -> ModelCard:
        """The model that pictures are made with."""
        return self.get(self._settings().model)

    def card(self, model_id: str | None) -> ModelCard:
        """The model of this id; without one, the model in use.

        Raises:
            NotFound
        """
        return self.get(model_id) if model_id else self.in_use()

    def use(self, model_id: str) -> ModelCard:
        """Make pictures with this model from now on.

        Raises:
            NotFound, ModelNotFound: there is no such model, or its files are gone.
        """
        card = self.get(model_id)
        read_index(card)
        save_settings(self._paths, {"model": card.id})
        return card

    def verify(self, model_id: str) -> ModelCard:
        """Compare a model's files with the hashes on its card.

        Raises:
            ModelNotFound, DamagedFile
        """
        card = self.get(model_id)
        card.verify()
        return card

    def add_folder(self, folder: Path, model_id: str | None = None) -> ModelCard:
        """Make a card for a diffusers folder; nothing is copied.

        Raises:
            ModelNotFound, WrongFamily: the folder holds no model of a supported family.
            AlreadyExists: the id is taken.
        """
        family, side = describe(folder)
        chosen = model_id or re.sub(r"[^A-Za-z0-9._-]+", "-", folder.name).strip("-.") or "model"
        if chosen in load_cards(self._paths.own_cards):
            raise AlreadyExists(f"A model called {chosen!r} exists. Choose another id.")
        card = ModelCard(
            id=chosen,
            name=folder.name,
            family=family,
            source=str(folder.resolve()),
            width=side,
            height=side,
            root=self._paths.own_cards.parent,
        )
        self._write([*read_cards(self._paths.own_cards).values(), card])
        return card

    def remove(self, model_id: str) -> None:
        """Forget a card that the person added; the files stay where they are.

        Raises:
            InvalidInput: it came with the studio.
        """
        card = self.get(model_id)
        own = read_cards(self._paths.own_cards)
        if card.id not in own:
            raise InvalidInput(f"{card.name} came with the studio and cannot be removed.")
        self._write([c for c in own.values() if c.id != card.id])
        if self._settings().model == card.id:
            save_settings(self._paths, {"model": None})

    def _settings(self) -> Settings:
        """As they are now: the model in use may have been changed since the start."""
        return load_settings(self._paths)

    def _write(self, cards: list[ModelCard]) -> None:
        """Replace the file of own cards in one step."""
        text = "\n".join(card_toml(card) for card in cards)
        path = self._paths.own_cards
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".part")
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)


def card_toml(card: ModelCard) -> str:
    """A card as TOML; JSON's strings and numbers are TOML's too."""
    values = card.model_dump(mode="json", exclude={"root", "sha256"}, exclude_defaults=True)
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]
    return "\n".join(["[[model]]", *lines, ""])


def line_of(card: ModelCard, chosen: str) -> ModelLine:
    """What a list shows of a card."""
    try:
        read_index(card)
        present = True
    except ModelError:
        present = False
    return ModelLine(
        **card.model_dump(include=set(ModelLine.__dataclass_fields__)),
        disk=sum(file.stat().st_size for file in card.folder.rglob("*") if file.is_file()),
        present=present,
        in_use=card.id == chosen,
    )
