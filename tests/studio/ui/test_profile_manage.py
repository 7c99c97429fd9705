"""Manage on the Profile page: names, copies, blends, files, and deleting for good."""

from pathlib import Path

import pytest

from studio.context import Studio
from studio.domain import Polarity
from studio.errors import InvalidInput, NotFound
from studio.ui.pages.profile_actions import Management


@pytest.fixture
def mine(studio: Studio) -> str:
    profile = studio.profiles.create("My taste").id
    studio.profiles.add(profile, "muted colours", Polarity.LIKED)
    studio.profiles.add(profile, "neon colours", Polarity.DISLIKED)
    return profile


@pytest.fixture
def other(studio: Studio) -> str:
    profile = studio.profiles.create("Other").id
    studio.profiles.add(profile, "vivid colours", Polarity.LIKED)
    studio.profiles.add(profile, "neon colours", Polarity.LIKED)
    return profile


def test_a_copy_gets_a_free_name_and_is_used_at_once(studio: Studio, mine: str) -> None:
    used, said = Management(studio).duplicate(mine, "My taste")
    assert used != mine
    assert studio.profiles.find(str(used)).name == "My taste 2"
    assert "My taste 2" in said


def test_a_new_name_changes_no_id(studio: Studio, mine: str) -> None:
    used, _ = Management(studio).rename(mine, "  Woodcuts ")
    assert used == mine
    assert studio.profiles.find(mine).name == "Woodcuts"


def test_a_blend_is_shown_before_it_is_made_with_what_disagrees(
    studio: Studio, mine: str, other: str
) -> None:
    seen = Management(studio).mixture(mine, 0.5, other, 0.5)
    flags = {(chip.phrase, chip.polarity.value): chip.flag for chip in seen.chips}
    assert flags["neon colours", "liked"] == flags["neon colours", "disliked"] != ""
    assert flags["muted colours", "liked"] == "opposite of vivid colours"
    assert len(seen.warnings) == 1
    assert len(studio.profiles.all()) == 2


def test_weights_of_a_blend_move_its_chips(studio: Studio, mine: str, other: str) -> None:
    page = Management(studio)
    dots = [
        next(c.dots for c in page.mixture(mine, share, other, 0.5).chips if "muted" in c.phrase)
        for share in (0.1, 1.0)
    ]
    assert dots[0] < dots[1]


def test_a_blend_of_one_profile_is_refused_in_a_sentence(studio: Studio, mine: str) -> None:
    page = Management(studio)
    assert page.mixture(mine, 0.5, mine, 0.5).text == "A blend needs two different profiles."
    assert page.mixture(mine, 0.5, None, 0.5).chips == ()
    with pytest.raises(InvalidInput, match="two different"):
        page.blend(mine, "Both", mine, 0.5, mine, 0.5)


def test_a_blend_remembers_its_parents_and_is_named_after_them(
    studio: Studio, mine: str, other: str
) -> None:
    used, _ = Management(studio).blend(mine, "", mine, 0.7, other, 0.3)
    made = studio.profiles.find(str(used))
    assert made.name == "My taste and Other"
    assert made.parents == ((mine, 0.7), (other, 0.3))


def test_a_file_is_looked_into_before_anything_is_stored(
    studio: Studio, mine: str, tmp_path: Path
) -> None:
    file = tmp_path / "mine.taste"
    studio.sharing.export(mine, file)
    page = Management(studio)
    seen, name = page.look_inside(str(file))
    assert [chip.phrase for chip in seen.chips] == ["muted colours", "neon colours"]
    assert name == "My taste 2"
    assert len(studio.profiles.all()) == 1
    used, _ = page.import_file(mine, str(file), name)
    assert studio.profiles.find(str(used)).name == "My taste 2"
    assert file.exists()  # only what the browser sent is removed


def test_what_the_browser_sent_is_removed_once_it_was_read(
    studio: Studio, mine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    page = Management(studio)
    file = tmp_path / "mine.taste"
    studio.sharing.export(mine, file)
    page.import_file(mine, str(file), "Copy")
    assert not file.exists()
    (tmp_path / "broken.taste").write_text("no zip")
    seen, name = page.look_inside(str(tmp_path / "broken.taste"))
    assert (seen.chips, name) == ((), "")
    assert seen.text
    assert not (tmp_path / "broken.taste").exists()


def test_deleting_needs_the_name_and_says_what_goes(studio: Studio, mine: str, other: str) -> None:
    page = Management(studio)
    assert "2 versions" in page.going(mine)
    with pytest.raises(InvalidInput, match="My taste"):
        page.delete(mine, "my tast")
    used, said = page.delete(mine, "My taste")
    assert used == other
    assert said == "My taste is deleted for good."
    with pytest.raises(NotFound):
        studio.profiles.find(mine)
    assert page.delete(other, "Other")[0] is None


def test_the_link_of_the_export_says_whether_pictures_go_along(studio: Studio, mine: str) -> None:
    page = Management(studio)
    assert f"/studio/profile/{mine}/file?pictures=0" in page.link(mine, leave_out=True)
    assert "pictures=1" in page.link(mine, leave_out=False)
    assert page.link(None, leave_out=True) == ""
