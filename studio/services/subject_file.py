"""A subject as one file: its photos and words, and the LoRA that was picked. Or the LoRA alone.

momo.zip            subject.json, photos/1.jpg …, lora.safetensors: everything, for another studio
momo.safetensors    the LoRA for other programs, with the token as its trigger words
"""

import json
import shutil
import tempfile
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field, ValidationError

from pipelines.spec import Frozen, explain
from studio.domain import Snapshot, Subject, new_id
from studio.errors import AlreadyExists, InvalidInput, NotFound
from studio.services.backup import disk_may_be_full
from studio.services.restore import DAMAGED
from studio.services.subjects import SubjectService

FORMAT = 1
DOCUMENT, LORA = "subject.json", "lora.safetensors"
MAX_BYTES = 4 * 2**30  # unpacked; more is no subject
MAX_PHOTOS = 200
DOCUMENT_BYTES = 2**20  # 200 photos with the longest captions need half of it


class FiledPhoto(Frozen):
    """A photo in the file."""

    file: str = Field(pattern=r"^photos/[0-9]{1,4}\.(jpg|png)$")
    caption: str = Field(default="", max_length=500)
    crop: tuple[int, int, int, int] | None = None
    left_out: bool = False


class FiledSnapshot(Frozen):
    """The picked snapshot in the file."""

    model_id: str
    step: int
    scores: dict[str, float] = Field(default_factory=dict)


class SubjectDocument(Frozen):
    """`subject.json`. `format` grows when an older studio could not read it."""

    format: int = Field(default=FORMAT, le=FORMAT)
    name: str
    class_word: str
    token: str
    mirror: bool
    photos: tuple[FiledPhoto, ...] = Field(default=(), max_length=MAX_PHOTOS)
    snapshot: FiledSnapshot | None = None


