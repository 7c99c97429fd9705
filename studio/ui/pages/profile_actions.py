"""What can be done to a whole profile: another name, a copy, a blend, a file, gone for good."""

import html
from itertools import chain, count
from pathlib import Path
from typing import Any

from studio.context import Studio
from studio.domain import Profile
from studio.errors import Busy, InvalidInput
from studio.services.blend import Blend
from studio.services.profile_file import Contents
from studio.ui.components.glimpse import Glimpse, GlimpseChip
from studio.ui.pages import ProfileId
from studio.ui.pages.words import dots
from studio.ui.strings import text
from studio.ui.uploads import discard

MOST_NAME = 80  # characters, as `Profile` has it
Done = tuple[ProfileId, str]  # which profile is used from now on, and a sentence


class Management:
    """The handlers. Each action answers which profile is used from now on, and a sentence."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def find(self, profile: ProfileId) -> Profile:
        """The profile in use.

        Raises:
            InvalidInput: there is none.
        """
        if profile is None:
            raise InvalidInput(text("rate.no_profile"))
        return self._studio.profiles.find(profile)

    def listed(self) -> list[tuple[str, str]]:
        """All profiles, as a list offers them."""
        return [(each.name, each.id) for each in self._studio.profiles.all()]

    def free(self, name: str) -> str:
        """This name, with a number behind it if it is taken."""
        taken = {each.name.casefold() for each in self._studio.profiles.all()}
        numbered = (f"{name[: MOST_NAME - 5]} {number}" for number in count(2))
        return next(n for n in chain((name,), numbered) if n.casefold() not in taken)

    def rename(self, profile: ProfileId, to: str) -> Done:
        """Another name."""
        renamed = self._studio.profiles.rename(self.find(profile).id, to)
        return renamed.id, text("profile.renamed", name=renamed.name)

    def duplicate(self, profile: ProfileId, to: str) -> Done:
        """The same under another name, in use at once."""
        name = self.free(" ".join(to.split()) or self.find(profile).name)
        copy = self._studio.profiles.duplicate(self.find(profile).id, name)
        return copy.id, text("profile.duplicated", name=copy.name)

    # ------------------------------------------------------------------- blend

    def parts(
        self, first: ProfileId, share: float, second: ProfileId, other_share: float
    ) -> list[tuple[str, float]]:
        """What is blended, and by how much each counts.

        Raises:
            InvalidInput: these are not two profiles.
        """
        if not first or not second or first == second:
            raise InvalidInput(text("profile.blend_two"))
        return [(first, share), (second, other_share)]

    def mixture(self, *chosen: Any) -> Glimpse:
        """What this blend (see `parts`) would hold, or why there is none."""
        try:
            parts = self.parts(*chosen)
            return mixed(self._studio.profiles.preview_blend(parts))
        except InvalidInput as error:
            return Glimpse(text=str(error))

    def blend(self, profile: ProfileId, name: str, *chosen: Any) -> Done:
        """A new profile made of two."""
        parts = self.parts(*chosen)
        first, second = (self.find(part).name for part, _ in parts)
        free = self.free(text("words.and", first=first, second=second)[:MOST_NAME])
        made = self._studio.profiles.blend(" ".join(name.split()) or free, parts)
        return made.id, text("profile.blended", name=made.name)

    # -------------------------------------------------------------------- files

    def look_inside(self, file: str | None) -> tuple[Glimpse, str]:
        """What is in a file, and a name that is free for it."""
        if file is None:
            return Glimpse(), ""
        try:
            contents = self._studio.sharing.inspect(Path(file))
        except InvalidInput as error:
            discard(Path(file))
            return Glimpse(text=str(error)), ""
        return inside(contents), self.free(contents.name)

    def import_file(self, profile: ProfileId, file: str | None, name: str) -> Done:
        """A new profile from a file, in use at once."""
        if file is None:
            raise InvalidInput(text("profile.import_nothing"))
        made = self._studio.sharing.import_file(Path(file), " ".join(name.split()) or None)
        discard(Path(file))
        return made.id, text("profile.imported", name=made.name)

    def link(self, profile: ProfileId, leave_out: bool) -> str:
        """Where the browser gets the profile as a file."""
        if profile is None:
            return ""
        address = f"/studio/profile/{self.find(profile).id}/file?pictures={int(not leave_out)}"
        label = html.escape(text("profile.export_do"))
        return f'<p class="st"><a class="st-button" href="{address}" download>{label}</a></p>'

    # ------------------------------------------------------------------ deleting

    def going(self, profile: ProfileId) -> str:
        """“14 ratings, 3 versions. Your 31 generated pictures stay.”"""
        going = self._studio.profiles.going(profile) if profile else ""
        return html.escape(text("profile.delete_help", going=going)) if going else ""

    def delete(self, profile: ProfileId, typed: str) -> Done:
        """Gone for good, once its name was typed; the profile that comes before is used next."""
        found = self.find(profile)
        if " ".join(typed.split()) != found.name:
            raise InvalidInput(text("profile.delete_mismatch", name=found.name))
        said = text("profile.deleted", name=found.name)
        try:
            self._studio.profiles.delete(found.id)
        except Busy as error:  # the rows are gone; traces of them are not yet
            said = f"{said} {error}"
        left = self._studio.profiles.all()
        return (left[-1].id if left else None), said


def mixed(blend: Blend) -> Glimpse:
    """A blend, its opposites flagged."""
    flags = {a.id: text("profile.flag_split") for pair in blend.contradictions for a in pair}
    for one, other in blend.tensions:
        flags[one.id] = text("profile.flag_opposite", phrase=other.phrase)
        flags[other.id] = text("profile.flag_opposite", phrase=one.phrase)
    chips = tuple(
        GlimpseChip(
            phrase=a.phrase, polarity=a.polarity, dots=dots(a.weight), flag=flags.get(a.id, "")
        )
        for a in blend.attributes
    )
    split = text("profile.blend_split", n=len(blend.contradictions))
    return Glimpse(
        text=text("profile.blend_makes", n=len(chips)),
        chips=chips,
        warnings=(split,) if blend.contradictions else (),
    )


def inside(contents: Contents) -> Glimpse:
    """A profile file before it is imported."""
    sides = (("liked", contents.liked), ("disliked", contents.disliked))
    chips = [GlimpseChip(phrase=p, polarity=s) for s, phrases in sides for p in phrases]  # pyright: ignore[reportArgumentType]  # pydantic reads it
    said = text(
        "profile.import_holds",
        name=contents.name,
        n=contents.ratings,
        words=contents.comments,
        versions=contents.versions,
        pictures=contents.pictures_inside,
    )
    return Glimpse(text=said, chips=tuple(chips))
