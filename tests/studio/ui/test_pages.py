"""What the pages say and do, without a browser: handlers take and return plain values."""

from pathlib import Path

import pytest

from pipelines.errors import InvalidSpec
from studio.context import Studio
from studio.domain import ImageRecord, Job, JobState, Picture, PictureKind, Verdict
from studio.errors import InvalidInput, NotFound
from studio.services.generation import SWEEP
from studio.ui.components.chips import Decision, OfAttribute, Return
from studio.ui.components.grid import Filters, OfPicture, PageOf
from studio.ui.components.header import Nothing
from studio.ui.components.rater import OfProfile, Reaction
from studio.ui.components.rows import Act
from studio.ui.pages.asked import Asked
from studio.ui.pages.gallery import Gallery, midnight
from studio.ui.pages.generate import Generate
from studio.ui.pages.jobs import Jobs
from studio.ui.pages.profile import Profiles
from studio.ui.pages.rate import Rate
from studio.ui.pages.rate_cards import AHEAD
from studio.ui.pages.results import results
from studio.ui.shell import Shell


@pytest.fixture
def profile(studio: Studio) -> str:
    return studio.profiles.create("My taste").id


def react(page: Rate, profile: str, words: str, verdict: Verdict = Verdict.LIKED) -> dict:
    desk = page.desk(profile)
    return page.answer(
        Reaction(
            profile=profile,
            deck=desk.deck,
            picture=desk.cards[0].id,
            verdict=verdict,
            comment=words,
            client_id=f"client-{desk.cards[0].id}",
            have=tuple(card.id for card in desk.cards[1:]),
        )
    )


def add_image(studio: Studio, number: int, **fields: object) -> str:
    from PIL import Image

    name = f"{number:012x}"
    file = studio.paths.pictures / f"{name}.png"
    Image.new("RGB", (8, 8), (number % 255, 0, 0)).save(file)
    path = file.relative_to(studio.paths.home).as_posix()
    picture = Picture(
        id=name, kind=PictureKind.GENERATED, path=path, sha256=name, width=8, height=8
    )
    known = {"prompt": f"picture {number}", "seed": number, "model_id": "sticker-128", **fields}
    studio.store.images.add(picture, ImageRecord(id=name, path=path, **known))  # type: ignore[arg-type]
    return name


# ------------------------------------------------------------------------- rate


def test_an_empty_studio_has_a_deck_and_asks_for_a_name(studio: Studio) -> None:
    desk = Rate(studio).desk(None)
    assert desk.profile is None
    assert desk.cards == ()
    assert any(name == "stickers" for name, _ in desk.decks)


def test_a_desk_has_cards_with_words_and_no_paths(studio: Studio, profile: str) -> None:
    desk = Rate(studio).desk(profile)
    assert len(desk.cards) == AHEAD
    assert all(card.caption and card.url == f"/studio/picture/{card.id}" for card in desk.cards)
    assert str(studio.paths.home) not in desk.model_dump_json()
    assert str(Path.cwd()) not in desk.model_dump_json()


def test_an_answer_is_understood_at_once(studio: Studio, profile: str) -> None:
    answer = react(Rate(studio), profile, "thick dark outlines and muted colours")
    phrases = {a["phrase"] for a in answer["heard"]["attributes"]}
    assert any("outline" in phrase for phrase in phrases)
    assert answer["heard"]["lines"][0] == "1 of 8 comments"
    assert answer["vague"] is None


def test_vague_words_are_asked_back_and_never_refused(studio: Studio, profile: str) -> None:
    assert "nice" in react(Rate(studio), profile, "nice")["vague"]


def test_the_same_answer_sent_twice_is_stored_once(studio: Studio, profile: str) -> None:
    page = Rate(studio)
    desk = page.desk(profile)
    reaction = Reaction(
        profile=profile,
        deck=desk.deck,
        picture=desk.cards[0].id,
        verdict=Verdict.LIKED,
        client_id="the-same",
    )
    page.answer(reaction)
    page.answer(reaction)
    assert len(studio.store.ratings.history(profile)) == 1


