"""`studio bench taste`: counting, intervals, sheets and the cache that lets a killed run go on."""

import json
from argparse import ArgumentParser
from collections.abc import Sequence

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pipelines.conditioning.prompt import expand, parse
from pipelines.errors import InvalidSpec
from pipelines.metrics.evaluator import Evaluator, Net, NetConfig
from pipelines.models.cards import find_card
from pipelines.recipes.base_model.styles import load_styles
from pipelines.spec import Phrase, Taste
from studio.bench import taste, wins
from studio.bench.eye import Eye
from studio.bench.interview import Interview
from studio.bench.looks import AttributeMeasure, Look
from studio.bench.people import Crowd, Person
from studio.bench.pictures import BATCH, Darkroom, Sheet
from studio.bench.report import Cache, Report
from studio.bench.taste_findings import Judges, Series, cross_gains, effect
from studio.bench.taste_study import DEFAULT, Plan, deck_pictures, study, treatments
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
    return Look(
        {}, measures, np.ones(1, np.float32), np.array([np.cos(angle), np.sin(angle)], np.float32)
    )


def simple_judges() -> Judges:
    crowd = Crowd(
        attributes={
            "vivid": AttributeMeasure(words="vivid", pixels={"strong": (0.0, 1.0)}),
            "line": AttributeMeasure(words="line", pixels={"outline": (0.0, 1.0)}),
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
    assert effect(judges, base, {"Vi": alike, "Li": alike}).diversity == pytest.approx(0, abs=1e-6)


def test_findings_without_a_number_are_null_in_json():
    judges = simple_judges()
    lost = series([look(0.5, 0.5)] * 4, found=False)
    document = effect(judges, lost, {"Vi": lost, "Li": lost}).document()
    assert document["adherence"]["value"] is None
    assert document["wins_subject_kept"]["n"] == 0


def test_one_seed_has_no_diversity():
    judges = simple_judges()
    single = series([look(0, 0), look(0, 1)])
    assert effect(judges, single, {"Vi": single, "Li": single}).diversity is None


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


# ---------------------------------------------------------------- the whole study


@pytest.fixture(scope="module")
def eye() -> Eye:
    """A real evaluator that has learnt nothing: the plumbing does not depend on its judgement."""
    torch.manual_seed(0)
    config = NetConfig(side=32, widths=(8, 16), depths=(1, 1))
    styles = tuple(load_styles())
    concepts = dict.fromkeys([*Crowd.load().prompts, "spoon", "cloud"], "thing")
    card = {
        "net": config.model_dump(),
        "styles": styles,
        "concepts": concepts,
        "accuracy": {"style": 0.06, "concept": 0.04},
    }
    return Eye(Evaluator(Net(config, len(styles), len(concepts)), card))


def test_a_subject_that_the_evaluator_does_not_know_is_refused(eye):
    with pytest.raises(InvalidSpec, match="no 'weasel'"):
        eye.finds(eye.look([Image.new("RGB", (32, 32))])[0], "weasel")


def test_exactly_one_of_the_choices_is_found(eye):
    [seen] = eye.look([Image.new("RGB", (32, 32), "orange")])
    best = eye.evaluator.concepts[int(seen.concepts.argmax())]
    assert [name for name in eye.evaluator.concepts if eye.finds(seen, name)] == [best]


def test_what_people_say_of_the_deck_becomes_a_profile_with_both_sides(eye):
    crowd = Crowd.load()
    deck = eye.look(deck_pictures())
    interview = Interview.of(crowd, crowd.people[0], deck)
    assert len(interview.answers) == 20
    assert interview.learnt.liked
    assert interview.learnt.disliked
    wants = crowd.people[0].wants
    assert len(interview.told.liked) == sum(weight > 0 for weight in wants.values())
    assert len(interview.told.disliked) == sum(weight < 0 for weight in wants.values())


def test_the_default_treatment_comes_first_and_none_comes_twice():
    planned = treatments(Plan(people=1, prompts=1, seeds=1, strengths=(0.5, 1.0), model="any"))
    assert planned[0] == DEFAULT
    assert len({treatment.name for treatment in planned}) == len(planned) == 2 * 2 + 2


def test_a_study_ends_in_figures_and_a_page_and_a_second_one_makes_no_picture(eye, tmp_path):
    plan = Plan(people=2, prompts=1, seeds=1, strengths=(0.5,), model="sticker-128", steps=2)
    cache, page, told = Cache(tmp_path / "cache"), tmp_path / "page", []
    findings = study(plan, eye, cache, page, told.append)
    assert findings.n == 2
    assert findings.measures["strength_0_equals_base"] is True
    assert set(findings.targets) == {
        "wins", "wins_subject_kept", "adherence", "wins_over_appended",
    }  # fmt: skip
    json.dumps(Report("taste", 1.0, {}, findings).document(), allow_nan=False)
    html = (page / "index.html").read_text()
    assert "http" not in html
    assert (page / "Ada.webp").is_file()

    told.clear()
    again = study(plan, eye, cache, page, told.append)
    assert told == ["0 pictures to make; the others are known."]
    assert again.measures == findings.measures


def test_a_killed_run_makes_only_the_batches_that_were_missing(tmp_path):
    cache, card = Cache(tmp_path), find_card("sticker-128")
    sheets = [Sheet(("cat",), 1, steps=2), Sheet(("cat",), 1, TASTE, steps=2)]
    first = Darkroom(card, cache)
    kept = first.develop(sheets[0], lambda text: None)
    resumed = Darkroom(card, cache)
    assert resumed.missing(sheets) == 1
    assert resumed.develop(sheets[0], lambda text: None) == kept
    assert resumed.made == 0
    resumed.develop(sheets[1], lambda text: None)
    assert resumed.made == 1
