"""The local model. Its figures are in `studio bench extract --backend local-llm`."""

import json
import os
from pathlib import Path

import pytest

from pipelines.errors import ExtractionError
from pipelines.preference.attributes import Comment
from pipelines.preference.extract import answers, lists, prompt
from pipelines.preference.extract.local_llm import LocalLLMExtractor, load
from pipelines.preference.extract.openai_api import OpenAIExtractor

GGUF = os.environ.get("TEST_GGUF", "")
with_model = pytest.mark.skipif(not GGUF, reason="set TEST_GGUF to a small instruct model's file")


def test_a_file_that_is_no_model_is_refused_by_name(tmp_path: Path):
    pytest.importorskip("xllamacpp")
    (tmp_path / "x.gguf").write_bytes(b"GGUF but not really")
    with pytest.raises(ExtractionError, match=r"x\.gguf cannot be loaded"):
        LocalLLMExtractor(tmp_path / "x.gguf").warm()


@pytest.mark.slow
@with_model
def test_answers_obey_the_schema_and_stay_the_same():
    with LocalLLMExtractor(Path(GGUF)) as reader:
        chat = lists.messages(Comment("c", "liked", "nice colours but way too busy"))
        first, second = (reader.ask(chat, tokens=lists.MAX_TOKENS) for _ in range(2))
    assert first == second
    assert set(json.loads(first)) == {"liked", "disliked"}
    assert all(len(phrase) > 1 for phrase, _ in lists.parse(first))


@pytest.mark.slow
@with_model
def test_the_server_reader_speaks_with_llama_cpp_over_http():
    server = load(Path(GGUF), threads=1)
    reader = OpenAIExtractor(f"{server.listening_address}/v1", "whatever")
    chat = prompt.messages(Comment("c", "disliked", "the red is screaming"))
    for item in answers.parse(reader.ask(chat)):
        assert item["polarity"] in ("liked", "disliked")
