"""Copies of what a profile rests on: a copied or imported profile has ratings of its own."""

from studio.domain import ProfileAttribute, Rating, new_id
from studio.store import Store


def copy_ratings(store: Store, source_id: str, copy_id: str) -> dict[str, Rating]:
    """Give a profile the standing answers of another; the copies by the id of their original."""
    twins = {
        rating.id: rating.model_copy(
            update={"id": new_id(), "client_id": new_id(), "profile_id": copy_id}
        )
        for rating in store.ratings.standing(source_id)
    }
    for twin in twins.values():
        store.ratings.add(twin)
    return twins


def moved(attribute: ProfileAttribute, twins: dict[str, Rating]) -> ProfileAttribute:
    """An attribute whose evidence points at copies of its ratings."""
    evidence = tuple(
        e.model_copy(update={"rating_id": twins[e.rating_id].id})
        for e in attribute.evidence
        if e.rating_id in twins
    )
    return attribute.model_copy(update={"evidence": evidence})
