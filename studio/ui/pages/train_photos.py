"""The photos of the Train page: what they are worth, and what can be done with each."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.context import Studio
from studio.domain import Subject, SubjectPhoto
from studio.errors import NotFound
from studio.services.subjects import Added
from studio.ui.components.album import EditPhoto, Grade, PhotoBoard, PhotoCell, Tip
from studio.ui.doors import Answer
from studio.ui.events import Notice, shown
from studio.ui.strings import text
from studio.ui.uploads import discard

if TYPE_CHECKING:
    from pipelines.data.advice import Check

Crop = tuple[int, int, int, int]


class TrainPhotos:
    """Handlers about the photos of one subject."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def board(self, subject_id: str | None) -> PhotoBoard:
        """All photos with score and advice for the model in use."""
        if subject_id is None:
            return PhotoBoard()
        subject = self._studio.subjects.find(subject_id)
        if not subject.photos:
            return PhotoBoard(subject=subject.id, unscored=text("train.no_photos"))
        side = self.side()
        try:
            crops = self._studio.subjects.crops(subject.id, side)
            score = self.score(subject, side)
        except NotFound:
            if self.damaged(subject):
                return self.unscored(subject)
            raise
        photos = enumerate(subject.photos, 1)
        cells = tuple(cell(subject, n, photo, crops.get(n)) for n, photo in photos)
        return PhotoBoard(subject=subject.id, photos=cells, **score)

    def unscored(self, subject: Subject) -> PhotoBoard:
        """All photos where some are damaged: each can be deleted, and until then none is scored."""
        damaged = self.damaged(subject)
        cells = tuple(
            cell(subject, n, photo, None).model_copy(update={"damaged": n in damaged})
            for n, photo in enumerate(subject.photos, 1)
        )
        numbers = ", ".join(map(str, sorted(damaged)))
        told = text("train.damaged", n=len(damaged), numbers=numbers)
        return PhotoBoard(subject=subject.id, photos=cells, unscored=told)

    def damaged(self, subject: Subject) -> set[int]:
        """Numbers of the photos whose file is gone or cannot be read."""
        found = set()
        for number, photo in enumerate(subject.photos, 1):
            try:
                self._studio.subjects.image(photo)
            except NotFound:
                found.add(number)
        return found

    def side(self) -> int:
        """Pixels at which the model in use learns."""
        card = self._studio.models.in_use()
        return min(card.width, card.height)

    def score(self, subject: Subject, side: int) -> dict[str, Any]:
        """The check, in words."""
        from pipelines.data.advice import WEIGHTS

        found = self._studio.subjects.check(subject.id, side)
        tips = (
            Tip(points=f"+{one.points}", sentence=one.sentence, photos=one.photos)
            for one in found.advice
        )
        return {
            "score": found.score,
            "grade": grade(found),
            "verdict": text(f"train.grade_{grade(found)}"),
            "tips": tuple(tips),
            "parts": tuple(
                (part_name(name), text("train.part", n=round(points), of=WEIGHTS[name]))
                for name, points in found.parts.items()
            ),
        }

    def add(self, subject_id: str, uploads: list[str]) -> tuple[PhotoBoard, dict[str, Any]]:
        """Take in what was dropped; the notice names what was left out."""
        files = [Path(upload) for upload in uploads]
        try:
            added = self._studio.subjects.add_photos(subject_id, files)
        finally:
            for file in files:
                discard(file)
        return self.board(subject_id), shown(told(added))

    def edit(self, asked: EditPhoto) -> Answer:
        """One change of one photo."""
        subjects = self._studio.subjects
        number = self.number(asked)
        match asked.do:
            case "remove":
                subjects.remove_photo(asked.subject, number)
            case "crop":
                crop = subjects.crops(asked.subject, self.side()).get(number)
                subjects.edit_photo(asked.subject, number, crop=crop)
            case "uncrop":
                subjects.edit_photo(asked.subject, number, crop=None)
            case "caption":
                subjects.edit_photo(asked.subject, number, caption=asked.caption.strip())
            case _:
                out = asked.do == "leave out"
                subjects.edit_photo(asked.subject, number, left_out=out)
        return shown(self.board(asked.subject))

    def number(self, asked: EditPhoto) -> int:
        """The number that the photo has by now.

        Raises:
            NotFound
        """
        ids = [photo.id for photo in self._studio.subjects.find(asked.subject).photos]
        if asked.photo not in ids:
            raise NotFound(text("train.photo_gone"))
        return ids.index(asked.photo) + 1


def cell(subject: Subject, number: int, photo: SubjectPhoto, suggested: Crop | None) -> PhotoCell:
    """One photo for the album."""
    return PhotoCell(
        id=photo.id,
        number=number,
        url=f"/studio/subject/{subject.id}/photo/{photo.id}",
        alt=photo.caption or text("train.photo_of", n=number, name=subject.name),
        caption=photo.caption,
        size=f"{photo.width}×{photo.height}",
        left_out=photo.left_out,
        crop=percent(photo, photo.crop),
        suggested=percent(photo, suggested),
    )


def grade(found: "Check") -> Grade:
    """The score as one of four."""
    from pipelines.data.advice import FAIR, NEEDED, READY

    if found.count < NEEDED:
        return "few"
    if found.score >= READY:
        return "ready"
    return "fair" if found.score >= FAIR else "poor"


def part_name(name: str) -> str:
    """What a part of the score is called on the page: “one subject”"""
    return text(f"train.part_{name.replace(' ', '_')}")


def percent(photo: SubjectPhoto, crop: Crop | None) -> tuple[float, float, float, float] | None:
    """A crop as left, top, width and height in percent of its photo."""
    if crop is None:
        return None
    left, top, right, bottom = crop
    return (
        round(100 * left / photo.width, 2),
        round(100 * top / photo.height, 2),
        round(100 * (right - left) / photo.width, 2),
        round(100 * (bottom - top) / photo.height, 2),
    )


def told(added: Added) -> Notice:
    """“IMG_2041.heic is a HEIC picture … It was left out; 11 are fine.”"""
    fine = len(added.subject.photos)
    if not added.refused:
        return Notice(text=text("train.all_fine", n=fine))
    reasons = " ".join(refused.reason for refused in added.refused)
    return Notice(text=f"{reasons} {text('train.left_out', n=fine)}", bad=True)
