import random

import pytest
import torch

from studio.bench.people import Crowd
from studio.bench.scorer import NOISE, Deck, choose, curve, strangers


def deck(taste: torch.Tensor) -> Deck:
    features = torch.randn(40, len(taste), generator=torch.Generator().manual_seed(0))
    return Deck(features, {"somebody": (features @ taste).tolist()})


@pytest.mark.parametrize("active", [True, False])
def test_a_taste_in_the_features_is_learnt_and_more_choices_help(active):
    own = deck(torch.tensor([2.0, -1.0, 0.0, 0.0]))
    found = curve(own, (2, 64), 4, torch.eye(4), active)
    assert found["64"] > 0.85
    assert found["64"] > found["2"]


def test_a_taste_outside_the_features_is_not_learnt():
    own = deck(torch.tensor([1.0, 0.0, 0.0, 0.0]))
    worth = random.Random(1).sample(range(40), 40)
    found = curve(Deck(own.features, {"somebody": [*map(float, worth)]}), (64,), 8, torch.eye(4))
    assert found["64"] < 0.65


def test_people_contradict_themselves_one_time_in_ten():
    rng = random.Random(0)
    wrong = sum(choose([0.0, 1.0], (0, 1), rng) == (0, 1) for _ in range(2000))
    assert wrong / 2000 == pytest.approx(NOISE, abs=0.02)


def test_the_tuning_people_are_not_those_of_the_figures():
    crowd = Crowd.load()
    wants = [person.wants for person in crowd.people]
    assert all(person.wants not in wants for person in strangers(crowd))
