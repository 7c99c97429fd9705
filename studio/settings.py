"""One Settings object, read once: environment over file over default.

Each field is also an environment variable: `port` is `STUDIO_PORT`. What the person changes in the
studio is kept in `settings.json` of the data folder, except keys and passwords: those lie in
`secrets.json`, which only their owner can read, and never appear in a log or a document.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError

from pipelines.spec import Frozen, explain
from studio.errors import InvalidInput
from studio.paths import Paths

PREFIX = "STUDIO_"
SECRETS = ("password", "openai_key")


class Settings(Frozen):
    """Everything that a person may set once for the whole studio."""

    host: str = "127.0.0.1"  # elsewhere only with a password
    port: int = Field(default=7860, ge=1, le=65535)
    open_browser: bool = True
    user: str = "studio"
    password: SecretStr = SecretStr("")

    device: str = Field(default="auto", pattern=r"^(auto|cpu|mps|xpu(:\d+)?|cuda(:\d+)?)$")
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    threads: int = Field(default=0, ge=0, le=1024)  # 0: as many as torch chooses
    model: str = "sticker-128"  # id of the card that is loaded first

    extractor: Literal["built-in", "local-llm", "openai", "vlm"] = "built-in"
    llm: str = ""  # GGUF file or card id; empty: the default card
    vlm: str = ""  # transformers id or folder
    openai_url: str = "http://127.0.0.1:11434/v1"
    openai_model: str = ""
    openai_sees: bool = False  # whether pictures are sent along; they leave the machine then
    openai_key: SecretStr = SecretStr("")

    metadata: bool = True  # write the record into generated pictures
    shortcuts: bool = True  # single-key shortcuts in the pages
    first_steps: bool = True  # the strip of a person's first steps
    theme: Literal["system", "light", "dark"] = "system"
    language: str = Field(default="en", pattern=r"^[a-z]{2,3}(-[a-z]+)?$")  # from the next start
    trash_days: int = Field(default=30, ge=1, le=3650)  # then pictures in it are deleted for good


def load_settings(paths: Paths, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings of a data folder.

    Raises:
        InvalidInput: naming every value that is wrong and where it was set.
    """
    chosen = os.environ if environ is None else environ
    files = read_file(paths.settings) | read_file(paths.secrets)
    return build(files | from_environment(chosen), f"{paths.settings} or the environment")


def save_settings(paths: Paths, changes: Mapping[str, Any]) -> Settings:
    """Store what the person changed, and return the settings as they are from now on. None takes a
    setting back to its default.

    Raises:
        InvalidInput: a value is wrong; nothing was stored then.
    """
    stored = read_file(paths.settings) | read_file(paths.secrets) | dict(changes)
    stored = {name: value for name, value in stored.items() if value is not None}
    build(stored, "the change")
    write_file(paths.settings, {k: v for k, v in stored.items() if k not in SECRETS}, 0o644)
    write_file(paths.secrets, {k: v for k, v in stored.items() if k in SECRETS}, 0o600)
    return load_settings(paths)


def build(values: Mapping[str, Any], place: str) -> Settings:
    """Check all values at once."""
    try:
        return Settings.model_validate(dict(values))
    except ValidationError as error:
        raise InvalidInput(
            f"A setting in {place} cannot be used: {explain(error)}. Correct or remove it."
        ) from error


def from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Settings among the environment variables. Others with our prefix are left alone: Android
    Studio has some of its own."""
    named = {name: environ.get(PREFIX + name.upper()) for name in Settings.model_fields}
    return {name: value for name, value in named.items() if value is not None}


def read_file(file: Path) -> dict[str, Any]:
    """What a settings file holds; nothing if there is none."""
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise InvalidInput(f"{file} is no JSON ({error}). Correct or remove it.") from error
    if not isinstance(values, dict):
        raise InvalidInput(f"{file} holds no settings by name. Correct or remove it.")
    return values


def write_file(file: Path, values: Mapping[str, Any], mode: int) -> None:
    """Replace a settings file in one step; its permissions are right before its first byte."""
    draft = file.with_suffix(".tmp")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as stream:
        json.dump(dict(values), stream, indent=2)
    draft.replace(file)
