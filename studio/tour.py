"""The whole main job on bundled examples, without a screen, ending in a report with pictures.

It rates deck pictures in one person's words, learns the profile, draws prompts that the person has
not seen without and with that taste, checks what the studio promises, and closes the loop: a
generated picture is rated and the profile learns from it. Everything happens in a data folder of
its own, so that the person's studio is left alone.
"""

import html
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from pipelines.models.cards import assets_dir
from pipelines.spec import GenerationSpec
from studio.context import Studio, build_studio
from studio.domain import Verdict
from studio.errors import StudioError
from studio.paths import Paths
from studio.services.generation import SWEEP, GenerationRequest
from studio.services.portrait import Portrait, SeenAttribute

EXAMPLES = "examples/comments.jsonl"
NAME = "Tour"
PROMPTS = ("a fox", "a cup of coffee", "a sailboat", "a mushroom")  # none was rated
SEEDS, FIRST_SEED = 2, 4711
SCALE = 2  # how much larger than life the report shows pictures
Say = Callable[[str], None]


@dataclass(frozen=True)
class Tour:
    """What the tour found. `checks` are promises and whether they were kept."""

    portrait: Portrait
    pairs: Sequence[tuple[str, Sequence[dict[str, Any]], Sequence[dict[str, Any]]]]
    sweep: Sequence[dict[str, Any]]
    checks: Mapping[str, bool]
    figures: Mapping[str, Any]


def take_tour(out: Path, say: Say) -> tuple[Tour, Path]:
    """Run it all; returns what was found and the report.

    Raises:
        StudioError, PipelineError: a step failed, and so did the tour.
    """
    began = time.perf_counter()
    with (
        tempfile.TemporaryDirectory(prefix="taste-tour-") as home,
        build_studio(Paths(Path(home))) as studio,
    ):
        tour = Guide(studio, out, say).walk()
    figures = {**tour.figures, "seconds, all of it": round(time.perf_counter() - began, 1)}
    report = write_report(out, Tour(tour.portrait, tour.pairs, tour.sweep, tour.checks, figures))
    say(f"Report: {report}")
    return tour, report


class Guide:
    """Goes from step to step and keeps what each one shows."""

    def __init__(self, studio: Studio, out: Path, say: Say) -> None:
        self._studio = studio
        self._out = out
        self._say = say

    def walk(self) -> Tour:
        """The steps, in the order in which a person takes them."""
        portrait = self._learn()
        pairs, seconds = self._pairs()
        sweep = self._draw(PROMPTS[0], SWEEP)["images"]
        checks = {
            "strength 0 is the plain picture, pixel for pixel": self._zero_is_plain(sweep[0]),
            "recalled from its file, a picture is the same again": self._recalls(pairs[0][2][-1]),
            "a rated picture of the gallery teaches the profile": self._closes_loop(pairs[0][2][0]),
        }
        pictures = 2 * SEEDS * len(PROMPTS)
        figures = {
            "model": self._studio.models.in_use().name,
            "comments": portrait.counts.comments,
            "attributes": len(portrait.liked) + len(portrait.disliked),
            "seconds a picture, half of them with taste": round(seconds / pictures, 2),
        }
        return Tour(portrait, pairs, sweep, checks, figures)

    def _learn(self) -> Portrait:
        """Rate and learn."""
        profile = self._studio.profiles.create(NAME)
        found = self._studio.rating.import_file(profile.id, assets_dir() / EXAMPLES)
        self._say(f"Rated {len(found.added)} pictures with comments.")
        self._studio.profiles.learn(NAME)
        portrait = self._studio.profiles.show(NAME)
        for sign, side in (("likes", portrait.liked), ("dislikes", portrait.disliked)):
            self._say(f"{sign}: {', '.join(a.phrase for a in side)}")
        return portrait

    def _pairs(self) -> tuple[list[tuple[str, list, list]], float]:
        """Every prompt without and with taste, at equal seeds."""
        strength = self._studio.profiles.find(NAME).strength
        pairs, seconds = [], 0.0
        for prompt in PROMPTS:
            made = self._draw(prompt, (0.0, strength))
            seconds += made["seconds"]
            pairs.append((prompt, made["images"][:SEEDS], made["images"][SEEDS:]))
            self._say(f"Drew “{prompt}” without and with taste in {made['seconds']:.1f} s.")
        return pairs, seconds

    def _draw(self, prompt: str, strengths: tuple[float, ...] = ()) -> dict[str, Any]:
        spec = GenerationSpec(prompt=prompt, seed=FIRST_SEED, count=SEEDS)
        profile = NAME if strengths else None
        return self._made(GenerationRequest(spec=spec, profile=profile, strengths=strengths))

    def _made(self, request: GenerationRequest) -> dict[str, Any]:
        folder = str(self._out / "pictures")
        job = self._studio.generation.job(request.model_copy(update={"folder": folder}))
        return self._studio.jobs.wait(self._studio.jobs.submit(job).id).result

    def _zero_is_plain(self, at_zero: dict[str, Any]) -> bool:
        return same_pixels(at_zero, self._draw(PROMPTS[0])["images"][0])

    def _recalls(self, image: dict[str, Any]) -> bool:
        request = self._studio.images.recall_file(Path(image["path"]))
        index = self._studio.images.get(image["id"]).record["index"]
        return same_pixels(image, self._made(request)["images"][index])

    def _closes_loop(self, image: dict[str, Any]) -> bool:
        profile = self._studio.profiles.find(NAME)
        words = "I like the thick black outline here"
        self._studio.rating.rate(profile.id, image["id"], Verdict.LIKED, words)
        return self._studio.profiles.learn(NAME).number > profile.version


