"""What the pages show follows the settings at once; what they do imports no torch."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.models.cards import find_card
from studio.context import Studio, build_studio
from studio.jobs.executors import ROOT
from studio.paths import Paths
from studio.services.machine import Machine, torch_version
from studio.services.models import ModelService
from studio.settings import Settings, save_settings
from studio.ui.app import news
from studio.ui.pages.asked import Asked
from studio.ui.pages.generate import Generate
from studio.ui.pages.reading import Reading
from studio.ui.shell import Shell

CARD = """
[[model]]
id = "large"
name = "Large"
family = "sd1"
source = {source!r}
width = 256
height = 192
steps = 31
guidance = 6.5
"""


@pytest.fixture
def large(studio: Studio) -> str:
    """Another model, with values of its own."""
    card = CARD.format(source=str(find_card("sticker-128").folder))
    studio.paths.own_cards.write_text(card)
    return "large"


def test_the_form_follows_another_model_without_a_restart(studio: Studio, large: str) -> None:
    page = Generate(studio)
    assert page.opened(None).size == "128×128"
    ModelService(studio.paths).use(large)  # as another process does: `studio models use large`
    size, steps, guidance, folded = page.follow()
    assert (size.value, steps.value, guidance.value) == ("256×192", 31, 6.5)
    assert size.choices[0] == ("256×192, its own", "256×192")
    assert folded.label == "More settings (31 steps, 256×192)"
    restored = dict(zip([*Asked.model_fields, "folded"], page.restored(None), strict=True))
    assert restored["steps"].value == 31
    assert restored["prompt"] == "a red apple"


def test_each_model_keeps_the_values_that_were_used_with_it(studio: Studio, large: str) -> None:
    page = Generate(studio)
    page.run(None, *Asked(prompt="a fox", size="192×192", steps=7, guidance=3).values())
    studio.models.use(large)
    assert page.native() == {"size": "256×192", "steps": 31, "guidance": 6.5}
    studio.models.use("sticker-128")
    assert page.native() == {"size": "192×192", "steps": 7, "guidance": 3.0}


def test_requests_and_the_header_name_the_model_in_use(studio: Studio, large: str) -> None:
    shell = Shell(studio)
    assert shell.strip().machine == "Sticker 128 · looking at this computer"
    studio.models.use(large)
    assert shell.strip().machine == "Large · looking at this computer"
    Generate(studio).run(None, *Asked(prompt="a fox").values())
    (job,) = studio.jobs.active()
    assert job.params["model"] == large


def test_the_reader_of_comments_follows_too(studio: Studio) -> None:
    page = Reading(studio)
    assert page.backend == "built-in"
    save_settings(studio.paths, {"extractor": "openai", "openai_model": "any"})
    assert page.backend == "openai"


def test_settings_given_at_the_start_stay(studio_home: Path) -> None:
    paths = Paths(studio_home)
    with build_studio(paths, Settings(extractor="vlm")) as studio:
        save_settings(paths, {"extractor": "openai"})
        assert studio.settings.extractor == "vlm"


# ------------------------------------------------------------------ the machine


def test_the_header_says_the_device_that_a_worker_found(studio: Studio) -> None:
    shell = Shell(studio)
    shell.look()
    (job,) = studio.jobs.active()
    assert job.kind == "check"
    shell.look()
    assert len(studio.jobs.active()) == 1  # it is asked for once
    machine = Machine(
        device="cuda", dtype="float16", torch=torch_version(), wanted=("auto", "auto")
    )
    studio.machine.note(machine)
    assert shell.strip().machine == "Sticker 128 · on the graphics card"
    assert Generate(studio).opened(None).count == 4


def test_what_is_known_grows_old_with_torch_and_with_the_settings(studio: Studio) -> None:
    machine = Machine(device="cpu", dtype="float32", torch="1.0", wanted=("auto", "auto"))
    studio.machine.note(machine)
    assert not studio.machine.is_fresh(studio.settings)
    studio.machine.note(machine.model_copy(update={"torch": torch_version()}))
    assert studio.machine.is_fresh(studio.settings)
    assert not studio.machine.is_fresh(Settings(device="cuda"))


def test_a_poll_writes_only_what_is_new() -> None:
    now = {"strip": 1, "jobs": [2]}
    assert news({}, now, "strip") == 1
    assert news(now, now, "jobs", ["nothing"]) == ["nothing"]
    assert news(now, {**now, "jobs": [3]}, "jobs", ["nothing"]) == [3]


SERVING = """
import sys
import gradio as gr
from studio.context import build_studio
from studio.domain import Polarity
from studio.ui.app import Window, build_app
from studio.ui.pages.asked import Asked
from studio.ui.pages.generate import Generate
with build_studio() as studio:
    profile = studio.profiles.create("Ada").id
    studio.profiles.add(profile, "bold black outline", Polarity.LIKED)
    build_app(studio, max_file_size="1mb")
    with gr.Blocks():
        window = Window(studio)
    window.loaded()
    values = lambda page: ["" if b.value is None else b.value for b in page.inputs]
    given = [value for page in window.pages.values() for value in values(page)]
    for name, page in window.pages.items():
        window.opened(name, profile, name, *values(page))
        window.poll({}, profile, name, *given)
    page = Generate(studio)
    page.cost(profile, *Asked(prompt="a fox").values())
    page.run(profile, *Asked(prompt="a fox").values())
    assert len(studio.jobs.active()) == 2, studio.jobs.active()
    studio.profiles.delete(profile)  # as another window or a command may do
    for name in window.pages:
        window.poll({}, profile, name, *given)
sys.exit("torch is here" if "torch" in sys.modules else 0)
"""


def test_no_page_imports_torch_and_a_poll_outlives_a_deleted_profile(studio_home: Path) -> None:
    command = [sys.executable, "-c", SERVING]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
