"""Runs arq's test suite in a process of its own, against a Valkey of its own."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.arq_suite import fetch
from tests.servers import Valkey

__all__ = ["WORKERS", "Report", "left_out", "run_again", "run_suite"]

HERE = Path(__file__).parent
SOURCE = HERE.parent.parent / "src"
FURTHER_CHANCES = 4
WORKERS = {"arq": "arq.Worker", "arqlight": "arqlight.Worker"}
PYTEST = (
    *("-m", "pytest"),
    *("-p", "arq_suite_plugin", "-p", "pytest_asyncio.plugin", "-p", "pytest_mock", "-p", "pytest_timeout"),
    *("-p", "no:cacheprovider"),
    # arq closes its client as in redis 4, which its lock file pins; it allows 5, and we have that.
    *("-W", "ignore:Call to deprecated close:DeprecationWarning"),
)


@dataclass(frozen=True)
class Report:
    """How a run of the suite ended."""

    passed: int
    skipped: int
    failed: Sequence[str]


def left_out() -> dict[str, str]:
    """The tests that are not run with arqlight's worker: pytest's id of each, and the reason."""
    return _listed("left_out.txt")


def run_again() -> dict[str, str]:
    """The tests that get further chances, whoever's worker it is: pytest's id of each, and the reason."""
    return _listed("run_again.txt")


def _listed(name: str) -> dict[str, str]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    entries = (line.partition(" # ") for line in lines if line.strip() and not line.startswith("#"))
    return {test.strip(): reason.strip() for test, _, reason in entries}


def run_suite(worker: str, args: Sequence[str] = ()) -> Report:
    """Run the suite; what pytest prints goes to standard output.

    :param worker: whose worker it tests, a key of `WORKERS`
    :param args: further arguments for pytest
    :raises FetchError: when the suite, or what it is run with, is not in the cache and cannot be fetched
    """
    skips = [f"--deselect={test}" for test in left_out()] if worker == "arqlight" else []
    report = _run(worker, [*skips, *args])
    for _ in range(FURTHER_CHANCES):
        again = [test for test in report.failed if test.partition("[")[0] in run_again()]
        if again:
            report = _merged(report, again, _run(worker, again))
    return report


def _merged(first: Report, again: Sequence[str], second: Report) -> Report:
    """What both runs together say, the second one being of tests that failed in the first."""
    failed = {*first.failed} - {*again} | {*second.failed}
    return Report(first.passed + second.passed, first.skipped, sorted(failed))


def _run(worker: str, args: Sequence[str]) -> Report:
    suite, tools = fetch.suite(), fetch.tools()
    with tempfile.TemporaryDirectory() as scratch, Valkey() as server:
        there, results = Path(scratch) / "suite", Path(scratch) / "results.json"
        shutil.copytree(suite, there)
        env = {
            **os.environ,
            **_python_settings(tools),
            "ARQ_SUITE_WORKER": WORKERS[worker],
            "ARQ_SUITE_REDIS_ADDRESS": f"{server.host}:{server.port}",
            "ARQ_SUITE_RESULTS": str(results),
        }
        subprocess.run([sys.executable, *PYTEST, *args], cwd=there, env=env, check=False)
        return _report(results)


def _python_settings(tools: Path) -> dict[str, str]:
    """The suite's pytest comes first on the path, then our plugin and arqlight; the rest is as installed."""
    return {
        "PYTHONPATH": os.pathsep.join(map(str, (tools, HERE / "plugin", SOURCE))),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTEST_ADDOPTS": "",
    }


def _report(results: Path) -> Report:
    if not results.exists():
        return Report(passed=0, skipped=0, failed=["all: pytest did not come to its end"])
    outcomes: dict[str, str] = json.loads(results.read_text())
    counts = Counter(outcomes.values())
    failed = sorted(test for test, outcome in outcomes.items() if outcome == "failed")
    return Report(counts["passed"], counts["skipped"], failed)
