"""Rating: what is shown next, answers that are never rewritten, and what is understood at once."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from pipelines.errors import InvalidSpec
from pipelines.preference.extract.rules import RuleExtractor
from studio.domain import Chip, PictureKind, Polarity, Profile, Verdict
from studio.errors import InvalidInput, NotFound
from studio.paths import Paths
from studio.services.conversation import Guesses, Question
from studio.services.decks import DeckService
from studio.services.profiles import ProfileService
from studio.services.rating import RatingService
from studio.services.rating_file import RatingLine, read_line, read_rating_file
from studio.services.readings import Readings
from studio.store import Store

LIKE, DISLIKE, SKIP = Verdict.LIKED, Verdict.DISLIKED, Verdict.SKIPPED


@pytest.fixture
def profiles(paths: Paths, store: Store) -> ProfileService:
    return ProfileService(paths, store, Readings(store, RuleExtractor()))


@pytest.fixture
def rating(
    paths: Paths, store: Store, decks: DeckService, profiles: ProfileService
) -> RatingService:
    return RatingService(paths, store, decks, profiles, Readings(store, RuleExtractor()))


@pytest.fixture
def me(profiles: ProfileService) -> Profile:
    return profiles.create("me")


def picture_with(decks: DeckService, chip: str) -> str:
    return next(p.id for p in decks.pictures("stickers") if chip in p.facts["chips"])


# --------------------------------------------------------------------- cards


def test_the_first_cards_are_spread_over_styles_and_colours(
    rating: RatingService, me: Profile
) -> None:
    cards = rating.next_cards(me.id, n=12)
    assert len({card.picture.id for card in cards}) == 12
    assert len({card.picture.facts["style"] for card in cards}) >= 11
    assert len({colour for card in cards for colour in card.picture.facts["colours"]}) >= 8
    assert all(len(card.picture.facts["chips"]) == 6 for card in cards)


def test_every_third_card_is_one_expected_to_be_liked(
    rating: RatingService, decks: DeckService, me: Profile
) -> None:
    for picture in decks.pictures("stickers")[:24]:
        loved = "thick outlines" in picture.facts["chips"]
        rating.rate(me.id, picture.id, LIKE if loved else DISLIKE)
    cards = rating.next_cards(me.id, n=6)  # 24 answers: these are number 25 to 30
    pleasant = [cards[2], cards[5]]
    assert all("thick outlines" in card.picture.facts["chips"] for card in pleasant)
    assert min(card.guess for card in pleasant) > 0.5
    best = max(rating.next_cards(me.id, n=99), key=lambda card: card.guess)
    assert cards[2].picture.id == best.picture.id


def test_a_rated_or_loaded_card_does_not_come_again(rating: RatingService, me: Profile) -> None:
    first = rating.next_cards(me.id, n=3)
    rating.rate(me.id, first[0].picture.id, SKIP)
    loaded = [first[1].picture.id, first[2].picture.id]
    more = rating.next_cards(me.id, n=99, loaded=loaded)
    assert not {c.picture.id for c in more} & {c.picture.id for c in first}
    assert len(more) == 60 - 3


def test_another_profile_starts_from_the_beginning(
    rating: RatingService, profiles: ProfileService, me: Profile
) -> None:
    (card,) = rating.next_cards(me.id, n=1)
    rating.rate(me.id, card.picture.id, LIKE)
    you = profiles.create("you")
    assert len(rating.next_cards(you.id, n=99)) == 60


def test_the_order_is_ready_while_a_person_waits(
    rating: RatingService, decks: DeckService, me: Profile
) -> None:
    for number, picture in enumerate(decks.pictures("stickers")[:30]):
        rating.rate(me.id, picture.id, LIKE if number % 2 else DISLIKE)
    rating.next_cards(me.id)
    begun = time.perf_counter()
    rating.next_cards(me.id)
    assert time.perf_counter() - begun < 1.0  # 30 ms on a quiet machine; CI is not one


def test_own_pictures_are_a_deck(rating: RatingService, me: Profile, tmp_path: Path) -> None:
    Image.new("RGB", (40, 40), "red").save(tmp_path / "a.png")
    picture = rating.bring(tmp_path / "a.png")
    (card,) = rating.next_cards(me.id, deck="own")
    assert card.picture.id == picture.id
    assert "red" in picture.facts["colours"]
    assert "a.png" not in picture.model_dump_json()  # names can tell who is in a picture


# -------------------------------------------------------------------- answers


def test_answers_are_added_and_never_rewritten(
    rating: RatingService, decks: DeckService, store: Store, me: Profile
) -> None:
    picture = decks.pictures("stickers")[0]
    first = rating.rate(me.id, picture.id, LIKE, "nice line")
    second = rating.rate(me.id, picture.id, DISLIKE, "on second thoughts, too thick")
    assert [r.id for r in store.ratings.history(me.id)] == [second.id, first.id]
    assert [r.rating.id for r in rating.rated(me.id)] == [second.id]
    assert rating.undo(me.id) == store.ratings.get(second.id)
    assert [r.rating.id for r in rating.rated(me.id)] == [first.id]  # it stands again
    rating.undo(me.id)
    assert rating.undo(me.id) is None
    kept = store.ratings.history(me.id)
    assert [(r.id, r.comment) for r in kept] == [
        (second.id, "on second thoughts, too thick"),
        (first.id, "nice line"),
    ]
    assert all(r.taken_back for r in kept)


def test_an_answer_sent_twice_is_stored_once(
    rating: RatingService, decks: DeckService, store: Store, me: Profile
) -> None:
    picture = decks.pictures("stickers")[0]
    sent = [rating.rate(me.id, picture.id, LIKE, "x", client_id="tab-1-7") for _ in range(3)]
    assert len({r.id for r in sent}) == 1
    assert len(store.ratings.history(me.id)) == 1


def test_what_cannot_be_an_answer_is_refused(
    rating: RatingService, decks: DeckService, me: Profile
) -> None:
    picture = decks.pictures("stickers")[0]
    with pytest.raises(InvalidSpec, match="4000"):
        rating.rate(me.id, picture.id, LIKE, "x" * 4001)
    chip = Chip(label="<script>", polarity=Polarity.LIKED)
    with pytest.raises(InvalidInput, match="no label"):
        rating.rate(me.id, picture.id, LIKE, chips=[chip])
    with pytest.raises(NotFound):
        rating.rate(me.id, "nothing", LIKE)


def test_a_rated_card_opens_again_with_its_words(
    rating: RatingService, decks: DeckService, me: Profile
) -> None:
    chip = Chip(label="flat design", polarity=Polarity.LIKED)
    given_ = rating.rate(me.id, decks.pictures("stickers")[0].id, LIKE, "flat!", chips=[chip])
    opened = rating.reopen(given_.id)
    assert opened.rating.comment == "flat!"
    assert opened.rating.chips == (chip,)
    assert opened.picture.caption.startswith("a fox")


def test_half_a_comment_is_kept_until_it_is_saved(
    rating: RatingService, decks: DeckService, me: Profile
) -> None:
    a, b = decks.pictures("stickers")[:2]
    rating.save_draft(me.id, a.id, "the fat ${outl")
    rating.save_draft(me.id, b.id, "two")
    assert rating.drafts(me.id) == {a.id: "the fat ${outl", b.id: "two"}
    rating.rate(me.id, a.id, LIKE, "the fat outline")
    assert rating.drafts(me.id) == {b.id: "two"}


def test_own_pictures_count_as_likes_and_bad_ones_are_named(
    rating: RatingService, me: Profile, tmp_path: Path, decks: DeckService
) -> None:
    Image.new("RGB", (40, 40), "red").save(tmp_path / "good.png")
    (tmp_path / "bad.jpg").write_bytes(b"no picture at all")
    sticker = decks.file(decks.pictures("stickers")[0])
    files = [tmp_path / "good.png", tmp_path / "bad.jpg", sticker]
    ratings, refused = rating.add_own(me.id, files)
    assert [r.verdict for r in ratings] == [LIKE, LIKE]
    assert [r.name for r in refused] == ["bad.jpg"]
    kinds = [seen.picture.kind for seen in rating.rated(me.id)]
    assert kinds == [PictureKind.DECK, PictureKind.OWN]  # a sticker stays what it is


# --------------------------------------------------------------- conversation


def test_chips_appear_at_once(rating: RatingService, decks: DeckService, me: Profile) -> None:
    rating.rate(me.id, picture_with(decks, "thick outlines"), LIKE, "love the thick outlines")
    rating.draft_reading(me.id)
    begun = time.perf_counter()
    (attribute,) = rating.draft_reading(me.id).attributes
    assert time.perf_counter() - begun < 0.5  # 5 ms on a quiet machine
    assert attribute.label == "thick outlines"
    assert attribute.evidence[0].backend == "built-in"


def test_questions_follow_the_verdict_and_what_is_unknown(
    rating: RatingService, decks: DeckService, me: Profile
) -> None:
    fox, fish, cupcake, *_ = decks.pictures("stickers")
    assert rating.question(me.id, LIKE, fox) == Question("open")
    rating.rate(me.id, fox.id, LIKE, "the warm colours")
    rating.rate(me.id, fish.id, LIKE, "thick outlines")
    asked = rating.question(me.id, LIKE, cupcake).about
    assert asked in ("lighting", "mood", "detail", "composition", "texture", "medium")
    assert rating.question(me.id, DISLIKE, fish) == Question("reversal", "thick outlines")


@pytest.mark.parametrize("comment", ["nice", "Nice!", "I like it", "wow so good"])
def test_vague_words_are_noticed(rating: RatingService, comment: str) -> None:
    assert rating.vague(comment) == comment


@pytest.mark.parametrize("comment", ["", "nice thick outlines", "too glossy", "pastel"])
def test_words_that_say_why_are_not_vague(rating: RatingService, comment: str) -> None:
    assert rating.vague(comment) is None


def test_progress_counts_what_is_known_and_names_what_is_not(
    rating: RatingService, decks: DeckService, me: Profile
) -> None:
    pictures = decks.pictures("stickers")
    for number, comment in enumerate(("thick outlines", "thick outlines, warm colours", "")):
        rating.rate(me.id, pictures[number].id, LIKE, comment)
    rating.rate(me.id, pictures[3].id, SKIP, "whatever")
    now = rating.progress(me.id)
    assert (now.ratings, now.comments, now.enough) == (3, 2, False)
    assert (now.attributes, now.twice) == (2, 1)
    assert "lighting" in now.not_asked
    assert "line" not in now.not_asked
    assert "subject" not in now.not_asked  # what a picture shows is no matter of taste
    assert now.guesses is None


def test_guesses_are_fixed_before_the_answer_and_stand_beside_the_simplest_guess(
    rating: RatingService, store: Store, me: Profile
) -> None:
    answered = []
    for _ in range(14):
        (card,) = rating.next_cards(me.id, n=1)
        loved = "black and white" not in card.picture.facts["chips"]
        guesses = store.preferences.get("guesses", {}, scope=me.id)
        assert guesses[card.picture.id] == round(card.guess, 3)  # before the answer
        rating.rate(me.id, card.picture.id, LIKE if loved else DISLIKE)
        answered.append((card.guess >= 0.5, loved))
    last = answered[-12:]
    found = rating.progress(me.id).guesses
    assert found == Guesses(
        right=sum(guess == loved for guess, loved in last),
        always_like=sum(loved for _, loved in last),
        of=12,
    )


def test_six_comments_without_news_are_a_good_moment_to_stop(
    rating: RatingService, decks: DeckService, me: Profile
) -> None:
    pictures = decks.pictures("stickers")
    for picture in pictures[:9]:
        rating.rate(me.id, picture.id, LIKE, "thick outlines")
    assert not rating.progress(me.id).settled  # the weight still moved
    for picture in pictures[9:18]:
        rating.rate(me.id, picture.id, LIKE, "thick outlines")
    assert rating.progress(me.id).settled
    rating.rate(me.id, pictures[18].id, LIKE, "watercolour")
    assert not rating.progress(me.id).settled


def test_five_ratings_without_words_are_noticed(
    rating: RatingService, decks: DeckService, me: Profile
) -> None:
    for picture in decks.pictures("stickers")[:5]:
        assert not rating.progress(me.id).wordless
        rating.rate(me.id, picture.id, LIKE)
    assert rating.progress(me.id).wordless


# ----------------------------------------------------------------------- files


def write_lines(path: Path, *lines: object) -> Path:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return path


def test_a_file_of_ratings_is_imported_with_paths_relative_to_it(
    rating: RatingService, decks: DeckService, me: Profile, tmp_path: Path
) -> None:
    (tmp_path / "pictures").mkdir()
    Image.new("RGB", (40, 40), "red").save(tmp_path / "pictures" / "own.png")
    sticker = decks.file(decks.pictures("stickers")[0])
    file = write_lines(
        tmp_path / "r.jsonl",
        {"image": "pictures/own.png", "verdict": "liked", "comment": "warm colours"},
        "",
        {"image": str(sticker), "verdict": "disliked"},
    )
    done = rating.import_file(me.id, file)
    assert (len(done.added), done.unchanged, done.problems) == (2, 0, ())
    seen = rating.rated(me.id)
    assert [s.picture.kind for s in seen] == [PictureKind.DECK, PictureKind.OWN]
    assert seen[1].rating.comment == "warm colours"
    again = rating.import_file(me.id, file)
    assert (len(again.added), again.unchanged) == (0, 2)


def test_one_bad_line_imports_nothing_and_every_bad_line_is_named(
    rating: RatingService, store: Store, me: Profile, paths: Paths, tmp_path: Path
) -> None:
    Image.new("RGB", (40, 40), "red").save(tmp_path / "own.png")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing more")
    file = write_lines(
        tmp_path / "r.jsonl",
        {"image": "own.png", "verdict": "liked"},
        "{not json",
        {"image": "own.png", "verdict": "loved"},
        {"image": "own.png", "verdict": "liked", "coment": "misspelt"},
        {"image": "gone.png", "verdict": "liked"},
        {"image": "broken.png", "verdict": "liked"},
        [1, 2],
        {"image": "own.png", "verdict": "liked", "comment": "x" * 4001},
    )
    with pytest.raises(InvalidInput) as refusal:
        rating.import_file(me.id, file)
    message = str(refusal.value)
    assert "7 of 8 lines cannot be used, so nothing was imported" in message
    assert [n for n in range(1, 10) if f"line {n}:" in message] == [2, 3, 4, 5, 6, 7, 8]
    assert "gone.png is not there" in message
    assert "broken.png is" in message
    assert "coment" in message
    assert store.ratings.history(me.id) == []
    assert store.pictures.all(PictureKind.OWN) == []
    assert list(paths.own.iterdir()) == []

    done = rating.import_file(me.id, file, keep_good=True)
    assert len(done.added) == 1
    assert [p.line for p in done.problems] == [2, 3, 4, 7, 8, 5, 6]


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="not there"):
        read_rating_file(tmp_path / "no.jsonl")
    (tmp_path / "latin.jsonl").write_bytes(b'{"image": "caf\xe9"}')
    with pytest.raises(InvalidInput, match="UTF-8"):
        read_rating_file(tmp_path / "latin.jsonl")


@given(st.text(max_size=300))
def test_any_text_is_a_line_or_a_reason(raw: str) -> None:
    found = read_line(raw)
    assert isinstance(found, RatingLine) or (isinstance(found, str) and found)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=12,
)
almost_lines = st.fixed_dictionaries(
    {},
    optional={
        "image": st.sampled_from(["own.png", "../own.png", "/etc/passwd", "", "\0", "."])
        | json_values,
        "verdict": st.sampled_from(["liked", "disliked", "skipped"]) | json_values,
        "comment": json_values,
    },
)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(lines=st.lists(almost_lines | json_values, max_size=6))
def test_any_file_is_imported_or_refused_with_numbers(
    rating: RatingService, me: Profile, tmp_path: Path, lines: list
) -> None:
    Image.new("RGB", (40, 40), "red").save(tmp_path / "own.png")
    file = write_lines(tmp_path / "fuzz.jsonl", *[json.dumps(line) for line in lines])
    try:
        done = rating.import_file(me.id, file)
    except InvalidInput as error:
        message = str(error)
    else:
        message = ""
        assert len(done.added) + done.unchanged == len(lines)
    assert not message or "line " in message


def test_nesting_without_end_is_a_reason() -> None:
    assert isinstance(read_line("[" * 100_000), str)
