"""The evaluator at work for simulated people: pictures in, Looks out; is the subject there?

The evaluator guides nothing in the studio, so nothing can have learnt to please it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from pipelines.errors import InvalidSpec
from pipelines.metrics.evaluator import Evaluator, load_evaluator
from studio.bench.looks import Look, measure_pixels


@dataclass(frozen=True)
class Eye:
    """Looks at pictures with one evaluator."""

    evaluator: Evaluator

    @classmethod
    def load(cls) -> "Eye":
        """With the evaluator that ships.

        Raises:
            ModelNotFound: it is not there.
        """
        return cls(load_evaluator())

    @property
    def accuracy(self) -> dict[str, Any]:
        """The evaluator's own, on icons that it has not seen."""
        return self.evaluator.accuracy

    def look(self, images: Sequence[Image.Image]) -> list[Look]:
        """One Look a picture."""
        verdict = self.evaluator.judge(images)
        lengths = np.linalg.norm(verdict.features, axis=1, keepdims=True)
        features = verdict.features / np.maximum(lengths, 1e-6)
        return [
            Look(
                styles=dict(zip(verdict.styles, map(float, verdict.style[i]), strict=True)),
                pixels=measure_pixels(image),
                concepts=verdict.concept[i],
                features=features[i],
            )
            for i, image in enumerate(images)
        ]

    def finds(self, look: Look, subject: str) -> bool:
        """Whether the evaluator picks the subject out of 64 concepts, half of them of its kind.

        Raises:
            InvalidSpec: it knows no such concept.
        """
        place = {name: i for i, name in enumerate(self.evaluator.concepts)}
        if subject not in place:
            raise InvalidSpec(f"The evaluator knows no {subject!r}. Use one of its concepts.")
        likeliest = max(
            self.evaluator.choices(subject), key=lambda name: look.concepts[place[name]]
        )
        return likeliest == subject
