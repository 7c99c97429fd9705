"""The page of `studio bench taste`: figures in tables, and pictures to look at for each person."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from studio.bench.interview import Interview

SHOWN = 8  # prompts on a contact sheet
THUMB = 96  # pixels
STYLE = """body{font:15px/1.5 system-ui;margin:2rem auto;max-width:70rem;padding:0 1rem;
color:#222;background:#fff}table{border-collapse:collapse;margin:1rem 0}
td,th{border:1px solid #ccc;padding:.25rem .6rem;text-align:right}th:first-child,td:first-child
{text-align:left}.sheet td{padding:2px;border:0}.sheet th{font-weight:normal;border:0}
img{display:block}.noisy{color:#a40}ul{columns:2}@media(prefers-color-scheme:dark){body
{color:#ddd;background:#181818}td,th{border-color:#444}}"""


@dataclass(frozen=True)
class Exhibit:
    """One person's pictures to look at: files by treatment, the same prompts in the same order."""

    interview: Interview
    rows: Mapping[str, Sequence[Path]]


def write_page(
    folder: Path, measures: Mapping[str, Any], prompts: Sequence[str], exhibits: Sequence[Exhibit]
) -> Path:
    """Write `index.html` and its pictures into a folder; it needs nothing from elsewhere."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = [
        "<h1>Do people prefer pictures made in their taste?</h1>",
        circumstances(measures),
        treatment_table(measures["treatments"]),
        "<h2>Gain by direction of taste</h2>",
        "<p>Rows: whose taste made the pictures. Columns: who judges them. In standard deviations "
        "of the judge's utility over the deck.</p>",
        cross_table(measures["cross_gain"]),
    ]
    for exhibit in exhibits:
        name = exhibit.interview.person.name
        contact_sheet(exhibit.rows, len(prompts)).save(folder / f"{name}.webp", quality=88)
        parts.append(person_part(exhibit, measures["by_person"][name], prompts))
    page = folder / "index.html"
    body = "\n".join(parts)
    page.write_text(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Taste</title>'
        f"<style>{STYLE}</style>\n{body}\n</html>\n",
        encoding="utf-8",
    )
    return page


def circumstances(measures: Mapping[str, Any]) -> str:
    """Everything that is one number."""
    single = {k: v for k, v in measures.items() if not isinstance(v, Mapping)}
    evaluator = {f"evaluator: {k}": v for k, v in measures["evaluator"].items()}
    return table(["measured", ""], [[k, show(v)] for k, v in (single | evaluator).items()])


def treatment_table(treatments: Mapping[str, Mapping[str, Any]]) -> str:
    """One row a treatment, one column a measure, intervals in brackets."""
    columns = list(next(iter(treatments.values())))
    rows = [[name, *(show(found[c]) for c in columns)] for name, found in treatments.items()]
    return table(["treatment", *columns], rows)


def cross_table(gains: Mapping[str, Mapping[str, float]]) -> str:
    """Makers down, judges across."""
    judges = list(next(iter(gains.values())))
    rows = [[maker, *(f"{row[judge]:+.2f}" for judge in judges)] for maker, row in gains.items()]
    return table(["", *judges], rows)


def person_part(exhibit: Exhibit, found: Mapping[str, Any], prompts: Sequence[str]) -> str:
    """What somebody wants, said and got."""
    interview, person = exhibit.interview, exhibit.interview.person
    wants = ", ".join(f"{name} {weight:+g}" for name, weight in person.wants.items())
    said = "".join(
        f"<li{' class=noisy' if a.noisy else ''}>{a.verdict.value}: {escape(a.remark.comment)}</li>"
        for a in interview.answers
        if a.remark
    )
    liked, disliked = (
        ", ".join(f"{p.phrase} ({p.weight:g})" for p in side) or "nothing"
        for side in (interview.learnt.liked, interview.learnt.disliked)
    )
    figures = ", ".join(f"{name} {show(value)}" for name, value in found.items())
    return f"""<h2>{escape(person.name)}: {escape(person.taste)}</h2>
<p>Wants {escape(wants)}.</p><details><summary>Said</summary><ul>{said}</ul></details>
<p>Read as liked: {escape(liked)}; disliked: {escape(disliked)}.</p><p>{escape(figures)}.</p>
<p>Rows: {escape("; ".join(exhibit.rows))}. Columns: {escape(", ".join(prompts[:SHOWN]))}.</p>
<img src="{escape(person.name)}.webp" alt="Pictures for {escape(person.name)}, as said above">"""


def contact_sheet(rows: Mapping[str, Sequence[Path]], prompts: int) -> Image.Image:
    """First seed of the first prompts, one row a treatment."""
    columns = min(SHOWN, prompts)
    sheet = Image.new("RGB", (columns * THUMB, len(rows) * THUMB), "white")
    for y, paths in enumerate(rows.values()):
        for x, path in enumerate(paths[:columns]):
            with Image.open(path) as image:
                sheet.paste(image.convert("RGB").resize((THUMB, THUMB)), (x * THUMB, y * THUMB))
    return sheet


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Cells are plain text."""
    lines = ["<tr>" + "".join(f"<th>{escape(cell)}</th>" for cell in head) + "</tr>"]
    lines += ["<tr>" + "".join(f"<td>{escape(c)}</td>" for c in row) + "</tr>" for row in rows]
    return f"<table>{''.join(lines)}</table>"


def show(value: Any) -> str:
    """A figure for a reader; a rate with its interval and how many it rests on."""
    if value is None:
        return "none"
    if isinstance(value, Mapping):
        if value.get("value") is None:
            return f"none (n {value.get('n', 0)})"
        return f"{value['value']:.2f} [{value['low']:.2f}, {value['high']:.2f}] n {value['n']}"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def escape(text: str) -> str:
    """Text as HTML."""
    return html.escape(str(text))
