"""The worker: it claims due jobs under a lease, runs them, and writes what became of them."""

import asyncio
import contextlib
from typing import Any

from arqlight.worker.settings import SettingsError, check_health, create_worker, get_kwargs
from arqlight.worker.worker import Worker

__all__ = ["SettingsError", "Worker", "check_health", "create_worker", "get_kwargs", "run_worker"]


def run_worker(settings_cls: Any, **kwargs: Any) -> Worker:
    """Make a worker from a settings class and run it until it ends: arq's ``run_worker``.

    It runs on uvloop where that is installed.
    """
    with contextlib.suppress(ImportError):
        import uvloop  # noqa: PLC0415  optional, and none on Windows

        asyncio.set_event_loop(uvloop.new_event_loop())
    worker = create_worker(settings_cls, **kwargs)
    worker.run()
    return worker
