"""The contract of all benchmarks."""

import argparse
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.bench import BENCHES
from studio.bench.report import (
    Cache,
    Findings,
    Report,
    Target,
    describe_machine,
    duration,
)
from studio.cli import bench


def test_a_target_is_met_from_its_floor_on():
    assert Target(value=0.7, floor=0.7).met
    assert not Target(value=0.69, floor=0.7).met
    assert not Target(value=None, floor=0.0).met


def test_a_report_has_the_keys_that_others_rely_on():
    findings = Findings(3, {"f1": float("nan")}, {"f1": Target(value=None, floor=0.5)})
    document = Report("x", 1.234, {"cores": 2}, findings).document()
    assert json.loads(json.dumps(document)) == {
        "bench": "x",
        "n": 3,
        "seconds": 1.2,
        "machine": {"cores": 2},
        "measures": {"f1": None},
        "targets": {"f1": {"value": None, "floor": 0.5, "met": False}},
    }


def test_the_machine_names_nobody():
    machine = describe_machine()
    assert machine["cores"] > 0
    assert set(machine) == {"system", "cores", "memory_gib", "load", "python", "torch"}


def test_equal_specs_share_a_result(tmp_path: Path):
    cache, made = Cache(tmp_path), []
    for spec in ({"a": 1, "b": [2]}, {"b": [2], "a": 1}, {"a": 2, "b": [2]}):
        value = cache.remember(spec, lambda spec=spec: made.append(spec) or {"is": spec["a"]})
        assert value == {"is": spec["a"]}
    assert len(made) == 2
    assert Cache(tmp_path).remember({"a": 1, "b": [2]}, lambda: None) == {"is": 1}


def test_a_killed_result_is_made_again(tmp_path: Path):
    cache = Cache(tmp_path)

    def killed(path: Path) -> None:
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.keep({"a": 1}, ".png", killed)
    assert not cache.path({"a": 1}, ".png").exists()
    kept = cache.keep({"a": 1}, ".png", lambda path: path.write_bytes(b"whole"))
    assert kept.read_bytes() == b"whole"


@given(st.dictionaries(st.text(max_size=5), st.one_of(st.integers(), st.text(max_size=5))))
def test_a_key_is_short_and_steady(spec: dict[str, object]):
    cache = Cache(Path("nowhere"))
    assert cache.key(spec) == cache.key(dict(reversed(spec.items())))
    assert len(cache.key(spec)) == 24


def test_every_bench_keeps_the_contract():
    for name in BENCHES:
        module = bench.load_bench(name)
        assert name == module.NAME
        assert module.HELP
        assert all(callable(getattr(module, part)) for part in ("add_arguments", "estimate", "run"))


def test_a_missed_target_ends_with_status_3_only_when_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from studio.bench import extract

    findings = Findings(1, {}, {"f1": Target(value=0.1, floor=0.5)})
    monkeypatch.setattr(extract, "run", lambda args, cache, say: findings)
    for check, code in ((False, 0), (True, 3)):
        args = argparse.Namespace(
            bench="extract", check=check, quick=False, backend="built-in", comments="viper"
        )
        assert bench.measure(args, tmp_path).code == code


def test_durations_are_said_in_fitting_units():
    assert [duration(s) for s in (45, 180, 9000)] == ["45 s", "3 min", "2.5 h"]