def same_pixels(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two files show exactly the same."""
    from PIL import Image

    with Image.open(one["path"]) as a, Image.open(other["path"]) as b:
        return a.size == b.size and a.tobytes() == b.tobytes()


PAGE = Template("""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Taste Studio: the tour</title>
<style>
body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:64rem;padding:0 1rem;
color:#1f2937;background:#fff}
h2{margin-top:2.5rem} figure{display:inline-block;margin:.25rem} figcaption{font-size:.8rem}
img{display:block;background:#e5e7eb;border-radius:6px}
.pair{display:flex;flex-wrap:wrap;gap:2rem;align-items:end;margin:1rem 0}
li.like::marker{content:"+ ";color:#14532d} li.dislike::marker{content:"\\2212 ";color:#7f1d1d}
q{color:#4b5563} td{padding:.15rem 1.5rem .15rem 0}
@media(prefers-color-scheme:dark){body{color:#e5e7eb;background:#111827} q{color:#9ca3af}
li.like::marker{color:#bbf7d0} li.dislike::marker{color:#fecaca}}
</style>
<h1>Taste Studio: the tour</h1>
<p>One person commented on $comments pictures. This is what the studio understood, and what it
draws for them from prompts that they have not seen.</p>
<h2>The profile</h2><ul>$attributes</ul>
<h2>Without and with this taste, same seeds</h2>$pairs
<h2>From none to full strength, seed $seed</h2><div class="pair">$sweep</div>
<h2>Promises</h2><table>$checks</table>
<h2>Figures</h2><table>$figures</table>
</html>
""")


def write_report(out: Path, tour: Tour) -> Path:
    """One HTML file beside the pictures; it loads nothing from elsewhere."""
    liked = [attribute_line(a, "like") for a in tour.portrait.liked]
    disliked = [attribute_line(a, "dislike") for a in tour.portrait.disliked]
    page = PAGE.substitute(
        comments=tour.portrait.counts.comments,
        attributes="\n".join(liked + disliked),
        pairs="\n".join(pair_row(*pair, out) for pair in tour.pairs),
        sweep="\n".join(
            figure(image, f"strength {image['strength']:g}", out) for image in tour.sweep[::SEEDS]
        ),
        seed=FIRST_SEED,
        checks=rows({name: "kept" if ok else "BROKEN" for name, ok in tour.checks.items()}),
        figures=rows(tour.figures),
    )
    out.mkdir(parents=True, exist_ok=True)
    report = out / "report.html"
    report.write_text(page, encoding="utf-8")
    return report


def attribute_line(attribute: SeenAttribute, kind: str) -> str:
    """A chip with the words it came from."""
    reasons = " ".join(f"<q>{html.escape(e.comment)}</q>" for e in attribute.evidence)
    return f'<li class="{kind}"><b>{html.escape(attribute.phrase)}</b> {reasons}</li>'


def pair_row(prompt: str, without: Sequence, with_taste: Sequence, out: Path) -> str:
    """A prompt with both sides."""
    sides = (("without", without), ("with my taste", with_taste))
    figures = [figure(image, f"{name}", out) for name, side in sides for image in side]
    return f"<h3>{html.escape(prompt)}</h3><div class='pair'>{''.join(figures)}</div>"


def figure(image: dict[str, Any], caption: str, out: Path) -> str:
    """A picture with its caption; the prompt is its alternative text."""
    source = Path(image["path"]).relative_to(out).as_posix()
    alt = html.escape(f"{image['prompt']}, {caption}")
    return (
        f'<figure><img src="{source}" alt="{alt}" width="{128 * SCALE}">'
        f"<figcaption>{caption}, seed {image['seed']}</figcaption></figure>"
    )


def rows(values: Mapping[str, Any]) -> str:
    """Names and values as table rows."""
    return "\n".join(
        f"<tr><td>{html.escape(name)}</td><td>{html.escape(str(value))}</td></tr>"
        for name, value in values.items()
    )


def require_kept(tour: Tour) -> None:
    """A broken promise is a failed tour.

    Raises:
        StudioError
    """
    broken = [name for name, kept in tour.checks.items() if not kept]
    if broken:
        raise StudioError(f"The tour ran, but a promise is broken: {'; '.join(broken)}.")
