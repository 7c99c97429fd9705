"""The nouns of the studio: what they are and what they may become.

What a person did (`Rating`, and later pairs and photos) is stored and never rewritten, except when
they delete it. What is inferred (`ProfileVersion`) can be rebuilt from it and says by what.
Times are seconds since the epoch, UTC. Ids are 12 hex digits unless said otherwise.
"""

import secrets
import time
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from pipelines.spec import Frozen, Strength


def new_id() -> str:
    """A short random id: 48 bits are plenty for one person's studio."""
    return secrets.token_hex(6)


def now() -> float:
    """Seconds since the epoch, UTC."""
    return time.time()


class Verdict(StrEnum):
    """What a person says about one picture. Skipping costs nothing and is remembered."""

    LIKED = "liked"
    DISLIKED = "disliked"
    SKIPPED = "skipped"


class Polarity(StrEnum):
    """On which side of a profile an attribute stands."""

    LIKED = "liked"
    DISLIKED = "disliked"

    @property
    def opposite(self) -> "Polarity":
        """The other side."""
        return Polarity.DISLIKED if self is Polarity.LIKED else Polarity.LIKED


class PictureKind(StrEnum):
    """Where a picture that can be rated comes from."""

    DECK = "deck"
    OWN = "own"  # brought by the person; location and camera data removed
    GENERATED = "generated"
    TEST = "test"  # of a blind test: in no gallery and in no deck


class Picture(Frozen):
    """Anything that can be looked at and rated. `facts` are what is known about it without looking:
    style, colours, background, attribute labels for quick chips, seed and model if generated."""

    id: str = Field(default_factory=new_id)
    kind: PictureKind
    path: str  # absolute, or relative to the data folder for pictures that the studio keeps
    sha256: str
    width: int
    height: int
    caption: str = ""
    deck: str | None = None
    facts: dict[str, Any] = Field(default_factory=dict)
    created: float = Field(default_factory=now)


class Chip(Frozen):
    """A quick chip tapped on a card: one vocabulary label, liked or disliked."""

    label: str
    polarity: Polarity


class Rating(Frozen):
    """One answer to one picture. Append-only: undo sets `taken_back`, a new answer is a new row."""

    id: str = Field(default_factory=new_id)
    profile_id: str
    picture_id: str
    verdict: Verdict
    comment: str = Field(default="", max_length=4000)
    chips: tuple[Chip, ...] = ()
    client_id: str = Field(default_factory=new_id)  # the same answer sent twice is stored once
    created: float = Field(default_factory=now)
    taken_back: float | None = None


class Evidence(Frozen):
    """Why an attribute is in a profile: the rating, and the characters of its comment."""

    rating_id: str
    span: tuple[int, int] | None = None  # [start, end) in the comment; None for a chip
    backend: str = "built-in"


class ProfileAttribute(Frozen):
    """One liked or disliked visual attribute. `weight` in [0, 1]; `edited` survives re-reading."""

    id: str = Field(default_factory=new_id)
    phrase: str = Field(min_length=1, max_length=200)
    category: str
    label: str | None = None  # the vocabulary's name for it; groups, never replaces the phrase
    polarity: Polarity
    weight: Strength = 0.5
    evidence: tuple[Evidence, ...] = ()
    edited: bool = False
    removed: bool = False  # taken out by the person; kept so that re-reading does not bring it back
    split: bool = False  # liked here and disliked there: shown, and left out of generation


class ProfileVersion(Frozen):
    """The inferred part of a profile at one time. Old pictures keep the version that made them."""

    profile_id: str
    number: int
    attributes: tuple[ProfileAttribute, ...] = ()
    backend: str = "built-in"
    prompt_version: str = ""
    note: str = ""  # "2 new after 6 ratings"
    created: float = Field(default_factory=now)

    def side(self, polarity: Polarity) -> tuple[ProfileAttribute, ...]:
        """Attributes of one side, heaviest first; removed and contradictory ones are left out."""
        kept = [a for a in self.attributes if a.polarity is polarity]
        kept = [a for a in kept if not a.removed and not a.split]
        return tuple(sorted(kept, key=lambda a: -a.weight))


