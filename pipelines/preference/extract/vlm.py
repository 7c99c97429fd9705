"""Reads comments together with their pictures, with a vision-language model through transformers.

ViPer (Salehi et al. 2024, arXiv 2407.17365) fine-tuned IDEFICS2 for this; its instruction is kept
in spirit: vague praise ("nice colours") is made precise by looking at the picture. Any model that
AutoModelForImageTextToText knows will do (Qwen2.5-VL, Idefics2 …). Code that comes with a model is
never run.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from pipelines.errors import BackendMissing, ExtractionError
from pipelines.preference.attributes import Attribute, Comment
from pipelines.preference.extract import answers, prompt

LONGEST_SIDE = 448  # pixels, as in ViPer


class VLMExtractor:
    """Reads comments with the model `source`, a hub id or a folder; loaded with the first comment.

    `device` is a torch device; weights are bfloat16 on a GPU and float32 on a processor.
    """

    prompt_version = f"{prompt.PROMPT_VERSION}-look"

    def __init__(self, source: str, *, device: str = "cpu") -> None:
        if not source:
            raise BackendMissing(
                "The vision reader needs a model: a hub id such as Qwen/Qwen2.5-VL-3B-Instruct, "
                "or a folder. Enter it in the settings."
            )
        self.source = source
        self.device = device
        self._loaded: tuple[Any, Any] | None = None

    @property
    def id(self) -> str:
        return f"vlm:{self.source.rstrip('/').rsplit('/', 1)[-1]}"

    def close(self) -> None:
        """Give the memory back."""
        self._loaded = None

    def extract(self, comments: Iterable[Comment]) -> Iterator[list[Attribute]]:
        for comment in comments:
            yield self.read(comment) if comment.text.strip() else []

    def read(self, comment: Comment) -> list[Attribute]:
        """The attributes of one comment; a comment without a picture is read as text."""
        items = answers.parse(self.ask(comment))
        return answers.attributes(items, comment, self.id, seen=comment.image is not None)

    def ask(self, comment: Comment) -> str:
        """The model's answer, greedily decoded."""
        import torch

        processor, model = self.load()
        chat = as_parts(prompt.messages(comment, look=comment.image is not None))
        pictures = [open_picture(comment)] if comment.image else []
        if pictures:
            chat[-1]["content"].insert(0, {"type": "image"})
        text = processor.apply_chat_template(chat, add_generation_prompt=True, tokenize=False)
        inputs = processor(text=[text], images=pictures or None, return_tensors="pt")
        inputs = inputs.to(self.device)
        with torch.inference_mode():
            tokens = model.generate(**inputs, do_sample=False, max_new_tokens=prompt.MAX_TOKENS)
        answer = tokens[:, inputs["input_ids"].shape[1] :]
        return processor.batch_decode(answer, skip_special_tokens=True)[0]

    def load(self) -> tuple[Any, Any]:
        """Processor and model.

        Raises:
            BackendMissing: nothing that can be loaded is at `source`.
        """
        if self._loaded is None:
            import torch
            from transformers import AutoModelForImageTextToText, AutoProcessor

            dtype = torch.float32 if self.device == "cpu" else torch.bfloat16
            try:
                processor: Any = AutoProcessor.from_pretrained(self.source, trust_remote_code=False)
                model: Any = AutoModelForImageTextToText.from_pretrained(
                    self.source, trust_remote_code=False, dtype=dtype, use_safetensors=True
                )
            except (OSError, ValueError) as error:
                raise BackendMissing(
                    f"No vision-language model can be loaded from {self.source!r}: "
                    f"{str(error).splitlines()[0]}"
                ) from error
            self._loaded = processor, model.to(self.device).eval()
        return self._loaded


def as_parts(messages: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """A chat whose turns are lists of parts, which is what processors' templates expect."""
    return [
        {"role": m["role"], "content": [{"type": "text", "text": m["content"]}]} for m in messages
    ]


def open_picture(comment: Comment) -> Any:
    """The comment's picture, upright and small.

    Raises:
        ExtractionError: it cannot be opened.
    """
    from PIL import Image, ImageOps

    assert comment.image is not None
    try:
        with Image.open(comment.image) as image:
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except OSError as error:
        raise ExtractionError(f"{comment.image} cannot be opened as a picture.") from error
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return upright
