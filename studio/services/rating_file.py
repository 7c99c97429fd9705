"""Files of ratings, one JSON object a line. All problems are found at once.

    {"image": "pictures/fox.png", "verdict": "liked", "comment": "the fat black outline"}

A path is relative to the file's folder, so that a folder of pictures with its ratings can move.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field, ValidationError

from pipelines.spec import Frozen, explain
from studio.domain import Verdict
from studio.errors import InvalidInput

MAX_BYTES = 32 * 2**20
MAX_SHOWN = 20  # problems in one message


class RatingLine(Frozen):
    """One answer in a file."""

    image: str = Field(min_length=1, max_length=4096)
    verdict: Verdict
    comment: str = Field(default="", max_length=4000)


@dataclass(frozen=True)
class Problem:
    """A line that cannot be used."""

    line: int  # counted from 1
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


@dataclass(frozen=True)
class RatingFile:
    """What a file holds: good lines with their numbers, and the problems of the others."""

    path: Path
    lines: tuple[tuple[int, RatingLine], ...]
    problems: tuple[Problem, ...]

    def image(self, line: RatingLine) -> Path:
        """The picture of a line."""
        return self.path.parent / Path(line.image).expanduser()


def read_rating_file(path: Path) -> RatingFile:
    """Read a file of ratings; empty lines are skipped.

    Raises:
        InvalidInput: the file as a whole cannot be read.
    """
    lines: list[tuple[int, RatingLine]] = []
    problems: list[Problem] = []
    for number, raw in enumerate(read_text(path).split("\n"), start=1):
        if not raw.strip():
            continue
        found = read_line(raw)
        if isinstance(found, RatingLine):
            lines.append((number, found))
        else:
            problems.append(Problem(number, found))
    return RatingFile(path, tuple(lines), tuple(problems))


def read_text(path: Path) -> str:
    """The text of the file."""
    if not path.is_file():
        raise InvalidInput(f"{path} is not there, or is no file.")
    if path.stat().st_size > MAX_BYTES:
        raise InvalidInput(f"{path} is larger than {MAX_BYTES // 2**20} MB. Split it.")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(
            f"{path} is no UTF-8 text (byte {error.start}). Save it as UTF-8."
        ) from error


def read_line(raw: str) -> RatingLine | str:
    """One answer, or why it is none."""
    try:
        values = json.loads(raw)
    except (ValueError, RecursionError) as error:
        return f"is no JSON ({str(error) or 'nested too deep'})"
    if not isinstance(values, dict):
        return 'is no JSON object such as {"image": …, "verdict": …, "comment": …}'
    try:
        line = RatingLine.model_validate(values)
    except ValidationError as error:
        return explain(error)
    return line if "\0" not in line.image else "image: has a zero byte"


def report(problems: list[Problem]) -> str:
    """Every problem in a message, up to MAX_SHOWN."""
    shown = [str(problem) for problem in sorted(problems, key=lambda p: p.line)[:MAX_SHOWN]]
    more = len(problems) - len(shown)
    return "\n".join(shown + ([f"and {more} more"] if more else []))
