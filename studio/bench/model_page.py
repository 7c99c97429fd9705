"""The page of `studio bench model`: figures, and every picture above the prompt that made it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from studio.bench.taste_page import STYLE, escape, show, table

MORE = """.all{display:flex;flex-wrap:wrap;gap:.75rem}.all figure{margin:0;width:8rem}
.all figcaption{font-size:.75rem;line-height:1.25}"""


def write_page(
    folder: Path, measures: Mapping[str, Any], prompts: Sequence[str], images: Sequence[Image.Image]
) -> Path:
    """Write `index.html` and its pictures into a folder; it needs nothing from elsewhere."""
    folder.mkdir(parents=True, exist_ok=True)
    figures = []
    for number, (prompt, image) in enumerate(zip(prompts, images, strict=True)):
        name = f"{number:03d}.webp"
        image.save(folder / name, lossless=True)
        said = escape(prompt)
        figures.append(
            f'<figure><img src="{name}" width="128" alt="{said}"><figcaption>{said}</figcaption>'
            "</figure>"
        )
    rows = [[name, show(value)] for name, value in measures.items() if name != "evaluator"]
    rows += [[f"evaluator: {name}", show(value)] for name, value in measures["evaluator"].items()]
    page = folder / "index.html"
    page.write_text(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Base model</title>'
        f"<style>{STYLE}{MORE}</style>\n<h1>Does the model draw what it is asked for?</h1>\n"
        f"{table(['measured', ''], rows)}\n<div class=all>{''.join(figures)}</div>\n</html>\n",
        encoding="utf-8",
    )
    return page
