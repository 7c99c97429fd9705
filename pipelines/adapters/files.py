"""LoRA files: written so that other programs load them, read whoever wrote them.

    save(adapter, base, path, label=Label(title="Rex", trigger="sks dog"))
    adapter = load(path, base)

Safetensors and json only. Which layout loads where is in the research notes of the project; kohya's
loads everywhere for SD 1.x and is the default, where a family has no kohya grammar diffusers' is.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import torch
from PIL import Image
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from pipelines.adapters import keys
from pipelines.adapters.foreign import refuse_other_bases
from pipelines.adapters.lora import LoraAdapter, around, bare
from pipelines.adapters.metadata import Label, describe, hashes
from pipelines.errors import DamagedFile, ModelNotFound, UnknownAdapter, UnsafeFile
from pipelines.models.base import BaseModel
from pipelines.models.folders import PICKLES
from pipelines.models.lora_names import DENOISER, TEXT

Layout = Literal["kohya", "diffusers", "peft"]
PEFT_WEIGHTS, PEFT_CONFIG = "adapter_model.safetensors", "adapter_config.json"
PEFT_METADATA = "lora_adapter_metadata"  # diffusers' json of peft's settings within a file


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
        metadata[PEFT_METADATA] = json.dumps(packed(adapter, base), sort_keys=True)
    return write(path, tensors, metadata | hashes(tensors, metadata))


def save_folder(adapter: LoraAdapter, path: Path, dtype: torch.dtype) -> str:
    """A folder as peft writes it; the text encoder's part, if there is one, in a folder within."""
    for part, folder in ((DENOISER, path), (TEXT, path / TEXT)):
        tensors = keys.peft(adapter, part)
        if tensors:
            write(folder / PEFT_WEIGHTS, stored(tensors, dtype), {"format": "pt"})
            text = json.dumps(settings(adapter, part), indent=2, sort_keys=True)
            (folder / PEFT_CONFIG).write_text(text, encoding="utf-8")
    return content_hash(path)


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


def packed(adapter: LoraAdapter, base: BaseModel) -> dict[str, Any]:
    """The same for every part, each setting under the part's prefix, as diffusers stores it."""
    prefixes = {DENOISER: base.family.lora.diffusers, TEXT: TEXT}
    return {
        f"{prefix}.{name}": value
        for part, prefix in prefixes.items()
        if any(place.startswith(f"{part}.") for place in adapter.layers)
        for name, value in settings(adapter, part).items()
    }


def stored(tensors: Mapping[str, Tensor], dtype: torch.dtype) -> dict[str, Tensor]:
    """On the processor, contiguous; alpha keeps its precision."""
    return {
        name: t.detach().to("cpu", dtype if t.ndim else t.dtype).contiguous()
        for name, t in tensors.items()
    }


