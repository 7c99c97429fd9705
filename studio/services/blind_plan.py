"""What is fixed about a blind test before it begins: prompts, seeds, sides and their order."""

import random
import re
from collections.abc import Collection, Iterable, Sequence

from pipelines.models.cards import assets_dir
from studio.domain import BlindPair, Pick
from studio.errors import InvalidInput

PAIRS = 12  # a look
ARTICLE = re.compile(r"^(a|an|the)\s+", re.I)


def bundled_prompts() -> list[str]:
    """Things to draw, as they are bundled."""
    text = (assets_dir() / "examples" / "blind_prompts.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def unseen(prompts: Iterable[str], rated: Collection[str], used: Sequence[str]) -> list[str]:
    """The prompts that no rated picture shows and no earlier test drew; should these run out,
    those whose test is longest ago come after them.

    Args:
        rated: captions of the pictures that the person has answered.
        used: prompts of earlier tests, the latest last.
    """
    seen = "\n".join(rated).casefold()
    free = [p for p in prompts if not re.search(rf"\b{re.escape(subject(p))}\b", seen)]
    ago = {prompt: number for number, prompt in enumerate(used)}
    return sorted(free, key=lambda prompt: ago.get(prompt, -1))


def subject(prompt: str) -> str:
    """“a snail” is a snail."""
    return ARTICLE.sub("", prompt).casefold()


def plan(
    test_id: str, prompts: Sequence[str], rng: random.Random, *, n: int = PAIRS, first: int = 1
) -> list[BlindPair]:
    """`n` pairs from the front of `prompts`, in random order. As often as not the picture with the
    profile stands on the left: a hand that prefers one side then favours neither picture.

    Raises:
        InvalidInput: there are fewer prompts than pairs.
    """
    if len(prompts) < n:
        raise InvalidInput(
            f"{n} pairs need as many things to draw that you have not rated; {len(prompts)} are "
            "left. Take a test of fewer pairs."
        )
    chosen = rng.sample(prompts[:n], n)
    sides = [Pick.LEFT, Pick.RIGHT] * ((n + 1) // 2)
    return [
        BlindPair(
            test_id=test_id, number=number, prompt=prompt, seed=rng.randrange(2**31), personal=side
        )
        for number, prompt, side in zip(
            range(first, first + n), chosen, rng.sample(sides, n), strict=True
        )
    ]
