"""The HTTP and MCP doors: few typed endpoints over the same services as the pages and the CLI.

    from gradio_client import Client
    Client("http://127.0.0.1:7860").predict("a fox", profile="My taste", api_name="/generate")

With `studio serve --mcp` each public endpoint is a tool for agents, its docstring the description.
All are queued, since Gradio lets calls past the queue ignore a password and the limit of calls at a
time. The pages' own events are private.
"""

import functools
import logging
from collections.abc import Callable
from typing import Any

from gradio.events import api as gr_api
from gradio.exceptions import Error

from pipelines.errors import PipelineError
from studio.context import Studio
from studio.domain import GalleryQuery, Verdict
from studio.errors import StudioError
from studio.services.generation import request_from
from studio.services.readings import BUILT_IN

AT_ONCE = 4  # calls that may wait for their pictures; the worker makes one after another
log = logging.getLogger(__name__)


def register(studio: Studio) -> None:
    """Add the endpoints to the Blocks that is being built."""
    doors = Doors(studio)
    for endpoint in (
        doors.generate,
        doors.profiles,
        doors.profile,
        doors.rate,
        doors.learn,
        doors.pictures,
    ):
        gr_api(spoken(endpoint), api_name=endpoint.__name__, concurrency_limit=AT_ONCE)


def spoken(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """Let our errors through as sentences and log the rest."""

    @functools.wraps(endpoint)  # Gradio reads types and description from the signature
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            return as_files(endpoint(*args, **kwargs))
        except (StudioError, PipelineError) as error:
            raise Error(str(error), print_exception=False) from error
        except Exception as error:
            log.exception("The endpoint %s failed", endpoint.__name__)
            raise Error("Something went wrong in the studio; its log says more.") from error

    return guarded


class Doors:
    """One method an endpoint; plain values in, JSON out."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def generate(  # noqa: PLR0917  # the arguments of an endpoint, named by its callers
        self,
        prompt: str,
        profile: str = "",
        strength: float = -1.0,
        n: int = 1,
        seed: int = 0,
        steps: int = 20,
        negative_prompt: str = "",
        form: str = "two-pass",
    ) -> dict[str, Any]:
        """Make pictures of a prompt, in the taste of a profile if one is named.

        Args:
            prompt: what to show; {red|blue} makes one of each, (word:1.2) counts more.
            profile: name or id of a profile; empty for the plain picture.
            strength: how hard the taste pulls, 0 to 1; -1 for the profile's own.
            n: how many pictures, 1 to 64; picture i has seed + i.
            seed: same seed and settings, same picture on this computer.
            steps: denoising steps, 1 to 150.
            negative_prompt: what to avoid.
            form: how taste enters, "two-pass" or "embedding".

        Returns:
            images with file, seed, prompt and strength each; seconds; parameters.
        """
        line = {"prompt": prompt, "n": n, "seed": seed, "steps": steps}
        line |= {"negative_prompt": negative_prompt, "form": form}
        line |= {"profile": profile} if profile else {}
        line |= {"strength": strength} if strength >= 0 else {}
        job = self._studio.jobs.submit(self._studio.generation.job(request_from(line)))
        return self._studio.jobs.wait(job.id).result

    def profiles(self) -> list[dict[str, Any]]:
        """All profiles of taste: name, id, version and strength."""
        fields = {"name", "id", "version", "strength"}
        return [profile.model_dump(include=fields) for profile in self._studio.profiles.all()]

    def profile(self, name: str) -> dict[str, Any]:
        """What a profile holds: liked and disliked attributes, each with the words it came from.

        Args:
            name: name or id of the profile.
        """
        return self._studio.profiles.show(name).model_dump(mode="json")

    def rate(
        self, profile: str, picture: str, verdict: str, comment: str = "", client_id: str = ""
    ) -> dict[str, Any]:
        """Say what somebody thinks of a picture. The words teach the profile.

        Args:
            profile: name or id of the profile that learns.
            picture: id of a picture of a deck or of the gallery.
            verdict: "liked", "disliked" or "skipped".
            comment: why, in their own words.
            client_id: the same id again is stored once.
        """
        found = self._studio.profiles.find(profile)
        rating = self._studio.rating.rate(
            found.id, picture, Verdict(verdict), comment, client_id=client_id
        )
        return rating.model_dump(mode="json")

    def learn(self, profile: str, backend: str = "built-in") -> dict[str, Any]:
        """Read the comments of a profile and make its next version.

        Args:
            profile: name or id.
            backend: who reads: "built-in", "local-llm", "openai" or "vlm".
        """
        return learned(self._studio, profile, backend)

    def pictures(
        self, words: str = "", profile: str = "", rating: str = "", limit: int = 20
    ) -> list[dict[str, Any]]:
        """Find pictures that the studio made, newest first.

        Args:
            words: in prompts and comments.
            profile: made with this profile.
            rating: "liked", "disliked", "skipped" or "unrated".
            limit: at most so many, up to 100.
        """
        query = GalleryQuery.parse(
            {
                "words": words,
                "profile_id": self._studio.profiles.find(profile).id if profile else None,
                "rating": rating or None,
            }
        )
        page = self._studio.images.page(query, limit=max(1, min(limit, 100)))
        return [
            image.model_dump(mode="json", exclude={"record"})
            | {"path": str(self._studio.images.file(image))}
            for image in page.images
        ]


def as_files(value: Any) -> Any:
    """Every `path` under the name `file`: gradio_client would take an object with a path for an
    upload of its own and try to fetch it. Files are on this machine, where the studio is."""
    if isinstance(value, dict):
        return {("file" if key == "path" else key): as_files(v) for key, v in value.items()}
    return [as_files(item) for item in value] if isinstance(value, list) else value


def learned(studio: Studio, profile: str, backend: str) -> dict[str, Any]:
    """The profile as it is after learning: at once by the built-in reader, else by a job."""
    if backend == BUILT_IN:
        studio.profiles.learn(profile)
    else:
        studio.jobs.wait(studio.jobs.submit(studio.profiles.learning(profile, backend)).id)
    return studio.profiles.show(profile).model_dump(mode="json")
