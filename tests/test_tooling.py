"""The locks, the package's description and the scripts say the same thing."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.test_boundaries import imports

CHECKOUT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
ROOMS = ("pipelines", "studio", "tests")
LOCKS = ("requirements.lock", "requirements-extras.lock", "requirements-test.lock")
OPTIONAL = ("llm", "mcp", "recipe")
TORCH = re.compile(r"torch|torchvision|triton|nvidia-.*|cuda-.*")


def locked(*names: str) -> dict[str, Requirement]:
    """Locked packages of these files by canonical name."""
    lines = [line for name in names for line in (CHECKOUT / name).read_text().splitlines()]
    found = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(requirement.name): requirement for requirement in found}


def applies(requirement: Requirement) -> bool:
    """Whether it is meant for this machine."""
    return requirement.marker is None or requirement.marker.evaluate()


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_one_exact_version_of_everything_but_torch(name: str) -> None:
    for package, requirement in locked(name).items():
        assert re.fullmatch(r"==[^*,]+", str(requirement.specifier)), package
        assert not TORCH.fullmatch(package), f"{package} differs from machine to machine"


def test_no_package_is_locked_twice() -> None:
    assert sum(len(locked(name)) for name in LOCKS) == len(locked(*LOCKS))


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (PROJECT["project"]["dependencies"], LOCKS[:1]),
        *((PROJECT["project"]["optional-dependencies"][e], LOCKS[:2]) for e in OPTIONAL),
        (PROJECT["project"]["optional-dependencies"]["test"], LOCKS),
    ],
    ids=["main", *OPTIONAL, "test"],
)
def test_what_the_project_declares_is_locked_in_range(
    wanted: list[str], names: tuple[str, ...]
) -> None:
    pins = PROJECT["tool"]["studio"]["torch"]
    versions = {name: str(pin.specifier)[2:] for name, pin in locked(*names).items()}
    versions |= {"torch": pins["torch"], "torchvision": pins["torchvision"]}
    for requirement in map(Requirement, wanted):
        name = canonicalize_name(requirement.name)
        assert name in versions, f"{name} is declared and not locked: run .ci/lock"
        assert requirement.specifier.contains(versions[name]), f"{name}: run .ci/lock"


def test_whatever_is_imported_is_declared() -> None:
    extras = PROJECT["project"]["optional-dependencies"].values()
    wanted = map(Requirement, [*PROJECT["project"]["dependencies"], *chain(*extras)])
    declared = {canonicalize_name(requirement.name) for requirement in wanted}
    files = [file for room in ROOMS for file in (CHECKOUT / room).rglob("*.py")]
    names = {name: file for file in files for name in imports(file)}
    foreign = names.keys() - sys.stdlib_module_names - set(ROOMS)
    sellers = packages_distributions()
    for name in foreign:
        brought = {canonicalize_name(seller) for seller in sellers.get(name, [name])}
        assert brought & declared, f"{names[name]} imports {name}: declare it in pyproject.toml"


def test_this_environment_has_the_locked_versions() -> None:
    expected = {
        name: str(pin.specifier)[2:] for name, pin in locked(*LOCKS).items() if applies(pin)
    }
    found = {name: installed(name) for name in expected}
    assert {n: v for n, v in found.items() if v != expected[n] and v} == {}
    optional = locked("requirements-extras.lock")
    assert [name for name, there in found.items() if not there and name not in optional] == []


def installed(name: str) -> str:
    """Version of an installed package, or ""."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def test_help_lists_every_command_and_loads_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from studio.cli import main\n"
        "try:\n    main.main(['--help'])\nexcept SystemExit as done:\n    assert done.code == 0\n"
        "heavy = {'torch', 'gradio', 'diffusers', 'transformers', 'sqlalchemy', 'PIL', 'numpy'}\n"
        "print('heavy:', sorted(heavy & sys.modules.keys()))\n"
        "for name in main.NOUNS:\n    assert main.load_noun(name).NAME == name\n    print(name)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    shown, _, names = done.stdout.partition("heavy: []\n")
    assert names, f"help imports {done.stdout.splitlines()[-1]}"
    assert all(re.search(rf"^\s+{name}\b", shown, re.MULTILINE) for name in names.split())


@pytest.mark.parametrize("script", ["run", "lock"])
def test_the_scripts_of_ci_can_be_run(script: str) -> None:
    path = CHECKOUT / ".ci" / script
    assert path.stat().st_mode & 0o111
    assert subprocess.run(["bash", "-n", path], check=False).returncode == 0


def test_python_is_asked_for_once() -> None:
    oldest = re.search(r"OLDEST = \((\d+), (\d+)\)", (CHECKOUT / "launch.py").read_text())
    assert oldest
    assert PROJECT["project"]["requires-python"] == f">={oldest[1]}.{oldest[2]}"


def test_the_code_licence_is_the_full_apache_2_text() -> None:
    text = (CHECKOUT / "LICENSE").read_text()
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert PROJECT["project"]["license"] == "Apache-2.0"


def test_the_readme_lists_the_commands_as_their_help_says_them() -> None:
    from studio.cli.main import NOUNS, load_noun

    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    for noun in map(load_noun, NOUNS):
        assert f"| `studio {noun.NAME}` | {noun.HELP} |" in readme


def test_every_picture_of_the_readme_is_there() -> None:
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"!\[[^]]*\]\(([^)]+)\)", readme)
    assert shown
    assert [name for name in shown if not (CHECKOUT / name).is_file()] == []
