"""Looks at the machine, the environment and the data folder, and says what works and what does not.

Nothing is changed and nothing is downloaded. An error means that no picture can be made; a warning
names an optional part that is missing and what would bring it.
"""

import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pipelines import runtime
from pipelines.errors import PipelineError
from pipelines.models.cards import ModelCard, load_cards
from pipelines.spec import Frozen
from studio import __version__
from studio.lock import running
from studio.paths import Paths
from studio.services.storage import disk_use, size_of
from studio.settings import Settings

PACKAGES = (
    *("torch", "torchvision", "diffusers", "transformers", "peft", "accelerate", "safetensors"),
    *("open_clip_torch", "gradio", "sqlmodel", "alembic", "pydantic", "pillow"),
)
OPTIONAL = {
    "xllamacpp": "reads comments with a local language model",
    "mcp": "opens the studio to agents",
}
LITTLE_ROOM = 2e9  # bytes; less than this and a training may fill the disk
BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")


class Check(Frozen):
    """One thing looked at."""

    name: str
    status: Literal["ok", "warning", "error"]
    message: str


class Model(Frozen):
    """One model card and whether its weights are there and whole."""

    id: str
    name: str
    licence: str
    folder: Path
    size: int  # bytes on disk
    usable: bool
    message: str


class Report(Frozen):
    """Everything that was found. Sizes in bytes."""

    ok: bool  # the embedded model can generate
    studio: str
    python: str
    system: str
    device: str
    home: Path
    memory: dict[str, int]
    disk: dict[str, int]
    versions: dict[str, str]  # "" where a package is missing
    models: list[Model]
    checks: list[Check]


def examine(settings: Settings, paths: Paths) -> Report:
    """Look at everything once. Takes as long as hashing the weights: about a second."""
    device = runtime.pick_device(settings.device)
    models = [inspect(card) for card in load_cards(paths.own_cards).values()]
    checks = [*check_models(models), *check_machine(device.type, paths), *check_optional_parts()]
    return Report(
        ok=all(check.status != "error" for check in checks),
        studio=__version__,
        python=platform.python_version(),
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        device=describe(device),
        home=paths.home,
        memory=runtime.memory_report(device),
        disk=disk_use(paths),
        versions={name: runtime.package_version(name) for name in (*PACKAGES, *OPTIONAL)},
        models=models,
        checks=checks,
    )


def describe(device: "runtime.torch.device") -> str:
    """The device in words."""
    if device.type == "cuda":
        return f"{device} ({runtime.torch.cuda.get_device_name(device)})"
    if device.type == "cpu":
        return f"cpu ({runtime.torch.get_num_threads()} threads)"
    return str(device)


def inspect(card: ModelCard) -> Model:
    """Read every weight file's header and compare its hash with the card."""
    try:
        card.verify()
        tensors = sum(read_header(file) for file in card.folder.rglob("*.safetensors"))
        usable = tensors > 0
        message = f"{tensors} tensors, hashes match" if usable else f"no weights in {card.folder}"
    except PipelineError as error:
        usable, message = False, str(error)
    except (OSError, ValueError) as error:
        usable, message = False, f"its weights cannot be read ({error}). Get the model again."
    return Model(
        id=card.id,
        name=card.name,
        licence=card.licence,
        folder=card.folder,
        size=size_of(card.folder),
        usable=usable,
        message=message,
    )


def read_header(file: Path) -> int:
    """How many tensors a safetensors file declares.

    Raises:
        ValueError: it is no safetensors file, or is cut off.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="pt") as tensors:
            return len(list(tensors.keys()))
    except SafetensorError as error:
        raise ValueError(f"{file.name}: {error}") from error


def check_models(models: list[Model]) -> Iterator[Check]:
    """The embedded models must work; a person's own may be missing."""
    embedded = {card.id for card in load_cards().values() if card.embedded}
    if not embedded:
        yield Check(name="embedded model", status="error", message="None ships. Install again.")
    for model in models:
        status = "ok" if model.usable else "error" if model.id in embedded else "warning"
        yield Check(name=f"model {model.id}", status=status, message=model.message)


def check_machine(device: str, paths: Paths) -> Iterator[Check]:
    """The card, the disk and the data folder."""
    if device == "cpu" and shutil.which("nvidia-smi"):
        text = "A card is there, but torch was installed without it. Delete .venv and start again."
        yield Check(name="graphics card", status="warning", message=text)
    elif device == "cpu":
        text = "None found: the built-in model runs well without, large models do not."
        yield Check(name="graphics card", status="warning", message=text)
    else:
        yield Check(name="graphics card", status="ok", message=device)
    free = shutil.disk_usage(nearest(paths.home)).free
    status = "ok" if free > LITTLE_ROOM else "warning"
    yield Check(name="disk", status=status, message=f"{in_words(free)} free for {paths.home}")
    holder = running(paths)
    if holder:
        yield Check(name="data folder", status="ok", message=holder.sentence(paths.home))


def check_optional_parts() -> Iterator[Check]:
    """What the studio can do without."""
    for name, use in OPTIONAL.items():
        version = runtime.package_version(name)
        how = f"`{sys.executable} -m pip install {name}` brings it"
        message = f"{version}, {use}" if version else f"Missing; it {use}: {how}."
        yield Check(name=name, status="ok" if version else "warning", message=message)
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    message = browser or "Missing; only the project's own browser tests need it."
    yield Check(name="chromium", status="ok" if browser else "warning", message=message)


def nearest(path: Path) -> Path:
    """The closest folder above that exists: a new studio has no home yet."""
    return next(folder for folder in (path, *path.parents) if folder.exists())


def in_words(size: int) -> str:
    """Bytes for a person."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} bytes"
