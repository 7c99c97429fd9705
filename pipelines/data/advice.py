"""How good a set of photos is for training, and what would make it better.

The score is a guide: its weights are a first guess, and it never stops anybody. Every part of it
says which photos cost points, so that each sentence can name them.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.data.photos import Look, ground_distance
from pipelines.metrics.pixels import Mask, Pixels

NEEDED, ENOUGH = 3, 8  # photos: fewer cannot be trained on; more than ENOUGH score no better
SHARP, SOFT = 0.6, 0.85  # of `Look.blur`: all is well up to the first, all is lost from the second
LOW_DETAIL = 0.5  # of the model's side: photos of half of it count nothing
SAME_GROUND = 8.0  # Lab units; grounds this close are one place, those twice as far two
GROUNDS = 6  # different places are plenty
SAME_FRAME = 0.97  # likeness of two whole photos that are almost the same
OTHER_ANGLE = 0.1  # by which likeness must fall short of 1 for another view
ALL_ALIKE = 0.75  # mean likeness of subjects that are all seen from one side
FAR, LOST = 0.38, 0.15  # of the frame that the subject's longer side covers: enough, and nothing
CUT = 0.8  # of a photo's framing that is lost where the subject is cut off
READY, FAIR = 80, 50
WEIGHTS = {  # points of each part, 100 in all
    "number": 20,
    "sharpness": 15,
    "resolution": 15,
    "backgrounds": 15,
    "angles": 15,
    "framing": 10,
    "one subject": 10,
}
FORGIVING = 2.0  # half of the photos bad is as good as all


@dataclass(frozen=True)
class Advice:
    """One sentence, the photos it is about (numbers as the person sees them), and how many points
    following it would bring. `kind` is a name for programs: "blurred", "alike", "far" …"""

    kind: str
    photos: tuple[int, ...]
    points: int
    sentence: str


@dataclass(frozen=True)
class Check:
    """What a set of photos is worth. `parts` are points by the names of WEIGHTS."""

    score: int  # 0 to 100
    parts: dict[str, float]
    advice: tuple[Advice, ...]  # the most useful first
    count: int

    @property
    def verdict(self) -> str:
        """The score in words."""
        if self.count < NEEDED:
            return f"at least {NEEDED} photos are needed"
        if self.score >= READY:
            return "ready"
        return "will work, could be better" if self.score >= FAIR else "likely to disappoint"


def check(looks: Mapping[int, Look], side: int) -> Check:
    """Weigh photos, by the number under which the person knows each; `side` is the model's."""
    if not looks:
        nothing = Advice("few", (), WEIGHTS["number"], "No photo yet. 8 to 20 work best.")
        return Check(0, dict.fromkeys(WEIGHTS, 0.0), (nothing,), 0)
    weighed = Weighing(looks, side)
    parts = weighed.parts()
    advice = sorted(weighed.advice(parts), key=lambda one: -one.points)
    return Check(round(sum(parts.values())), parts, tuple(advice), len(looks))


