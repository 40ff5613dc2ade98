"""The history behind the console: how fast it is recorded, how far behind it is, how long questions take.

    python benchmarks/console.py [--jobs N] [--times N] [--recorded N] [--only questions recording]
    python benchmarks/console.py --only questions --filled sqlite:////tmp/filled.db

Goals: 10,000 jobs/s recorded into SQLite, sustained; at 1,000 jobs/s less than 500 ms behind at p99 beside a
web process that is busy; each page, filter, count and chart of 1,000,000 jobs in less than 50 ms at p99, on
SQLite and PostgreSQL. Beside the time of each question stands the CPU time of this process, which others on
the machine do not change.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from arqlight.history import History

from harness import machine
from harness.made_up import fill
from harness.postgres import running_postgres
from harness.questions import QUESTIONS, ask
from harness.recording import drain, lag
from harness.rows import percentile
from harness.stack import running_stack
from harness.valkey import embedded_valkey
from harness.verdict import Line, publish

MOST_MS = 50
PACE = 10_000
LAG_PACE = 1_000


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, str]]:
    """The URL of an empty database of each kind."""
    with running_postgres() as postgres:
        yield {"SQLite": f"sqlite:///{folder}/history.db", "PostgreSQL": postgres}


async def questions(name: str, url: str, jobs: int, times: int) -> list[Line]:
    """Fill a history, unless no jobs are to be added, and ask it everything."""
    lines = []
    async with await History.open(url) as history:
        if jobs:
            await asyncio.to_thread(fill, history.database, jobs, int(time.time() * 1000))
        for title, question in QUESTIONS.items():
            taken, cpu_ms = await ask(history, question, times)
            p99 = percentile(taken, 99)
            lines.append(Line(f"{name}: {title}, p50", [percentile(taken, 50)], "ms"))
            lines.append(Line(f"{name}: {title}, p99", [p99], "ms", at_most=MOST_MS))
            lines.append(Line(f"{name}: {title}, CPU of this process, mean", [cpu_ms], "ms"))
    return lines


def recording(folder: Path, jobs: int) -> list[Line]:
    """Record, with nothing else to do, beside a worker, and in a busy web process."""
    lines = []
    with embedded_valkey() as valkey:
        for title, pace in (("log written before", None), (f"beside {PACE:,} jobs/s", PACE)):
            found = drain(valkey, folder, jobs, pace)
            lines += [
                Line(f"recorded, {title}", [found["jobs_per_s"]], "jobs/s", digits=0, at_least=PACE),
                Line(f"recorded, {title}, recorder's CPU", [found["cpu_us"]], "us a job"),
                Line(f"recorded, {title}, recorder's memory at most", [found["mib"]], "MiB"),
            ]
        valkey.flush()
        path = folder / "lag.db"
        with running_stack(
            valkey, settings="harness.noop.WorkerSettings", more={"HISTORY_URL": f"sqlite:///{path}"}
        ) as stack:
            behind = lag(valkey, stack, path, 20, LAG_PACE)
    lines.append(Line(f"behind at {LAG_PACE:,} jobs/s, p50", [percentile(behind, 50)], "ms"))
    lines.append(Line(f"behind at {LAG_PACE:,} jobs/s, p99", [percentile(behind, 99)], "ms", at_most=500))
    return lines


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--jobs", type=int, default=1_000_000, help="rows to ask questions of")
    parser.add_argument("--times", type=int, default=100, help="how often each question is asked")
    parser.add_argument("--recorded", type=int, default=200_000, help="jobs to record")
    parser.add_argument("--only", nargs="*", default=["recording", "questions"])
    parser.add_argument("--filled", help="the URL of a history that is filled already, to ask it alone")
    parser.add_argument("--note", nargs="*", default=[], help="what else to say below the table")
    options = parser.parse_args()
    facts = machine.facts()
    lines: list[Line] = []
    with ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="arqlight-console-")))
        if "recording" in options.only:
            lines += recording(folder, options.recorded)
        if options.filled:
            lines += asyncio.run(questions("filled before", options.filled, 0, options.times))
        elif "questions" in options.only:
            for name, url in ends.enter_context(databases(folder)).items():
                lines += asyncio.run(questions(name, url, options.jobs, options.times))
    notes = [
        f"{options.jobs:,} jobs in the history, each question asked {options.times} times.",
        *([f"{options.recorded:,} jobs recorded."] if "recording" in options.only else []),
        *options.note,
        "PostgreSQL runs with durability off, as in the tests.",
        "Clients, worker, recorder, web process and Valkey share the machine's cores.",
        "Reproduce: `python benchmarks/console.py`.",
    ]
    publish("console", "The history behind the console", lines, notes, facts)


if __name__ == "__main__":
    main()
