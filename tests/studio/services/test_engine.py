"""The loaded model: one at a time, memory returned, precision probed once and kept."""

import pytest

from pipelines import runtime
from pipelines.models.cards import find_card
from studio.services.engine import PROBE, Engine
from studio.services.models import ModelService
from studio.settings import Settings

MIB = 1 << 20


def test_model_stays_loaded_until_another_is_asked_for(paths, store):
    kept = {}
    engine = Engine(paths, Settings(dtype="float32"), store, kept)
    first = engine.base()
    assert engine.base("sticker-128") is first
    ModelService(paths).add_folder(find_card("sticker-128").folder, "twin")
    assert engine.base("twin") is not first
    assert len(kept) == 1


def test_memory_returns_after_model_changes(paths, store):
    ModelService(paths).add_folder(find_card("sticker-128").folder, "twin")
    engine = Engine(paths, Settings(dtype="float32"), store, {})
    sizes = []
    for _ in range(5):
        for model in ("sticker-128", "twin"):
            engine.base(model)
        sizes.append(runtime.memory_report()["process"] / MIB)
    # a model is about 180 MiB in float32: keeping one of ten would show
    assert sizes[-1] - sizes[0] < 60


def test_processor_is_probed_once_and_the_answer_kept(paths, store, monkeypatch):
    engine = Engine(paths, Settings(device="cpu"), store)
    found = engine.probe()
    assert found["dtype"] in ("float32", "bfloat16")
    assert set(found["gflops"]) == {"float32", "bfloat16"}
    assert min(found["gflops"].values()) > 0
    monkeypatch.setattr(runtime, "probe_cpu_dtype", lambda: pytest.fail("probed again"))
    assert engine.probe() == found
    store.preferences.set(PROBE, {**found, "torch": "1.0"})
    with pytest.raises(pytest.fail.Exception):
        engine.probe()


def test_settings_decide_over_the_probe(paths, store):
    _, dtype = Engine(paths, Settings(device="cpu", dtype="bfloat16"), store).place()
    assert dtype is runtime.DTYPES["bfloat16"]