class Profile(Frozen):
    """One noun for everything that the studio has learnt about somebody's taste."""

    id: str = Field(default_factory=new_id)
    name: str = Field(min_length=1, max_length=80)
    version: int = 0  # number of the current ProfileVersion; 0 before anything was learnt
    strength: Strength = 0.5
    parents: tuple[tuple[str, float], ...] = ()  # (profile id, weight) of a blend
    created: float = Field(default_factory=now)


class SubjectPhoto(Frozen):
    """One photo of a subject, kept without what the camera wrote. `crop` is (left, top, right,
    bottom) in its pixels; an empty caption means "a {token} {class word}"."""

    id: str = Field(default_factory=new_id)
    path: str  # relative to the data folder
    sha256: str
    width: int
    height: int
    caption: str = Field(default="", max_length=500)
    crop: tuple[int, int, int, int] | None = None
    left_out: bool = False


class Subject(Frozen):
    """Somebody or something that a person teaches: their dog, a toy, a logo.

    The token is a rare word that training ties to it; people write its name instead.
    """

    id: str = Field(default_factory=new_id)
    name: str = Field(min_length=1, max_length=80, pattern=r"^[^<>:,\n]+$")  # as in <subject:NAME>
    class_word: str = Field(min_length=1, max_length=40, pattern=r"^[^<>:,(){}|\n]+$")
    token: str = Field(pattern=r"^[a-z0-9]{2,12}$")
    mirror: bool = True  # whether its mirror image is still it; no for text and two different sides
    photos: tuple[SubjectPhoto, ...] = ()
    snapshot_id: str | None = None  # the one that was picked
    created: float = Field(default_factory=now)

    @property
    def words(self) -> str:
        """What the model has learnt it as: "sks dog"."""
        return f"{self.token} {self.class_word}"


class Snapshot(Frozen):
    """What a training had learnt of a subject after some steps: a LoRA file and how good it is.

    `scores` are shares by name (likeness, prompt, …), empty where nothing measured them.
    """

    id: str = Field(default_factory=new_id)
    subject_id: str
    job_id: str | None = None  # None: imported
    model_id: str
    step: int
    path: str  # of the LoRA, relative to the data folder
    hash: str  # of its weights: how pictures name it
    scores: dict[str, float] = Field(default_factory=dict)
    suggested: bool = False  # whether the training thought it the best when it ended
    created: float = Field(default_factory=now)


class ImageRecord(Frozen):
    """A generated picture: where it is, and everything needed to make it again.

    `record` is the JSON document that the PNG holds (see `studio.provenance`).
    """

    id: str  # the id of its Picture
    path: str  # relative to the data folder, or absolute when written elsewhere
    prompt: str
    seed: int
    model_id: str
    profile_id: str | None = None
    profile_version: int | None = None
    strength: float | None = None
    job_id: str | None = None
    record: dict[str, Any] = Field(default_factory=dict)
    trashed: float | None = None
    created: float = Field(default_factory=now)


class GalleryQuery(Frozen):
    """Which generated pictures to show. Every word must occur, as the beginning of some word, in
    the prompt, the caption or a standing comment; `rating` is the latest standing answer."""

    words: str = ""
    profile_id: str | None = None  # the profile that it was made with
    model_id: str | None = None
    rating: Verdict | Literal["unrated"] | None = None
    rated_by: str | None = None  # whose ratings count; None: anybody's
    since: float | None = None  # made at this time or later
    until: float | None = None  # made before this time
    trashed: bool = False  # the trash instead of the gallery


class GalleryPage(Frozen):
    """Some pictures, newest first. `next` is where the following page begins, None at the end."""

    images: tuple[ImageRecord, ...] = ()
    next: int | None = None


class Pick(StrEnum):
    """Which of two pictures a person prefers."""

    LEFT = "left"
    RIGHT = "right"
    NEITHER = "neither"  # they cannot tell


