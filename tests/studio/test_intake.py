"""Pictures that people bring: only pixels are kept, and bad files are refused one by one."""

import io
import struct
import tempfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from studio.errors import InvalidInput
from studio.intake import KEPT_SIDE, open_picture, take_in, take_in_all

GPS = 0x8825


def two_halves(size: tuple[int, int] = (64, 32)) -> Image.Image:
    """Red on the left, blue on the right: it shows which way up a picture is."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, *size))
    return image


def jpeg_with_place(path: Path, orientation: int = 1) -> Path:
    exif = Image.Exif()
    exif[0x0110] = "SecretCamera 9"
    exif[0x0112] = orientation
    exif.get_ifd(GPS)[1] = "N"
    exif.get_ifd(GPS)[2] = (52.0, 31.0, 12.0)
    two_halves().save(path, exif=exif, comment=b"taken at home", quality=95)
    return path


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + body + png_chunk(b"IEND", b"")


def test_place_camera_and_comment_are_not_kept(tmp_path: Path) -> None:
    source = jpeg_with_place(tmp_path / "IMG_1.jpg")
    assert b"SecretCamera" in source.read_bytes()
    kept = take_in(source, tmp_path / "own")
    content = kept.path.read_bytes()
    assert b"SecretCamera" not in content
    assert b"taken at home" not in content
    with Image.open(kept.path) as image:
        assert not image.getexif()
        assert image.info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_text_in_a_png_is_not_kept(tmp_path: Path) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "my secret prompt")
    info.add_itxt("XML:com.adobe.xmp", "<gps>home</gps>")
    two_halves().save(tmp_path / "a.png", pnginfo=info)
    kept = take_in(tmp_path / "a.png", tmp_path / "own")
    assert b"secret" not in kept.path.read_bytes()
    assert b"gps" not in kept.path.read_bytes()


def test_pictures_are_turned_upright(tmp_path: Path) -> None:
    kept = take_in(
        jpeg_with_place(tmp_path / "a.jpg", orientation=6), tmp_path
    )  # camera on its side
    assert (kept.width, kept.height) == (32, 64)
    with Image.open(kept.path) as image:
        assert image.getpixel((16, 5))[0] > 200  # the red half is on top
        assert image.getpixel((16, 59))[2] > 200


def test_equal_pixels_are_kept_once_whatever_is_written_beside(tmp_path: Path) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "a copy")
    two_halves().save(tmp_path / "a.png")
    two_halves().save(tmp_path / "b.png", pnginfo=info)
    first, second = (take_in(tmp_path / name, tmp_path / "own") for name in ("a.png", "b.png"))
    assert first == second
    assert len(list((tmp_path / "own").iterdir())) == 1


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "I;16"])
def test_every_png_mode_becomes_rgb_with_its_colours(tmp_path: Path, mode: str) -> None:
    source = tmp_path / "a.png"
    if mode == "I;16":
        Image.new("I;16", (32, 32), 65535).save(source)
    else:
        Image.new("RGB", (32, 32), "white").convert(mode.replace("PA", "P")).save(source)
    image, lossless = open_picture(source)
    assert (image.mode, lossless) == ("RGB", True)
    assert image.getpixel((5, 5)) == (255, 255, 255)


def test_see_through_pictures_lie_on_white(tmp_path: Path) -> None:
    Image.new("RGBA", (32, 32), (255, 0, 0, 0)).save(tmp_path / "a.png")
    image, _ = open_picture(tmp_path / "a.png")
    assert image.getpixel((1, 1)) == (255, 255, 255)


def test_a_colour_profile_is_turned_into_srgb(tmp_path: Path) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    two_halves().save(tmp_path / "a.png", icc_profile=lab.tobytes())
    image, _ = open_picture(tmp_path / "a.png")
    red, green, _ = image.getpixel((5, 5))
    assert red > 250
    assert green < 5
    assert "icc_profile" not in image.info


def test_a_broken_colour_profile_does_not_refuse_the_picture(tmp_path: Path) -> None:
    two_halves().save(tmp_path / "a.jpg", icc_profile=b"not a profile" * 20)
    assert open_picture(tmp_path / "a.jpg")[0].size == (64, 32)


def test_large_pictures_are_made_smaller(tmp_path: Path) -> None:
    Image.new("RGB", (3000, 1500)).save(tmp_path / "a.png")
    kept = take_in(tmp_path / "a.png", tmp_path)
    assert (kept.width, kept.height) == (KEPT_SIDE, KEPT_SIDE // 2)


def test_bad_files_are_refused_one_by_one_with_the_reason(tmp_path: Path) -> None:
    good = jpeg_with_place(tmp_path / "good.jpg")
    files = {
        "cut.jpg": good.read_bytes()[:400],
        "empty.png": b"",
        "text.jpg": b"hello there, this is no picture",
        "phone.heic": b"\0\0\0\x18ftypheic\0\0\0\0" + bytes(100),
        "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "bomb.png": bomb(60_000, 60_000),
        "wide.png": bomb(12_000, 8_000),
        "page.eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 99 99\n",
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    Image.new("RGB", (4, 4)).save(tmp_path / "tiny.png")
    names = [*files, "tiny.png", "missing.png", "good.jpg"]
    kept, refused = take_in_all([tmp_path / name for name in names], tmp_path / "own")
    assert len(kept) == 1
    assert [r.name for r in refused] == names[:-1]
    reasons = {r.name: r.reason for r in refused}
    assert reasons["cut.jpg"] == "cut.jpg is damaged."
    assert "empty" in reasons["empty.png"]
    assert "HEIC" in reasons["phone.heic"]
    assert "export it as PNG" in reasons["drawing.svg"]
    assert "million pixels" in reasons["bomb.png"]
    assert "12000×8000" in reasons["wide.png"]
    assert "4×4" in reasons["tiny.png"]
    assert all(str(tmp_path) not in reason for reason in reasons.values())


def test_a_folder_is_no_picture(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no file"):
        take_in(tmp_path, tmp_path)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_bytes_end_in_a_picture_or_a_sentence(data: st.DataObject) -> None:
    stream = io.BytesIO()
    two_halves().save(stream, data.draw(st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "AVIF"])))
    content = bytearray(stream.getvalue())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(1, len(content)))]
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "f.img"
        source.write_bytes(content)
        kept, refused = take_in_all([source], Path(folder))
        assert len(kept) + len(refused) == 1
        assert all(r.reason.startswith("f.img ") for r in refused)
        assert all(k.path.is_file() for k in kept)
