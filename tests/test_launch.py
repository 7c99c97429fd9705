"""launch.py from outside, in copies of the checkout that hold tiny packages instead of large ones.

pip, venv and the installs are real; the index is a folder of wheels made here, so nothing is
downloaded.
"""

import ast
import hashlib
import importlib.util
import inspect
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
LAUNCH = CHECKOUT / "launch.py"

# A PEP 660 backend of a few lines, so that the editable install needs no package either; `wheel`
# and `digest` from below are put in front of it
BACKEND = """
def build_editable(folder, config_settings=None, metadata_directory=None):
    return wheel(Path(folder), "taste-studio", "0", {"tiny.pth": str(Path.cwd())}).name
"""
BACKEND_IMPORTS = """
import hashlib, zipfile
from base64 import urlsafe_b64encode
from pathlib import Path
"""
STUDIO = """
import signal, sys, time
print("studio", *sys.argv[1:])
if sys.argv[1] == "wait":
    # whoever runs the tests in the background may have had Ctrl+C ignored for all of them
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        print("waiting", flush=True)
        time.sleep(300)
    except KeyboardInterrupt:
        sys.exit(130)
sys.exit(7 if sys.argv[1] == "seven" else 0)
"""
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "taste-studio"
version = "0"
[tool.studio.torch]
torch = "2"
torchvision = "2"
[tool.studio.torch.index]
"""
LOCKED = ("diffusers", "transformers", "peft", "gradio", "sqlmodel")
TESTED = ("pytest", "hypothesis", "coverage", "playwright", "sd_parsers")


def wheel(folder: Path, name: str, version: str, files: dict[str, str]) -> Path:
    """Write a wheel by hand: it is a zip with a list of its files."""
    stem = f"{name.replace('-', '_')}-{version}"
    info = f"{stem}.dist-info"
    content = files | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = [f"{path},sha256={digest(text)},{len(text)}" for path, text in content.items()]
    content[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,"])
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in content.items():
            archive.writestr(file, text)
    return path


def digest(text: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def tiny_checkout(root: Path, wheels: Path) -> Path:
    """A checkout whose packages are empty modules."""
    wheels.mkdir(parents=True, exist_ok=True)
    for name in ("torch", "torchvision", *LOCKED, *TESTED):
        wheel(wheels, name, "2", {f"{name}/__init__.py": "", f"{name}/__main__.py": STUDIO})
    for package in ("studio", "pipelines", "tests"):
        (root / package).mkdir(parents=True)
        (root / package / "__init__.py").touch()
    (root / "studio" / "__main__.py").write_text(STUDIO)
    (root / "tests" / "browser.py").write_text("print('looking for a browser')")
    (root / "pyproject.toml").write_text(PYPROJECT)
    parts = (BACKEND_IMPORTS, inspect.getsource(digest), inspect.getsource(wheel), BACKEND)
    (root / "backend.py").write_text("\n".join(parts))
    (root / "requirements.lock").write_text("".join(f"{name}==2\n" for name in LOCKED))
    (root / "requirements-extras.lock").write_text("nowhere-to-be-had==1\n")
    (root / "requirements-test.lock").write_text("".join(f"{name}==2\n" for name in TESTED))
    shutil.copy(LAUNCH, root)
    return root


def environment(wheels: Path) -> dict[str, str]:
    """pip sees the folder of wheels and nothing else."""
    own = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "STUDIO_"))}
    return own | {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
        "STUDIO_TORCH_INDEX": "http://127.0.0.1:9",  # nobody answers there
    }


def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


Start = Callable[..., subprocess.CompletedProcess[str]]


def starter(root: Path, wheels: Path) -> Start:
    def start(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(root / "launch.py"), *words]
        return run(command, cwd=root.parent, env=environment(wheels))

    return start


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Start]:
    """A checkout after its first start."""
    base = tmp_path_factory.mktemp("launch")
    root = tiny_checkout(base / "a checkout", base / "wheels")
    start = starter(root, base / "wheels")
    first = start("test", "first")
    assert first.returncode == 0, first.stderr
    assert first.stdout == "studio first\n"  # the tiny pytest; all that launch says is on stderr
    return root, start


@pytest.fixture
def launch(tmp_path: Path) -> ModuleType:
    """launch.py as a module, in a checkout of its own with no environment."""
    root = tiny_checkout(tmp_path / "checkout", tmp_path / "wheels")
    spec = importlib.util.spec_from_file_location("launch_under_test", root / "launch.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_launch_is_readable_by_python_3_7_and_imports_only_the_standard_library() -> None:
    tree = ast.parse(LAUNCH.read_text(), feature_version=(3, 7))
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    modules = {
        alias.name.split(".")[0]
        for node in nodes
        for alias in (
            node.names if isinstance(node, ast.Import) else [ast.alias(node.module or "")]
        )
    }
    assert modules <= sys.stdlib_module_names


@pytest.mark.parametrize(
    ("spoiled", "sentence"),
    [
        ("sys.version_info = (3, 9, 2, 'final', 0)", "Python 3.11 or newer is needed"),
        ("sys.modules['ensurepip'] = None", "its venv module is not complete"),
    ],
)
def test_what_the_machine_lacks_is_one_sentence_and_exit_code_1(
    spoiled: str, sentence: str, tmp_path: Path
) -> None:
    root = tiny_checkout(tmp_path / "checkout", tmp_path / "wheels")
    program = f"import sys, runpy; {spoiled}; sys.argv = ['launch.py', 'doctor'];"
    program += f"runpy.run_path({str(root / 'launch.py')!r}, run_name='__main__')"
    done = run([sys.executable, "-c", program], env=environment(tmp_path / "wheels"))
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("Taste Studio: ")
    assert sentence in last
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert not (root / ".venv").exists()


def test_too_little_disk_is_said_with_both_numbers(
    launch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch.shutil, "disk_usage", lambda path: SimpleNamespace(free=5e8))
    with pytest.raises(launch.Stop, match=r"about 10 GB in .* 0\.5 GB are free"):
        launch.check_disk("cuda")


def test_a_second_start_installs_nothing_and_adds_less_than_three_seconds(
    installed: tuple[Path, Start],
) -> None:
    root, start = installed
    before = (root / ".venv" / "studio.json").stat().st_mtime_ns
    begin = time.perf_counter()
    done = start("doctor", "--json")
    assert time.perf_counter() - begin < 3
    assert done.stdout == "studio doctor --json\n"
    assert done.stderr == ""
    assert (root / ".venv" / "studio.json").stat().st_mtime_ns == before


def test_the_exit_code_is_that_of_the_command(installed: tuple[Path, Start]) -> None:
    _, start = installed
    assert start("seven").returncode == 7
    assert start("test", "seven").returncode == 7


def test_without_words_the_studio_is_served(installed: tuple[Path, Start]) -> None:
    _, start = installed
    assert start().stdout == "studio serve\n"


def test_optional_parts_that_cannot_be_had_are_named_and_stop_nothing(launch: Any) -> None:
    said: list[str] = []

    def pip(what: str, *words: object) -> None:
        if what == "optional parts":
            raise launch.Stop("Installing failed (no wheel).")

    launch.pip, launch.say, launch.check_disk = pip, said.append, lambda kind: None
    launch.torch_source = lambda indexes: ("default", None)
    launch.install_main()
    assert said == ["  Going on without the optional parts. Installing failed (no wheel)."]


def test_ctrl_c_ends_the_command_and_its_exit_code_is_kept(installed: tuple[Path, Start]) -> None:
    root, _ = installed
    command = [sys.executable, str(root / "launch.py"), "wait"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        while child.stdout.readline() != b"waiting\n":
            assert child.poll() is None
        child.send_signal(signal.SIGINT)
        assert child.wait(timeout=60) == 130
        assert child.stderr.read() == b""


def test_an_environment_is_ready_only_as_long_as_nothing_that_matters_changed(
    launch: Any, installed: tuple[Path, Start], tmp_path: Path
) -> None:
    whole = tmp_path / "whole"
    shutil.copytree(installed[0] / ".venv", launch.VENV, symlinks=True)
    stamped = {group: launch.digest(group) for group in launch.LOCKS}
    launch.STAMP.write_text(json.dumps(stamped))
    assert launch.is_ready("main")
    assert launch.is_ready("test")

    def changed(spoil: Callable[[], object], restore: Callable[[], object]) -> bool:
        spoil()
        ready = launch.is_ready("main")
        restore()
        assert launch.is_ready("main")
        return not ready

    lock, text = launch.MAIN, launch.MAIN.read_text()
    assert changed(lambda: lock.write_text(text + "new==1\n"), lambda: lock.write_text(text))
    assert changed(launch.MARK.touch, launch.MARK.unlink)
    gradio = next(launch.VENV.rglob("site-packages/gradio"))
    assert changed(lambda: gradio.rename(whole), lambda: whole.rename(gradio))
    pins = launch.ROOT / "pyproject.toml"
    assert changed(
        lambda: pins.write_text(PYPROJECT.replace('torch = "2"', 'torch = "3"')),
        lambda: pins.write_text(PYPROJECT),
    )


def test_a_killed_installation_is_made_anew_not_reused(
    launch: Any, installed: tuple[Path, Start], tmp_path: Path
) -> None:
    shutil.copytree(installed[0] / ".venv", launch.VENV, symlinks=True)
    rest = launch.VENV / "half-written"
    rest.touch()
    launch.MARK.touch()
    done = starter(launch.ROOT, tmp_path / "wheels")("doctor")
    assert done.returncode == 0, done.stderr
    assert "Making the environment" in done.stderr
    assert not rest.exists()
    assert launch.is_ready("main")


def test_a_damaged_package_is_found_and_repaired(
    launch: Any, installed: tuple[Path, Start], tmp_path: Path
) -> None:
    shutil.copytree(installed[0] / ".venv", launch.VENV, symlinks=True)
    broken = next(launch.VENV.rglob("site-packages/torch/__init__.py"))
    broken.write_text("raise ImportError('cut off')")
    launch.STAMP.unlink()
    assert launch.is_usable()  # to pip, that environment is complete
    done = starter(launch.ROOT, tmp_path / "wheels")("doctor")
    assert done.returncode == 0, done.stderr
    assert launch.fault(("main",)) == ""


def test_packages_that_cannot_be_had_end_in_one_sentence_and_are_tried_again_later(
    installed: tuple[Path, Start],
) -> None:
    root, start = installed
    lock, text = root / "requirements.lock", (root / "requirements.lock").read_text()
    lock.write_text(text + "not-to-be-had==1\n")
    failed = start("doctor")
    lock.write_text(text)
    assert failed.returncode == 1
    assert failed.stderr.splitlines()[-1].startswith("Taste Studio: Installing failed (ERROR: No m")
    assert failed.stdout == ""
    assert start("doctor").returncode == 0


def test_two_starts_do_not_install_at_once(launch: Any) -> None:
    with (
        launch.one_at_a_time(),
        pytest.raises(launch.Stop, match="Another start"),
        launch.one_at_a_time(),
    ):
        pass
    with launch.one_at_a_time():
        assert (launch.ROOT / ".venv.lock").exists()


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        (
            "WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError("
            "'<pip._vendor.urllib3.connection.HTTPSConnection object>: Failed to establish a new "
            "connection: [Errno -3] Temporary failure in name resolution')': /simple/torch/\n"
            "ERROR: No matching distribution found for torch==2.14.1\n",
            "The package index cannot be reached",
        ),
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on "
            "device\n",
            "The disk is full",
        ),
        (
            "ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied: "
            "'/opt/x'\n",
            "Writing is not permitted",
        ),
        ("ERROR: No matching distribution found for x==1\n", "No matching distribution found"),
        ("", "pip gave no reason"),
    ],
)
def test_a_failure_of_pip_becomes_one_sentence(output: str, sentence: str, launch: Any) -> None:
    said = launch.cause(output)
    assert sentence in said
    assert said.endswith("install.log")
    assert "\n" not in said


def test_torch_comes_from_its_own_index_where_that_answers(
    launch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Index(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(200 if self.path == "/whl/torch/" else 404)
            self.end_headers()

        def log_message(self, *words: object) -> None:
            """Stay silent: the test reads no log."""

    monkeypatch.setattr(launch, "accelerator", lambda: "cpu")
    with HTTPServer(("127.0.0.1", 0), Index) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}"
        assert launch.torch_source({"cpu": f"{base}/whl"}) == ("cpu", f"{base}/whl")
        assert launch.torch_source({"cpu": f"{base}/elsewhere"}) == ("default", None)
        server.shutdown()
    assert launch.torch_source({"cpu": f"{base}/whl"}) == ("default", None)


def test_an_index_that_fails_is_replaced_by_the_default_one(launch: Any) -> None:
    asked: list[tuple[object, ...]] = []

    def pip(what: str, *words: object) -> None:
        asked.append(words)
        if "--index-url" in words:
            raise launch.Stop("Installing failed.")

    launch.pip, launch.check_disk = pip, lambda kind: None
    launch.install_torch({"torch": "2", "torchvision": "2"}, "cuda", "http://index")
    assert asked[0][-2:] == ("--index-url", "http://index")
    assert asked[1] == ("torch==2", "torchvision==2", "-c", launch.MAIN)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (
            "  Downloading torch-2.14.1-cp311-cp311-manylinux_2_28_x86_64.whl (915.2 MB)\n",
            "downloading torch (915.2 MB)",
        ),
        ("  Downloading idna-3.20-py3-none-any.whl (72 kB)\n", ""),
        ("Installing collected packages: a, b, c\n", "installing 3 packages"),
        ("Collecting torch==2.14.1\n", ""),
    ],
)
def test_only_large_downloads_and_the_last_step_are_shown(
    line: str, shown: str, launch: Any
) -> None:
    assert launch.headline(line) == shown
