"""The score interval, against known figures and its own equation."""

from math import comb
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.metrics.intervals import wilson


@pytest.mark.parametrize(
    ("wins", "n", "low", "high"), [(10, 12, 55, 95), (7, 12, 32, 81), (2, 12, 5, 45)]
)
def test_twelve_trials_leave_the_known_intervals(wins: int, n: int, low: int, high: int) -> None:
    found = wilson(wins, n, 0.95)
    assert [round(100 * end) for end in found] == [low, high]


@given(st.integers(1, 60), st.data(), st.sampled_from([0.95, 0.99]))
def test_ends_of_the_interval_solve_wilsons_equation(n: int, data, confidence: float) -> None:
    wins = data.draw(st.integers(0, n))
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    for p in wilson(wins, n, confidence):
        assert 0 <= p <= 1
        assert (wins / n - p) ** 2 == pytest.approx(z * z * p * (1 - p) / n, abs=1e-12)


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    n, truth = 12, 0.7
    held = [wilson(k, n, 0.95)[0] <= truth <= wilson(k, n, 0.95)[1] for k in range(n + 1)]
    chances = [comb(n, k) * truth**k * (1 - truth) ** (n - k) for k in range(n + 1)]
    assert sum(c for c, h in zip(chances, held, strict=True) if h) > 0.93
