"""What changed between two versions of a profile, and the note that says it."""

from dataclasses import dataclass

from studio.domain import ProfileAttribute, ProfileVersion
from studio.services.learning import key

VISIBLE = 0.005  # change of a weight that counts as one


@dataclass(frozen=True)
class Difference:
    """From an earlier to a later version; pairs are (before, after)."""

    added: tuple[ProfileAttribute, ...]
    gone: tuple[ProfileAttribute, ...]
    changed: tuple[tuple[ProfileAttribute, ProfileAttribute], ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.gone or self.changed)

    def __str__(self) -> str:
        parts = [f"+{len(self.added)}"] if self.added else []
        parts += [f"−{len(self.gone)}"] if self.gone else []
        parts += [f"{len(self.changed)} changed"] if self.changed else []
        return ", ".join(parts) or "nothing changed"


def compare(before: ProfileVersion, after: ProfileVersion) -> Difference:
    """What came, went and changed."""
    old, new = shown(before), shown(after)
    return Difference(
        added=tuple(a for k, a in new.items() if k not in old),
        gone=tuple(a for k, a in old.items() if k not in new),
        changed=tuple((old[k], a) for k, a in new.items() if k in old and differs(old[k], a)),
    )


def shown(version: ProfileVersion) -> dict[tuple, ProfileAttribute]:
    """The attributes that stand, by what they mean."""
    return {key(a): a for a in version.attributes if not a.removed}


def differs(a: ProfileAttribute, b: ProfileAttribute) -> bool:
    """Whether a person would see a difference."""
    return a.phrase != b.phrase or a.split != b.split or abs(a.weight - b.weight) > VISIBLE


def note(difference: Difference, ratings: int) -> str:
    """What a version is called in the list: "2 new after 6 ratings"."""
    parts = [f"{len(difference.added)} new"] if difference.added else []
    parts += [f"{len(difference.changed)} changed"] if difference.changed else []
    parts += [f"{len(difference.gone)} gone"] if difference.gone else []
    what = ", ".join(parts) or "nothing new"
    if not ratings:
        return f"{what} after reading again"
    return f"{what} after {ratings} rating{'s' if ratings != 1 else ''}"
