"""The order of cards: what the model of taste believes, and what it therefore asks next."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.domain import Picture, PictureKind
from studio.services.next_card import (
    PRIOR,
    Taste,
    after,
    describe,
    next_cards,
    sigmoid,
    words_of,
)


def picture(**facts: object) -> Picture:
    return Picture(
        kind=PictureKind.DECK, path="x", sha256="0", width=1, height=1, facts=dict(facts)
    )


def shelf() -> list[Picture]:
    """Two styles in two colours, three of each."""
    return [
        picture(style=style, colours=[colour], number=number)
        for number in range(3)
        for style in ("flat", "3d")
        for colour in ("red", "blue")
    ]


def test_the_fit_is_the_maximum_of_the_posterior() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(30, 4))
    liked = (x @ [2.0, -1.0, 0.0, 0.5] + rng.logistic(size=30) > 0).astype(float)
    taste = Taste.fit(x, liked)
    gradient = x.T @ (sigmoid(x @ taste.mean) - liked) + PRIOR * taste.mean
    assert np.abs(gradient).max() < 1e-3
    p = sigmoid(x @ taste.mean)
    hessian = PRIOR * np.eye(4) + (x.T * (p * (1 - p))) @ x
    assert taste.covariance == pytest.approx(np.linalg.inv(hessian), abs=1e-3)


def test_an_answer_takes_away_what_sherman_and_morrison_say() -> None:
    rng = np.random.default_rng(1)
    a = rng.normal(size=(5, 5))
    covariance = a @ a.T + np.eye(5)
    x, gain = rng.normal(size=5), 0.25
    known = after(covariance, covariance @ x, float(x @ covariance @ x), gain)
    exact = np.linalg.inv(np.linalg.inv(covariance) + gain * np.outer(x, x))
    assert known == pytest.approx(exact)


def test_nothing_known_is_an_even_guess() -> None:
    cards = next_cards(shelf(), [], {}, 4, already=0)
    assert [card.guess for card in cards] == [0.5] * 4


def test_the_first_four_cards_are_the_four_kinds() -> None:
    cards = next_cards(shelf(), [], {}, 4, already=0)
    kinds = {(c.picture.facts["style"], *c.picture.facts["colours"]) for c in cards}
    assert len(kinds) == 4


def test_what_was_liked_is_expected_to_be_liked_again() -> None:
    pictures = shelf()
    rated, unseen = pictures[:4], pictures[4:]
    liked = {p.id: p.facts["style"] == "flat" for p in rated}
    guesses = {c.picture.id: c.guess for c in next_cards(unseen, rated, liked, 99, already=0)}
    for each in unseen:
        assert (guesses[each.id] > 0.5) == (each.facts["style"] == "flat")


def test_a_picture_with_many_facts_does_not_win_by_their_number() -> None:
    plain = picture(style="flat", colours=["red"])
    loaded = picture(style="3d", colours=["red", "blue", "green"], chips=list("abcdef"))
    x = describe([plain, loaded])
    assert np.linalg.norm(x, axis=1)[0] == pytest.approx(np.linalg.norm(x, axis=1)[1])


def test_pictures_without_facts_can_be_told_apart_by_an_eye() -> None:
    pictures = [picture(), picture(), picture(), picture()]
    seen = {p.id: vector for p, vector in zip(pictures, np.eye(4) * [1, 1, -1, -1], strict=True)}
    seen[pictures[1].id], seen[pictures[3].id] = seen[pictures[0].id], seen[pictures[2].id]

    def embed(shown):
        return np.stack([seen[p.id] for p in shown])

    rated, unseen = [pictures[0], pictures[2]], [pictures[1], pictures[3]]
    liked = {pictures[0].id: True, pictures[2].id: False}
    cards = next_cards(unseen, rated, liked, 2, already=0, embed=embed)
    guesses = {c.picture.id: c.guess for c in cards}
    assert guesses[pictures[1].id] > 0.5 > guesses[pictures[3].id]


@settings(max_examples=50, deadline=None)
@given(
    likes=st.lists(st.booleans(), max_size=11),
    n=st.integers(0, 20),
    already=st.integers(0, 5),
)
def test_cards_are_unseen_and_come_once(likes: list[bool], n: int, already: int) -> None:
    pictures = shelf()
    rated, unseen = pictures[: len(likes)], pictures[len(likes) :]
    liked = {p.id: like for p, like in zip(rated, likes, strict=True)}
    cards = next_cards(unseen, rated, liked, n, already=already)
    ids = [card.picture.id for card in cards]
    assert len(ids) == len(set(ids)) == min(n, len(unseen))
    assert set(ids) <= {p.id for p in unseen}
    assert all(0 < card.guess < 1 for card in cards)


def test_facts_are_words() -> None:
    facts = picture(style="flat", colours=["red"], background="pink", chips=["cute"], seed=4711)
    assert words_of(facts) == ["style:flat", "background:pink", "colour:red", "chip:cute"]
