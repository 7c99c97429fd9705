"""The result of a blind test in words: for the page and for the command line, so no Gradio here.

Never a bare percentage: the count, the share and its interval stand together, ties are named, and
the sentence says for which strength and model it holds.
"""

from studio.services.blind_result import BlindResult, Bound, Finding
from studio.ui.strings import text


def sentence(result: BlindResult, model: str) -> str:
    """“You chose the personalized picture in 10 of 12 pairs (83 %, likely between …). …”"""
    if result.finding is Finding.ALIKE:
        return " ".join([alike(result), *second_look(result)])
    counted = text(
        "blind.counted",
        personal=result.personal,
        n=result.personal + result.plain,
        share=percent(result.rate or 0.0),
        low=percent(result.low),
        high=percent(result.high),
    )
    ties = [text("blind.ties", n=result.undecided)] if result.undecided else []
    return " ".join([counted, *ties, *second_look(result), meaning(result, model)])


def meaning(result: BlindResult, model: str) -> str:
    """What the figures mean, and what to do."""
    match result.finding:
        case Finding.WORKS:
            return text("blind.works", strength=f"{result.strength:g}", model=model)
        case Finding.LUCK:
            return text("blind.luck" if result.looks == 1 else "blind.luck_twice", n=result.pairs)
        case _:
            hint = [text("blind.suspect", phrase=result.suspect)] if result.suspect else []
            return " ".join([text("blind.against"), *hint])


def alike(result: BlindResult) -> str:
    """“You could not tell 7 of 12 apart. At strength 0.3 the profile does little. Try 0.6.”"""
    said = text(
        "blind.alike", n=result.undecided, pairs=result.pairs, strength=f"{result.strength:g}"
    )
    if result.strength >= 1:
        return f"{said} {text('blind.add_more')}"
    return f"{said} {text('blind.try_strength', strength=f'{min(1.0, 2 * result.strength):g}')}"


def second_look(result: BlindResult) -> list[str]:
    """Why the interval is wider after it."""
    return [text("blind.twice")] if result.looks > 1 else []


def outdated(tested: Bound, now: Bound) -> str:
    """“Tested for v7; this is v8.”, or with all that a result is bound to where it is not the
    version alone that changed. Empty while the result holds."""
    if tested == now:
        return ""
    if (tested.strength, tested.model) == (now.strength, now.model):
        return text("blind.stale", tested=f"v{tested.version}", now=f"v{now.version}")
    return text("blind.stale", tested=named(tested), now=named(now))


def named(bound: Bound) -> str:
    """“v7 at strength 0.5 with Sticker 128”"""
    return text(
        "blind.bound", version=bound.version, strength=f"{bound.strength:g}", model=bound.model
    )


def percent(share: float) -> str:
    """A share without digits that 12 pairs cannot know."""
    return f"{100 * share:.0f}"