class Weighing:
    """All photos of a set side by side. Per photo, 1 is good and 0 is useless."""

    def __init__(self, looks: Mapping[int, Look], side: int) -> None:
        self.numbers, self.looks, self.side = list(looks), list(looks.values()), side
        count = len(self.looks)
        self.sharp = [ramp(look.blur, SOFT, SHARP) for look in self.looks]
        self.detail = [ramp(look.size / side, LOW_DETAIL, 1.0) for look in self.looks]
        self.framing = [framing_of(look) for look in self.looks]
        # pairs of shoes are fine: what counts is showing more things than the other photos do
        usual = int(np.median([look.figure.parts for look in self.looks if look.figure] or [1]))
        self.alone = [float(not look.figure or look.figure.parts <= usual) for look in self.looks]
        self.frames, self.shapes = alike(self.looks)
        self.doubles = np.triu(self.frames > SAME_FRAME, 1)
        self.again = self.doubles.any(0)  # shown by an earlier photo already
        grounds = [look.ground for look in self.looks]
        self.same_place = np.array([[ground_distance(a, b) for a in grounds] for b in grounds])
        # another angle, blurred, is no other angle: faults and repetitions add no variety
        faults = np.array([self.sharp, self.detail, self.framing, self.alone])
        self.worth = np.where(self.again, 0.0, faults.min(0))
        self.distinct = count - int(self.again.sum())

    def parts(self) -> dict[str, float]:
        """Points of each part."""
        worth = {
            "number": ramp(float(self.worth.sum()), NEEDED - 1, ENOUGH),
            "sharpness": forgiving(self.sharp),
            "resolution": forgiving(self.detail),
            "backgrounds": self.backgrounds(),
            "angles": self.angles(),
            "framing": forgiving(self.framing),
            "one subject": forgiving(self.alone),
        }
        return {name: WEIGHTS[name] * share for name, share in worth.items()}

    def backgrounds(self) -> float:
        """From the effective number of places: 1 over the mean likeness of two photos drawn by
        chance (Leinster & Cobbold 2012, order 2)."""
        if not self.worth.any():
            return 0.0
        drawn = self.worth / self.worth.sum()
        likeness = 1 - (self.same_place / SAME_GROUND - 1).clip(0, 1)
        places = 1 / float(drawn @ likeness @ drawn)
        return ramp(places, 1, max(2, min(len(self.looks), GROUNDS)))

    def angles(self) -> float:
        """From how much each view differs from the one most like it; a view that is there twice
        costs as much as it would bring."""
        if len(self.looks) < 2:
            return 0.0
        likeness = np.where(self.doubles | self.doubles.T, -1.0, self.shapes)
        np.fill_diagonal(likeness, -1)
        other = np.minimum(1, (1 - likeness.max(1)) / OTHER_ANGLE)
        return max(0.0, float(np.mean(self.worth * other - self.again)))

    def advice(self, parts: Mapping[str, float]) -> Iterator[Advice]:
        """What would raise the score."""
        missing = {name: WEIGHTS[name] - points for name, points in parts.items()}
        if self.distinct < ENOUGH:
            yield Advice("few", (), up(missing["number"]), few(self.distinct))
        yield from self.about_doubles()
        yield from self.about_grounds(missing["backgrounds"])
        yield from self.about_angles(missing["angles"])
        yield from self.about_each("blurred", "sharpness", self.sharp, missing, blurred)
        for index, value in enumerate(self.detail):
            if value < 1:
                points = share_of(missing["resolution"], 1 - value, self.detail)
                sentence = too_small(self.numbers[index], self.looks[index].size, self.side)
                yield Advice("small", (self.numbers[index],), points, sentence)
        for index, value in enumerate(self.framing):
            figure = self.looks[index].figure
            if figure is not None and value < 1:
                points = share_of(missing["framing"], 1 - value, self.framing)
                kind = "cut" if figure.cut else "far"
                number = self.numbers[index]
                sentence = cut(number) if figure.cut else far(number, figure.coverage)
                yield Advice(kind, (number,), points, sentence)
        yield from self.about_each("several", "one subject", self.alone, missing, several)

    def about_each(self, kind, part, values, missing, sentence) -> Iterator[Advice]:
        """One sentence for all photos that have the same fault."""
        bad = tuple(n for n, value in zip(self.numbers, values, strict=True) if value < 0.5)
        if bad:
            yield Advice(kind, bad, up(missing[part]), sentence(bad))

    def about_doubles(self) -> Iterator[Advice]:
        """Groups of photos that are almost the same, each to the next where not all to all."""
        for first, linked in enumerate(connected(self.doubles)):
            group = np.flatnonzero(linked)
            if len(group) > 1 and first == group[0]:
                points = up(WEIGHTS["angles"] * len(group) / len(self.looks))
                numbers = tuple(self.numbers[i] for i in group)
                yield Advice("alike", numbers, points, doubled(numbers))

    def about_grounds(self, missing: float) -> Iterator[Advice]:
        """The largest group of photos that were taken in one place."""
        near = self.same_place < SAME_GROUND
        group = np.flatnonzero(near[near.sum(1).argmax()])
        if missing >= 1 and len(group) > max(2, len(self.looks) / 3):
            numbers = tuple(self.numbers[i] for i in group)
            yield Advice("ground", numbers, up(missing), one_place(numbers, len(self.looks)))

    def about_angles(self, missing: float) -> Iterator[Advice]:
        """All photos seen from one side."""
        count = len(self.looks)
        mean = (self.shapes.sum() - count) / max(1, count * (count - 1))
        if count >= NEEDED and mean > ALL_ALIKE:
            sentence = "All photos show the same side. Add one from the side and one from behind."
            yield Advice("angles", tuple(self.numbers), up(missing), sentence)


