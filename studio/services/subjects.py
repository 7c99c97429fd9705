"""Subjects: what they are called, their photos and how good these are, and which snapshot is used.

Photos are taken in like every picture that people bring (`studio.intake`): upright, in sRGB,
without what the camera wrote. Numbers of photos begin at 1 and are those that advice names.
"""

import shutil
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image
from pydantic import ValidationError

from pipelines.spec import explain
from studio.domain import JobState, Snapshot, Subject, SubjectPhoto
from studio.errors import Busy, InvalidInput, NotFound
from studio.intake import Refused, open_picture, take_in
from studio.paths import Paths
from studio.services.deletion import count, remove_backups_of
from studio.services.subject_words import free_token
from studio.store import Store
from studio.store.jobs import ACTIVE
from studio.store.subjects import TRAIN

if TYPE_CHECKING:
    from pipelines.data.advice import Check
    from pipelines.data.photos import Look

MOST = 200  # photos; more teach nothing and take long to look at
SMALLEST_CROP = 32  # pixels
MATERIAL = "training"  # in the cache
REMEMBERED = 600  # photos whose measures are kept while the studio is open


@dataclass(frozen=True)
class Added:
    """A subject with new photos, and the files that were left out."""

    subject: Subject
    refused: tuple[Refused, ...]