class BlindTest(Frozen):
    """Does a profile work for its person? Pairs of pictures with and without it, sides hidden. Its
    result belongs to one version, one strength and one model."""

    id: str = Field(default_factory=new_id)
    profile_id: str
    profile_version: int
    strength: Strength
    model_id: str
    looks: int = Field(default=1, ge=1, le=2)  # after the second look the interval is wider
    created: float = Field(default_factory=now)


class BlindPair(Frozen):
    """One prompt drawn twice from one seed. Order, seed and sides are fixed before it is drawn."""

    test_id: str
    number: int = Field(ge=1)  # as shown
    prompt: str
    seed: int
    personal: Pick  # on which side the picture with the profile stands
    left: str | None = None  # pictures, once they are drawn
    right: str | None = None
    gains: dict[str, float] = Field(default_factory=dict)  # what shows more with the profile

    @property
    def is_drawn(self) -> bool:
        """Whether it can be shown."""
        return self.left is not None and self.right is not None


class BlindAnswer(Frozen):
    """What a person chose in one pair. Append-only, like a rating."""

    id: str = Field(default_factory=new_id)
    test_id: str
    pair: int  # its number
    choice: Pick
    client_id: str = Field(default_factory=new_id)
    created: float = Field(default_factory=now)
    taken_back: float | None = None


class Choice(Frozen):
    """Which of two pictures of the same thing a person prefers. Append-only, like a rating."""

    id: str = Field(default_factory=new_id)
    profile_id: str
    left_id: str  # pictures, on the sides where they were shown
    right_id: str
    pick: Pick
    client_id: str = Field(default_factory=new_id)
    created: float = Field(default_factory=now)
    taken_back: float | None = None

    @property
    def order(self) -> tuple[str, str] | None:
        """(winner, loser); None if the person could not tell."""
        if self.pick is Pick.NEITHER:
            return None
        if self.pick is Pick.LEFT:
            return self.left_id, self.right_id
        return self.right_id, self.left_id


class Pair(Frozen):
    """Two pictures of the same thing to choose from."""

    prompt: str
    left: Picture
    right: Picture

    @property
    def id(self) -> str:
        """Whatever the sides."""
        return "-".join(sorted((self.left.id, self.right.id)))


class Standing(Frozen):
    """How much a person has chosen, and how well the rest is predicted from it: `right` of `of`
    choices, each by a scorer that had not seen it, with a 95 % interval of that share."""

    counted: int = 0  # choices that say something
    neither: int = 0
    ratings: int = 0  # pairs of a liked and a disliked picture that count too, though less
    right: int = 0
    of: int = 0  # 0 while there are too few
    interval: tuple[float, float] | None = None


class JobState(StrEnum):
    """A job's life: waiting -> running -> done | failed | cancelled; running <-> paused.

    `interrupted` is what start-up makes of a running job whose process is gone.
    """

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen unless the person asks for it."""
        return self not in (JobState.WAITING, JobState.RUNNING, JobState.PAUSED)


class Progress(Frozen):
    """How far a job is. `text` is a sentence for the person; `seconds_left` is a guess."""

    step: int = 0
    total: int = 0
    text: str = ""
    seconds_left: float | None = None


class Job(Frozen):
    """A piece of long work: this row, a folder and a process of its own."""

    id: str = Field(default_factory=new_id)
    kind: str  # "generate", "learn", "deck", "pull" …; each registers its runner
    title: str  # as shown: "Teaching Momo"
    profile_id: str | None = None  # for whom; the job goes when this profile is deleted for good
    state: JobState = JobState.WAITING
    params: dict[str, Any] = Field(default_factory=dict)
    result: dict[str, Any] = Field(default_factory=dict)
    reason: str = ""  # why it failed or stopped, a sentence
    progress: Progress = Progress()
    pid: int | None = None
    pid_started: float | None = None  # pids are reused; together with this they are not
    heartbeat: float | None = None
    created: float = Field(default_factory=now)
    changed: float = Field(default_factory=now)  # when the row was last written; polls ask for this
    started: float | None = None
    finished: float | None = None