def write(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str]) -> str:
    """A file that is there whole or not at all; returns its content hash."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.part")
    try:
        save_file(tensors, aside, metadata)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    return content_hash(path)


def load(path: Path, base: BaseModel) -> LoraAdapter:
    """Read an adapter of any of the three layouts, for this base; it is frozen.

    Raises:
        ModelNotFound: nothing lies there.
        UnsafeFile: it is a pickle.
        DamagedFile: it cannot be read, or is no LoRA.
        UnknownAdapter: it is another kind of adapter.
        WrongFamily: it was made for another base model.
    """
    found, configs, metadata = read(path)
    refuse_other_bases(found, metadata, base, path.name)
    table = keys.known_names(base)
    layers, shapes = {}, {}
    with bare(base), torch.random.fork_rng(devices=[]):
        for name, matrices in found.items():
            place = table[name]
            part, _, module = place.partition(".")
            alpha, stabilised = told(configs, part, module)
            shapes[place] = keys.shape_of(matrices, alpha, stabilised)
            layers[place] = around(getattr(base, part).get_submodule(module), shapes[place])
    adapter = LoraAdapter(layers, shapes)
    own = adapter.matrices()
    with torch.no_grad():
        for name, matrices in found.items():
            for target, half in zip(own[table[name]], (matrices.down, matrices.up), strict=True):
                target.copy_(half.reshape(target.shape))
    adapter.weights.requires_grad_(False)
    return adapter


Configs = dict[str, dict[str, Any]]  # part -> peft's settings


def read(path: Path) -> tuple[dict[str, keys.Matrices], Configs, dict[str, str]]:
    """Matrices by the file's names, what is said of their alphas, and the metadata.

    Raises:
        ModelNotFound, UnsafeFile, DamagedFile, UnknownAdapter
    """
    if path.is_dir():
        return read_folder(path)
    tensors, metadata = opened(path)
    configs: Configs = {}
    for key, value in json.loads(metadata.get(PEFT_METADATA, "{}")).items():
        prefix, _, name = key.partition(".")
        configs.setdefault(TEXT if prefix == TEXT else DENOISER, {})[name] = value
    refuse_dora(configs)
    return keys.read(tensors), configs, metadata


def read_folder(path: Path) -> tuple[dict[str, keys.Matrices], Configs, dict[str, str]]:
    """The same of a folder that peft wrote."""
    found: dict[str, keys.Matrices] = {}
    configs: Configs = {}
    for part, folder in ((DENOISER, path), (TEXT, path / TEXT)):
        if part == TEXT and not folder.is_dir():
            continue
        tensors, _ = opened(folder / PEFT_WEIGHTS)
        try:
            configs[part] = json.loads((folder / PEFT_CONFIG).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DamagedFile(f"{folder} has no readable {PEFT_CONFIG}. Get it again.") from error
        prefix = f"{TEXT}." if part == TEXT else ""
        found |= {f"{prefix}{name}": m for name, m in keys.read(tensors).items()}
    refuse_dora(configs)
    return found, configs, {}


def refuse_dora(configs: Configs) -> None:
    """Settings of peft that change what the matrices mean."""
    if any(config.get("use_dora") for config in configs.values()):
        raise UnknownAdapter(
            "The file holds a DoRA adapter, which is not supported. Have it merged into a plain "
            "LoRA."
        )


def told(configs: Configs, part: str, module: str) -> tuple[float | None, bool]:
    """Alpha of a module by peft's settings, None where they do not say; rank stabilised or not."""
    config = configs.get(part, {})
    pattern = config.get("alpha_pattern") or {}
    own = next((a for key, a in pattern.items() if fits(key, module)), config.get("lora_alpha"))
    return own, bool(config.get("use_rslora"))


def fits(key: str, module: str) -> bool:
    """Whether a key of peft's patterns means this module; keys are paths or endings of them."""
    plain = key.removeprefix("^").removesuffix("$").replace("\\.", ".")
    return module == plain or (not key.startswith("^") and module.endswith(f".{plain}"))


def opened(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors and metadata of a safetensors file.

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
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise DamagedFile(f"{path.name} cannot be read: {error}. Get it again.") from error


def content_hash(path: Path) -> str:
    """SHA-256 of the bytes of the tensors: what names an adapter in a picture's record. It stays
    when the file is renamed or its metadata edited; it is sd-scripts' `sshs_model_hash`.

    Raises:
        ModelNotFound: nothing lies there.
    """
    files = sorted(path.rglob(PEFT_WEIGHTS)) if path.is_dir() else [path]
    digest = hashlib.sha256()
    for file in files:
        if not file.is_file():
            raise ModelNotFound(f"No LoRA at {file}. Choose a .safetensors file or a peft folder.")
        with file.open("rb") as handle:
            handle.seek(int.from_bytes(handle.read(8), "little"), 1)
            while block := handle.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def write_companions(path: Path, label: Label, preview: Image.Image | None = None) -> None:
    """The files beside a LoRA that A1111 and InvokeAI show: `<name>.json` and `<name>.png`."""
    said = {
        "description": label.description,
        "activation text": label.trigger,
        "preferred weight": 1.0,
        "notes": label.licence,
    }
    text = json.dumps(said, indent=2, ensure_ascii=False)
    path.with_suffix(".json").write_text(text, encoding="utf-8")
    if preview is not None:
        preview.convert("RGB").save(path.with_suffix(".png"))