@dataclass(frozen=True)
class SubjectService:
    """Everything that can be done with subjects but training. They are named by name or id."""

    paths: Paths
    store: Store
    _looks: dict[tuple, "Look"] = field(default_factory=dict, repr=False, compare=False)

    # ------------------------------------------------------------------ names

    def create(self, name: str, class_word: str, *, mirror: bool = True) -> Subject:
        """A subject without photos yet.

        Raises:
            AlreadyExists, InvalidInput
        """
        token = free_token(subject.token for subject in self.all())
        values = {"name": name.strip(), "class_word": class_word.strip(), "token": token}
        try:
            subject = Subject.model_validate({**values, "mirror": mirror})
        except ValidationError as error:
            raise InvalidInput(f"A subject cannot be called so: {explain(error)}.") from error
        return self.store.subjects.add(subject)

    def all(self) -> list[Subject]:
        """All subjects, oldest first."""
        return self.store.subjects.all()

    def find(self, name: str) -> Subject:
        """The subject with this name or id.

        Raises:
            NotFound: the message lists the names there are.
        """
        return self.store.subjects.find(name)

    def rename(self, name: str, to: str) -> Subject:
        """Give it another name. What was trained stays: its token is another word.

        Raises:
            NotFound, AlreadyExists, InvalidSpec
        """
        return self.store.subjects.change(self.find(name).id, name=to.strip())

    def describe(self, name: str, **changes: Any) -> Subject:
        """Change its class word, or whether it may be mirrored.

        Raises:
            NotFound, InvalidSpec
        """
        return self.store.subjects.change(self.find(name).id, **changes)

    def delete(self, name: str) -> str:
        """Delete for good: photos, snapshots, trainings. Says what went. Generated pictures stay.

        Raises:
            NotFound
            Busy: a training of it is at work; or all is deleted, but traces stay until another
                program stops reading.
        """
        subject = self.find(name)
        self._check_idle(subject, (JobState.RUNNING, JobState.PAUSED))
        shots = len(self.snapshots(subject.id))
        for job_id in self.store.subjects.delete(subject.id):
            shutil.rmtree(self.paths.jobs / job_id, ignore_errors=True)
        shutil.rmtree(self.folder(subject), ignore_errors=True)
        self._forget_material(subject)
        for photo in subject.photos:
            (self.paths.thumbnails / f"{photo.id}.webp").unlink(missing_ok=True)
        remove_backups_of(self.paths, subject.id)
        self.store.scrub()
        return f"{count(len(subject.photos), 'photo')}, {count(shots, 'snapshot')}."

    # ------------------------------------------------------------------ photos

    def folder(self, subject: Subject) -> Path:
        """Where everything of a subject lies."""
        return self.paths.subjects / subject.id

    def file(self, photo: SubjectPhoto | Snapshot) -> Path:
        """Where a photo, or a snapshot's LoRA, lies."""
        return self.paths.home / photo.path

    def add_photos(self, name: str, sources: Iterable[Path]) -> Added:
        """Take in what can be taken in; say of every other file why not.

        Raises:
            NotFound
            InvalidInput: there would be too many.
            NoRoom
        """
        subject = self.find(name)
        files = list(sources)
        if len(subject.photos) + len(files) > MOST:
            raise InvalidInput(f"{len(files)} more photos are too many: {MOST} are the most.")
        taken, refused = [], []
        for source in files:
            try:
                taken.append((source.name, self._photo(subject, source)))
            except InvalidInput as error:
                refused.append(Refused(source.name, str(error)))

        def append(photos: tuple[SubjectPhoto, ...]) -> list[SubjectPhoto]:
            whole = list(photos)
            for file, photo in taken:
                same = [n for n, other in enumerate(whole, 1) if other.sha256 == photo.sha256]
                if same:
                    reason = f"{file} is the same picture as photo {same[0]}."
                    refused.append(Refused(file, reason))
                else:
                    whole.append(photo)
            return whole

        return Added(self.store.subjects.change_photos(subject.id, append), tuple(refused))

    def edit_photo(self, name: str, number: int, **changes: Any) -> Subject:
        """Change a photo's caption, crop, or whether it is left out.

        Raises:
            NotFound, InvalidInput
        """
        subject = self.find(name)
        photo = numbered(subject, number)
        if changes.get("crop") is not None:
            check_crop(photo, number, changes["crop"])
        return self._changed(
            subject, photo, lambda now: [SubjectPhoto.parse({**now.model_dump(), **changes})]
        )

    def remove_photo(self, name: str, number: int) -> Subject:
        """Forget a photo; delete its file and what trainings computed of it.

        Raises:
            NotFound
            Busy: a training is to learn from it.
        """
        subject = self.find(name)
        photo = numbered(subject, number)
        self._check_idle(subject)
        changed = self._changed(subject, photo, lambda now: [])
        self._forget_material(subject)
        self.file(photo).unlink(missing_ok=True)
        (self.paths.thumbnails / f"{photo.id}.webp").unlink(missing_ok=True)
        return changed

    def used(self, subject: Subject) -> dict[int, SubjectPhoto]:
        """The photos that are trained on, by number."""
        photos = enumerate(subject.photos, 1)
        return {number: photo for number, photo in photos if not photo.left_out}

    def image(self, photo: SubjectPhoto) -> Image.Image:
        """The photo as it is trained on.

        Raises:
            NotFound: its file is gone.
        """
        try:
            with Image.open(self.file(photo)) as opened:
                whole = opened.convert("RGB")
        except OSError as error:
            raise NotFound(f"{photo.path} is gone or damaged. Remove the photo.") from error
        return whole.crop(photo.crop) if photo.crop else whole

    def check(self, name: str, side: int) -> "Check":
        """How good the photos are for a model that learns at `side` pixels.

        Raises:
            NotFound
        """
        from pipelines.data.advice import check

        photos = self.used(self.find(name))
        return check({n: self._look(photo, side) for n, photo in photos.items()}, side)

    def crops(self, name: str, side: int) -> dict[int, tuple[int, int, int, int]]:
        """Suggested crops of photos that have none and would gain by one."""
        from pipelines.data.photos import suggest_crop

        photos = self.used(self.find(name)).items()
        found = {n: suggest_crop(self.image(p), side) for n, p in photos if p.crop is None}
        return {number: crop for number, crop in found.items() if crop}

    def guess(self, name: str) -> list[tuple[str, float]]:
        """What the subject is, by the sticker CLIP: words with probabilities. Imports torch."""
        from pipelines.data.class_word import suggest

        photos = list(self.used(self.find(name)).values())
        return suggest([self.image(photo) for photo in photos]) if photos else []

    def guess_files(self, sources: Iterable[Path]) -> list[tuple[str, float]]:
        """The same of files that were not taken in yet; those that cannot be opened are skipped."""
        from pipelines.data.class_word import suggest

        images = []
        for source in sources:
            with suppress(InvalidInput):
                images.append(open_picture(source)[0])
        return suggest(images) if images else []

    # ------------------------------------------------------------------ snapshots

    def snapshots(self, name: str) -> list[Snapshot]:
        """What trainings learnt, oldest first."""
        return self.store.subjects.snapshots(self.find(name).id)

    def picked(self, subject: Subject) -> Snapshot | None:
        """The snapshot that pictures are made with."""
        shots = self.store.subjects.snapshots(subject.id)
        return next((shot for shot in shots if shot.id == subject.snapshot_id), None)

    def pick(self, name: str, which: str | int) -> Snapshot:
        """Use another snapshot: by its id, or by its step in the newest training that has it.

        Raises:
            NotFound: the message lists the steps there are.
        """
        subject = self.find(name)
        shots = self.store.subjects.snapshots(subject.id)
        same = [shot for shot in shots if which == shot.id or str(which) == str(shot.step)]
        if not same:
            steps = ", ".join(str(shot.step) for shot in shots) or "none yet"
            raise NotFound(f"“{subject.name}” has no snapshot {which}. Snapshots: {steps}.")
        self.store.subjects.change(subject.id, snapshot_id=same[-1].id)
        return same[-1]

    def clean(self, name: str) -> int:
        """Delete all snapshots but the picked one, with their samples; how many bytes that frees.

        Raises:
            NotFound
            InvalidInput: none is picked, so that all would go.
            Busy: a training is at work, which picks one at its end.
        """
        subject = self.find(name)
        self._check_idle(subject)
        picked, shots = self.picked(subject), self.snapshots(subject.id)
        if shots and picked is None:
            raise InvalidInput(
                f"No snapshot of “{subject.name}” is picked, so all would go. Pick one first."
            )
        going = [shot for shot in shots if shot != picked]
        self.store.subjects.drop_snapshots([shot.id for shot in going])
        loras = [self.file(shot) for shot in going]
        shown = [file for lora in loras for file in lora.parent.glob(f"{lora.stem}-[0-9].png")]
        files = [file for file in (*loras, *shown) if file.is_file()]
        freed = sum(file.stat().st_size for file in files)
        for file in files:
            file.unlink()
        return freed

    def _check_idle(self, subject: Subject, states: Collection[JobState] = ACTIVE) -> None:
        """Refuse what would take something from under a training.

        Raises:
            Busy
        """
        for job in self.store.jobs.all(states, kind=TRAIN):
            if job.params.get("subject") == subject.id:
                raise Busy(f"“{job.title}” is {job.state}. Stop it first.")

    def _forget_material(self, subject: Subject) -> None:
        """Delete what trainings computed of its photos and captions. Of other photos of the same
        subject it is computed again."""
        shutil.rmtree(material_folder(self.paths, subject.id), ignore_errors=True)
        for old in (self.paths.cache / MATERIAL).glob("*.safetensors"):  # when all shared one
            old.unlink(missing_ok=True)

    def _photo(self, subject: Subject, source: Path) -> SubjectPhoto:
        kept = take_in(source, self.folder(subject) / "photos")
        return SubjectPhoto(
            path=kept.path.relative_to(self.paths.home).as_posix(),
            sha256=kept.sha256,
            width=kept.width,
            height=kept.height,
        )

    def _look(self, photo: SubjectPhoto, side: int) -> "Look":
        """Measured once: a page asks again after each change of one photo."""
        from pipelines.data.photos import look_at

        key = (photo.sha256, photo.crop, side)
        if key not in self._looks:
            if len(self._looks) > REMEMBERED:
                self._looks.clear()
            self._looks[key] = look_at(self.image(photo), side)
        return self._looks[key]

    def _changed(
        self,
        subject: Subject,
        photo: SubjectPhoto,
        change: Callable[[SubjectPhoto], list[SubjectPhoto]],
    ) -> Subject:
        """Change one photo as it is by now, wherever it stands by now.

        Raises:
            NotFound: it was removed meanwhile.
        """

        def replace(photos: tuple[SubjectPhoto, ...]) -> list[SubjectPhoto]:
            if photo.id not in {each.id for each in photos}:
                raise NotFound(f"This photo of “{subject.name}” was removed meanwhile.")
            by = [change(each) if each.id == photo.id else [each] for each in photos]
            return [each for part in by for each in part]

        return self.store.subjects.change_photos(subject.id, replace)


def material_folder(paths: Paths, subject_id: str) -> Path:
    """Where trainings keep what they compute of a subject's photos and captions."""
    return paths.cache / MATERIAL / subject_id


def numbered(subject: Subject, number: int) -> SubjectPhoto:
    """A photo by its number.

    Raises:
        NotFound
    """
    if not 1 <= number <= len(subject.photos):
        have = count(len(subject.photos), "photo")
        raise NotFound(f"“{subject.name}” has {have}; there is no number {number}.")
    return subject.photos[number - 1]


def check_crop(photo: SubjectPhoto, number: int, crop: tuple[int, int, int, int]) -> None:
    """Refuse a crop that lies outside the photo or is too small.

    Raises:
        InvalidInput
    """
    left, top, right, bottom = crop
    inside = 0 <= left < right <= photo.width and 0 <= top < bottom <= photo.height
    if not inside or min(right - left, bottom - top) < SMALLEST_CROP:
        raise InvalidInput(
            f"{left},{top},{right},{bottom} is no crop of photo {number} ({photo.width}×"
            f"{photo.height} px): give left,top,right,bottom with {SMALLEST_CROP} px a side."
        )
