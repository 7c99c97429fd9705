"""A data set small enough to draw in a test: five shapes in four styles, with two skin tones."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from pipelines.recipes.base_model.data import describe
from pipelines.recipes.base_model.plan import Planned
from pipelines.recipes.base_model.render import Rgba, half_size
from pipelines.recipes.base_model.vocabulary import Concept

STYLES = ("twemoji", "openmoji", "fluent-emoji-3d", "game-icons")
THINGS = {
    "red circle": ((220, 40, 40), "shape"),
    "blue square": ((40, 60, 220), "shape"),
    "green bar": ((30, 160, 60), "shape"),
    "shark": ((120, 120, 130), "animal"),  # one of the 60 that nothing trains on
    "hand": ((250, 200, 80), "hand"),
}


def draw_thing(thing: str, style: str) -> Rgba:
    """A flat shape: outlined in openmoji, black in game-icons."""
    image = Image.new("RGBA", (128, 128), (255, 255, 255, 0))
    pen = ImageDraw.Draw(image)
    colour = (20, 20, 20) if style == "game-icons" else THINGS[thing][0]
    line = {"outline": "black", "width": 6} if style == "openmoji" else {}
    if thing == "red circle":
        pen.ellipse((8, 8, 120, 120), fill=colour, **line)
    elif thing == "green bar":
        pen.rectangle((40, 8, 88, 120), fill=colour, **line)
    elif thing == "shark":
        pen.polygon([(8, 110), (64, 12), (120, 110)], fill=colour, **line)
    else:
        pen.rounded_rectangle((8, 8, 120, 120), 8 if "square" in thing else 50, colour, **line)
    return np.asarray(image)


@pytest.fixture(scope="session")
def icons_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `data build` writes, for the things above."""
    folder = tmp_path_factory.mktemp("icons")
    rows, drawn = [], []
    for style in STYLES:
        for thing, (_, category) in THINGS.items():
            words = (thing.split()[-1], category)
            for tone in ("", "light skin tone") if thing == "hand" else ("",):
                concept = Concept(thing, thing, category, category, words, "", tone, thing)
                drawn.append(draw_thing(thing, style))
                planned = Planned(style, thing, concept, "emoji", thing)
                rows.append({"index": len(rows)} | describe(planned, drawn[-1]))
    np.save(folder / "icons_128.npy", np.stack(drawn))
    np.save(folder / "icons_64.npy", np.stack([half_size(one) for one in drawn]))
    (folder / "meta.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder
