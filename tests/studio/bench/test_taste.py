"""`studio bench taste`: counting, intervals, sheets and the cache that lets a killed run go on."""

from argparse import ArgumentParser
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.conditioning.prompt import expand, parse
from pipelines.spec import Phrase, Taste
from studio.bench import taste, wins
from studio.bench.looks import AttributeMeasure, Look
from studio.bench.people import Crowd, Person
from studio.bench.pictures import BATCH, Sheet
from studio.bench.taste_findings import Judges, Series, cross_gains, effect
from studio.bench.wins import Rate, Trial


def trial(gain: float, person="a", prompt="p", *, base=True, after=True) -> Trial:
    return Trial(person, prompt, 0, gain, base, after)


def crossed(rng: np.random.Generator, people=8, prompts=6, mean=0.3) -> list[Trial]:
    """Trials whose gains share a person's and a prompt's effect."""
    person, prompt = rng.normal(mean, 1, people), rng.normal(0, 1, prompts)
    return [
        trial(float(person[i] + prompt[j] + rng.normal(0, 0.3)), f"a{i}", f"p{j}")
        for i in range(people)
        for j in range(prompts)
    ]


# ---------------------------------------------------------------- wins


def test_a_tie_is_half_a_win():
    assert [trial(g).score for g in (1.0, 0.0, wins.TIE / 2, -1.0)] == [1, 0.5, 0.5, 0]


def test_equal_pictures_win_half_of_the_time():
    rate = wins.win_rate([trial(0.0, f"a{i}") for i in range(10)])
    assert (rate.value, rate.low, rate.high) == (0.5, 0.5, 0.5)


def test_a_win_counts_only_where_the_subject_is_found_in_both():
    trials = [trial(1), trial(1, after=False), trial(-1, base=False), trial(-1)]
    assert wins.win_rate(trials).value == 0.5
    kept = wins.kept_win_rate(trials)
    assert (kept.value, kept.n) == (0.5, 2)
    assert wins.kept_win_rate([trial(1, after=False)]).n == 0


def test_no_trials_give_no_number():
    assert wins.win_rate([]).document() == {"value": None, "low": None, "high": None, "n": 0}


def test_adherence_compares_subject_accuracy_with_the_base():
    trials = [trial(0), trial(0, after=False), trial(0, base=False), trial(0, base=True)]
    assert wins.adherence(trials).value == pytest.approx(1.0)
    assert wins.adherence([trial(0, after=False), trial(0)]).value == 0.5
    assert np.isnan(wins.adherence([trial(0, base=False)]).value)


@settings(max_examples=25)
@given(st.lists(st.floats(-3, 3), min_size=1, max_size=30))
def test_the_interval_holds_the_rate_and_stays_in_its_range(gains):
    trials = [trial(g, f"a{i % 4}", f"p{i % 3}") for i, g in enumerate(gains)]
    rate = wins.win_rate(trials)
    assert 0 <= rate.low <= rate.value + 1e-9
    assert rate.value - 1e-9 <= rate.high <= 1


def test_intervals_know_that_trials_of_one_person_are_not_independent():
    """Ten copies of each trial are no new evidence: the interval must not shrink with them."""
    trials = crossed(np.random.default_rng(0))
    once, tenfold = (wins.rate(t, lambda x: x.gain) for t in (trials, trials * 10))
    assert tenfold.high - tenfold.low == pytest.approx(once.high - once.low, rel=0.15)


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    hits = 0
    for seed in range(60):
        rate = wins.rate(crossed(np.random.default_rng(seed), 12, 10), lambda t: t.gain, seed)
        hits += rate.low <= 0.3 <= rate.high
    assert hits >= 0.8 * 60


def test_identical_pictures_have_no_spread_and_opposite_ones_the_most():
    same, other = np.array([1.0, 0]), np.array([-1.0, 0])
    assert wins.spread([same, same, same]) == pytest.approx(0)
    assert wins.spread([same, other]) == pytest.approx(2)


# ---------------------------------------------------------------- findings


def look(vivid: float, outline: float, angle: float = 0.0) -> Look:
    measures = {"strong": vivid, "outline": outline}
    return Look({}, {}, measures, np.array([np.cos(angle), np.sin(angle)]))


