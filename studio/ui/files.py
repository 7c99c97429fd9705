"""Pictures and files for the pages, by id: no path of this computer ever reaches a page.

An id is looked up in the store, so only pictures that the studio knows are given out.
"""

import hashlib
import re
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from fastapi import FastAPI, HTTPException, Request
from fastapi import Path as UrlPath
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, PlainTextResponse, Response

from studio.context import Studio
from studio.domain import Picture
from studio.errors import InvalidInput, NotFound, StudioError
from studio.services.profile_file import SUFFIX

Id = Annotated[str, UrlPath(pattern=r"^[0-9a-zA-Z_-]{1,80}$")]
TYPES = {".png": "image/png", ".webp": "image/webp", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
PREVIEW_FILE = "preview.png"  # of `studio.services.generate_job`, whose import would bring torch
FOR_A_DAY = {"cache-control": "private, max-age=86400"}  # a picture never changes under its id
NO_FILE_NAME = re.compile(r"[^\w .()-]")  # what some system does not take in a name
NEVER_KEPT = {"cache-control": "no-store"}


def home_mark(home: Path) -> str:
    """Tells one data folder from another without naming it."""
    return hashlib.sha256(str(home).encode()).hexdigest()[:16]


def add_routes(app: FastAPI, studio: Studio) -> None:
    """The routes under /studio/."""

    @app.exception_handler(StudioError)
    async def refused(request: Request, error: StudioError) -> Response:
        """What a route cannot give is said in our sentence."""
        return PlainTextResponse(str(error), 404 if isinstance(error, NotFound) else 400)

    @app.get("/studio/whoami")
    def whoami() -> dict[str, str]:
        return {"app": "taste-studio", "home": home_mark(studio.paths.home)}

    @app.get("/studio/picture/{picture_id}")
    def picture(picture_id: Id) -> Response:
        _, file = find(studio, picture_id)
        return image_response(file)

    @app.get("/studio/thumb/{picture_id}")
    def thumb(picture_id: Id) -> Response:
        _, file = find(studio, picture_id)
        try:
            return image_response(studio.images.thumbnail(picture_id, file))
        except InvalidInput as error:
            raise HTTPException(404, str(error)) from error

    @app.get("/studio/plain/{picture_id}")
    def plain(picture_id: Id) -> Response:
        """A copy without the prompt and the other settings, for giving away."""
        found, _ = find(studio, picture_id)
        name = f"{found.id}.png"
        return handed_out(lambda file: studio.images.copy_without_settings(found.id, file), name)

    @app.get("/studio/profile/{profile_id}/file")
    def profile(profile_id: Id, pictures: bool = False) -> Response:
        """A profile as one file, to keep or to take along."""
        name = f"{NO_FILE_NAME.sub('_', studio.profiles.find(profile_id).name)}{SUFFIX}"
        return handed_out(lambda file: studio.sharing.export(profile_id, file, pictures), name)

    @app.get("/studio/preview/{job_id}")
    def preview(job_id: Id) -> Response:
        file = studio.paths.jobs / job_id / PREVIEW_FILE
        if not file.is_file():
            raise HTTPException(404, "There is no preview of this job yet.")
        return Response(file.read_bytes(), media_type="image/png", headers=NEVER_KEPT)


def handed_out(write: Callable[[Path], object], name: str) -> Response:
    """A file made for one download and deleted after it."""
    with ExitStack() as stack:
        target = Path(stack.enter_context(TemporaryDirectory())) / f"copy{Path(name).suffix}"
        write(target)
        kept = stack.pop_all()  # it is deleted when the last byte has gone out
    after = BackgroundTask(kept.close)
    return FileResponse(target, filename=name, headers=NEVER_KEPT, background=after)


def find(studio: Studio, picture_id: str) -> tuple[Picture, Path]:
    """A picture that the studio knows, and its file."""
    try:
        picture = studio.store.pictures.get(picture_id)
    except NotFound as error:
        raise HTTPException(404, str(error)) from error
    file = studio.decks.file(picture)
    if not file.is_file():
        raise HTTPException(404, "This file is gone from disk.")
    return picture, file


def image_response(file: Path) -> Response:
    """A picture of a type that holds no script."""
    kind = TYPES.get(file.suffix.lower())
    if kind is None:
        raise HTTPException(404, f"{file.suffix} files are not shown.")
    return FileResponse(file, media_type=kind, headers=FOR_A_DAY)