def test_undo_gives_the_card_back_with_its_words(studio: Studio, profile: str) -> None:
    page = Rate(studio)
    react(page, profile, "flat colours")
    answer = page.undo(OfProfile(profile=profile))
    assert answer["card"]["comment"] == "flat colours"
    assert answer["rated"] == []
    assert answer["heard"]["attributes"] == []
    assert page.undo(OfProfile(profile=profile))["card"] is None


def test_every_fourth_comment_brings_a_preview_and_the_newest_wins(
    studio: Studio, profile: str
) -> None:
    page = Rate(studio)
    for words in ("flat", "thick outlines", "pastel colours", "simple shapes"):
        react(page, profile, words)
    (first,) = studio.jobs.active()
    assert first.title == "Preview: a cup of coffee"
    for words in ("white background", "bold lines", "soft shading", "cheerful mood"):
        react(page, profile, words)
    (second,) = studio.jobs.active()
    assert second.id != first.id
    assert studio.jobs.show(first.id).state is JobState.CANCELLED
    assert page.hearing.heard(profile).preview.running  # type: ignore[union-attr]


# ---------------------------------------------------------------------- profile


def taught(studio: Studio, profile: str) -> Profiles:
    page = Rate(studio)
    react(page, profile, "thick dark outlines")
    react(page, profile, "neon colours hurt", Verdict.DISLIKED)
    profiles = Profiles(studio)
    profiles.learnt(profile)
    return profiles


def test_a_chip_shows_the_words_it_came_from(studio: Studio, profile: str) -> None:
    page = taught(studio, profile)
    chip = page.board(profile).liked[0]
    (proof,) = page.evidence(OfAttribute(profile=profile, attribute=chip.id))["evidence"]
    assert "".join(part for part, _ in proof["parts"]) == "thick dark outlines"
    assert any(decisive for _, decisive in proof["parts"])
    assert proof["url"].startswith("/studio/thumb/")


def test_remove_and_undo_leave_the_board_as_before(studio: Studio, profile: str) -> None:
    page = taught(studio, profile)
    before = page.board(profile)
    removed = page.remove(OfAttribute(profile=profile, attribute=before.liked[0].id))
    assert len(removed["profile"]["liked"]) == len(before.liked) - 1
    page.go_back(Return(profile=profile, version=removed["undo"]))
    after = page.board(profile)
    assert (after.liked, after.disliked) == (before.liked, before.disliked)


def test_turning_moves_a_chip_to_the_other_side(studio: Studio, profile: str) -> None:
    page = taught(studio, profile)
    chip = page.board(profile).liked[0]
    page.turn(OfAttribute(profile=profile, attribute=chip.id))
    assert chip.phrase in [c.phrase for c in page.board(profile).disliked]


def test_a_contradiction_is_shown_until_it_is_decided(studio: Studio, profile: str) -> None:
    react(Rate(studio), profile, "love the neon colours")
    react(Rate(studio), profile, "neon colours again, horrible", Verdict.DISLIKED)
    page = Profiles(studio)
    page.learnt(profile)
    (conflict,) = page.board(profile).conflicts
    assert "neon" in conflict.text
    page.resolve(Decision(profile=profile, attribute=conflict.id, keep="disliked"))
    board = page.board(profile)
    assert board.conflicts == ()
    assert [c for c in board.liked if "neon" in c.phrase] == []


def test_names_are_escaped_in_the_headline(studio: Studio) -> None:
    nasty = studio.profiles.create("<img src=x onerror=alert(1)>").id
    assert "<img" not in Profiles(studio).headline(nasty)


def test_evidence_of_a_chip_that_is_gone_is_a_sentence(studio: Studio, profile: str) -> None:
    with pytest.raises(NotFound):
        Profiles(studio).evidence(OfAttribute(profile=profile, attribute="nothing"))


# --------------------------------------------------------------------- generate


def test_an_empty_prompt_is_refused_in_a_sentence(studio: Studio, profile: str) -> None:
    with pytest.raises(InvalidInput, match="first"):
        Generate(studio).run(profile, *Asked(prompt="  ").values())


