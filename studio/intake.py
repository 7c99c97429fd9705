"""Pictures that people bring: opened with care, turned upright, kept without what a camera wrote.

A file from anywhere may be damaged, made to exhaust memory, or carry the place where it was taken.
So only raster formats are opened, the size is checked before a pixel is decoded, and what is kept
is a fresh file that holds nothing but the pixels. One bad file never stops the others.
"""

import errno
import hashlib
import io
import secrets
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageCms, ImageOps

from studio.errors import InvalidInput, NoRoom

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP")  # none that hands its input to a program
LOSSLESS = ("PNG", "GIF", "BMP")
MAX_BYTES = 64 * 2**20
MAX_PIXELS = 64_000_000  # 190 MB as RGB
MIN_SIDE, KEPT_SIDE = 16, 2048  # pixels; larger pictures are made smaller: they are only looked at
PAPER = (255, 255, 255)  # behind pictures that are see-through


@dataclass(frozen=True)
class Kept:
    """A picture that was taken in. Equal pixels give the same file, whatever was written beside."""

    path: Path
    sha256: str
    width: int
    height: int


@dataclass(frozen=True)
class Refused:
    """A file that was left out, and why: "IMG_2041.jpg is damaged."."""

    name: str
    reason: str


def take_in_all(sources: Iterable[Path], folder: Path) -> tuple[list[Kept], list[Refused]]:
    """Take in what can be taken in; say of every other file why not.

    Raises:
        NoRoom: the disk is full; what was kept until then stays.
    """
    kept, refused = [], []
    for source in sources:
        try:
            kept.append(take_in(source, folder))
        except InvalidInput as error:
            refused.append(Refused(source.name, str(error)))
    return kept, refused


def take_in(source: Path, folder: Path) -> Kept:
    """Copy the pixels of `source`, upright and in sRGB, to a new file in `folder`.

    Raises:
        InvalidInput: the file cannot be used; the message is a sentence that names it.
        NoRoom: the disk is full.
    """
    image, lossless = open_picture(source)
    image.thumbnail((KEPT_SIDE, KEPT_SIDE), Image.Resampling.LANCZOS)
    content = encode(image, lossless)
    sha256 = hashlib.sha256(content).hexdigest()
    path = folder / f"{sha256[:24]}{'.png' if lossless else '.jpg'}"
    if not path.exists():
        write(path, content)
    return Kept(path, sha256, image.width, image.height)


def open_picture(source: Path) -> tuple[Image.Image, bool]:
    """The pixels of a file as RGB, and whether its format keeps them exactly."""
    name = source.name
    check_file(source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's doubts about sizes and tags; we check both
            with Image.open(source, formats=FORMATS) as opened:
                check_size(name, opened)
                return flatten(ImageOps.exif_transpose(opened)), opened.format in LOSSLESS
    except InvalidInput:
        raise
    except Image.DecompressionBombError as error:
        raise InvalidInput(
            f"{name} is larger than {MAX_PIXELS / 1e6:.0f} million pixels."
        ) from error
    except Image.UnidentifiedImageError as error:
        raise InvalidInput(
            f"{name} is {kind_of(source)}; JPEG, PNG, WebP and AVIF are read."
        ) from error
    except MemoryError as error:
        raise InvalidInput(f"{name} needs more memory than there is. Make it smaller.") from error
    except Exception as error:  # a decoder given nonsense may raise anything
        raise InvalidInput(f"{name} is damaged.") from error


def check_file(source: Path) -> None:
    """Refuse what is no file of a sensible size, before reading it."""
    if not source.is_file():
        raise InvalidInput(f"{source.name} is not there, or is no file.")
    size = source.stat().st_size
    if size == 0:
        raise InvalidInput(f"{source.name} is empty.")
    if size > MAX_BYTES:
        raise InvalidInput(
            f"{source.name} has {size / 2**20:.0f} MB; up to {MAX_BYTES / 2**20:.0f} MB are read."
        )


def check_size(name: str, image: Image.Image) -> None:
    """Refuse by the header alone: a small file can unpack to gigabytes."""
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise InvalidInput(
            f"{name} has {width}×{height} pixels; up to {MAX_PIXELS / 1e6:.0f} million are read."
        )
    if min(width, height) < MIN_SIDE:
        raise InvalidInput(f"{name} has {width}×{height} pixels; {MIN_SIDE} a side are needed.")


def kind_of(source: Path) -> str:
    """What a file that is no picture for us seems to be."""
    with source.open("rb") as stream:
        head = stream.read(16)
    if head[4:8] == b"ftyp" and head[8:11] in (b"hei", b"hev", b"mif"):
        return "a HEIC picture, which cannot be opened here yet: export it as JPEG"
    if head.lstrip()[:4].lower() in (b"<svg", b"<?xm"):
        return "a vector drawing: export it as PNG"
    return "no picture"


def flatten(image: Image.Image) -> Image.Image:
    """Upright pixels of any mode as 8-bit sRGB on white, without anything that was beside them."""
    if image.mode.startswith("I"):  # 16 bits; Pillow would cut them off instead of scaling
        image = image.point(lambda value: value / 257).convert("L")
    image = in_srgb(image)
    if image.has_transparency_data:
        see_through = image.convert("RGBA")
        image = Image.new("RGB", image.size, PAPER)
        image.paste(see_through, mask=see_through.getchannel("A"))
    bare = Image.new("RGB", image.size)
    bare.paste(image.convert("RGB"))
    return bare


def in_srgb(image: Image.Image) -> Image.Image:
    """Turn the colours of a picture with a colour profile (a phone's P3) into sRGB."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK"):
        return image
    try:
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        return (
            ImageCms.profileToProfile(
                image, io.BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode=mode
            )
            or image
        )
    except ImageCms.PyCMSError:
        return image  # a broken profile: the numbers as they are come close


def encode(image: Image.Image, lossless: bool) -> bytes:
    """The bytes of the file that is kept."""
    stream = io.BytesIO()
    if lossless:
        image.save(stream, "PNG", optimize=False)
    else:
        image.save(stream, "JPEG", quality=95, subsampling=0)
    return stream.getvalue()


def write(path: Path, content: bytes) -> None:
    """Put a finished file at `path`, or nothing.

    Raises:
        NoRoom: the disk is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{secrets.token_hex(4)}.part")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoRoom(
                f"The disk is full: {path.name} was not saved. Free some space."
            ) from error
        raise
