"""A site that runs: Valkey, the web server, workers; and what tests do to it."""

import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import psutil
from playwright.sync_api import Page
from redis import Redis

from tests.browser import site
from tests.helpers import wait_until
from tests.processes import StartWorker, WorkerProcess
from tests.servers import Valkey
from tests.web import Web

__all__ = ["RunningSite"]

MODULE = site.__name__
SETTINGS = f"{MODULE}.WorkerSettings"


class RunningSite:
    """A web server and its workers, by default those of `site`, with helpers that enqueue by the API."""

    def __init__(
        self,
        valkey: Valkey,
        directory: Path,
        app: str = f"{MODULE}:app",
        settings: str = SETTINGS,
        *,
        env: Mapping[str, str] = {},
    ) -> None:
        self.valkey = valkey
        self.settings = settings
        self._app = app
        self._env = env
        self._directory = directory
        self.workers = StartWorker(valkey.url, directory)
        self._gates = 0

    def __enter__(self) -> Self:
        command = (sys.executable, "-m", "arqlight", "web", "--app")
        log = self._directory / "web.log"
        self.web = Web(self._app, redis_url=self.valkey.url, log=log, command=command, env=self._env)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.workers.kill_all()
        self.web.kill()

    @property
    def url(self) -> str:
        """The address of the page, without the slash at its end."""
        return self.web.url

    def start_worker(self, *, kind: Any = "arqlight") -> WorkerProcess:
        """Start a worker, arqlight's or plain arq's, and wait until it is up."""
        return self.workers(self.settings, kind=kind)

    def enqueue(self, *jobs: dict[str, Any], queue: str | None = None) -> dict[str, Any]:
        """Enqueue jobs as a batch, and return that."""
        body = {"jobs": list(jobs), "queue": queue}
        response = httpx.post(f"{self.url}/api/batches", json=body, headers=self._headers())
        assert response.status_code == httpx.codes.CREATED, response.text
        batch: dict[str, Any] = response.json()
        return batch

    def show(self, page: Page, *jobs: dict[str, Any]) -> dict[str, Any]:
        """Enqueue jobs as a batch, and open the page that shows it."""
        batch = self.enqueue(*jobs)
        page.goto(f"{self.url}/?batch={batch['batch_id']}")
        # Of a long table, only the rows near the window are there.
        page.locator("#rows tr.job").nth(min(len(jobs), 50) - 1).wait_for()
        return batch

    def new_gate(self) -> str:
        """A gate that is closed: jobs of `held` run until it is opened."""
        self._gates += 1
        return f"gate-{self._gates}"

    def open_gate(self, gate: str) -> None:
        """Let the jobs held at this gate go on."""
        with self.redis() as redis:
            redis.set(site.gate_key(gate), 1)

    def open_connections(self) -> int:
        """How many connections the web server has accepted and not closed."""
        here = (self.web.host, self.web.port)
        return sum(
            one.laddr == here and one.status == psutil.CONN_ESTABLISHED
            for one in psutil.net_connections("tcp4")
        )

    def wait_for_outcomes(self, count: int) -> None:
        """Wait until so many results are in Redis, whether or not a web server is there to tell."""
        with self.redis() as redis:
            wait_until(lambda: len(redis.keys("arq:result:*")) >= count)

    def wait_for_counts(self, batch: dict[str, Any], **counts: int) -> None:
        """Wait until the history has a batch's jobs so: ``failed=2``, and no others but those named."""

        def are_so() -> bool:
            answer = httpx.get(f"{self.url}/api/counts", params={"batch": batch["batch_id"]}).json()
            return {state: count for state, count in answer["counts"].items() if count} == counts

        wait_until(are_so, timeout=20)

    def api(self, method: str, path: str, **query: Any) -> Any:
        """What the API answers, which must be no refusal."""
        url, headers = f"{self.url}/api{path}", self._headers()
        response = httpx.request(method, url, params=query, headers=headers, timeout=20)
        assert response.is_success, response.text
        return response.json()

    def _headers(self) -> dict[str, str]:
        """What tells a site that wants a login that tests may use its API."""
        token = self._env.get("ARQLIGHT_TOKEN")
        return {"Authorization": f"Bearer {token}"} if token else {}

    def worker_id(self, process: WorkerProcess) -> str:
        """The id of a worker that was started, once it has told of itself."""

        def told() -> str | None:
            workers = self.api("GET", "/workers")["workers"]
            return next((one["worker_id"] for one in workers if one["pid"] == process.pid), None)

        return wait_until(told, timeout=20)

    def workers_up(self) -> list[str]:
        """The ids of workers that are up."""
        workers = self.api("GET", "/workers")["workers"]
        return [one["worker_id"] for one in workers if one["state"] in ("up", "draining")]

    def now_ms(self) -> int:
        """The time by the Redis server's clock."""
        with self.redis() as redis:
            seconds, microseconds = redis.time()
        return int(seconds) * 1000 + int(microseconds) // 1000

    def wait_for_beats(self) -> None:
        """Wait until all workers that are up have gone on for a second and a half and told so."""
        later = self.now_ms() + 1_500

        def have_beaten() -> bool:
            workers = self.api("GET", "/workers")["workers"]
            beats = [one["seen_ms"] for one in workers if one["state"] in ("up", "draining")]
            return bool(beats) and min(beats) >= later

        wait_until(have_beaten, timeout=30)

    def redis(self) -> Redis:
        """A client of its Valkey."""
        return Redis.from_url(self.valkey.url)


def call(function: str, *args: Any, **options: Any) -> dict[str, Any]:
    """A job of a batch, as the API takes it."""
    return {"function": function, "args": list(args), **options}