@dataclass(frozen=True)
class SubjectFiles:
    """Subjects out to files and in from files."""

    subjects: SubjectService

    def export(self, name: str, target: Path) -> Path:
        """Write `target`: the LoRA alone where it ends with .safetensors, else everything.

        Raises:
            NotFound: there is no such subject, or nothing was trained yet.
            AlreadyExists: there is a file at `target`.
            NoRoom: the disk is full; nothing is left at `target`.
            InvalidInput: it cannot be written there, or one of the subject's files is gone.
        """
        subject = self.subjects.find(name)
        if target.exists():
            raise AlreadyExists(f"{target} is there already. Choose another name.")
        draft = target.with_name(f".{target.name}.part")
        write = self._write_lora if target.suffix == ".safetensors" else self._write
        try:
            with disk_may_be_full(target):
                target.parent.mkdir(parents=True, exist_ok=True)
                write(subject, draft)
                draft.replace(target)
        except OSError as error:
            place = error.filename or target
            raise InvalidInput(
                f"{target.name} was not written: {place}: {error.strerror}. Try another folder."
            ) from error
        finally:
            with suppress(OSError):  # its folder may be none
                draft.unlink(missing_ok=True)
        return target

    def import_file(self, path: Path, name: str | None = None) -> Subject:
        """A new subject from such a file, under its own name or another one.

        Raises:
            InvalidInput: it is no subject file, or a damaged one.
            AlreadyExists: the name or the token is taken.
        """
        with tempfile.TemporaryDirectory() as folder:
            document = unpack(path, Path(folder))
            subject = self.subjects.create(
                name or document.name, document.class_word, mirror=document.mirror
            )
            try:
                return self._fill(subject, document, Path(folder))
            except BaseException:
                self.subjects.delete(subject.id)
                raise

    def _fill(self, subject: Subject, document: SubjectDocument, folder: Path) -> Subject:
        """Photos with their words, then the LoRA, which answers to its own token."""
        taken = {other.token for other in self.subjects.all() if other.id != subject.id}
        if document.snapshot and document.token in taken:
            raise AlreadyExists(
                f"This subject was trained with the word “{document.token}”, which another of "
                "yours has. Delete that one first, or train this one again."
            )
        if document.snapshot:
            self.subjects.describe(subject.id, token=document.token)
        for filed in document.photos:
            added = self.subjects.add_photos(subject.id, [folder / filed.file])
            if added.refused:
                raise InvalidInput(added.refused[0].reason)
            changes = {"caption": filed.caption, "crop": filed.crop, "left_out": filed.left_out}
            self.subjects.edit_photo(subject.id, len(added.subject.photos), **changes)
        if document.snapshot:
            self._add_lora(subject, document.snapshot, folder / LORA)
        return self.subjects.find(subject.id)

    def _add_lora(self, subject: Subject, filed: FiledSnapshot, file: Path) -> None:
        from pipelines.adapters.files import content_hash

        snapshot_id = new_id()
        kept = self.subjects.folder(subject) / "snapshots" / f"{snapshot_id}.safetensors"
        kept.parent.mkdir(parents=True, exist_ok=True)
        snapshot = Snapshot(
            id=snapshot_id,
            subject_id=subject.id,
            path=kept.relative_to(self.subjects.paths.home).as_posix(),
            hash=content_hash(file),
            **filed.model_dump(),
        )
        with disk_may_be_full(kept):
            shutil.copyfile(file, kept)
        self.subjects.store.subjects.add_snapshot(snapshot)
        self.subjects.pick(subject.id, snapshot.id)

    def _write_lora(self, subject: Subject, target: Path) -> None:
        picked = self.subjects.picked(subject)
        if picked is None:
            raise NotFound(f"Nothing is trained of “{subject.name}” yet: train it, then export.")
        shutil.copyfile(self.subjects.file(picked), target)

    def _write(self, subject: Subject, target: Path) -> None:
        picked = self.subjects.picked(subject)
        files = [self.subjects.file(photo) for photo in subject.photos]
        names = [f"photos/{number}{file.suffix}" for number, file in enumerate(files, 1)]
        photos = tuple(
            FiledPhoto(file=name, caption=photo.caption, crop=photo.crop, left_out=photo.left_out)
            for name, photo in zip(names, subject.photos, strict=True)
        )
        document = SubjectDocument(
            name=subject.name,
            class_word=subject.class_word,
            token=subject.token,
            mirror=subject.mirror,
            photos=photos,
            snapshot=picked
            and FiledSnapshot(model_id=picked.model_id, step=picked.step, scores=picked.scores),
        )
        with zipfile.ZipFile(target, "w") as archive:
            archive.writestr(DOCUMENT, document.model_dump_json(indent=1))
            for name, file in zip(names, files, strict=True):
                archive.write(file, name)
            if picked:
                archive.write(self.subjects.file(picked), LORA)


def unpack(path: Path, folder: Path) -> SubjectDocument:
    """Unpack what the document names, and nothing else.

    Raises:
        InvalidInput
        NoRoom
    """
    try:
        with disk_may_be_full(folder), zipfile.ZipFile(path) as archive:
            if archive.getinfo(DOCUMENT).file_size > DOCUMENT_BYTES:  # no more is ever unpacked
                raise InvalidInput(f"{path.name} is no subject file: its {DOCUMENT} is too long.")
            document = SubjectDocument.model_validate(json.loads(archive.read(DOCUMENT)))
            wanted = [photo.file for photo in document.photos]
            wanted += [LORA] if document.snapshot else []
            if sum(archive.getinfo(name).file_size for name in wanted) > MAX_BYTES:
                raise InvalidInput(
                    f"{path.name} would unpack to more than 4 GB. It was left alone."
                )
            (folder / "photos").mkdir()
            for name in wanted:
                with archive.open(name) as source, (folder / name).open("wb") as target:
                    shutil.copyfileobj(source, target)
    except ValidationError as error:
        raise InvalidInput(f"{path.name} is no subject file: {explain(error)}.") from error
    except (OSError, KeyError, ValueError, *DAMAGED) as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput(f"{path.name} is no subject file, or a damaged one.") from error
    return document
