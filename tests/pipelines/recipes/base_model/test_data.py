"""Vocabulary, plan and drawing on packages of a few made-up files."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipelines.models.cards import assets_dir
from pipelines.recipes.base_model import data
from pipelines.recipes.base_model.icons import load_icons
from pipelines.recipes.base_model.plan import make_plan
from pipelines.recipes.base_model.render import half_size, without_fill
from pipelines.recipes.base_model.styles import load_styles
from pipelines.recipes.base_model.vocabulary import Packages, load_rules, read_concepts, slug

CAT, HAND, FLAG = "1F408", "270B", "1F6A9"
SQUARE = '<path fill="#f00" stroke="#000" stroke-width="10" d="M20 20h120v120H20z"/>'
CODED = ("openmoji", "twemoji", "noto", "fluent-emoji-flat", "fluent-emoji-high-contrast")
NAMED = ("noto-v1", "emojione", "emojione-v1", "emojione-monotone", "streamline-emojis", "fxemoji")
OTHERS = (
    "streamline-freehand-color", "streamline-ultimate-color", "streamline-pixel", "game-icons",
)  # fmt: skip


def write(folder: Path, path: str, value) -> None:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(value), encoding="utf-8")


def iconify(*names: str, **bodies: str) -> dict:
    icons = {name: {"body": bodies.get(name.replace("-", "_"), SQUARE)} for name in names}
    return {"width": 160, "height": 160, "icons": icons}


@pytest.fixture
def node_modules(tmp_path: Path) -> Path:
    folder = tmp_path / "node_modules"
    subgroups = {"1": "animal-mammal", "2": "hand-fingers-open", "3": "flag"}
    write(folder, "emojibase-data/meta/groups.json", {"subgroups": subgroups})
    emoji = [
        {"hexcode": CAT, "emoji": "🐈", "label": "cat", "group": 3, "subgroup": 1, "tags": ["pet"]},
        {
            "hexcode": HAND, "emoji": "✋", "label": "hand", "group": 1, "subgroup": 2,
            "skins": [
                {"hexcode": f"{HAND}-1F3FB", "label": "hand: light skin tone"},
                {"hexcode": f"{HAND}-1F3FD", "label": "hand: medium skin tone"},
            ],
        },
        {"hexcode": FLAG, "emoji": "🚩", "label": "red flag", "group": 3, "subgroup": 3},
    ]  # fmt: skip
    write(folder, "emojibase-data/en/data.json", emoji)
    write(folder, "unicode-emoji-json/data-by-emoji.json", {"✋": {"name": "raised hand"}})
    write(folder, "emojilib/dist/emoji-en-US.json", {"🐈": ["cat", "meow", "felis_catus"]})
    for kind in ("cldr", "emojibase", "github", "joypixels", "iamcal", "emojibase-legacy"):
        write(folder, f"emojibase-data/en/shortcodes/{kind}.json", {CAT: ["kitty"]})
    for name in CODED:
        write(folder, f"@iconify-json/{name}/chars.json", {CAT: "cat", f"{HAND}-1F3FB": "palm"})
        write(folder, f"@iconify-json/{name}/icons.json", iconify("cat", "palm"))
    for name in NAMED:
        write(folder, f"@iconify-json/{name}/icons.json", iconify("kitty", "unknown"))
    for name in OTHERS:
        icons = iconify("cat", "angry-cat-2", "office-table", "app-window-cat")
        write(folder, f"@iconify-json/{name}/icons.json", icons)
    webp = folder / "@lobehub/fluent-emoji-3d/assets"
    webp.mkdir(parents=True)
    picture = Image.new("RGBA", (64, 64))
    picture.paste((200, 30, 30, 255), (16, 8, 48, 56))
    picture.save(webp / "1f408.webp", lossless=True)
    return folder


def test_vocabulary_has_things_their_kept_tones_and_no_flags(node_modules):
    concepts = read_concepts(Packages(node_modules))
    assert set(concepts) == {"1f408", "270b", "270b-1f3fb"}
    assert concepts["1f408"].keywords == ("pet", "meow", "felis catus")
    assert concepts["270b-1f3fb"].concept == "raised hand"
    assert concepts["270b-1f3fb"].tone == "light skin tone"


def test_plan_matches_by_code_point_name_and_words(node_modules):
    plan = make_plan(Packages(node_modules))
    found = {(row.set, row.icon): row for row in plan}
    assert found["twemoji", "cat"].concept.concept == "cat"
    assert found["fxemoji", "kitty"].concept.concept == "cat"  # an alias of a chat program
    assert ("fxemoji", "unknown") not in found
    assert found["fluent-emoji-3d", "1f408"].match == "emoji"
    pixel = found["streamline-pixel", "office-table"]
    assert (pixel.match, pixel.concept.concept) == ("icon-name", "office table")
    assert ("streamline-pixel", "app-window-cat") not in found
    assert ("game-icons", "office-table") not in found  # taken by whole names only
    assert found["openmoji-line", "cat"].concept.codepoint == "1f408"
    assert ("openmoji-line", "palm") not in found  # a line drawing has no skin tone
    assert plan == sorted(plan, key=lambda row: row.order)


def test_build_draws_measures_and_describes_every_icon(node_modules, tmp_path):
    pytest.importorskip("resvg_py", reason="drawing needs the extra `recipe`")
    count = data.build(tmp_path, node_modules, processes=1)
    icons = load_icons(tmp_path)
    assert icons.pixels.shape == (count, 128, 128, 4)
    assert len(icons.rows) == count == len(load_icons(tmp_path, 64).pixels)
    row = next(row for row in icons.rows if row["set"] == "twemoji")
    assert row["caption"] == (
        "cat, flat vector emoji without outline, red and black, white background"
    )
    left, top, right, bottom = row["bbox"]
    assert right - left == bottom - top
    assert 116 <= right - left <= 117  # the probe sees whole pixels
    assert row["licence"] == "CC-BY-4.0"
    assert data.check(icons.rows, data.read_rows(tmp_path / "meta.jsonl")) == []


def test_icons_that_look_the_same_are_kept_once_a_set(node_modules, tmp_path):
    pytest.importorskip("resvg_py", reason="drawing needs the extra `recipe`")
    data.build(tmp_path, node_modules, processes=1)
    rows = load_icons(tmp_path).rows  # cat and palm are drawn with the same body
    assert [row["icon"] for row in rows if row["set"] == "twemoji"] == ["cat"]


def test_check_names_the_column_that_differs(icons_folder):
    rows = data.read_rows(icons_folder / "meta.jsonl")
    other = [{**row, "concept": "x", "attrs": row["attrs"] | {"shading": 0.5}} for row in rows]
    problems = data.check(other, rows)
    assert any("concept differs" in text for text in problems)
    assert any("mean shading" in text for text in problems)
    assert data.check(rows[1:], rows) == [f"{len(rows) - 1} rows, expected {len(rows)}"]


def test_every_style_has_a_licence_and_names_its_authors():
    styles = load_styles()
    assert len(styles) == 17
    shared = {name for name, style in styles.items() if "-SA-" in style.licence}
    assert shared == {"openmoji", "openmoji-line", "emojione-v1"}
    assert all("http" in style.attribution for style in styles.values())


def test_every_package_of_a_style_is_locked():
    text = (data.PACKAGES / "package.json").read_text(encoding="utf-8")
    locked = json.loads(text)["dependencies"]
    assert {style.package for style in load_styles().values()} <= set(locked)
    assert all(version[0].isdigit() for version in locked.values())


def test_every_kept_subgroup_has_a_category():
    rules = load_rules()
    assert rules.category("place-building") == "building"
    assert rules.category("place-map") == "place"
    assert rules.category("cat-face") == "face"


def test_slug_has_letters_digits_and_single_dashes():
    assert slug("Café’s  “Best” & 2nd") == "cafes-best-and-2nd"


def test_line_drawing_keeps_only_what_is_black():
    assert without_fill(SQUARE) == SQUARE.replace("#f00", "none")


def test_half_size_mixes_colours_by_how_opaque_they_are():
    icon = np.zeros((2, 2, 4), np.uint8)
    icon[0, 0] = (200, 100, 0, 255)
    assert half_size(icon)[0, 0].tolist() == [200, 100, 0, 64]


@pytest.mark.parametrize("model", ["sticker-clip", "sticker-evaluator"])
def test_shipped_attributions_name_everybody(model):
    file = assets_dir() / "models" / model / "ATTRIBUTIONS.md"
    assert file.read_text(encoding="utf-8") == data.attributions()
    assert all(style.attribution in data.attributions() for style in load_styles().values())
