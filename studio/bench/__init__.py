"""Benchmarks: one module each, run as `studio bench NAME`.

A module of this package with five names, listed in `BENCHES`:

    NAME = "extract"                      what the person types; equals the module's name
    HELP = "how well comments are read"   one line of `studio bench --help`
    def add_arguments(parser): ...        its own options; `--quick`, `--check`, `--json` and
                                          `--fresh` are on every bench already
    def estimate(args) -> float: ...      seconds that a run takes at most, said before it starts
    def run(args, cache, say) -> Findings: ...

`cache` is a `report.Cache` in `Paths.bench`: everything that takes time (a picture, a training, an
answer of a language model) is asked from it by its spec, so that a killed run goes on where it
stopped. `say(text)` tells progress, on stderr. Heavy imports happen inside `run`.
"""

BENCHES = ("extract", "taste", "model", "scorer")  # modules here, in the order of the help
