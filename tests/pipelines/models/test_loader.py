"""Cards and loading: what is refused, and with which words."""

import json
import shutil

import pytest
import torch

from pipelines.errors import DamagedFile, ModelNotFound, UnsafeFile, WrongFamily
from pipelines.models.cards import find_card, load_cards, read_cards
from pipelines.models.loader import load

CPU = torch.device("cpu")


def test_embedded_weights_are_what_their_card_says():
    find_card("sticker-128").verify()


def test_unknown_model_is_answered_with_those_that_exist():
    with pytest.raises(ModelNotFound, match=r"'sd9'.*sticker-128"):
        find_card("sd9")


def test_own_cards_join_the_bundled_ones(tmp_path):
    own = tmp_path / "models.toml"
    own.write_text('[[model]]\nid="mine"\nname="Mine"\nfamily="sd1"\nsource="folder"\n')
    cards = load_cards(own)
    assert cards["mine"].folder == tmp_path / "folder"
    assert "sticker-128" in cards


def test_misspelt_card_field_is_named(tmp_path):
    own = tmp_path / "models.toml"
    own.write_text('[[model]]\nid="m"\nname="M"\nfamily="sd1"\nsource="x"\nguidence=4\n')
    with pytest.raises(ValueError, match="guidence"):
        read_cards(own)


def test_missing_folder_is_a_sentence(tiny_card, tmp_path):
    with pytest.raises(ModelNotFound, match=r"model_index\.json"):
        load(tiny_card.model_copy(update={"source": str(tmp_path)}), CPU, torch.float32)


def test_card_of_another_family_is_refused_by_name(tiny_card):
    other = {"sd1": "pixart", "pixart": "sd1"}[tiny_card.family]
    with pytest.raises(WrongFamily, match=other):
        load(tiny_card.model_copy(update={"family": other}), CPU, torch.float32)


def test_pickled_weights_are_refused(tiny_card, tmp_path):
    copy = tmp_path / "model"
    shutil.copytree(tiny_card.folder, copy)
    [weights] = [
        f for f in copy.glob("*/diffusion_pytorch_model.safetensors") if "vae" not in str(f)
    ]
    weights.rename(weights.with_name("diffusion_pytorch_model.bin"))
    with pytest.raises(UnsafeFile, match="can run code"):
        load(tiny_card.model_copy(update={"source": str(copy)}), CPU, torch.float32)


def test_damaged_weights_are_a_sentence(tiny_card, tmp_path):
    copy = tmp_path / "model"
    shutil.copytree(tiny_card.folder, copy)
    (copy / "vae/diffusion_pytorch_model.safetensors").write_bytes(b"not a header")
    card = tiny_card.model_copy(
        update={
            "source": str(copy),
            "sha256": {"vae/diffusion_pytorch_model.safetensors": "0" * 64},
        }
    )
    with pytest.raises(DamagedFile):
        card.verify()
    with pytest.raises(DamagedFile, match="cannot be read"):
        load(card, CPU, torch.float32)


def test_text_encoder_outside_the_known_ones_is_not_imported(tiny_card, tmp_path):
    copy = tmp_path / "model"
    shutil.copytree(tiny_card.folder, copy)
    index = json.loads((copy / "model_index.json").read_text())
    index["text_encoder"] = ["os", "system"]
    (copy / "model_index.json").write_text(json.dumps(index))
    with pytest.raises(WrongFamily, match="system"):
        load(tiny_card.model_copy(update={"source": str(copy)}), CPU, torch.float32)


def test_preview_resembles_the_picture(sticker):
    pixels = torch.full((1, 3, 128, 128), 1.0)
    pixels[:, :, 32:96, 32:96] = torch.tensor([0.8, -0.6, -0.6])[None, :, None, None]
    preview = sticker.preview(sticker.encode_pixels(pixels))
    red, white = preview[0, :, 8, 8], preview[0, :, 1, 1]
    assert red[0] > red[1] + 0.2
    assert white.min() > 0.7
