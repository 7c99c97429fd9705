"""The vision reader with a tiny model of random weights: chat template, picture, decoding
and errors are real, the answers are noise. That a trained model reads well is not shown here."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from pipelines.errors import BackendMissing, ExtractionError
from pipelines.models.cards import minilm_dir
from pipelines.preference.attributes import Comment
from pipelines.preference.extract import prompt
from pipelines.preference.extract.vlm import VLMExtractor

TEMPLATE = (
    "{% for turn in messages %}{{ turn['role'] }}: {% for part in turn['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %} {% endfor %}assistant:"
)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a LLaVA of 5,000 weights a layer and its processor."""
    from tokenizers import Tokenizer
    from transformers import (
        CLIPImageProcessor,
        CLIPVisionConfig,
        LlamaConfig,
        LlavaConfig,
        LlavaForConditionalGeneration,
        LlavaProcessor,
        PreTrainedTokenizerFast,
    )

    folder = tmp_path_factory.mktemp("vlm")
    backend = Tokenizer.from_file(str(minilm_dir() / "tokenizer" / "tokenizer.json"))
    backend.no_truncation()
    backend.no_padding()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend,
        unk_token="[UNK]",
        pad_token="[PAD]",
        bos_token="[CLS]",
        eos_token="[SEP]",
        additional_special_tokens=["<image>"],
    )
    LlavaProcessor(
        image_processor=CLIPImageProcessor(
            size={"shortest_edge": 28}, crop_size={"height": 28, "width": 28}
        ),
        tokenizer=tokenizer,
        patch_size=14,
        vision_feature_select_strategy="default",
        chat_template=TEMPLATE,
        num_additional_image_tokens=1,
    ).save_pretrained(folder)
    small = {"hidden_size": 16, "intermediate_size": 16, "num_attention_heads": 2}
    torch.manual_seed(0)
    LlavaForConditionalGeneration(
        LlavaConfig(
            vision_config=CLIPVisionConfig(
                **small, num_hidden_layers=2, image_size=28, patch_size=14, projection_dim=16
            ),
            text_config=LlamaConfig(
                **small,
                vocab_size=len(tokenizer),
                num_hidden_layers=1,
                num_key_value_heads=2,
                max_position_embeddings=4096,
                pad_token_id=0,
                bos_token_id=101,
                eos_token_id=102,
            ),
            image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        )
    ).save_pretrained(folder)
    return folder


@pytest.fixture
def few_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Noise needs no 400 tokens."""
    monkeypatch.setattr(prompt, "MAX_TOKENS", 8)


def commented(tmp_path: Path, colour: str) -> Comment:
    path = tmp_path / f"{colour}.png"
    Image.new("RGB", (60, 40), colour).save(path)
    return Comment("c", "liked", "nice colours", path)


def test_the_picture_reaches_the_model(model: Path, tmp_path: Path, few_tokens: None):
    reader = VLMExtractor(str(model))
    seen: list[torch.Tensor] = []
    tower = reader.load()[1].model.vision_tower
    tower.register_forward_pre_hook(
        lambda module, args, kwargs: seen.append(args[0] if args else kwargs["pixel_values"]),
        with_kwargs=True,
    )
    for colour in ("teal", "red"):
        assert isinstance(reader.ask(commented(tmp_path, colour)), str)
    assert len(seen) >= 2
    assert not torch.equal(seen[0], seen[-1])


def test_a_comment_without_a_picture_is_asked_as_text(model: Path, few_tokens: None):
    assert isinstance(VLMExtractor(str(model)).ask(Comment("c", "liked", "neon")), str)


def test_noise_is_an_error_not_an_attribute(model: Path, tmp_path: Path, few_tokens: None):
    with pytest.raises(ExtractionError, match="no attributes"):
        list(VLMExtractor(str(model)).extract([commented(tmp_path, "teal")]))


def test_a_picture_that_cannot_be_opened_is_named(model: Path, tmp_path: Path):
    (tmp_path / "x.png").write_bytes(b"no picture")
    comment = Comment("c", "liked", "neon", tmp_path / "x.png")
    with pytest.raises(ExtractionError, match=r"x\.png cannot be opened"):
        list(VLMExtractor(str(model)).extract([comment]))


@pytest.mark.parametrize("source", ["/nowhere/at/all", "some-owner/some-model"])
def test_what_cannot_be_loaded_is_said(source: str):
    with pytest.raises(BackendMissing, match="No vision-language model can be loaded"):
        list(VLMExtractor(source).extract([Comment("c", "liked", "neon")]))


def test_code_that_comes_with_a_model_is_not_run(model: Path, tmp_path: Path):
    folder = tmp_path / "evil"
    folder.mkdir()
    for path in model.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    marker = tmp_path / "ran"
    (folder / "evil.py").write_text(f"open({str(marker)!r}, 'w')\nclass Config: pass\n")
    config = (folder / "config.json").read_text()
    (folder / "config.json").write_text(
        config.replace('"model_type": "llava"', '"model_type": "evil"').replace(
            "{", '{"auto_map": {"AutoConfig": "evil.Config"},', 1
        )
    )
    with pytest.raises(BackendMissing):
        list(VLMExtractor(str(folder)).extract([Comment("c", "liked", "neon")]))
    assert not marker.exists()
