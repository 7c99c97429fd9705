"""What peft's settings say of the matrices of a LoRA, written and read.

They lie outside the tensors: in adapter_config.json of a peft folder, under a part's prefix in the
metadata of a diffusers file. Files of strangers are judged here as a whole, before any is used.
"""

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from pipelines.adapters.lora import LoraAdapter
from pipelines.errors import DamagedFile, UnknownAdapter
from pipelines.models import base as models
from pipelines.models.lora_names import DENOISER, TEXT, spelled
from pipelines.spec import explain

METADATA = "lora_adapter_metadata"  # diffusers' name for the json within a file


def compiled(key: str) -> str:
    """A key of a pattern, which has to be a regular expression."""
    try:
        re.compile(key)
    except re.error as error:
        raise ValueError(f"{key!r} is no pattern ({error})") from error
    return key


Pattern = Annotated[str, AfterValidator(compiled)]
Alpha = Annotated[float, Field(allow_inf_nan=False)]


class PeftSettings(BaseModel):
    """What of a LoraConfig decides the scale of a layer; peft writes many more fields."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    lora_alpha: Alpha | None = None
    alpha_pattern: dict[Pattern, Alpha] | None = None
    use_rslora: bool | None = None
    use_dora: bool | None = None

    def alpha_of(self, part: str, path: str) -> float | None:
        """Alpha of a module, None where nothing says it: that of the first key that fits.

        As peft's `get_pattern_key`; CLIP's layers are meant with and without their old wrapper.
        """
        for key, alpha in (self.alpha_pattern or {}).items():
            if any(re.match(rf"(.*\.)?({key})$", one) for one in (path, spelled(part, path))):
                return alpha
        return self.lora_alpha


Settings = Mapping[str, PeftSettings]  # by part of the model
NOTHING = PeftSettings()


def of_folder(text: str, where: str) -> PeftSettings:
    """The settings in an adapter_config.json.

    Raises:
        DamagedFile, UnknownAdapter
    """
    return judged(decoded(text, where), where)


def of_metadata(metadata: Mapping[str, str], where: str) -> dict[str, PeftSettings]:
    """The settings in a file's metadata by part; none where it has no such entry.

    Raises:
        DamagedFile, UnknownAdapter
    """
    parts: dict[str, dict[str, Any]] = {}
    for key, value in decoded(metadata.get(METADATA, "{}"), where).items():
        prefix, _, name = key.partition(".")
        parts.setdefault(TEXT if prefix == TEXT else DENOISER, {})[name] = value
    return {part: judged(values, where) for part, values in parts.items()}


def decoded(text: str, where: str) -> dict[str, Any]:
    """A json object."""
    try:
        values = json.loads(text)
    except ValueError as error:
        raise DamagedFile(
            f"{where} holds settings that are no json: {error}. Get it again."
        ) from error
    if not isinstance(values, dict):
        raise DamagedFile(f"{where} holds settings that are no table but {text:.20}. Get it again.")
    return values


def judged(values: dict[str, Any], where: str) -> PeftSettings:
    """Settings whose every value can be used."""
    try:
        found = PeftSettings.model_validate(values)
    except ValidationError as error:
        raise DamagedFile(f"{where} has wrong settings: {explain(error)}. Get it again.") from error
    if found.use_dora:
        raise UnknownAdapter(
            f"{where} holds a DoRA adapter, which is not supported. Have it merged into a plain "
            "LoRA."
        )
    return found


def settings(adapter: LoraAdapter, part: str) -> dict[str, Any]:
    """The LoraConfig with which peft rebuilds one part."""
    places = [place for place in adapter.layers if place.startswith(f"{part}.")]
    paths = {place: place.partition(".")[2] for place in places}
    ranks = {paths[place]: adapter.shapes[place].rank for place in places}
    alphas = {paths[place]: adapter.shapes[place].alpha for place in places}
    rank, alpha = max(ranks.values()), max(alphas.values())
    return {
        "peft_type": "LORA",
        "r": rank,
        "lora_alpha": alpha,
        "rank_pattern": {f"^{p}$": r for p, r in ranks.items() if r != rank},
        "alpha_pattern": {f"^{p}$": a for p, a in alphas.items() if a != alpha},
        "target_modules": sorted(ranks),
        "use_rslora": any(adapter.shapes[place].stabilised for place in places),
        "use_dora": False,
        "bias": "none",
    }


def packed(adapter: LoraAdapter, base: models.BaseModel) -> dict[str, Any]:
    """The same for every part, each setting under the part's prefix, as diffusers stores it."""
    prefixes = {DENOISER: base.family.lora.diffusers, TEXT: TEXT}
    return {
        f"{prefix}.{name}": value
        for part, prefix in prefixes.items()
        if any(place.startswith(f"{part}.") for place in adapter.layers)
        for name, value in settings(adapter, part).items()
    }
