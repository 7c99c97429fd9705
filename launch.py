"""The one command: makes the environment, then starts the studio.

    python3 launch.py                 opens the studio in the browser
    python3 launch.py COMMAND …       runs `studio COMMAND …`, for example `tour` or `doctor`
    python3 launch.py test …          runs the tests; what follows goes to pytest

Only the standard library is imported, and nothing newer than Python 3.7 is written here, so that an
old Python reads far enough to say what is wrong. Messages go to stderr: stdout is the command's.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import queue
import re
import shutil
import subprocess
import sys
import sysconfig
import threading
import time
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "studio.json"  # what is installed completely: {group: digest of what was locked}
MARK = VENV / "installing"  # there while pip works; left over, it was killed
LOG = VENV / "install.log"
MAIN = ROOT / "requirements.lock"
EXTRAS = ROOT / "requirements-extras.lock"
TEST = ROOT / "requirements-test.lock"
LOCKS = {"main": (MAIN, EXTRAS), "test": (TEST,)}
IMPORTS = {
    "main": "torch torchvision diffusers transformers peft gradio sqlmodel studio pipelines",
    "test": "pytest hypothesis coverage playwright sd_parsers",
}
GIGABYTES = {"default": 10, "cuda": 10, "rocm": 20, "cpu": 4, "mac": 4}  # downloads included
CAUSES = {
    r"No space left": "The disk is full. Free some space and start again.",
    r"Permission denied": "Writing is not permitted. Start from a folder of your own.",
    r"NewConnectionError|NameResolution|Connection(Error| refused| reset| aborted)|ProxyError"
    r"|unreachable|timed out|getaddrinfo|name resolution": "The package index cannot be reached. "
    "The first start needs the internet; connect and start again.",
}


class Stop(Exception):
    """Why the studio cannot start: one sentence for the person."""


def say(text: str) -> None:
    """One line to the person."""
    print(text, file=sys.stderr, flush=True)


# The machine


def check_python() -> None:
    """Refuse a Python that cannot run the studio or cannot make an environment."""
    if sys.version_info < OLDEST:
        raise Stop(
            f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed, this is {sys.version.split()[0]}. "
            "Get a newer one from python.org and start with that."
        )
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        raise Stop(
            "This Python cannot make environments, its venv module is not complete. "
            f"On Debian and Ubuntu, sudo apt install {package} brings it."
        )


def check_disk(kind: str) -> None:
    """Refuse to begin what will not fit; what is installed already counts."""
    there = sum(f.lstat().st_size for f in VENV.rglob("*")) / 1e9
    needed, free = max(1.0, GIGABYTES[kind] - there), shutil.disk_usage(ROOT).free / 1e9
    if free < needed:
        raise Stop(
            f"Installing needs about {needed:.0f} GB in {ROOT}, and {free:.1f} GB are free. "
            "Free some space and start again."
        )


def torch_pins() -> dict:
    """Versions and indexes of torch."""
    import tomllib  # since Python 3.11

    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["tool"]["studio"]["torch"]


def accelerator() -> str:
    """What torch should be built for."""
    if sys.platform == "darwin":
        return "mac"
    if shutil.which("nvidia-smi"):
        return "cuda"
    return "rocm" if Path("/dev/kfd").exists() else "cpu"


def torch_source(indexes: dict) -> tuple:
    """(kind, index) to take torch from: PyTorch's own index where it answers, else the default
    one, whose only build for Linux carries CUDA and runs without a card too."""
    kind = accelerator()
    index = os.environ.get("STUDIO_TORCH_INDEX") or indexes.get(kind)
    if index and answers(index):
        return kind, index
    return ("mac" if kind == "mac" else "default"), None


def answers(index: str) -> bool:
    """Whether a package index can be reached within a few seconds."""
    from urllib.request import Request, urlopen

    try:
        with urlopen(Request(index.rstrip("/") + "/torch/", method="HEAD"), timeout=4):
            return True
    except (OSError, ValueError):
        return False


# The environment


def ensure(*groups: str) -> None:
    """Install what is missing. An environment that was cut off or is damaged is made anew; a whole
    one is brought up to the locks in place."""
    missing = [group for group in groups if not is_ready(group)]
    if not missing:
        return
    with one_at_a_time():
        if is_usable():
            fill(missing)
        if not is_usable() or fault(groups):
            make_environment()
            fill(groups)
            reason = fault(groups)
            if reason:
                raise Stop(f"The packages were installed but do not work: {reason}.")
        stamp(groups)


def is_ready(group: str) -> bool:
    """Whether this group is installed as locked, and not damaged since as far as a glance shows."""
    if MARK.exists() or not PYTHON.exists() or stamps().get(group) != digest(group):
        return False
    site = Path(sysconfig.get_path("purelib", "venv", {"base": str(VENV)}))
    packages = set(IMPORTS[group].split()) - {"studio", "pipelines"}
    return all((site / name).exists() for name in packages)


def is_usable() -> bool:
    """Whether the environment that lies there can be installed into."""
    if MARK.exists() or not PYTHON.exists():
        return False
    program = "import sys, pip; print(*sys.version_info[:2])"
    version = ask_python(program).stdout.split()
    moved = stamps().get("place", str(ROOT)) != str(ROOT)
    return version == [str(n) for n in sys.version_info[:2]] and not moved


def fault(groups: tuple) -> str:
    """Why the packages cannot be imported; empty if they can."""
    say("  checking")
    program = "import " + ", ".join(" ".join(IMPORTS[group] for group in groups).split())
    check = ask_python(program)
    return (check.stderr.strip() or "it crashed").splitlines()[-1] if check.returncode else ""


def ask_python(program: str) -> subprocess.CompletedProcess:
    """Run a line in the environment, apart from the person's own Python settings."""
    command = [str(PYTHON), "-I", "-c", program]
    return subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)