def simple_judges() -> Judges:
    measure = {"zero": 0.0, "one": 1.0}
    crowd = Crowd(
        attributes={
            "vivid": AttributeMeasure(words="vivid", pixels={"strong": tuple(measure.values())}),
            "line": AttributeMeasure(words="line", pixels={"outline": tuple(measure.values())}),
        },
        people=(
            Person(name="Vi", taste="vivid", wants={"vivid": 1.0}),
            Person(name="Li", taste="line", wants={"line": 1.0}),
        ),
        remarks=(),
        prompts=("cat", "house"),
    )
    return Judges(crowd, crowd.people, [look(0, 0), look(1, 0), look(0, 1), look(1, 1)])


def series(looks: Sequence[Look], found=True) -> Series:
    return Series(("cat", "house"), looks, [found] * len(looks))


def test_a_taste_that_works_gains_for_its_owner_alone():
    judges = simple_judges()
    base = series([look(0.5, 0.5)] * 4)
    treated = {"Vi": series([look(0.9, 0.5)] * 4), "Li": series([look(0.5, 0.9)] * 4)}
    found = effect(judges, base, treated)
    assert found.wins.value == 1
    assert found.others.value == 0.5  # ties
    table = cross_gains(judges, base, treated)
    assert table["vivid"]["vivid"] > 0.5
    assert table["vivid"]["line"] == 0


def test_more_saturated_for_all_shows_in_the_other_peoples_wins():
    judges = simple_judges()
    base = series([look(0.5, 0.5)] * 4)
    loud = series([look(0.9, 0.9)] * 4)
    found = effect(judges, base, {"Vi": loud, "Li": loud})
    assert found.wins.value == found.others.value == 1


def test_diversity_is_relative_to_the_base_pictures():
    judges = simple_judges()
    base = series([look(0, 0, angle) for angle in (0, 0, np.pi / 2, np.pi / 2)])
    alike = series([look(0, 0, 1.0)] * 4)
    assert effect(judges, base, {"Vi": base, "Li": base}).diversity == pytest.approx(1)
    assert effect(judges, base, {"Vi": alike, "Li": alike}).diversity == pytest.approx(0)


def test_findings_without_a_number_are_null_in_json():
    judges = simple_judges()
    lost = series([look(0.5, 0.5)] * 4, found=False)
    document = effect(judges, lost, {"Vi": lost, "Li": lost}).document()
    assert document["adherence"]["value"] is None
    assert document["wins_subject_kept"]["n"] == 0


def test_a_rate_is_rounded_for_people():
    assert Rate(1 / 3, 0.1, 0.5, 3).document() == {"value": 0.3333, "low": 0.1, "high": 0.5, "n": 3}


# ---------------------------------------------------------------- sheets and the cache


TASTE = Taste(liked=(Phrase(phrase="vivid"),), strength=0.5)


@settings(max_examples=30)
@given(prompts=st.integers(1, 24), seeds=st.integers(1, 9))
def test_a_sheet_and_its_base_have_equal_batches_and_seeds(prompts, seeds):
    sheet = Sheet(tuple(f"thing {i}" for i in range(prompts)), seeds, TASTE, ("flat", "calm"))
    pairs = list(zip(sheet.specs(), sheet.plain().specs(), strict=True))
    assert sum(spec.count for spec, _ in pairs) == prompts * seeds
    used = []
    for spec, base in pairs:
        assert (spec.seed, spec.count, spec.batch_size) == (base.seed, base.count, base.batch_size)
        assert spec.count <= max(BATCH, prompts)
        assert base.taste is None
        used += range(spec.seed, spec.seed + spec.count)
    assert len(set(used)) == len(used)


def test_words_are_appended_to_every_prompt_as_plain_text():
    sheet = Sheet(("cat", "r{o}se"), 1, words=("vivid (neon:1.5)", "a|b"))
    first, second = expand(sheet.wildcard())
    assert "".join(f.text for f in parse(first)) == "cat, vivid (neon:1.5), a|b"
    assert "".join(f.text for f in parse(second)) == "r{o}se, vivid (neon:1.5), a|b"
    assert all(fragment.weight == 1 for fragment in parse(first))


def options(*words: str):
    parser = ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    taste.add_arguments(parser)
    return parser.parse_args(words)


def test_quick_is_announced_as_at_most_ten_minutes():
    assert taste.estimate(options("--quick")) <= 600
    assert taste.estimate(options()) > taste.estimate(options("--quick"))


def test_asked_sizes_overrule_the_implied_ones():
    sizes = taste.sizes(options("--quick", "--people", "4", "--seeds", "1"))
    assert sizes == {"people": 4, "prompts": taste.QUICK["prompts"], "seeds": 1}