def test_with_and_without_share_the_seed(studio: Studio, profile: str) -> None:
    taught(studio, profile)
    shown, seed, _ = Generate(studio).run(
        profile, *Asked(prompt="a fox", show="pair", seed=7, keep=True).values()
    )
    (job,) = studio.jobs.active()
    passes = job.params["passes"]
    assert [p["strength"] for p in passes] == [0.0, 0.5]
    assert [p["spec"]["seed"] for p in passes] == [7, 7]
    assert seed == 7
    assert shown["batches"][0]["kind"] == "pair"


def test_a_sweep_has_five_strengths_and_one_seed(studio: Studio, profile: str) -> None:
    taught(studio, profile)
    Generate(studio).run(profile, *Asked(prompt="a fox", show="sweep", count=4).values())
    (job,) = studio.jobs.active()
    assert tuple(p["strength"] for p in job.params["passes"]) == SWEEP
    assert {p["spec"]["count"] for p in job.params["passes"]} == {1}


def test_an_empty_profile_says_that_strength_changes_nothing(studio: Studio, profile: str) -> None:
    page = Generate(studio)
    told = page.hint(profile)
    assert "no attributes yet" in told["text"]
    assert [way["place"] for way in told["ways"]] == ["rate"]
    taught(studio, profile)
    assert page.hint(profile)["text"] == ""


def test_a_random_seed_is_drawn_and_forgotten_unless_kept(studio: Studio, profile: str) -> None:
    page = Generate(studio)
    _, seed, _ = page.run(profile, *Asked(prompt="a fox").values())
    assert seed is None
    _, kept, _ = page.run(profile, *Asked(prompt="a fox", keep=True).values())
    assert isinstance(kept, int)


def test_the_prompt_and_the_form_come_back(studio: Studio, profile: str) -> None:
    page = Generate(studio)
    page.run(profile, *Asked(prompt="a fox", steps=7, show="sweep").values())
    page.keep_draft("a fox in the snow")
    opened = page.opened(profile)
    assert opened.prompt == "a fox in the snow"
    assert (opened.steps, opened.show) == (7, "sweep")


@pytest.mark.parametrize("size", ["128", "../../x", "128×", "9×9", "99999×8"])
def test_a_wrong_size_is_refused(studio: Studio, profile: str, size: str) -> None:
    fields = Asked(prompt="a fox").model_dump(mode="json") | {"size": size}
    with pytest.raises(InvalidSpec):
        Generate(studio).run(profile, *fields.values())


def test_previews_are_no_results_of_the_person(studio: Studio, profile: str) -> None:
    page = Rate(studio)
    for words in ("flat", "thick outlines", "pastel colours", "simple shapes"):
        react(page, profile, words)
    assert results(studio, profile).batches == ()


# ---------------------------------------------------------------------- gallery


def test_a_preview_whose_job_is_forgotten_leaves_the_page_usable(
    studio: Studio, profile: str
) -> None:
    page = Rate(studio)
    for words in ("flat", "thick outlines", "pastel colours", "simple shapes"):
        react(page, profile, words)
    (job,) = studio.jobs.active()
    studio.jobs.cancel(job.id)
    studio.jobs.remove(job.id)
    preview = page.hearing.heard(profile).preview
    assert preview is not None
    assert not preview.running


def test_the_gallery_turns_pages_without_gaps(studio: Studio) -> None:
    made = [add_image(studio, number) for number in range(70)]
    page = Gallery(studio)
    first = page.shelf(None, Filters())
    assert first.count == "70 pictures"
    second = page.turn_page(PageOf(before=first.next))
    ids = [item.id for item in first.items] + [item["id"] for item in second["items"]]
    assert ids == made[::-1]


def test_search_and_rating_narrow_it(studio: Studio, profile: str) -> None:
    fox = add_image(studio, 1, prompt="a fox drinking tea")
    add_image(studio, 2, prompt="a rocket")
    page = Gallery(studio)
    studio.rating.rate(profile, fox, Verdict.LIKED)
    liked = page.shelf(profile, Filters(words="fox", rating="liked"))
    assert [item.id for item in liked.items] == [fox]
    assert liked.items[0].verdict is Verdict.LIKED
    assert page.shelf(profile, Filters(words="fox", rating="unrated")).items == ()


