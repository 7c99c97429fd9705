"""Photos and sample pictures of subjects, by id: no path of this computer reaches a page."""

from typing import Annotated

from fastapi import FastAPI, HTTPException
from fastapi import Path as UrlPath
from starlette.responses import Response

from studio.context import Studio
from studio.errors import InvalidInput, NotFound
from studio.services.training import training_folder
from studio.ui.files import Id, image_response

SampleName = Annotated[str, UrlPath(pattern=r"^(base|[0-9]{1,6})-[0-9]$")]


def add_routes(app: FastAPI, studio: Studio) -> None:
    """The routes under /studio/subject/."""

    @app.get("/studio/subject/{subject_id}/photo/{photo_id}")
    def photo(subject_id: Id, photo_id: Id) -> Response:
        """A small copy of a photo, whole."""
        try:
            photos = studio.subjects.find(subject_id).photos
            found = next(photo for photo in photos if photo.id == photo_id)
            return image_response(studio.images.thumbnail(found.id, studio.subjects.file(found)))
        except (StopIteration, NotFound, InvalidInput) as error:
            raise HTTPException(404, "There is no such photo.") from error

    @app.get("/studio/subject/{subject_id}/sample/{job_id}/{name}")
    def sample(subject_id: Id, job_id: Id, name: SampleName) -> Response:
        """A sample picture of a training."""
        file = training_folder(studio.paths, subject_id, job_id) / f"{name}.png"
        if not file.is_file():
            raise HTTPException(404, "There is no such sample.")
        return image_response(file)
