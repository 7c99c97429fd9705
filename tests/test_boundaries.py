"""Who may import whom, what importing may do, and what no file of ours contains."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
PIPELINES = sorted((CHECKOUT / "pipelines").rglob("*.py"))
STUDIO = sorted((CHECKOUT / "studio").rglob("*.py"))
OURS = [*PIPELINES, *STUDIO, CHECKOUT / "launch.py"]
NO_ROOMS = {"utils", "helpers", "common", "misc", "util", "helper"}


def imports(file: Path) -> set[str]:
    """Top-level names of everything a file imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def calls(file: Path) -> Iterator[tuple[str, ast.Call]]:
    """Every call of a file, by its dotted name as written."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def module_name(file: Path) -> str:
    parts = file.relative_to(CHECKOUT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def offenders(files: list[Path], forbidden: set[str]) -> dict[str, set[str]]:
    """What is imported although it must not be, by module."""
    found = {module_name(file): imports(file) & forbidden for file in files}
    return {name: names for name, names in found.items() if names}


def test_pipelines_know_no_screen_no_database_and_no_studio() -> None:
    above = {"gradio", "sqlite3", "sqlalchemy", "sqlmodel", "alembic", "studio", "launch"}
    assert offenders(PIPELINES, above) == {}


def test_the_studio_does_not_import_its_launcher() -> None:
    assert offenders(STUDIO, {"launch"}) == {}


def test_sql_is_spoken_only_in_the_store() -> None:
    speakers = {file for file in STUDIO if imports(file) & {"sqlite3", "sqlalchemy", "sqlmodel"}}
    assert {file.relative_to(CHECKOUT / "studio").parts[0] for file in speakers} <= {"store"}


def test_no_file_can_load_a_pickle() -> None:
    assert offenders(OURS, {"pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal"}) == {}


def test_no_file_runs_text_or_trusts_foreign_code() -> None:
    forbidden = {"eval", "exec", "torch.load", "os.system", "os.popen"}
    switches = {"shell", "trust_remote_code", "allow_pickle"}
    for file in OURS:
        for name, call in calls(file):
            options = {option.arg: ast.unparse(option.value) for option in call.keywords}
            on = [switch for switch in switches if options.get(switch, "False") != "False"]
            assert name not in forbidden, f"{module_name(file)}: {name}"
            assert not on, f"{module_name(file)}: {name}({on})"


def test_rooms_have_names() -> None:
    files = [*OURS, *(CHECKOUT / "tests").rglob("*.py")]
    assert [file for file in files if file.stem in NO_ROOMS] == []


# set by torch's compiler and by open_clip when they are imported; not ours to change
FOREIGN = {"TORCHINDUCTOR_CACHE_DIR", "TOKENIZERS_PARALLELISM"}


def test_importing_everything_changes_nothing(tmp_path: Path) -> None:
    modules = [module_name(file) for file in [*PIPELINES, *STUDIO] if file.stem != "__main__"]
    modules = [name for name in modules if not name.startswith("studio.store.migrations")]
    program = f"""
import os, sys
import torch
seed = torch.initial_seed()
before = dict(os.environ)
import importlib
for name in {modules!r}:
    importlib.import_module(name)
changed = {{k for k in before.keys() | os.environ if before.get(k) != os.environ.get(k)}}
print("environment", sorted(changed - set({sorted(FOREIGN)!r})))
print("seeded", seed != torch.initial_seed())
print("cuda", torch.cuda.is_initialized())
"""
    home, place = tmp_path / "home", tmp_path / "place"
    place.mkdir()
    done = subprocess.run(
        [sys.executable, "-P", "-c", program],
        cwd=place,
        env=quiet_environment(home),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["environment []", "seeded False", "cuda False"]
    assert list(place.iterdir()) == []
    assert not home.exists()


def quiet_environment(home: Path) -> dict[str, str]:
    """The person's own environment with everything of theirs below `home`, which does not exist."""
    own = {k: v for k, v in os.environ.items() if not k.startswith(("STUDIO_", "HF_"))}
    places = {name: str(home) for name in ("HOME", "STUDIO_HOME", "HF_HOME", "XDG_CACHE_HOME")}
    return own | places | {"PYTHONPATH": str(CHECKOUT), "PYTHONDONTWRITEBYTECODE": "1"}
