"""The examples run as their first lines say."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from tests.cli.commands import ROOT, Command, run
from tests.helpers import wait_until

LISTENING = r"Listening on (http://\S+)"
LETTER = "Dear Ada, this took its time. Yours, the worker"
EXAMPLES = ROOT / "examples"


def test_minimal(start: Callable[..., Command], redis_url: str) -> None:
    env = {"REDIS_URL": redis_url, "PYTHONPATH": f"{ROOT / 'src'}:{EXAMPLES}"}
    start("worker", "minimal.WorkerSettings", **env).wait_for("Starting worker")
    url = start("web", "--app", "minimal:app", PORT="0", **env).wait_for(LISTENING)
    watch = httpx.post(f"{url}/letters", params={"to": "Ada"}).json()["watch"]
    assert watch.startswith(f"{url}/jobs/?job=")
    assert httpx.get(watch).status_code == 200
    job = f"{url}/jobs/api/jobs/{watch.partition('=')[2]}"
    assert wait_until(lambda: get(job)["progress"], timeout=15)["total"] == 9
    assert wait_until(lambda: get(job)["result"], timeout=15) == LETTER


def get(url: str) -> dict[str, Any]:
    """The job at this address."""
    job: dict[str, Any] = httpx.get(url).json()["job"]
    return job


def test_batch(start: Callable[..., Command], redis_url: str, tmp_path: Path) -> None:
    start("worker", "arqlight.demo.WorkerSettings", REDIS_URL=redis_url).wait_for("Starting worker")
    example = str(EXAMPLES / "batch.py")
    code, output = run(sys.executable, example, directory=tmp_path, env={"REDIS_URL": redis_url})
    assert code == 0, output
    assert " started " in output
    assert " progress " in output
    assert output.splitlines()[-1] == "5 of 5 succeeded: [1, 2, 3, 4, 5]"
