"""`studio doctor` tells the truth about a whole and about a damaged installation."""

import json
import shutil
from pathlib import Path

import pytest

from pipelines.models import cards
from studio.cli.main import main
from studio.doctor import examine, in_words, inspect, size_of
from studio.lock import writing
from studio.paths import Paths
from studio.settings import Settings

EMBEDDED = "sticker-128"


def test_the_shipped_model_can_generate_and_the_command_says_so(
    studio_home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--json"]) == 0
    report = json.loads(capfd.readouterr().out)
    assert report["ok"]
    assert report["home"] == str(studio_home)
    assert report["versions"]["torch"].startswith("2.")
    model = next(model for model in report["models"] if model["id"] == EMBEDDED)
    assert model["usable"]
    assert "hashes match" in model["message"]
    assert not studio_home.exists()  # looking changes nothing
    assert main(["doctor"]) == 0
    assert "The embedded model can generate." in capfd.readouterr().out


@pytest.fixture
def own_assets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the embedded model that may be damaged."""
    assets = tmp_path / "assets"
    shutil.copytree(cards.assets_dir() / "models" / EMBEDDED, assets / "models" / EMBEDDED)
    shutil.copy(cards.assets_dir() / "models.toml", assets)
    monkeypatch.setattr(cards, "assets_dir", lambda: assets)
    return assets / "models" / EMBEDDED


@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_a_damaged_embedded_model_is_an_error_and_exit_code_1(
    damage: str, own_assets: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    weights = own_assets / "unet" / "diffusion_pytorch_model.safetensors"
    if damage == "changed":
        with weights.open("r+b") as file:
            file.seek(-1, 2)
            file.write(b"\x7f")
    else:
        weights.unlink()
    assert main(["doctor", "--json"]) == 1
    report = json.loads(capfd.readouterr().out)
    assert not report["ok"]
    check = next(check for check in report["checks"] if EMBEDDED in check["name"])
    assert check["status"] == "error"
    assert weights.name in check["message"]
    assert main(["doctor"]) == 1
    assert "No picture can be made yet." in capfd.readouterr().out


def test_a_cut_off_weights_file_is_seen_even_without_a_hash(own_assets: Path) -> None:
    weights = own_assets / "vae" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    model = inspect(cards.find_card(EMBEDDED).model_copy(update={"sha256": {}}))
    assert not model.usable
    assert "vae" in model.message or weights.name in model.message


def test_own_models_that_are_missing_are_warnings_only(studio_home: Path) -> None:
    paths = Paths(studio_home).make()
    paths.own_cards.write_text(
        '[[model]]\nid = "mine"\nname = "Mine"\nfamily = "sd1"\nsource = "x"\n'
    )
    report = examine(Settings(), paths)
    assert report.ok
    assert {check.name: check.status for check in report.checks}["model mine"] == "warning"


def test_disk_use_is_told_by_kind_and_an_open_studio_is_named(studio_home: Path) -> None:
    paths = Paths(studio_home).make()
    (paths.models / "big.safetensors").write_bytes(bytes(5000))
    (paths.thumbnails / "small.webp").write_bytes(bytes(70))
    paths.database.write_bytes(bytes(100))
    Path(f"{paths.database}-wal").write_bytes(bytes(11))
    with writing(paths, "studio serve"):
        report = examine(Settings(), paths)
    found = {kind: report.disk[kind] for kind in ("models", "caches", "database", "pictures")}
    assert found == {"models": 5000, "caches": 70, "database": 111, "pictures": 0}
    assert "studio serve" in {check.name: check.message for check in report.checks}["data folder"]


def test_sizes_are_said_for_people(tmp_path: Path) -> None:
    assert [in_words(n) for n in (12, 1500, 2_500_000, 6_600_000_000)] == [
        "12 bytes",
        "1.5 kB",
        "2.5 MB",
        "6.6 GB",
    ]
    assert size_of(tmp_path / "nothing") == 0
