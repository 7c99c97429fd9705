"""Everything that ships is used with no network, no hub, an empty cache and from another folder."""

import os
import subprocess
import sys
from pathlib import Path

# Any attempt to look up or reach a host is an error, also where a library would carry on without
PROGRAM = """
import socket

def refuse(*where, **options):
    raise SystemExit(f"reached for the network: {where[:2]}")

socket.getaddrinfo = socket.create_connection = socket.socket.connect = refuse

import torch
from PIL import Image
from pipelines.generate import Picture, generate
from pipelines.models.cards import load_cards
from pipelines.metrics.clip import load_clip
from pipelines.metrics.evaluator import load_evaluator
from pipelines.models.loader import load
from pipelines.preference.attributes import Comment
from pipelines.preference.extract.rules import RuleExtractor
from pipelines.spec import GenerationSpec

torch.set_num_threads(1)
for card in load_cards().values():
    base = load(card, torch.device("cpu"), torch.float32)
    drawn = [p for p in generate(base, GenerationSpec(prompt="a red fox", steps=1))
             if isinstance(p, Picture)]
    print(card.id, drawn[0].image.size)
comment = Comment(id="1", text="I love the thick outlines", verdict="liked")
[read] = RuleExtractor().extract([comment])
print(load_clip().embed_images([drawn[0].image]).shape[0])
print(len(load_evaluator().judge([drawn[0].image]).concepts))
print([attribute.label for attribute in read])
"""


def test_what_ships_needs_no_hub(tmp_path: Path) -> None:
    place, home = tmp_path / "place", tmp_path / "home"
    place.mkdir()
    own = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "STUDIO_"))}
    caches = dict.fromkeys(("HOME", "HF_HOME", "XDG_CACHE_HOME", "STUDIO_HOME"), str(home))
    done = subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM],
        cwd=place,
        env=own | caches | {"HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    *models, labels = done.stdout.splitlines()
    assert "sticker-128 (128, 128)" in models
    assert "outline" in labels
    assert list(place.iterdir()) == []
    assert [path for path in home.rglob("*") if path.suffix == ".safetensors"] == []