def digest(group: str) -> str:
    """Changes when what is to be installed changes, or Python, or the place of the folder."""
    parts = [str(sys.version_info[:2]), str(ROOT), json.dumps(torch_pins())]
    parts += [lock.read_text(encoding="utf-8") for lock in LOCKS[group]]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def stamps() -> dict:
    """What was stamped as installed."""
    try:
        return json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def stamp(groups: tuple) -> None:
    """Write down that these groups are complete."""
    done = {**stamps(), "place": str(ROOT), **{group: digest(group) for group in groups}}
    STAMP.write_text(json.dumps(done, indent=2), encoding="utf-8")


@contextlib.contextmanager
def one_at_a_time():
    """Let one start install at a time; the system frees this lock when the process ends."""
    with (ROOT / ".venv.lock").open("w", encoding="utf-8") as file:
        try:
            if os.name == "nt":
                import msvcrt

                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Stop("Another start is installing here. Wait until it is done.") from error
        yield


def make_environment() -> None:
    """An empty environment, in place of whatever was there."""
    import venv

    say(f"Making the environment in {VENV} (some minutes, the first time only)")
    try:
        venv.create(VENV, with_pip=True, clear=True, symlinks=os.name != "nt")
    except subprocess.CalledProcessError as error:
        raise Stop(f"Python could not make the environment in {VENV}: {error}.") from error


def fill(groups) -> None:
    """Install groups. The mark stays when this process is killed; when pip ends by itself, it has
    left nothing half-installed."""
    MARK.touch()
    try:
        if "main" in groups:
            install_main()
        if "test" in groups:
            pip("packages for the tests", "--no-deps", "-r", TEST)
    except Stop:
        MARK.unlink()
        raise
    MARK.unlink()


def install_main() -> None:
    """The locked packages, torch for this machine, the optional parts, and the studio itself."""
    pins = torch_pins()
    kind, index = torch_source(pins["index"])
    check_disk(kind)
    pip("packages", "--no-deps", "-r", MAIN)  # the lock is complete: nothing to resolve
    install_torch(pins, kind, index)
    try:
        pip("optional parts", "--no-deps", "--only-binary", ":all:", "-r", EXTRAS)
    except Stop as error:
        say(f"  Going on without the optional parts. {error}")
    pip("the studio", "--no-deps", "--no-build-isolation", "--editable", ROOT)


