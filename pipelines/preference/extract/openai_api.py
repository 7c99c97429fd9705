"""Reads comments with any server that speaks OpenAI's chat completions: Ollama, llama-server, vLLM,
hosted ones. Comments, and pictures where asked for, leave this process for the address given, and
go nowhere else.

The JSON schema is sent as `response_format`; a server that refuses it is asked once more without,
and its answer is parsed tolerantly. Pictures go along only when the caller says that the model
sees.
"""

import base64
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pipelines.errors import BackendMissing, ExtractionError
from pipelines.preference.attributes import Attribute, Comment
from pipelines.preference.extract import answers, prompt

TIMEOUT = 120.0  # seconds; a large model on a processor is slow, a dead server answers nothing
CONNECT = 5.0  # seconds until an address counts as unreachable
LONGEST_SIDE = 768  # pixels of a picture that goes along
REFUSALS = (400, 404, 415, 422, 501)  # what servers answer to a response_format they do not know


class OpenAIExtractor:
    """Reads comments with `model` at `base_url` (the part before `/chat/completions`)."""

    prompt_version = prompt.PROMPT_VERSION

    def __init__(
        self, base_url: str, model: str, key: str = "", *, sees: bool = False, timeout=TIMEOUT
    ) -> None:
        if not base_url.startswith(("http://", "https://")):
            raise BackendMissing(
                f"{base_url!r} is no server address. It looks like http://127.0.0.1:11434/v1"
            )
        if not model:
            raise BackendMissing("The server needs the name of a model. Enter it in the settings.")
        self.base_url = base_url.rstrip("/")
        self.model = model
        self.sees = sees
        self._key = key
        self._timeout = timeout
        self._with_schema = True

    @property
    def id(self) -> str:
        return f"openai:{self.model}"

    def extract(self, comments: Iterable[Comment]) -> Iterator[list[Attribute]]:
        for comment in comments:
            yield self.read(comment) if comment.text.strip() else []

    def read(self, comment: Comment) -> list[Attribute]:
        """The attributes of one comment."""
        seen = self.sees and comment.image is not None
        messages = prompt.messages(comment, look=seen)
        if seen and comment.image is not None:
            text = messages[-1]["content"]
            messages[-1]["content"] = [{"type": "text", "text": text}, picture_part(comment.image)]
        items = answers.parse(self.ask(messages))
        return answers.attributes(items, comment, self.id, seen=seen)

    def ask(self, messages: list[dict[str, Any]]) -> str:
        """The server's answer, asked for with the schema as long as it does not refuse that."""
        body = {"model": self.model, "messages": messages, "temperature": 0}
        body["max_tokens"] = prompt.MAX_TOKENS
        if self._with_schema:
            answer = self.post({**body, "response_format": prompt.RESPONSE_FORMAT})
            if answer.status_code not in REFUSALS:
                return self.content(answer)
        answer = self.post(body)
        text = self.content(answer)
        self._with_schema = False  # it was the schema, for without it the server answers
        return text

    def post(self, body: dict[str, Any]) -> Any:
        """One request.

        Raises:
            ExtractionError: the server cannot be reached or does not answer in time.
        """
        import httpx

        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        limits = httpx.Timeout(self._timeout, connect=CONNECT)
        try:
            url = f"{self.base_url}/chat/completions"
            return httpx.post(url, json=body, headers=headers, timeout=limits)
        except httpx.ConnectError as error:
            raise ExtractionError(
                f"No server answers at {self.base_url}. Start it, or correct the address."
            ) from error
        except httpx.TimeoutException as error:
            raise ExtractionError(
                f"{self.base_url} did not answer within {self._timeout:.0f} s. "
                "Try a smaller model, or again later."
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ExtractionError(
                f"{self.base_url} cannot be used ({type(error).__name__}). Check the address."
            ) from error

    def content(self, answer: Any) -> str:
        """The text of an answer.

        Raises:
            ExtractionError: the server refused, failed, or speaks another language.
        """
        if answer.status_code in (401, 403):
            raise ExtractionError(
                f"{self.base_url} refused the key ({answer.status_code}). Check it in the settings."
            )
        if answer.status_code != 200:
            raise ExtractionError(
                f"{self.base_url} answered {answer.status_code} for the model {self.model!r}: "
                f"{answer.text[:200]}"
            )
        try:
            text = answer.json()["choices"][0]["message"]["content"]
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise ExtractionError(
                f"{self.base_url} does not speak OpenAI's chat format. "
                "The address should end before /chat/completions, often in /v1."
            ) from error
        return text or ""


def picture_part(path: Path) -> dict[str, Any]:
    """A picture as part of a message: small, upright, without what the camera wrote into it."""
    from PIL import Image, ImageOps

    with Image.open(path) as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    upright.info.clear()
    data = io.BytesIO()
    upright.save(data, "JPEG", quality=90)
    url = "data:image/jpeg;base64," + base64.b64encode(data.getvalue()).decode()
    return {"type": "image_url", "image_url": {"url": url}}
