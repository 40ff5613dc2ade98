"""arqlight's worker beside arq, SAQ, streaq and taskiq: one server, one run, rounds interleaved.

    python benchmarks/worker.py [--rounds N] [--rows ROW ...] [--only LABEL ...] [--refresh]

Each library runs in an environment of its own, made on the first run under benchmarks/.venvs. Writes
benchmarks/results/worker.json and .md. README.md tells the method, and what the numbers do not say.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness import machine, readme, report, rows
from harness.contenders import Contender, contenders
from harness.driver import AdapterError, Driver
from harness.environments import BENCHMARKS, python_of
from harness.rows import Numbers, Plan
from harness.valkey import Valkey, embedded_valkey

ROWS: dict[str, Callable[[Driver, Plan], Numbers]] = {
    "bulk": rows.bulk,
    "single": rows.single,
    "noop1": rows.noop(1),
    "noop2": rows.noop(2),
    "noop4": rows.noop(4),
    "pauses": rows.pauses,
    "latency": rows.latency,
    "idle": rows.idle,
    "memory": rows.memory,
}
ONCE = ("idle", "memory")
"""Rows measured in one round only: they take long and hardly vary."""


def main() -> None:
    """Measure, and write the results after every row, so that a run cut short leaves what it had."""
    options = _arguments()
    entries = contenders(options.only)
    for entry in entries:
        python_of(entry.environment, entry.requirements, refresh=options.refresh)
    results = _new_results(options)
    with embedded_valkey() as valkey:
        results["server"] = valkey.version()
        drivers = _drivers(entries, valkey, results)
        plan = Plan(options.seconds, options.samples, options.idle_seconds, options.memory_jobs)
        for row in options.rows:
            _measure_row(row, drivers, plan, options, results)
            _write(results, entries, options.output)
    readme.update()
    print((options.output / "worker.md").read_text())


def _measure_row(
    row: str, drivers: list[Driver], plan: Plan, options: argparse.Namespace, results: dict[str, Any]
) -> None:
    chosen = [d for d in drivers if row != "memory" or d.contender.label in options.memory_of]
    for number in range(1, 1 + (1 if row in ONCE else options.rounds)):
        for driver in chosen:
            driver.valkey.flush()
            about = {"row": row, "contender": driver.contender.label, "round": number}
            begin = time.monotonic()
            try:
                numbers = ROWS[row](driver, plan)
            except AdapterError as failure:
                results["failures"].append({**about, "reason": str(failure)})
                _say(f"{row} {number} {driver.contender.label}: FAILED, {failure}")
                continue
            results["samples"].append({**about, "numbers": numbers, "load": machine.load()})
            shown = ", ".join(f"{name} {value:,.4g}" for name, value in numbers.items())
            _say(f"{row} {number} {driver.contender.label}: {shown} ({time.monotonic() - begin:.0f} s)")


def _drivers(entries: list[Contender], valkey: Valkey, results: dict[str, Any]) -> list[Driver]:
    """A driver for each contender that can be run here; the others are named as failures."""
    drivers = []
    for entry in entries:
        try:
            driver = Driver(entry, valkey)
        except AdapterError as failure:
            results["failures"].append(
                {"row": "", "contender": entry.label, "round": 0, "reason": str(failure)}
            )
            _say(f"{entry.label}: left out, {failure}")
            continue
        results["about"][entry.label] = driver.about
        drivers.append(driver)
    return drivers


def _new_results(options: argparse.Namespace) -> dict[str, Any]:
    return {
        "command": " ".join(["python", "benchmarks/worker.py", *sys.argv[1:]]),
        "rounds": options.rounds,
        "machine": machine.facts(),
        "about": {},
        "samples": [],
        "failures": [],
    }


def _write(results: dict[str, Any], entries: list[Contender], folder: Path) -> None:
    results["load_after"] = machine.load()
    folder.mkdir(exist_ok=True)
    (folder / "worker.json").write_text(json.dumps(results, indent=1) + "\n")
    (folder / "worker.md").write_text(report.markdown(results, entries))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", nargs="+", default=list(ROWS), choices=list(ROWS))
    parser.add_argument("--only", nargs="+", metavar="LABEL", help="these contenders only")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long one rate is measured (4)")
    parser.add_argument("--samples", type=int, default=300, help="latency samples (300)")
    parser.add_argument("--idle-seconds", type=float, default=10.0)
    parser.add_argument("--memory-jobs", type=int, default=1_000_000)
    parser.add_argument("--memory-of", nargs="+", default=["arqlight"], help="contenders for the memory row")
    parser.add_argument("--refresh", action="store_true", help="upgrade the peers to their current releases")
    parser.add_argument("--output", type=Path, default=BENCHMARKS / "results")
    return parser.parse_args()


if __name__ == "__main__":
    main()
