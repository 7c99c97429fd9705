"""Model cards: what a model is, where it lies, what it is good for and what it needs.

The cards that ship are in `assets/models.toml`; a person's own cards have the same form. A better
checkpoint is dropped in by changing a card, never code.
"""

import hashlib
import tomllib
from functools import cache
from pathlib import Path

from pydantic import Field

from pipelines.errors import DamagedFile, ModelNotFound
from pipelines.spec import Frozen


class ModelCard(Frozen):
    """One base model. Sizes in pixels, memory in MiB at native size and batch 1."""

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")
    name: str
    family: str
    source: str  # a folder: absolute, or relative to the file that holds the card
    licence: str = "unknown"
    description: str = ""
    width: int = Field(default=512, ge=64, multiple_of=8)
    height: int = Field(default=512, ge=64, multiple_of=8)
    steps: int = Field(default=20, ge=1)
    guidance: float = Field(default=7.5, ge=0.0)
    guidance_rescale: float = Field(default=0.0, ge=0.0, le=1.0)
    memory: int = Field(default=0, ge=0)
    embedded: bool = False
    sha256: dict[str, str] = Field(default_factory=dict)  # file in `source` -> hex digest
    root: Path = Path()  # folder that a relative `source` starts from; set by `load_cards`

    @property
    def folder(self) -> Path:
        """Where the weights lie."""
        return (self.root / self.source).resolve()

    @property
    def short_hash(self) -> str:
        """Ten digits that name the denoiser's weights in a picture's record; "" if not known."""
        return next((v[:10] for k, v in self.sha256.items() if k.startswith(DENOISERS)), "")

    def verify(self) -> None:
        """Compare every file with its digest.

        Raises:
            ModelNotFound: a file is missing.
            DamagedFile: a file differs from what the card says.
        """
        for name, digest in self.sha256.items():
            path = self.folder / name
            if not path.is_file():
                raise ModelNotFound(
                    f"{self.name}: {name} is missing in {self.folder}. Get it again."
                )
            if file_digest(path) != digest:
                raise DamagedFile(f"{self.name}: {name} is damaged or was changed. Get it again.")


DENOISERS = ("unet/", "transformer/")


def file_digest(path: Path) -> str:
    """SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def assets_dir() -> Path:
    """The folder of what ships with the project."""
    return Path(__file__).resolve().parents[2] / "assets"


def minilm_dir() -> Path:
    """Folder with `text_encoder/` and `tokenizer/` of the bundled MiniLM, the one copy that the
    denoiser, the CLIP and the built-in reader share."""
    return assets_dir() / "models" / "sticker-128"


def read_cards(file: Path) -> dict[str, ModelCard]:
    """Cards of one TOML file, by id. A missing file holds no cards.

    Raises:
        InvalidSpec: a card has a wrong or misspelt field.
    """
    if not file.is_file():
        return {}
    entries = tomllib.loads(file.read_text(encoding="utf-8")).get("model", [])
    cards = [ModelCard.parse({**entry, "root": file.parent}) for entry in entries]
    return {card.id: card for card in cards}


def load_cards(own: Path | None = None) -> dict[str, ModelCard]:
    """The cards that ship, then the person's own from the TOML file `own`; own ids win."""
    cards = read_cards(assets_dir() / "models.toml")
    return cards | (read_cards(own) if own else {})


def find_card(model_id: str, own: Path | None = None) -> ModelCard:
    """The card with this id.

    Raises:
        ModelNotFound: naming the ids that exist.
    """
    cards = load_cards(own)
    if model_id not in cards:
        raise ModelNotFound(f"No model is called {model_id!r}. There are: {', '.join(cards)}.")
    return cards[model_id]
