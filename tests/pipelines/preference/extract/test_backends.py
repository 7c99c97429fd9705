"""Readers by name."""

from pathlib import Path

import pytest

from pipelines.errors import BackendMissing
from pipelines.preference.extract import BACKENDS, ReaderOptions, reader
from pipelines.preference.extract.protocol import Extractor

OPTIONS = ReaderOptions(
    gguf=Path(__file__), base_url="http://127.0.0.1:1/v1", model="m", vlm="some/model"
)


@pytest.mark.parametrize("name", BACKENDS)
def test_every_reader_keeps_the_contract(name: str):
    made = reader(name, OPTIONS)
    assert isinstance(made, Extractor)
    assert made.id.startswith(name)
    assert made.prompt_version


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("oracle", ReaderOptions(), "There are: built-in"),
        ("local-llm", ReaderOptions(), "studio models pull llm"),
        ("local-llm", ReaderOptions(gguf=Path("/nowhere.gguf")), "nowhere.gguf"),
        ("openai", ReaderOptions(), "no server address"),
        ("vlm", ReaderOptions(), "hub id"),
    ],
)
def test_what_is_missing_is_said(name: str, options: ReaderOptions, said: str):
    with pytest.raises(BackendMissing, match=said):
        reader(name, options)
