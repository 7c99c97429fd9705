"""The CLIP that ships, on the real icons of the sticker deck."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image

from pipelines.errors import DamagedFile, ModelNotFound
from pipelines.metrics.clip import CONFIG, WEIGHTS, load_clip, similarity
from pipelines.metrics.evaluator import family
from pipelines.models.cards import assets_dir
from pipelines.recipes.base_model.captions import BACKGROUNDS, background_text
from pipelines.recipes.base_model.styles import load_styles

DECK = assets_dir() / "decks" / "stickers"
REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def deck() -> list[dict]:
    facts = json.loads((DECK / "deck.json").read_text(encoding="utf-8"))["pictures"]
    return [fact | {"image": Image.open(DECK / fact["file"])} for fact in facts]


@pytest.fixture(scope="module")
def images(deck) -> torch.Tensor:
    return load_clip().embed_images([fact["image"] for fact in deck])


def test_embeddings_have_unit_length_and_no_gradient(images):
    texts = load_clip().embed_texts(["a cat", "dog"])
    for embedded in (images, texts):
        assert torch.allclose(embedded.norm(dim=1), torch.ones(len(embedded)), atol=1e-5)
        assert not embedded.requires_grad
    assert similarity(images, texts).shape == (len(images), 2)


def test_most_deck_icons_are_seen_in_their_style_family(deck, images):
    names = list(load_styles())
    told = load_clip().embed_texts([style.phrase for style in load_styles().values()])
    named = [names[i] for i in similarity(images, told).argmax(1)]
    right = [family(n) == family(fact["style"]) for n, fact in zip(named, deck, strict=True)]
    assert sum(right) / len(right) > 0.7


def test_most_deck_icons_are_seen_on_their_background(deck, images):
    names = list(BACKGROUNDS)
    told = load_clip().embed_texts([background_text(name) for name in names])
    named = [names[i] for i in similarity(images, told).argmax(1)]
    right = [
        n == fact["background"].replace("grey", "gray") for n, fact in zip(named, deck, strict=True)
    ]
    assert sum(right) / len(right) > 0.9


def test_an_icon_is_told_from_other_subjects_of_the_deck(deck, images):
    told = load_clip().embed_texts(
        [fact["subject"].removeprefix("a ").removeprefix("an ") for fact in deck]
    )
    nearest = similarity(images, told).topk(5, dim=1).indices
    found = [n in five for n, five in enumerate(nearest.tolist())]
    assert sum(found) / len(found) > 0.5


def test_classify_gives_probabilities(deck):
    shares = load_clip().classify([deck[0]["image"]], ["black pixel art", "glossy 3d render"])
    assert shares.sum().item() == pytest.approx(1, abs=1e-5)


def test_gradients_flow_to_pixels_that_ask_for_them():
    clip = load_clip()
    pixels = torch.rand(1, 3, clip.side, clip.side, requires_grad=True)
    clip.embed_pixels(pixels).sum().backward()
    assert pixels.grad is not None
    assert pixels.grad.abs().sum() > 0


def test_it_loads_offline_from_another_folder_with_an_empty_cache(tmp_path):
    code = (
        "from pipelines.metrics.clip import load_clip as l; print(l().embed_texts(['cat']).shape)"
    )
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "HF_HOME": str(tmp_path / "empty"),
        "HF_ENDPOINT": "http://127.0.0.1:9",  # nobody answers there
        "PYTHONPATH": str(REPOSITORY),
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "torch.Size([1," in done.stdout


def test_a_missing_or_foreign_file_is_named(tmp_path):
    with pytest.raises(ModelNotFound, match=WEIGHTS):
        load_clip(tmp_path)
    shipped = assets_dir() / "models" / "sticker-clip"
    other = json.loads((shipped / CONFIG).read_text(encoding="utf-8"))
    other["model_cfg"]["vision_cfg"]["timm_model_name"] = "test_resnet"
    (tmp_path / CONFIG).write_text(json.dumps(other), encoding="utf-8")
    (tmp_path / WEIGHTS).write_bytes((shipped / WEIGHTS).read_bytes())
    with pytest.raises(DamagedFile, match="does not fit its config"):
        load_clip(tmp_path)


def test_its_held_out_accuracy_is_stored_beside_it():
    card = json.loads((assets_dir() / "models/sticker-clip/card.json").read_text(encoding="utf-8"))
    for split in ("combination", "concept"):
        assert card["accuracy"][split]["clean"]["style"]["n"] > 500
