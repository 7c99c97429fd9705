"""Gradio's own scripts and styles, straight from disk.

Gradio compresses each of the hundred files of a page anew for every visit. A studio talks to the
computer it runs on, so nothing needs to be small; and the name of such a file changes with its
content, so a browser may keep it for good.
"""

from os import PathLike, stat_result

from fastapi import FastAPI
from gradio.route_utils import BUILD_PATH_LIB
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOR_GOOD = "public, max-age=31536000, immutable"


class Kept(StaticFiles):
    """Files that never change under their name."""

    def file_response(
        self,
        full_path: str | PathLike[str],
        stat_result: stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """The file, for good."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["cache-control"] = FOR_GOOD
        return response


def add_frontend(app: FastAPI) -> None:
    """Serve them before Gradio is asked."""
    app.mount("/assets", Kept(directory=BUILD_PATH_LIB))
