"""The pictures of a file of ratings: all are looked at before anything is stored."""

from dataclasses import dataclass
from pathlib import Path

from studio.domain import Picture, Rating
from studio.errors import InvalidInput
from studio.intake import Kept, take_in
from studio.paths import Paths
from studio.services.decks import DeckService
from studio.services.own_pictures import forget, known_as
from studio.services.rating_file import Problem, RatingFile, RatingLine, read_rating_file, report
from studio.store import Store


@dataclass(frozen=True)
class Imported:
    """What an import did. `unchanged` answers stood already, word for word."""

    added: tuple[Rating, ...]
    unchanged: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Importer:
    """Finds the picture of every line: one that is known here, or one that is taken in."""

    paths: Paths
    store: Store
    decks: DeckService

    def read(
        self, path: Path, keep_good: bool
    ) -> tuple[list[tuple[RatingLine, Picture]], list[Problem]]:
        """The lines of a file with their pictures, and the problems of the others.

        Raises:
            InvalidInput: naming every line that cannot be used, if there are any and `keep_good` is
                not set, or if no line can be used. Nothing is kept then.
        """
        file = read_rating_file(path)
        found, problems = self.look(file)
        if problems and not (keep_good and found):
            for _, picture in found:
                if isinstance(picture, Kept):
                    forget(self.store, picture)
            total = len(file.lines) + len(file.problems)
            raise InvalidInput(
                f"{path.name}: {len(problems)} of {total} lines cannot be used, so nothing was "
                f"imported.\n{report(problems)}"
            )
        return [(line, self.known(picture)) for line, picture in found], problems

    def look(
        self, file: RatingFile
    ) -> tuple[list[tuple[RatingLine, Picture | Kept]], list[Problem]]:
        """The picture of every good line, known or only taken in; the problems of all others."""
        self.decks.register()
        found: list[tuple[RatingLine, Picture | Kept]] = []
        problems = list(file.problems)
        for number, line in file.lines:
            image = file.image(line)
            try:
                found.append((line, self.decks.find_file(image) or take_in(image, self.paths.own)))
            except (InvalidInput, OSError) as error:  # such as a path that is too long
                problems.append(Problem(number, f"image: {error}"))
        return found, problems

    def known(self, picture: Picture | Kept) -> Picture:
        """The picture as the store knows it from now on."""
        return known_as(self.paths, self.store, picture) if isinstance(picture, Kept) else picture
