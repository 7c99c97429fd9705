"""Generating with adapters: strength 0, several at once, taste beside them, the record."""

import numpy as np
import pytest
import torch

from pipelines.adapters.lora import inject
from pipelines.errors import AdapterMissing, InvalidSpec
from pipelines.generate import Picture, Working, generate
from pipelines.spec import AdapterUse, GenerationSpec, Phrase, Taste

CAT, DOG = "c" * 64, "d" * 64
SPEC = GenerationSpec(prompt="a cat", steps=2, seed=3, width=64, height=64)


@pytest.fixture(scope="module")
def held(model):
    """Two adapters that do something, text encoder included."""
    adapters = {}
    for seed, name in enumerate((CAT, DOG)):
        adapters[name] = inject(model, 2, 2.0, ("attention", "text"), seed=seed)
        generator = torch.Generator().manual_seed(seed)
        for _, up in adapters[name].matrices().values():
            up.data.normal_(0, 0.2, generator=generator)
    return adapters


def using(spec=SPEC, **weights) -> GenerationSpec:
    names = {"cat": CAT, "dog": DOG}
    uses = tuple(AdapterUse(hash=names[k], weight=w) for k, w in weights.items())
    return spec.model_copy(update={"adapters": uses})


def pixels(base, spec, held=None) -> np.ndarray:
    made = [event for event in generate(base, spec, held) if isinstance(event, Picture)]
    return np.stack([np.asarray(picture.image) for picture in made])


def test_weight_0_is_the_base_picture_bit_for_bit(model, held):
    assert np.array_equal(pixels(model, using(cat=0.0), held), pixels(model, SPEC))


def test_adapters_change_the_picture_and_leave_the_base_as_it_was(model, held):
    before = pixels(model, SPEC)
    cat, both = pixels(model, using(cat=1.0), held), pixels(model, using(cat=1.0, dog=0.5), held)
    assert not np.array_equal(cat, before)
    assert not np.array_equal(cat, both)
    assert np.array_equal(pixels(model, SPEC), before)


def test_taste_and_adapters_work_together(model, held):
    tasted = SPEC.model_copy(update={"taste": Taste(liked=(Phrase(phrase="bold outline"),))})
    alone, together = pixels(model, tasted), pixels(model, using(tasted, cat=1.0), held)
    assert not np.array_equal(alone, together)
    assert not np.array_equal(pixels(model, using(cat=1.0), held), together)


def test_base_is_plain_while_a_caller_looks_at_an_event(tiny, held_tiny):
    before = pixels(tiny, SPEC)
    events = generate(tiny, using(cat=1.0), held_tiny)
    assert isinstance(next(events), Working)
    assert np.array_equal(pixels(tiny, SPEC), before)
    expected = pixels(tiny, using(cat=1.0), held_tiny)
    rest = [np.asarray(e.image) for e in events if isinstance(e, Picture)]
    assert np.array_equal(np.stack(rest), expected)


@pytest.fixture
def held_tiny(tiny):
    adapter = inject(tiny, 2, 2.0)
    for _, up in adapter.matrices().values():
        up.data.normal_(0, 0.2, generator=torch.Generator().manual_seed(0))
    return {CAT: adapter}


def test_record_names_the_adapter_by_hash_and_weight(tiny, held_tiny):
    spec = using(cat=0.8)
    [*_, picture] = generate(tiny, spec, held_tiny)
    assert isinstance(picture, Picture)
    assert picture.record["spec"]["adapters"] == [{"hash": CAT, "weight": 0.8}]
    assert GenerationSpec.parse(picture.record["spec"]) == spec


def test_adapter_that_is_not_here_is_named(tiny):
    with pytest.raises(AdapterMissing, match="cccccccccccc of this picture is not here"):
        next(generate(tiny, using(cat=1.0)))


def test_adapter_named_twice_is_refused():
    use = {"hash": CAT, "weight": 0.5}
    with pytest.raises(InvalidSpec, match="named twice"):
        GenerationSpec.parse({"prompt": "a cat", "adapters": [use, use]})