def test_pictures_are_found_by_the_day_they_were_made(studio: Studio) -> None:
    add_image(studio, 1, created=midnight(1) - 60)
    today = add_image(studio, 2, created=midnight(1) + 60)
    page = Gallery(studio)
    assert [item.id for item in page.shelf(None, Filters(days=1)).items] == [today]
    assert len(page.shelf(None, Filters(days=7)).items) == 2


def test_a_picture_whose_file_is_gone_keeps_its_settings(studio: Studio, profile: str) -> None:
    name = add_image(studio, 1, record={"spec": {"steps": 20}})
    studio.images.file(studio.images.get(name)).unlink()
    detail = Gallery(studio).detail(OfPicture(profile=profile, picture=name))
    assert detail["missing"]
    assert ["Steps", "20"] in detail["details"]


def test_the_reason_for_an_empty_gallery_is_said(studio: Studio) -> None:
    page = Gallery(studio)
    assert "as soon as you generate" in page.shelf(None, Filters()).empty
    nothing = page.shelf(None, Filters(words="fox"))
    assert "No picture matches ‘fox’" in nothing.empty
    assert nothing.narrowed
    assert page.shelf(None, Filters(trashed=True)).empty == "The trash is empty."


# ------------------------------------------------------------------------- jobs


def job(studio: Studio, **fields: object) -> Job:
    return studio.store.jobs.add(Job(kind="generate", title="Two foxes", **fields))  # type: ignore[arg-type]


def test_cancel_hits_the_job_that_was_clicked(studio: Studio) -> None:
    first, second = job(studio), job(studio)
    Jobs(studio).act(Act(id=first.id, do="cancel"))
    assert studio.jobs.show(first.id).state is JobState.CANCELLED
    assert studio.jobs.show(second.id).state is JobState.WAITING


def test_a_failed_job_says_why_and_can_be_tried_again(studio: Studio) -> None:
    failed = job(studio, state=JobState.FAILED, reason="The disk is full.")
    page = Jobs(studio)
    (row,) = page.table().rows
    assert row.bad
    assert row.text == "The disk is full."
    assert [button.do for button in row.buttons] == ["retry", "log"]
    page.act(Act(id=failed.id, do="retry"))
    assert studio.jobs.show(failed.id).state is JobState.WAITING


def test_what_is_under_way_stands_first(studio: Studio) -> None:
    waiting = job(studio, created=1.0)
    job(studio, created=2.0, state=JobState.DONE, started=2.0, finished=9.0)
    rows = Jobs(studio).table().rows
    assert rows[0].id == waiting.id
    assert rows[1].text == "done, took 7 s"


# ------------------------------------------------------------------------ shell


def test_the_first_steps_follow_the_person(studio: Studio) -> None:
    shell = Shell(studio)
    assert [step.done for step in shell.steps(None).steps] == [False] * 4
    profile = shell.create("My taste")
    assert [step.done for step in shell.steps(profile).steps] == [True, False, False, False]
    assert shell.steps(profile).steps[1].text == "0 of 8 comments"
    assert shell.last_profile() == profile
    assert shell.first_tab(profile) == "rate"


def test_hidden_first_steps_stay_hidden(studio: Studio) -> None:
    shell = Shell(studio)
    shell.hide(Nothing())
    assert shell.steps(None).steps == ()


def test_after_the_first_picture_what_comes_next_is_said_until_hidden(studio: Studio) -> None:
    shell = Shell(studio)
    profile = shell.create("My taste")
    for words in range(8):
        react(Rate(studio), profile, f"thick outlines and flat colours {words}")
    Profiles(studio).learnt(profile)
    shell.opened("profile", profile)
    made = {"kind": "generate", "title": "A fox", "profile_id": profile}
    studio.store.jobs.add(Job(**made, state=JobState.DONE, result={"images": [1]}))
    done = shell.steps(profile)
    assert done.steps == ()
    assert done.said.startswith("This is yours")
    shell.hide(Nothing())
    assert shell.steps(profile).said == ""


def test_a_deleted_profile_is_not_opened_again(studio: Studio) -> None:
    shell = Shell(studio)
    first = shell.create("One")
    second = shell.create("Two")
    studio.profiles.delete(second)
    assert shell.last_profile() == first
