"""From attributes to traits."""

from hypothesis import given
from hypothesis import strategies as st

from pipelines.preference.attributes import Attribute, Evidence, EvidenceKind, Polarity
from pipelines.preference.profile import summarize


def said(
    phrase: str,
    label: str,
    polarity: Polarity,
    comment: str,
    *,
    kind: EvidenceKind = "words",
    weight: float = 0.6,
) -> Attribute:
    evidence = Evidence(comment, None, kind)
    return Attribute(phrase, "palette", label, polarity, weight, evidence, "test", "1")


def test_comments_with_one_meaning_become_one_trait_that_weighs_more():
    [one] = summarize([said("neon", "neon colours", "liked", "1")])
    [two] = summarize(
        [
            said("neon", "neon colours", "liked", "1"),
            said("fluorescent", "neon colours", "liked", "2"),
        ]
    )
    assert one.weight == 0.5
    assert two.weight > one.weight
    assert [e.comment for e in two.evidence] == ["1", "2"]
    assert set(two.phrases) == {"neon", "fluorescent"}


def test_the_wording_used_most_speaks_and_the_newest_among_equals():
    twice = [said("loud", "x", "liked", str(n)) for n in range(2)]
    [trait] = summarize([*twice, said("garish", "x", "liked", "9")])
    assert trait.phrase == "loud"
    [trait] = summarize([said("old", "x", "liked", "1"), said("new", "x", "liked", "2")])
    assert trait.phrase == "new"


def test_a_tapped_chip_counts_half_of_a_typed_word():
    [typed] = summarize([said("neon", "neon", "liked", "1")])
    [tapped] = summarize([said("neon", "neon", "liked", "1", kind="chip")])
    assert tapped.support == typed.support / 2


def test_repeating_it_in_one_comment_adds_nothing():
    [once] = summarize([said("neon", "neon", "liked", "1")])
    [repeated] = summarize(
        [said("neon", "neon", "liked", "1"), said("neons", "neon", "liked", "1")]
    )
    assert repeated.support == once.support


def test_liked_and_disliked_stays_two_traits_marked_as_split():
    traits = summarize(
        [
            said("neon", "neon", "liked", "1"),
            said("neon", "neon", "disliked", "2"),
            said("calm", "calm", "liked", "3"),
        ]
    )
    assert {(t.label, t.polarity): t.split for t in traits} == {
        ("neon", "liked"): True,
        ("neon", "disliked"): True,
        ("calm", "liked"): False,
    }


ATTRIBUTES = st.builds(
    said,
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["x", "y"]),
    st.sampled_from(["liked", "disliked"]),
    st.sampled_from(["1", "2", "3"]),
    kind=st.sampled_from(["words", "chip"]),
    weight=st.floats(0.01, 1.0),
)


@given(st.lists(ATTRIBUTES, max_size=20))
def test_traits_are_ordered_bounded_and_lose_no_evidence(attributes: list[Attribute]):
    traits = summarize(attributes)
    weights = [trait.weight for trait in traits]
    assert weights == sorted(weights, reverse=True)
    assert all(0 < weight < 1 for weight in weights)
    assert {e for t in traits for e in t.evidence} == {a.evidence for a in attributes}
