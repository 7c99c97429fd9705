"""The record in a PNG, written and read.

A picture holds its parameters twice: as the `parameters` text that A1111's tools read, and as our
JSON under `taste-studio`, from which recall restores everything. It also says to machines that it
was generated (IPTC DigitalSourceType, the mark that C2PA, Google and Meta read). Never in it:
comments, names of people or profiles, and paths.
"""

import json
from pathlib import Path
from typing import Any

from PIL import Image, PngImagePlugin, UnidentifiedImageError

from pipelines.errors import InvalidSpec
from pipelines.spec import GenerationSpec, Sampler
from studio.errors import InvalidInput, NoRoom

KEY = "taste-studio"
FORMAT = 1  # of the JSON; raised when a reader must know the difference
SAMPLER_NAMES = {Sampler.DDIM: "DDIM", Sampler.EULER: "Euler", Sampler.DPMPP_2M: "DPM++ 2M"}
XMP_KEY = "XML:com.adobe.xmp"
# https://iptc.org/std/photometadata/specification: "created by an algorithm trained on samples"
GENERATED_MARK = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"/>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


def write_png(image: Image.Image, path: Path, record: dict[str, Any] | None) -> None:
    """Save a generated picture; without a record only the mark that it is generated stays.

    The file appears whole or not at all.

    Raises:
        NoRoom: the disk is full.
    """
    text = PngImagePlugin.PngInfo()
    if record is not None:
        text.add_text("parameters", a1111_text(record))
        text.add_itxt(KEY, json.dumps({"format": FORMAT, **record}, ensure_ascii=False))
    text.add_itxt(XMP_KEY, GENERATED_MARK)
    draft = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(draft, format="PNG", pnginfo=text)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise NoRoom(f"{path.name} could not be saved: {error.strerror or error}.") from error


def copy_without_settings(source: Path, target: Path) -> None:
    """The same pixels with no parameters inside; the mark that it is generated stays.

    Raises:
        InvalidInput: `source` is no picture.
    """
    with open_picture(source) as image:
        image.load()
        write_png(Image.frombytes(image.mode, image.size, image.tobytes()), target, None)


def read_record(path: Path) -> dict[str, Any] | None:
    """The JSON record of a picture; None where there is none.

    Raises:
        InvalidInput: the file is no picture, or its record is damaged.
    """
    with open_picture(path) as image:
        raw = getattr(image, "text", {}).get(KEY)
    if raw is None:
        return None
    try:
        record = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"The settings in {path.name} are damaged: {error}.") from error
    if not isinstance(record, dict) or not isinstance(record.get("spec"), dict):
        raise InvalidInput(f"The settings in {path.name} are damaged: they hold no spec.")
    return record


def read_spec(record: dict[str, Any]) -> GenerationSpec:
    """The spec of a record, checked like any value from outside.

    Raises:
        InvalidInput: a field is wrong or unknown, as in a picture of a newer studio.
    """
    try:
        return GenerationSpec.parse(record["spec"])
    except InvalidSpec as error:
        raise InvalidInput(f"The settings of this picture cannot be used: {error}") from error


def open_picture(path: Path) -> Image.Image:
    """Open a picture's header, pixels and text unread.

    Raises:
        InvalidInput: the file is missing, no picture, or larger than is safe to open.
    """
    try:
        return Image.open(path)
    except FileNotFoundError as error:
        raise InvalidInput(f"{path.name} is gone from disk.") from error
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError) as error:
        raise InvalidInput(f"{path.name} cannot be opened as a picture.") from error
    except SyntaxError as error:  # Pillow's PNG reader raises it for broken chunks
        raise InvalidInput(f"{path.name} is a damaged picture.") from error


def a1111_text(record: dict[str, Any]) -> str:
    """The `parameters` text of A1111: prompt, negative prompt, one line of settings."""
    spec = record["spec"]
    lines = [record["prompt"]]
    if spec["negative_prompt"]:
        lines.append(f"Negative prompt: {spec['negative_prompt']}")
    settings = {
        "Steps": spec["steps"],
        "Sampler": SAMPLER_NAMES[Sampler(spec["sampler"])],
        "CFG scale": record["guidance"],
        "Seed": record["seed"],
        "Size": f"{record['width']}x{record['height']}",
        "Model hash": record["model"]["hash"],
        "Model": record["model"]["id"],
        "Version": "Taste Studio",
    }
    lines.append(", ".join(f"{name}: {value}" for name, value in settings.items() if value != ""))
    return "\n".join(lines)
