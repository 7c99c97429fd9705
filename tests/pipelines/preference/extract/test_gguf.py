"""Getting the language model: real downloads from loopback and from a folder of packages."""

import hashlib
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pipelines.errors import DamagedFile, ModelError
from pipelines.preference.extract.gguf import QWEN_CODER, GgufCard, find, from_packages, pull

CONTENT = bytes(range(256)) * 12_000  # three blocks


class Hub(BaseHTTPRequestHandler):
    """Serves one file with ranges, as the hub does."""

    starts: list[int]

    def do_GET(self) -> None:
        start = int(self.headers["Range"].removeprefix("bytes=").rstrip("-"))
        self.starts.append(start)
        self.send_response(206)
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        try:
            self.wfile.write(CONTENT[start:])
        except ConnectionError:
            """The reader was stopped, which is what a test does."""

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: pytest shows what matters."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """A hub on loopback; the first bytes that were asked for."""
    Hub.starts = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    yield Hub.starts
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")


def card(content: bytes = CONTENT, parts: int = 0) -> GgufCard:
    digest = hashlib.sha256(content).hexdigest()
    return GgufCard(
        "tiny", "Tiny", "tiny.gguf", len(content), digest, "MIT", "o/r", "tinypart", parts, "1.0"
    )


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the file in two packages, and pip told to look nowhere else."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    half = len(CONTENT) // 2
    for number, part in enumerate((CONTENT[:half], CONTENT[half:]), start=1):
        info = f"tinypart{number}-1.0.dist-info"
        with zipfile.ZipFile(folder / f"tinypart{number}-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"tinypart{number}/part.bin", part)
            wheel.writestr(
                f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tinypart{number}\nVersion: 1.0\n"
            )
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def test_the_hub_comes_first_and_progress_reaches_the_end(hub: list[int], tmp_path: Path):
    steps = list(pull(card(), tmp_path))
    assert (tmp_path / "tiny.gguf").read_bytes() == CONTENT
    assert steps[-1].done == steps[-1].total == len(CONTENT)
    assert hub == [0]


def test_a_stopped_download_goes_on_where_it_was(hub: list[int], tmp_path: Path):
    started = pull(card(), tmp_path)
    next(started)
    started.close()
    assert find(card(), tmp_path) is None
    list(pull(card(), tmp_path))
    assert (tmp_path / "tiny.gguf").read_bytes() == CONTENT
    assert hub[0] == 0
    assert hub[1] > 0


def test_a_file_that_is_here_is_not_fetched_again(hub: list[int], tmp_path: Path):
    (tmp_path / "tiny.gguf").write_bytes(CONTENT)
    [only] = pull(card(), tmp_path)
    assert "already" in only.text
    assert hub == []


def test_a_wrong_digest_leaves_nothing(hub: list[int], tmp_path: Path):
    with pytest.raises(DamagedFile, match="Try again"):
        list(pull(card(b"x" * len(CONTENT)), tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_packages_serve_where_the_hub_cannot_be_reached(
    no_hub: None, packages: Path, tmp_path: Path
):
    list(pull(card(parts=2), tmp_path / "llm"))
    assert (tmp_path / "llm" / "tiny.gguf").read_bytes() == CONTENT
    assert [path.name for path in (tmp_path / "llm").iterdir()] == ["tiny.gguf"]


def test_joining_packages_goes_on_after_a_stop(packages: Path, tmp_path: Path):
    draft = tmp_path / "draft"
    steps = from_packages(card(parts=2), draft)
    next(steps)
    next(steps)  # the first part is in
    steps.close()
    (packages / "tinypart1-1.0-py3-none-any.whl").unlink()  # it must not be needed again
    draft.write_bytes(draft.read_bytes() + b"half a part")
    list(from_packages(card(parts=2), draft))
    assert draft.read_bytes() == CONTENT


def test_when_nothing_can_be_reached_every_source_is_named(
    no_hub: None, packages: Path, tmp_path: Path
):
    for wheel in packages.iterdir():
        wheel.unlink()
    with pytest.raises(ModelError, match=r"hub cannot be reached.*tinypart1==1\.0 cannot be had"):
        list(pull(card(parts=2), tmp_path))


def test_the_default_model_is_the_one_that_was_measured():
    assert QWEN_CODER.size == 1_117_320_768
    assert len(QWEN_CODER.sha256) == 64
