"""Captions written from parts: concept, style, colours, background, in that order."""

from typing import Any

import numpy as np

from pipelines.recipes.base_model.styles import load_styles

BACKGROUNDS = {
    "white": (255, 255, 255),
    "light gray": (225, 225, 228),
    "cream": (255, 244, 220),
    "light blue": (200, 225, 255),
    "light green": (208, 240, 208),
    "pink": (255, 214, 226),
    "lavender": (226, 216, 250),
    "yellow": (255, 236, 150),
    "dark blue": (38, 46, 82),
    "black": (20, 20, 22),
}
DARK = {"dark blue", "black"}


def subject(row: dict[str, Any]) -> str:
    """What the icon shows, with the skin tone if it has one."""
    return f"{row['concept']} with {row['tone']}" if row["tone"] else row["concept"]


def background_text(name: str) -> str:
    """A background as captions say it."""
    return f"{name} background"


def pick_background(row: dict[str, Any], rng: np.random.Generator, white: float = 0.4) -> str:
    """White with probability `white`, else any on which the icon can be seen."""
    if rng.random() < white:
        return "white"
    light = load_styles()[row["set"]].needs_light
    return str(rng.choice([name for name in BACKGROUNDS if not (light and name in DARK)]))


def caption(
    row: dict[str, Any], *, style: str = "", colours: list[str] | None = None, background: str = ""
) -> str:
    """The parts that are given, joined as every model here has learnt to read them."""
    parts = [subject(row), style, " and ".join((colours or [])[:2])]
    if background:
        parts.append(background_text(background))
    return ", ".join(part for part in parts if part)
