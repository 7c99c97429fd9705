"""The ways from the browser into Python: arguments are hostile, errors are sentences."""

from collections.abc import Callable

import gradio as gr
import pytest

from pipelines.spec import Frozen
from studio.errors import InvalidInput, NotFound
from studio.ui.components.chips import Weighing
from studio.ui.components.drawn import drawn
from studio.ui.components.rater import Reaction
from studio.ui.doors import door
from studio.ui.events import answering, bind, shown
from studio.ui.strings import text

GOOD = {
    "profile": "a1",
    "deck": "stickers",
    "picture": "p1",
    "verdict": "liked",
    "comment": "thick lines",
    "client_id": "c1",
}


@door(Reaction)
def answer(reaction: Reaction) -> dict:
    return {"verdict": reaction.verdict.value}


@pytest.mark.parametrize(
    "bad",
    [
        None,
        [],
        "text",
        7,
        {},
        {**GOOD, "verdict": "adored"},
        {**GOOD, "extra": 1},
        {**GOOD, "picture": "../../etc/passwd"},
        {**GOOD, "comment": "x" * 5000},
        {**GOOD, "chips": [{"label": "x", "polarity": "liked"}] * 13},
        {**GOOD, "profile": {"$ne": ""}},
    ],
)
def test_a_wrong_argument_is_refused_in_a_sentence(bad: object) -> None:
    refused = answer(bad)
    assert set(refused) == {"error"}
    assert refused["error"]


def test_a_right_argument_is_answered() -> None:
    assert answer(GOOD) == {"verdict": "liked"}


def test_our_errors_are_shown_and_others_are_not(caplog: pytest.LogCaptureFixture) -> None:
    @door(Frozen)
    def ours(_: Frozen) -> dict:
        raise NotFound("There is no profile “x”.")

    @door(Frozen)
    def foreign(_: Frozen) -> dict:
        raise RuntimeError("the password is 1234")

    assert ours({}) == {"error": "There is no profile “x”."}
    assert foreign({}) == {"error": text("studio.unexpected")}
    assert "1234" in caplog.text


def test_a_handler_answers_one_value_for_each_output() -> None:
    assert answering(lambda: 1, 1, told=False)() == 1
    assert answering(lambda: (1, 2), 2, told=False)() == [1, 2]
    assert answering(lambda: None, 0, told=False)() is None


def test_a_refused_handler_changes_nothing_and_tells_beside_the_action() -> None:
    def refuse() -> None:
        raise InvalidInput("Write <b>what</b> first.")

    *values, told = answering(refuse, 2, told=True)()
    assert (told["text"], told["bad"]) == ("Write <b>what</b> first.", True)
    assert len(values) == 2


def test_a_toast_escapes_what_it_shows() -> None:
    def refuse() -> None:
        raise InvalidInput("<img src=x onerror=alert(1)>")

    with pytest.raises(gr.Error) as toast:
        answering(refuse, 1, told=False)()
    assert "<img" not in str(toast.value)


def test_a_dictionary_is_one_value() -> None:
    value = {"text": "saved", "bad": False}
    assert answering(lambda: value, 1, told=False)() == value
    assert answering(lambda: value, 0, told=True)() == value


def test_events_are_private_and_pass_the_queue(apart: Callable) -> None:
    async def build() -> gr.Blocks:  # Gradio leaves an event loop open if none is running
        with gr.Blocks(analytics_enabled=False) as blocks:
            button, box = gr.Button(), gr.Textbox()
            bind(button.click, lambda: "x", [], [box])
        return blocks

    (event,) = apart(build()).fns.values()
    assert event.api_visibility == "private"
    assert event.queue is False


def test_no_door_hides_a_property_of_the_component() -> None:
    def page(_: object) -> dict:
        return {}

    with pytest.raises(ValueError, match="page"):
        drawn("Rater", [page])


def test_values_are_plain_json() -> None:
    assert shown(Weighing(profile="a", attribute="b", weight=0.5)) == {
        "profile": "a",
        "attribute": "b",
        "weight": 0.5,
    }
