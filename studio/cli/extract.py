"""`studio extract FILE.jsonl`: what readers find in comments, without a profile."""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from pipelines.preference.attributes import Attribute, Comment, Polarity
from pipelines.spec import Frozen, explain
from studio.cli import Outcome

NAME = "extract"
HELP = "read comments into liked and disliked attributes"


class CommentLine(Frozen):
    """One line of the file."""

    id: str = Field(min_length=1, max_length=200)
    verdict: Polarity
    comment: str = Field(max_length=4000)
    image: str | None = None


@dataclass(frozen=True)
class BadLine:
    """A line that cannot be used; it stands in the result in its place."""

    line: int  # counted from 1
    error: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file and the reader."""
    parser.add_argument(
        "file",
        type=Path,
        help='one JSON object a line: {"id", "verdict": "liked"|"disliked", "comment"[, "image"]}',
    )
    parser.add_argument(
        "--backend",
        default="built-in",
        choices=("built-in", "local-llm", "openai", "vlm"),
        help="which reader (default: built-in)",
    )


def run(args: argparse.Namespace) -> Outcome:
    """Read every good line; bad ones, and a reader that stops, cost nothing of the rest."""
    from pipelines.errors import ExtractionError
    from studio.paths import Paths, data_folder
    from studio.services.readers import make_reader
    from studio.settings import load_settings

    lines = read_lines(args.file)
    paths = Paths(data_folder())
    reader = make_reader(args.backend, load_settings(paths), paths)
    document: list[dict[str, Any]] = []
    problems = [f"line {line.line}: {line.error}" for line in lines if isinstance(line, BadLine)]
    for number, line in enumerate(lines, start=1):
        if isinstance(line, BadLine):
            document.append({"line": line.line, "error": line.error})
            continue
        try:
            [found] = reader.extract([as_comment(line, args.file)])
        except ExtractionError as error:
            problems.append(f"reading stopped at {line.id}: {error}")
            document.append({"id": line.id, "error": str(error)})
            break
        document.append({"id": line.id, "attributes": [plain(a) for a in found]})
        if args.backend != "built-in":
            print(f"{number} of {len(lines)} comments", file=sys.stderr)
    for problem in problems:
        print(f"{args.file}: {problem}", file=sys.stderr)
    return Outcome(document, render(document), code=1 if problems else 0)


def read_lines(file: Path) -> list[CommentLine | BadLine]:
    """The lines of a file that are not empty.

    Raises:
        InvalidInput: the file cannot be read at all.
    """
    from studio.services.rating_file import read_text

    numbered = enumerate(read_text(file).split("\n"), start=1)
    return [read_line(number, raw) for number, raw in numbered if raw.strip()]


def read_line(number: int, raw: str) -> CommentLine | BadLine:
    """One line."""
    try:
        return CommentLine.model_validate(json.loads(raw))
    except ValidationError as error:
        return BadLine(number, explain(error))
    except (ValueError, RecursionError) as error:
        return BadLine(number, f"this is no JSON object ({error}): {raw[:60]}")


def as_comment(line: CommentLine, file: Path) -> Comment:
    """A line as a reader takes it; its picture's path is relative to the file's folder."""
    image = file.parent / Path(line.image).expanduser() if line.image else None
    return Comment(line.id, line.verdict, line.comment, image)


def plain(attribute: Attribute) -> dict[str, Any]:
    """An attribute as other programs read it."""
    return {
        "phrase": attribute.phrase,
        "category": attribute.category,
        "label": attribute.label,
        "polarity": attribute.polarity,
        "weight": attribute.weight,
    }


def render(document: list[dict[str, Any]]) -> str:
    """The result for a person, liked with +, disliked with -."""
    signs = {"liked": "+", "disliked": "-"}
    lines = []
    for entry in document:
        if "attributes" not in entry:
            continue
        said = [
            f"{signs[a['polarity']]} {a['phrase']} ({a['category']})" for a in entry["attributes"]
        ]
        lines.append(f"{entry['id']}: {', '.join(said) or 'nothing visual'}")
    return "\n".join(lines)
