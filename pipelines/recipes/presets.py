"""Named settings for learning a subject, as data: assets/presets/<family or model id>.toml.

Names, sentences and steps are read without torch: pages show them.
"""

import tomllib
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import Field

from pipelines.errors import ModelNotFound
from pipelines.models.cards import ModelCard, assets_dir
from pipelines.spec import Frozen

if TYPE_CHECKING:
    from pipelines.recipes.subject.settings import Settings

DEFAULT = "balanced"


class Preset(Frozen):
    """One sentence on what it is for, and its values."""

    about: str = Field(min_length=1, max_length=200)
    values: dict[str, Any]

    @property
    def steps(self) -> int:
        """How many steps it takes."""
        return self.values["loop"]["steps"]

    @property
    def settings(self) -> "Settings":
        """The values as the recipe takes them.

        Raises:
            InvalidSpec: naming every value that is wrong or misspelt.
        """
        from pipelines.recipes.subject.settings import Settings  # imports torch

        return Settings.parse(self.values)


def of(card: ModelCard) -> dict[str, Preset]:
    """Presets for a model: its own where it has some, else its family's.

    Raises:
        ModelNotFound: the family has none.
    """
    own = (assets_dir() / "presets" / f"{card.id}.toml").is_file()
    return load(card.id if own else card.family)


@cache
def load(family: str) -> dict[str, Preset]:
    """The presets of a file by name, in its order. A table `[common]` holds what all share.

    Raises:
        ModelNotFound: there is no such file.
    """
    file = assets_dir() / "presets" / f"{family}.toml"
    if not file.is_file():
        raise ModelNotFound(f"There are no training presets for {family!r} ({file.name}).")
    tables = tomllib.loads(file.read_text(encoding="utf-8"))
    common = tables.pop("common", {})
    return {name: merged(common, table) for name, table in tables.items()}


def merged(common: dict[str, Any], table: dict[str, Any]) -> Preset:
    """A preset's table over the common one, the loop's values one by one."""
    own = {name: value for name, value in table.items() if name != "about"}
    loop = common.get("loop", {}) | own.get("loop", {})
    return Preset(about=table["about"], values={**common, **own, "loop": loop})