def install_torch(pins: dict, kind: str, index: str | None) -> None:
    """torch and what it pins itself, which differs from machine to machine."""
    wanted = [f"{name}=={pins[name]}" for name in ("torch", "torchvision")] + ["-c", MAIN]
    try:
        pip(f"torch ({kind})", *wanted, *(["--index-url", index] if index else []))
    except Stop:
        if not index:
            raise
        say(f"  {index} could not serve it; taking the default index")
        check_disk("default")
        pip("torch (default)", *wanted)


# pip, watched


def pip(what: str, *words) -> None:
    """Run `pip install` and show what it is at; its own words are kept in install.log."""
    say(f"  {what}")
    command = [PYTHON, "-I", "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    child = subprocess.Popen(
        [str(word) for word in [*command, "--progress-bar", "off", *words]],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    with child, LOG.open("a", encoding="utf-8") as log:
        text = watch(child.stdout, log)
    if child.returncode:
        raise Stop(cause(text))


def watch(stream, log) -> str:
    """Read to the end. A large download is silent for minutes, so a clock speaks meanwhile."""
    lines, text, doing, start, quiet = queue.Queue(), "", "working", time.monotonic(), False
    threading.Thread(target=lambda: [*map(lines.put, stream), lines.put("")], daemon=True).start()
    while True:
        try:
            line, quiet = lines.get(timeout=10), False
            if not line:
                return text
        except queue.Empty:
            line, quiet = "", True
        log.write(line)
        text += line
        news = headline(line)
        doing = news or doing
        if news or quiet:
            say(f"    {doing}, {time.monotonic() - start:.0f} s")


def headline(line: str) -> str:
    """What of pip's line is worth showing: large files, and the last step."""
    large = re.match(r"\s*(Downloading|Using cached) (\S+?)-\d\S* \((\d{2,}\S* [MG]B)\)", line)
    if large:
        return f"{large[1].lower()} {large[2]} ({large[3]})"
    if line.startswith("Installing collected packages") and "," in line:
        return f"installing {line.count(',') + 1} packages"
    return ""


def cause(text: str) -> str:
    """One sentence for a failed installation."""
    for pattern, sentence in CAUSES.items():
        if re.search(pattern, text):
            return f"{sentence} Details are in {LOG}"
    errors = [line for line in text.splitlines() if line.startswith("ERROR")]
    return f"Installing failed ({(errors or ['pip gave no reason'])[-1]}). Details are in {LOG}"


# What is started


def become(*command) -> int:
    """Run a command in place of this process: Ctrl+C, signals and the exit code are its own."""
    words = [str(word) for word in command]
    if os.name != "nt":
        os.execv(words[0], words)
    child = subprocess.Popen(words)
    while True:  # the Windows console sends Ctrl+C to the child itself
        with contextlib.suppress(KeyboardInterrupt):
            return child.wait()


def run(words: list) -> int:
    """Prepare what the command line needs and start it."""
    check_python()
    if words[:1] == ["test"]:
        ensure("main", "test")
        os.chdir(ROOT)
        subprocess.run([str(PYTHON), "-m", "tests.browser"], stdout=sys.stderr, check=False)
        return become(PYTHON, "-m", "pytest", *words[1:])
    ensure("main")
    # -P: a folder called `studio` where the person happens to be is not ours
    return become(PYTHON, "-P", "-m", "studio", *(words or ["serve"]))


def main() -> int:
    """The exit code; every failure is one sentence."""
    try:
        return run(sys.argv[1:])
    except Stop as stop:
        say(f"Taste Studio: {stop}")
    except KeyboardInterrupt:
        say("\nStopped. Start again to go on.")
        return 130
    except OSError as error:
        say(f"Taste Studio: {error.strerror or error} ({error.filename or ROOT}).")
    return 1


if __name__ == "__main__":
    sys.exit(main())
