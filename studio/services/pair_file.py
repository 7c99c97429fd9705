"""Files of choices, one JSON object a line. All problems are found at once.

    {"prompt": "a fox", "winner": "pictures/fox-1.png", "loser": "pictures/fox-2.png"}

A path is relative to the file's folder, so that a folder of pictures with its choices can move.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field, ValidationError

from pipelines.spec import Frozen, explain
from studio.services.rating_file import Problem, read_text, report

__all__ = ["PairFile", "PairLine", "Problem", "read_pair_file", "report"]


class PairLine(Frozen):
    """One choice in a file."""

    prompt: str = Field(default="", max_length=2000)
    winner: str = Field(min_length=1, max_length=4096, pattern=r"^[^\x00]*$")
    loser: str = Field(min_length=1, max_length=4096, pattern=r"^[^\x00]*$")


@dataclass(frozen=True)
class PairFile:
    """What a file holds: good lines with their numbers, and the problems of the others."""

    path: Path
    lines: tuple[tuple[int, PairLine], ...]
    problems: tuple[Problem, ...]

    def image(self, name: str) -> Path:
        """The picture that a line names."""
        return self.path.parent / Path(name).expanduser()


def read_pair_file(path: Path) -> PairFile:
    """Read a file of choices; empty lines are skipped.

    Raises:
        InvalidInput: the file as a whole cannot be read.
    """
    lines: list[tuple[int, PairLine]] = []
    problems: list[Problem] = []
    for number, raw in enumerate(read_text(path).split("\n"), start=1):
        if not raw.strip():
            continue
        try:
            lines.append((number, PairLine.model_validate(json.loads(raw))))
        except ValidationError as error:
            problems.append(Problem(number, explain(error)))
        except (ValueError, RecursionError) as error:
            problems.append(Problem(number, f"is no JSON ({str(error) or 'nested too deep'})"))
    return PairFile(path, tuple(lines), tuple(problems))
