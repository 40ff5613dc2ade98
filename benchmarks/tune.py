"""Finds each peer's fastest settings: tries a grid of them on the no-op and the bulk-enqueue rows.

    python benchmarks/tune.py [--only LABEL ...] [--rounds N] [--seconds S]

The table goes into results/tuning.md; the winners are written by hand into harness/contenders.py.
"""

import argparse
import dataclasses
import itertools
import sys
from collections.abc import Callable, Iterator
from typing import Any

from harness import machine
from harness.contenders import Contender, contenders
from harness.driver import AdapterError, Driver
from harness.environments import BENCHMARKS
from harness.rows import Numbers, Plan, bulk, median, noop
from harness.valkey import Valkey, embedded_valkey

Grid = dict[str, list[Any]]

WORKER_GRIDS: dict[str, list[Grid]] = {
    "arq tuned": [
        {"max_jobs": [100, 400], "poll_delay": [0.5, 0.01], "queue_read_limit": [500]},
        {"max_jobs": [1000], "poll_delay": [0.05, 0.01, 0.001], "queue_read_limit": [1000]},
    ],
    "SAQ": [{"concurrency": [10, 50, 100, 200], "orjson": [False, True]}],
    "streaq": [{"concurrency": [16, 32, 64, 128]}, {"concurrency": [64], "prefetch": [256, 1024]}],
    "taskiq": [
        {"broker": ["stream"], "xread_count": [100, 1000], "concurrency": [20, 50]},
        {"broker": ["list"], "concurrency": [20, 50]},
        {
            "broker": ["list", "stream"],
            "concurrency": [20],
            "json_formatter": [False, True],
            "no_parse": [True],
            "xread_count": [1000],
        },
    ],
    "arqlight": [{"max_jobs": [10, 50, 100, 500, 1000]}],
}
PRODUCER_GRIDS: dict[str, Grid] = {
    "arq tuned": {"producers": [1, 5, 10, 20, 50]},
    "SAQ": {"producers": [10, 20, 50], "orjson": [False, True]},
    "streaq": {"chunk": [100, 1000, 3000]},
    "taskiq": {"producers": [1, 5, 20, 50], "broker": ["stream"], "json_formatter": [False, True]},
    "arqlight": {"chunk": [100, 300, 1000, 3000]},
}


def combinations(grid: Grid) -> Iterator[dict[str, Any]]:
    """Every choice of one value each."""
    for values in itertools.product(*grid.values()):
        yield dict(zip(grid, values, strict=True))


def try_all(
    contender: Contender,
    choices: list[dict[str, Any]],
    measure: Callable[[Driver, Plan], Numbers],
    valkey: Valkey,
    options: argparse.Namespace,
) -> list[tuple[float, dict[str, Any]]]:
    """Jobs a second for each of `choices`, the best first; rounds are interleaved."""
    rates: list[list[float]] = [[] for _ in choices]
    plans = [Plan(seconds=options.seconds) for _ in choices]
    for _ in range(options.rounds):
        for choice, plan, found in zip(choices, plans, rates, strict=True):
            driver = Driver(dataclasses.replace(contender, settings=choice), valkey)
            valkey.flush()
            try:
                found.append(measure(driver, plan)["jobs_per_s"])
            except AdapterError as failure:
                print(f"  {choice}: {failure}", file=sys.stderr)
                found.append(0.0)
    ranked = [(median(found), choice) for found, choice in zip(rates, choices, strict=True)]
    return sorted(ranked, key=lambda entry: -entry[0])


def section(title: str, ranked: list[tuple[float, dict[str, Any]]]) -> str:
    """A table of what was tried."""
    lines = [f"### {title}", "", "| settings | jobs/s |", "| --- | ---: |"]
    for rate, choice in ranked:
        words = ", ".join(f"{name} {value}" for name, value in choice.items())
        lines.append(f"| {words} | {rate:,.0f} |")
    text = "\n".join([*lines, ""])
    print(text, flush=True)
    return text


def main() -> None:
    """Try every grid, print and write the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", default=["arq tuned", "SAQ", "streaq", "taskiq"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0)
    options = parser.parse_args()
    facts = machine.facts()
    parts = []
    with embedded_valkey() as valkey:
        for contender in contenders(options.only):
            worker = [choice for grid in WORKER_GRIDS[contender.label] for choice in combinations(grid)]
            ranked = try_all(contender, worker, noop(1), valkey, options)
            parts.append(section(f"{contender.label}: no-op jobs, one worker process", ranked))
            producer = list(combinations(PRODUCER_GRIDS[contender.label]))
            ranked = try_all(contender, producer, bulk, valkey, options)
            parts.append(section(f"{contender.label}: bulk enqueue", ranked))
    head = [
        "# Tuning",
        "",
        machine.describe(facts, machine.load()),
        f"Medians of {options.rounds} rounds.",
        "",
    ]
    (BENCHMARKS / "results" / "tuning.md").write_text("\n".join([*head, *parts]))


if __name__ == "__main__":
    main()
