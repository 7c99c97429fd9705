"""What every benchmark gives back, and the cache that lets a killed one go on."""

import hashlib
import json
import os
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from pydantic_core import to_jsonable_python

from pipelines.spec import Frozen

MISSED = 3  # exit status of `--check` when a target is missed


class Target(Frozen):
    """A measure that must reach its floor. A value that could not be measured misses it."""

    value: float | None
    floor: float

    @property
    def met(self) -> bool:
        """Whether the floor is reached."""
        return self.value is not None and self.value >= self.floor


@dataclass(frozen=True)
class Findings:
    """What a benchmark measured: on `n` cases, figures by name, and those that have a floor."""

    n: int
    measures: Mapping[str, Any]
    targets: Mapping[str, Target] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """Findings with their circumstances, as `studio bench NAME --json` prints them."""

    bench: str
    seconds: float  # of this run; what came from the cache cost nothing
    machine: Mapping[str, Any]
    findings: Findings

    @property
    def met(self) -> bool:
        """Whether every target is met."""
        return all(target.met for target in self.findings.targets.values())

    def document(self) -> dict[str, Any]:
        """Plain data with the keys that other programs rely on."""
        return {
            "bench": self.bench,
            "n": self.findings.n,
            "seconds": round(self.seconds, 1),
            "machine": dict(self.machine),
            "measures": to_jsonable_python(self.findings.measures, inf_nan_mode="null"),
            "targets": {
                name: {"value": target.value, "floor": target.floor, "met": target.met}
                for name, target in self.findings.targets.items()
            },
        }

    def text(self) -> str:
        """The same for a person."""
        lines = [f"{self.bench}: {self.findings.n} cases in {duration(self.seconds)}"]
        lines += [f"  {name}  {show(value)}" for name, value in self.findings.measures.items()]
        for name, target in self.findings.targets.items():
            mark = "met" if target.met else "MISSED"
            lines.append(f"  {mark}: {name} {show(target.value)} (at least {target.floor})")
        return "\n".join(lines)


def show(value: Any) -> str:
    """A figure with three decimals, anything else as JSON."""
    if isinstance(value, float):
        return f"{value:.3f}"
    return json.dumps(to_jsonable_python(value), ensure_ascii=False)


def duration(seconds: float) -> str:
    """ "45 s", "3 min", "2.5 h"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def describe_machine() -> dict[str, Any]:
    """The circumstances without which a time means nothing. Names no person and no host."""
    import psutil

    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "load": round(psutil.getloadavg()[0], 1),  # above the cores, times are upper bounds
        "python": platform.python_version(),
        "torch": metadata.version("torch"),
    }


class Cache:
    """Results by the hash of the spec that made them.

    A spec is plain data that names everything the result depends on: the model's hash, seed,
    steps, the prompt version, the code's own version where code decides. Two runs with equal specs
    share the result; a changed spec is simply another entry. Files are written under another name
    and moved, so a kill leaves no half result.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def key(self, spec: Mapping[str, Any]) -> str:
        """24 hex digits; equal for equal specs, whatever the order of their fields."""
        text = json.dumps(to_jsonable_python(dict(spec)), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:24]

    def path(self, spec: Mapping[str, Any], suffix: str) -> Path:
        """Where the result of `spec` lies, for results that are files (".png", ".safetensors").

        It exists once `keep` has put it there.
        """
        key = self.key(spec)
        return self.folder / key[:2] / f"{key}{suffix}"

    def keep(self, spec: Mapping[str, Any], suffix: str, write: Callable[[Path], object]) -> Path:
        """The file of `spec`, written by `write(path)` unless it is there already."""
        path = self.path(spec, suffix)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f"{path.stem}.{os.getpid()}.draft{suffix}")
            write(draft)
            draft.replace(path)
        return path

    def remember(self, spec: Mapping[str, Any], make: Callable[[], Any]) -> Any:
        """The result of `spec` as plain data, made by `make()` unless it is known."""

        def write(path: Path) -> None:
            entry = {"spec": to_jsonable_python(dict(spec)), "result": to_jsonable_python(make())}
            path.write_text(json.dumps(entry, ensure_ascii=False), encoding="utf-8")

        path = self.keep(spec, ".json", write)
        return json.loads(path.read_text(encoding="utf-8"))["result"]
