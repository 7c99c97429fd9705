"""LoRA files: written so that other programs load them, read whoever wrote them.

    save(adapter, base, path, label=Label(title="Rex", trigger="sks dog"))
    adapter = load(path, base)

Safetensors and json only. Which layout loads where is in the research notes of the project; kohya's
loads everywhere for SD 1.x and is the default, where a family has no kohya grammar diffusers' is.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from pipelines.adapters import keys, settings
from pipelines.adapters.foreign import refuse_other_bases
from pipelines.adapters.lora import LoraAdapter, around, bare
from pipelines.adapters.metadata import Label, describe, hashes
from pipelines.adapters.settings import Settings
from pipelines.errors import DamagedFile, InvalidSpec, ModelNotFound, UnknownAdapter, UnsafeFile
from pipelines.models.base import BaseModel
from pipelines.models.folders import PICKLES
from pipelines.models.lora_names import DENOISER, TEXT

Layout = Literal["kohya", "diffusers", "peft"]
PEFT_WEIGHTS, PEFT_CONFIG = "adapter_model.safetensors", "adapter_config.json"


def save(
    adapter: LoraAdapter,
    base: BaseModel,
    path: Path,
    layout: Layout | None = None,
    *,
    label: Label | None = None,
    training: Mapping[str, object] | None = None,
    dtype: torch.dtype = torch.float16,
) -> str:
    """Write an adapter; returns its content hash. "peft" makes a folder, the others one file.

    Raises:
        UnknownAdapter: the family has no kohya grammar.
        InvalidSpec: the folder holds other things.
    """
    layout = layout or ("kohya" if base.family.lora.kohya else "diffusers")
    if layout == "kohya" and not base.family.lora.kohya:
        raise UnknownAdapter(
            f"There are no kohya names for {base.card.name}. Save it in the diffusers or peft "
            "layout."
        )
    if layout == "peft":
        return save_folder(adapter, path, dtype)
    tensors = stored(getattr(keys, layout)(adapter, base), dtype)
    metadata = describe(adapter, base, label or Label(), training or {}) | {"format": "pt"}
    if layout == "diffusers":
        metadata[settings.METADATA] = json.dumps(settings.packed(adapter, base), sort_keys=True)
    write(path, tensors, metadata | hashes(tensors, metadata))
    return content_hash(path)


def save_folder(adapter: LoraAdapter, path: Path, dtype: torch.dtype) -> str:
    """A folder as peft writes it; the text encoder's part, if there is one, in a folder within.

    It takes the place of an adapter that lay there, whole: no part of that one stays.
    """
    held = [file for file in path.rglob("*") if file.is_file()]
    if path.is_file() or any(file.name not in (PEFT_WEIGHTS, PEFT_CONFIG) for file in held):
        raise InvalidSpec(f"{path} holds something other than an adapter. Choose a new folder.")
    aside, old = (path.with_name(f".{path.name}.{end}") for end in ("part", "old"))
    if old.is_dir() and not path.exists():  # a process was killed between the two renames below
        old.rename(path)
    try:
        shutil.rmtree(aside, ignore_errors=True)
        for part, folder in ((DENOISER, aside), (TEXT, aside / TEXT)):
            tensors = keys.peft(adapter, part)
            if tensors:
                write(folder / PEFT_WEIGHTS, stored(tensors, dtype), {"format": "pt"})
                text = json.dumps(settings.settings(adapter, part), indent=2, sort_keys=True)
                (folder / PEFT_CONFIG).write_text(text, encoding="utf-8")
        if path.is_dir():
            shutil.rmtree(old, ignore_errors=True)
            path.rename(old)
        aside.rename(path)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return content_hash(path)


def stored(tensors: Mapping[str, Tensor], dtype: torch.dtype) -> dict[str, Tensor]:
    """On the processor, contiguous; alpha keeps its precision."""
    return {
        name: t.detach().to("cpu", dtype if t.ndim else t.dtype).contiguous()
        for name, t in tensors.items()
    }


def write(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str]) -> None:
    """A file that is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.part")
    try:
        save_file(tensors, aside, metadata)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def load(path: Path, base: BaseModel) -> LoraAdapter:
    """Read an adapter of any of the three layouts, for this base; it is frozen.

    Raises:
        ModelNotFound: nothing lies there.
        UnsafeFile: it is a pickle.
        DamagedFile: it cannot be read, or is no LoRA.
        UnknownAdapter: it is another kind of adapter.
        WrongFamily: it was made for another base model.
    """
    found, said, metadata = read(path)
    refuse_other_bases(found, metadata, base, path.name)
    table = keys.known_names(base)
    layers, shapes = {}, {}
    with bare(base), torch.random.fork_rng(devices=[]):
        for name, matrices in found.items():
            place = table[name]
            part, _, module = place.partition(".")
            config = said.get(part, settings.NOTHING)
            alpha = config.alpha_of(part, module)
            shapes[place] = keys.shape_of(matrices, alpha, bool(config.use_rslora))
            layers[place] = around(getattr(base, part).get_submodule(module), shapes[place])
    if len(layers) < len(found):
        raise DamagedFile(f"{path.name} names a layer twice, in two spellings. Get it again.")
    adapter = LoraAdapter(layers, shapes)
    own = adapter.matrices()
    with torch.no_grad():
        for name, matrices in found.items():
            for target, half in zip(own[table[name]], (matrices.down, matrices.up), strict=True):
                target.copy_(half.reshape(target.shape))
    adapter.weights.requires_grad_(False)
    return adapter


