"""Draws the deck of pairs from the icon packages: pictures, deck.json and ATTRIBUTIONS.md.

Every subject of selection.toml in the same six styles on the same ground, so that two pictures of
it differ in style alone. Styles, grounds and the way to draw are those of the sticker deck:

    (cd ../stickers && npm install)
    pip install "resvg_py>=0.5"                  # the extra `recipe`; draws SVG
    PYTHONPATH=../../..:../stickers python draw.py ../stickers/node_modules
"""

import argparse
import hashlib
import json
import tomllib
from pathlib import Path

import build as stickers  # pyright: ignore[reportMissingImports]  # of the deck beside this one
from PIL import Image

HERE = Path(__file__).parent
SIDE = 256  # pixels
QUALITY = 85  # of webp: twelve times smaller than lossless, and no difference to the eye


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("node_modules", type=Path)
    args = parser.parse_args()
    selection = tomllib.loads((HERE / "selection.toml").read_text("utf-8"))
    shared = tomllib.loads((Path(stickers.__file__).parent / "selection.toml").read_text("utf-8"))
    for old in HERE.glob("*.webp"):
        old.unlink()
    pictures = [
        draw(row, style, icon, shared, args.node_modules)
        for row in selection["subjects"]
        for style, icon in row["icons"].items()
    ]
    head = {k: selection[k] for k in ("title", "about")} | {"format": 1, "use": "pairs"}
    deck = head | {"pictures": pictures}
    (HERE / "deck.json").write_text(json.dumps(deck, indent=1, ensure_ascii=False) + "\n", "utf-8")
    text = stickers.attributions(pictures).replace("the sticker deck", "the deck of pairs")
    (HERE / "ATTRIBUTIONS.md").write_text(text, "utf-8")


def draw(row: dict, name: str, icon: str, shared: dict, packages: Path) -> dict:
    """Write one picture; its entry in deck.json."""
    style, ground = shared["styles"][name], shared["backgrounds"][row["background"]]
    drawn = stickers.cut_out(icon, style, packages, SIDE, shared["margin"])
    picture = Image.new("RGBA", drawn.size, (*ground["rgb"], 255))
    picture.alpha_composite(drawn)
    file = f"{row['subject'].removeprefix('a ').removeprefix('an ').replace(' ', '-')}-{name}.webp"
    picture.convert("RGB").save(HERE / file, quality=QUALITY, method=6)
    return {
        "file": file,
        "sha256": hashlib.sha256((HERE / file).read_bytes()).hexdigest(),
        "width": picture.width,
        "height": picture.height,
        "caption": f"{row['subject']}, {style['phrase']}, {row['background']} background",
        "subject": row["subject"],
        "style": name,
        "style_phrase": style["phrase"],
        "colours": stickers.colours(drawn),
        "background": row["background"],
        "licence": style["licence"],
        "attribution": style["attribution"],
        "source": f"{style['package']}:{icon}",
    }


if __name__ == "__main__":
    main()
