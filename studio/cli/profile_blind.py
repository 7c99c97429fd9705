"""The verb of `studio profile` that asks whether a profile works, by pairs with hidden sides."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from studio.cli import Outcome, WrongUsage
from studio.cli.progress import show_progress
from studio.domain import BlindPair, BlindTest, Pick

if TYPE_CHECKING:
    from studio.context import Studio

LETTERS = {"1": Pick.LEFT, "2": Pick.RIGHT, "=": Pick.NEITHER}


def add_arguments(verb: Callable[..., ArgumentParser]) -> None:
    """The verb and what it takes."""
    test = verb("test", "a blind test: does this profile work for its person?", "NAME")
    test.add_argument("--strength", type=float, metavar="S", help="of a new test")
    test.add_argument("--pairs", type=int, metavar="N", help="of a new test (12)")
    test.add_argument(
        "--answers",
        metavar="TEXT",
        help="one letter a pair that has none yet: 1 the first picture, 2 the second, = can't tell",
    )
    step = test.add_mutually_exclusive_group()
    step.add_argument("--new", action="store_true", help="begin a new test")
    step.add_argument("--again", action="store_true", help="as many pairs more: a second look")


def test(studio: "Studio", args: Namespace) -> Outcome:
    """Go on with the newest test or begin one; draw what it lacks, take answers, sum up."""
    from studio.services.blind_plan import PAIRS

    profile = studio.profiles.find(args.name)
    found = studio.blind_tests.latest(profile.id)
    if found is None or args.new:
        pairs = PAIRS if args.pairs is None else args.pairs
        found = studio.blind_tests.begin(profile.id, args.strength, pairs)
    elif args.strength is not None or args.pairs is not None:
        raise WrongUsage("--strength and --pairs are of a new test, and there is one. Add --new.")
    elif args.again:
        found = studio.blind_tests.look_again(found.id)
    if any(not pair.is_drawn for pair in studio.blind_tests.pairs(found.id)):
        drawn_by = studio.blind_tests.drawn_by(found)  # begun on the page, perhaps
        job = drawn_by or studio.jobs.submit(studio.blind_tests.drawing(found))
        studio.jobs.wait(job.id, show_progress)
    if args.answers:
        take(studio, found, args.answers)
    return told(studio, found)


def take(studio: "Studio", found: BlindTest, answers: str) -> None:
    """Store one answer a letter, for the pairs that have none, in their order."""
    done = studio.blind_tests.answers(found.id)
    open_ = [p.number for p in studio.blind_tests.pairs(found.id) if p.number not in done]
    wrong = set(answers) - set(LETTERS)
    if wrong or len(answers) > len(open_):
        raise WrongUsage(
            f"--answers takes up to {len(open_)} of the letters 1, 2 and =, not {answers!r}."
        )
    for number, letter in zip(open_, answers, strict=False):
        studio.blind_tests.answer(found.id, number, LETTERS[letter])


def told(studio: "Studio", found: BlindTest) -> Outcome:
    """The result, or the pairs that wait for an answer; never the sides of these."""
    from studio.ui.findings import outdated, sentence

    result = studio.blind_tests.result(found.id)
    document: dict[str, Any] = {"test": found.id, "result": result, "sentence": None}
    if result is not None:
        bound = studio.blind_tests.bound(found)
        now = studio.blind_tests.bound_now(found.profile_id)
        said = f"{sentence(result, bound.model)} {outdated(bound, now)}".strip()
        return Outcome(document | {"sentence": said}, said)
    answers = studio.blind_tests.answers(found.id)
    waiting = [p for p in studio.blind_tests.pairs(found.id) if p.number not in answers]
    document["pairs"] = [shown(studio, pair) for pair in waiting]
    lines = [
        f"{p['number']:>2}  {p['prompt']}\n    1 {p['first']}\n    2 {p['second']}"
        for p in document["pairs"]
    ]
    say = "Answer with: studio profile test NAME --answers 12=…, a letter a pair."
    return Outcome(document, "\n".join([*lines, say]))


def shown(studio: "Studio", pair: BlindPair) -> dict[str, Any]:
    """A pair without its secret."""
    pictures = studio.store.pictures.get_many([str(pair.left), str(pair.right)])
    files = [studio.paths.home / pictures[str(side)].path for side in (pair.left, pair.right)]
    return {"number": pair.number, "prompt": pair.prompt, "first": files[0], "second": files[1]}


VERBS: dict[str, Callable[["Studio", Namespace], Outcome]] = {"test": test}