def connected(links: Mask) -> Mask:
    """For each of n things, which ones (n, n) it reaches over links (n, n), itself included."""
    reached = links | links.T | np.eye(len(links), dtype=np.bool_)
    while (wider := reached @ reached).sum() > reached.sum():
        reached = wider
    return reached


def alike(looks: Sequence[Look]) -> tuple[Pixels, Pixels]:
    """Likeness (n, n) of whole photos and of the subjects in them, -1 to 1."""
    frames = np.stack([look.frame.ravel() for look in looks])
    length = max(look.shape.shape[-1] for look in looks)
    shapes = np.zeros((len(looks), *looks[0].shape.shape[:2], length), np.float32)
    for place, look in zip(shapes, looks, strict=True):
        place[..., : look.shape.shape[-1]] = look.shape
    flat = shapes.reshape(len(looks), -1)
    return frames @ frames.T, flat @ flat.T


def framing_of(look: Look) -> float:
    """Whether the subject fills the frame and lies in it. Where none was found nothing is said."""
    if look.figure is None:
        return 1.0
    left, top, right, bottom = look.figure.box
    close = ramp(max(right - left, bottom - top), LOST, FAR)
    return close * (1 - CUT if look.figure.cut else 1.0)


def ramp(value: float, nothing: float, everything: float) -> float:
    """0 at `nothing`, 1 at `everything`, straight between; either may be the larger."""
    return min(1.0, max(0.0, (value - nothing) / (everything - nothing)))


def forgiving(values: Sequence[float]) -> float:
    """What photos are worth together; all is lost when half of them are bad."""
    return max(0.0, 1 - FORGIVING * (1 - sum(values) / len(values)))


def share_of(missing: float, lost: float, values: Sequence[float]) -> int:
    """Points that one photo's share of the loss stands for."""
    return up(missing * lost / sum(1 - value for value in values))


def up(points: float) -> int:
    """At least one point: advice that brings nothing is not given."""
    return max(1, math.ceil(points))


def listed(numbers: Sequence[int]) -> str:
    """“3”, “3 and 7”, “3, 7 and 9”"""
    *first, last = map(str, numbers)
    return f"{', '.join(first)} and {last}" if first else last


def few(count: int) -> str:
    have = f"{count} photo works" if count == 1 else f"{count} photos work"
    if count < NEEDED:
        have = f"{count} is not enough: at least {NEEDED} are needed"
    return f"{have}; {ENOUGH} to 20 work better. Add different angles."


def doubled(numbers: Sequence[int]) -> str:
    rest = "one" if len(numbers) == 2 else "all but one"
    return f"Photos {listed(numbers)} are almost the same. Replace {rest} with another angle."


def blurred(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"Photo {numbers[0]} is blurred. Take it again with more light, or leave it out."
    them = "Take them again with more light, or leave them out."
    return f"Photos {listed(numbers)} are blurred. {them}"


def too_small(number: int, size: int, side: int) -> str:
    learnt = f"this model learns at {side}. Use a larger copy."
    return f"Photo {number} has {size} px on its shorter side; {learnt}"


def one_place(numbers: Sequence[int], count: int) -> str:
    who = "All photos" if len(numbers) == count else f"Photos {listed(numbers)}"
    return f"{who} have the same background. Two elsewhere would help."


def far(number: int, coverage: float) -> str:
    share = max(1, round(100 * coverage))
    return f"In photo {number} the subject fills {share} % of the picture. Crop closer."


def cut(number: int) -> str:
    return f"Photo {number} cuts off part of the subject. Use one that shows all of it."


def several(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"Photo {numbers[0]} shows more than one. Crop to one, or leave it out."
    return f"Photos {listed(numbers)} show more than one. Crop to one, or leave them out."
