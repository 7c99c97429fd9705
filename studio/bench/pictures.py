"""Pictures for benchmarks: made once, kept by what made them, in batches that compare like to like.

A Sheet is one taste applied to prompts × seeds. Sheets of equal prompts and seeds have the same
batches, so a picture and its base picture differ by the taste alone.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from pipelines import runtime
from pipelines.models.base import BaseModel
from pipelines.models.cards import ModelCard
from pipelines.spec import GenerationSpec, Taste
from studio.bench.report import Cache

BATCH = 24  # pictures denoised at a time, about; a killed run loses at most one batch
FIRST_SEED = 41_000  # far from the seeds that people try
SPECIAL = str.maketrans({c: "\\" + c for c in "(){}|:\\"})


@dataclass(frozen=True)
class Sheet:
    """Pictures of every prompt with `seeds` seeds each, in one taste or in none.

    `words` are appended to each prompt: the baseline that needs no guidance.
    """

    prompts: tuple[str, ...]
    seeds: int
    taste: Taste | None = None
    words: tuple[str, ...] = ()
    steps: int = 20

    def plain(self) -> "Sheet":
        """The base pictures that this sheet is compared with."""
        return replace(self, taste=None, words=())

    def specs(self) -> Iterator[GenerationSpec]:
        """One batch each: all prompts, as many seeds as fit. Picture i shows prompt i mod n."""
        rounds = max(1, BATCH // len(self.prompts))
        for start in range(0, self.seeds, rounds):
            count = len(self.prompts) * min(rounds, self.seeds - start)
            yield GenerationSpec(
                prompt=self.wildcard(),
                steps=self.steps,
                seed=FIRST_SEED + 1000 * start,
                count=count,
                batch_size=count,
                taste=self.taste,
            )

    def wildcard(self) -> str:
        """All prompts in one: "{cat|house}, thick outlines"."""
        options = "|".join(prompt.translate(SPECIAL) for prompt in self.prompts)
        return ", ".join([f"{{{options}}}", *(word.translate(SPECIAL) for word in self.words)])


@dataclass
class Darkroom:
    """Makes sheets with one model, which is loaded when the first picture is missing."""

    card: ModelCard
    cache: Cache
    device: str = "auto"
    made: int = field(default=0, init=False)

    @cached_property
    def dtype(self) -> str:
        """Probed once and kept, since a picture in another precision is another picture."""
        device = runtime.pick_device(self.device)
        if device.type != "cpu":
            return "float16"
        machine = {"probe": "cpu dtype", **runtime.conditions(device, runtime.DTYPES["float32"])}
        return self.cache.remember(machine, lambda: runtime.probe_cpu_dtype()[0])

    @cached_property
    def conditions(self) -> dict[str, Any]:
        """What pixels depend on beside the spec."""
        return runtime.conditions(runtime.pick_device(self.device), runtime.DTYPES[self.dtype])

    @cached_property
    def base(self) -> BaseModel:
        """The model, loaded at first use."""
        from pipelines.models.loader import load

        return load(self.card, runtime.pick_device(self.device), runtime.DTYPES[self.dtype])

    def develop(self, sheet: Sheet, say: Callable[[str], None]) -> list[Path]:
        """Files of a sheet's pictures: picture k·n + i is prompt i with the k-th seed."""
        paths = []
        for spec in sheet.specs():
            files = [self.cache.path(self.record(spec, i), ".png") for i in range(spec.count)]
            if not all(file.exists() for file in files):
                self.expose(spec)
                say(f"{self.made} pictures made")
            paths += files
        return paths

    def missing(self, sheets: Sequence[Sheet]) -> int:
        """How many pictures of these sheets are still to be made; equal ones count once."""
        specs = {spec.model_dump_json(): spec for sheet in sheets for spec in sheet.specs()}
        return sum(
            spec.count
            for spec in specs.values()
            if not self.cache.path(self.record(spec, spec.count - 1), ".png").exists()
        )

    def expose(self, spec: GenerationSpec) -> None:
        """Make the pictures of one batch and keep them."""
        from pipelines.generate import Picture, generate

        for item in generate(self.base, spec):
            if isinstance(item, Picture):
                self.cache.keep(self.record(spec, item.index), ".png", item.image.save)
                self.made += 1

    def record(self, spec: GenerationSpec, index: int) -> dict[str, Any]:
        """Everything that picture `index` of a spec depends on."""
        return {
            "what": "picture",
            "spec": spec.model_dump(mode="json"),
            "index": index,
            "model": [self.card.id, self.card.sha256],
            "conditions": self.conditions,
        }