def read(path: Path) -> tuple[dict[str, keys.Matrices], Settings, dict[str, str]]:
    """Matrices by the file's names, what is said of their alphas, and the metadata.

    Raises:
        ModelNotFound, UnsafeFile, DamagedFile, UnknownAdapter
    """
    found: dict[str, keys.Matrices] = {}
    said, metadata = told(path)
    for part, file in pieces(path):
        with opened(file) as tensors:
            held = {name: tensors.get_tensor(name) for name in tensors.keys()}  # noqa: SIM118
        prefix = f"{TEXT}." if part == TEXT else ""
        found |= {f"{prefix}{name}": m for name, m in keys.read(held).items()}
    if not found:
        raise DamagedFile(f"{path.name} holds no matrices. Get it again.")
    return found, said, metadata


def told(path: Path) -> tuple[Settings, dict[str, str]]:
    """What lies outside the tensors: peft's settings by part, and a file's metadata.

    Raises:
        ModelNotFound, UnsafeFile, DamagedFile, UnknownAdapter
    """
    if not path.is_dir():
        with opened(path) as file:
            metadata = file.metadata() or {}
        return settings.of_metadata(metadata, path.name), metadata
    said = {}
    for part, file in pieces(path):
        config = file.with_name(PEFT_CONFIG)
        try:
            text = config.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise DamagedFile(
                f"{file.parent} has no readable {PEFT_CONFIG}. Get it again."
            ) from error
        said[part] = settings.of_folder(text, f"{path.name}/{config.relative_to(path)}")
    return said, {}


def pieces(path: Path) -> list[tuple[str, Path]]:
    """The files of tensors of an adapter, and the part of the model that a peft folder's are for;
    in a single file the names say it."""
    if not path.is_dir():
        return [(DENOISER, path)]
    parts = [(DENOISER, path / PEFT_WEIGHTS), (TEXT, path / TEXT / PEFT_WEIGHTS)]
    return [(part, file) for part, file in parts if file.is_file()] or parts[:1]


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """A safetensors file, whose header is checked against its length.

    Raises:
        ModelNotFound, UnsafeFile, DamagedFile
    """
    if path.suffix in PICKLES:
        raise UnsafeFile(
            f"{path.name} can run code when opened, so it is refused. Use a .safetensors copy."
        )
    if not path.is_file():
        raise ModelNotFound(f"No LoRA at {path}. Choose a .safetensors file or a peft folder.")
    try:
        with safe_open(path, "pt") as file:
            yield file
    except (SafetensorError, OSError) as error:
        raise DamagedFile(f"{path.name} cannot be read: {error}. Get it again.") from error


def content_hash(path: Path) -> str:
    """SHA-256 of what an adapter does: what names it in a picture's record. It stays when the file
    is renamed or its title edited.

    Of kohya's files it is the bytes of the tensors alone, sd-scripts' `sshs_model_hash`: alpha is
    one of them. Where peft's settings hold alpha, they count as well.

    Raises:
        ModelNotFound, UnsafeFile, DamagedFile, UnknownAdapter
    """
    digest = hashlib.sha256()
    said, _ = told(path)
    for _, file in pieces(path):
        with opened(file), file.open("rb") as handle:
            handle.seek(int.from_bytes(handle.read(8), "little"), 1)
            while block := handle.read(1 << 20):
                digest.update(block)
    for part in sorted(said):
        digest.update(f"{part} {said[part].model_dump_json(exclude={'use_dora'})}".encode())
    return digest.hexdigest()
