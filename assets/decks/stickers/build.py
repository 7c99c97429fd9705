"""Draws the sticker deck from the icon packages: pictures, deck.json and ATTRIBUTIONS.md.

Only needed to change the deck; the studio reads what this wrote. In this folder:

    npm install                                  # the exact packages of package.json
    pip install "resvg_py>=0.5"                  # the extra `recipe`; draws SVG
    PYTHONPATH=../../.. python build.py node_modules --sheet sheet.png

Then look at the sheet.
"""

import argparse
import hashlib
import io
import json
import re
import tomllib
from pathlib import Path

import numpy as np
import resvg_py
from PIL import Image

from pipelines.metrics.pixels import measure_icon

HERE = Path(__file__).parent
PROBE = 96  # pixels of the drawing that finds where the subject is
OPAQUE = 10  # alpha below this is air


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("node_modules", type=Path)
    parser.add_argument("--sheet", type=Path, help="also write all pictures on one sheet")
    args = parser.parse_args()
    selection = tomllib.loads((HERE / "selection.toml").read_text("utf-8"))
    for old in HERE.glob("*.webp"):
        old.unlink()
    pictures = [
        draw(number, row, selection, args.node_modules)
        for number, row in enumerate(selection["pictures"], start=1)
    ]
    deck = {k: selection[k] for k in ("title", "about")} | {"format": 1, "pictures": pictures}
    (HERE / "deck.json").write_text(json.dumps(deck, indent=1, ensure_ascii=False) + "\n", "utf-8")
    (HERE / "ATTRIBUTIONS.md").write_text(attributions(pictures), "utf-8")
    if args.sheet:
        contact_sheet(pictures).save(args.sheet)


def draw(number: int, row: dict, selection: dict, packages: Path) -> dict:
    """Write one picture; its entry in deck.json."""
    style, ground = selection["styles"][row["style"]], selection["backgrounds"][row["background"]]
    icon = cut_out(row["icon"], style, packages, selection["size"], selection["margin"])
    picture = Image.new("RGBA", icon.size, (*ground["rgb"], 255))
    picture.alpha_composite(icon)
    subject = re.sub(r"^an? ", "", row["subject"]).replace(" ", "-")
    file = f"{number:02d}-{subject}-{row['style']}.webp"
    picture.convert("RGB").save(HERE / file, lossless=True, method=6)
    return {
        "file": file,
        "sha256": hashlib.sha256((HERE / file).read_bytes()).hexdigest(),
        "width": picture.width,
        "height": picture.height,
        "caption": f"{row['subject']}, {style['phrase']}, {row['background']} background",
        "subject": row["subject"],
        "category": row["category"],
        "style": row["style"],
        "style_phrase": style["phrase"],
        "colours": colours(icon),
        "background": row["background"],
        "chips": list((style["chips"] | {"background": ground["chip"]} | row["chips"]).values()),
        "licence": style["licence"],
        "attribution": style["attribution"],
        "source": f"{style['package']}:{row['icon']}",
    }


def cut_out(icon: str, style: dict, packages: Path, size: int, margin: float) -> Image.Image:
    """The icon on nothing, size × size, its longer side filling all but the margins."""
    folder = packages / style["package"]
    if (folder / "assets").is_dir():  # a package of finished pictures
        whole = Image.open(folder / "assets" / f"{icon}.webp").convert("RGBA")
        return centred(whole.crop(solid_box(whole)), size, margin)
    body, view = read_svg(folder, icon, lines_only=style.get("lines_only", False))
    if "grid" in style:
        cell = int(size * (1 - 2 * margin)) // style["grid"]
        drawn = rasterize(body, view, cell * style["grid"])
        return centred(drawn, size, (1 - drawn.width / size) / 2)
    left, top, side, _ = view
    probe = rasterize(body, (left, top, side, side), PROBE)
    x0, y0, x1, y1 = (v * side / PROBE for v in solid_box(probe))
    span = max(x1 - x0, y1 - y0) / (1 - 2 * margin)
    corner = (left + (x0 + x1 - span) / 2, top + (y0 + y1 - span) / 2)
    return rasterize(body, (*corner, span, span), size)


def read_svg(folder: Path, icon: str, *, lines_only: bool) -> tuple[str, tuple]:
    """The icon's SVG elements and its view box (left, top, width, height)."""
    icons = json.loads((folder / "icons.json").read_text("utf-8"))
    entry = icons["icons"][icon]
    default = {"left": 0, "top": 0, "width": 16, "height": 16} | icons
    view = tuple(entry.get(k, default[k]) for k in ("left", "top", "width", "height"))
    body = entry["body"].replace("currentColor", "#1a1a1a")
    if lines_only:
        for paint in ("fill", "stroke"):
            black = r'(?!none|#000"|#000000"|black)'
            body = re.sub(rf'{paint}="{black}[^"]*"', f'{paint}="none"', body)
    return body, view


def rasterize(body: str, view: tuple, size: int) -> Image.Image:
    box = " ".join(f"{v:.4f}" for v in view)
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="{box}" width="{view[2]}" height="{view[3]}">{body}</svg>'
    )
    png = resvg_py.svg_to_bytes(svg_string=svg, width=size, height=size, skip_system_fonts=True)
    return Image.open(io.BytesIO(bytes(png))).convert("RGBA")


def solid_box(image: Image.Image) -> tuple[int, int, int, int]:
    return image.getchannel("A").point(lambda a: 255 if a > OPAQUE else 0).getbbox()


def centred(icon: Image.Image, size: int, margin: float) -> Image.Image:
    scale = size * (1 - 2 * margin) / max(icon.size)
    fitted = icon.resize(tuple(round(v * scale) for v in icon.size), Image.Resampling.LANCZOS)
    canvas = Image.new("RGBA", (size, size))
    canvas.alpha_composite(fitted, ((size - fitted.width) // 2, (size - fitted.height) // 2))
    return canvas


def colours(icon: Image.Image) -> list[str]:
    """Names of the colours that cover at least a tenth of the subject, the largest first."""
    measured = measure_icon(np.asarray(icon.resize((128, 128), Image.Resampling.BOX)))
    assert measured is not None, "an icon without pixels"
    return [name for name, share in measured[1].items() if share >= 0.1][:4]


def attributions(pictures: list[dict]) -> str:
    """Who made what, under which licence, as the licences ask."""
    lines = [
        "# Attributions of the sticker deck",
        "",
        "Every picture was drawn from the icon named beside it, scaled and set on a plain",
        "background. Pictures under CC-BY-SA-4.0 may be passed on under the same licence only.",
        "",
        "| picture | from | licence | by |",
        "|---|---|---|---|",
    ]
    for p in pictures:
        lines.append(f"| {p['file']} | `{p['source']}` | {p['licence']} | {p['attribution']} |")
    return "\n".join(lines) + "\n"


def contact_sheet(pictures: list[dict], side: int = 160, columns: int = 10) -> Image.Image:
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * side, rows * side), (229, 231, 235))
    for i, picture in enumerate(pictures):
        tile = Image.open(HERE / picture["file"]).resize((side - 8, side - 8))
        sheet.paste(tile, (i % columns * side + 4, i // columns * side + 4))
    return sheet


if __name__ == "__main__":
    main()
