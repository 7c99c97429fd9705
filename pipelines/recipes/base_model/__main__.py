"""python -m pipelines.recipes.base_model PART VERB ...; `PART --help` says which verbs it has."""

import sys
from importlib import import_module

PARTS = {
    "data": "build the captioned icons, or check them against another build",
    "clip": "train, export and measure the sticker CLIP",
    "denoiser": "train, export and measure the denoiser",
    "bench_prompts": "write the prompts of `studio bench model`",
    "evaluator": "train, export and measure the evaluator",
}


def main(arguments: list[str]) -> None:
    part = arguments[0] if arguments else ""
    if part not in PARTS:
        print(__doc__)
        print("\n".join(f"  {name:10} {does}" for name, does in PARTS.items()))
        raise SystemExit(0 if part in ("-h", "--help") else 2)
    # one part's libraries are enough: building the data needs no torch
    import_module(f"pipelines.recipes.base_model.{part}").main(arguments[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
