"""Fixtures: workers of `tests.worker.settings`, and the notes that their functions take."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.processes import StartWorker, WorkerKind, WorkerProcess
from tests.worker.notes import Notes

Start: TypeAlias = Callable[..., WorkerProcess]

DEFAULTS = {"lease": 1, "max_jobs": 100, "poll_delay": 0.1}


@pytest.fixture
def notes(tmp_path: Path) -> Notes:
    """What the functions note."""
    folder = tmp_path / "notes"
    folder.mkdir()
    return Notes(folder)


@pytest.fixture
def start(worker_process: StartWorker, notes: Notes) -> Start:
    """Starts a worker process; ``options`` are settings, a lease of 1 s and 100 jobs at a time by default."""

    def start_one(
        settings: str = "Settings",
        *,
        kind: WorkerKind = "arqlight",
        redis_url: str | None = None,
        env: dict[str, str] | None = None,
        wait: bool = True,
        **options: Any,
    ) -> WorkerProcess:
        given = {
            "WORKER_OPTIONS": json.dumps({**DEFAULTS, **options}),
            "WORKER_NOTES": str(notes.folder),
            **(env or {}),
        }
        path = f"tests.worker.settings.{settings}"
        return worker_process(path, kind=kind, redis_url=redis_url, env=given, wait=wait)

    return start_one
