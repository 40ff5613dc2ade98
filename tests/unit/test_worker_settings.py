"""From a settings class to a worker, without Redis."""

import asyncio
import inspect
from datetime import timedelta
from typing import Any, ClassVar

import arq.worker
import pytest
from arq import cron

from arqlight import Worker
from arqlight.worker import create_worker, get_kwargs
from arqlight.worker.link import Backoff
from arqlight.worker.presence import new_worker_id
from arqlight.worker.settings import SettingsError


async def nap(ctx: dict[Any, Any], seconds: float) -> None: ...


def blocking(ctx: dict[Any, Any]) -> None: ...


class Base:
    functions: ClassVar = [nap]
    max_jobs = 3
    unknown_to_all = 1


class Derived(Base):
    max_jobs = 4
    lease = 30

    @staticmethod
    async def on_startup(ctx: dict[Any, Any]) -> None: ...


@pytest.fixture(autouse=True)
def loop() -> Any:
    """A worker is made outside of its loop, as arq's is."""
    made = asyncio.new_event_loop()
    asyncio.set_event_loop(made)
    yield made
    made.close()
    asyncio.set_event_loop(None)


def make(settings: Any, **kwargs: Any) -> Worker:
    return create_worker(settings, handle_signals=False, **kwargs)


def test_a_worker_takes_every_setting_of_arqs_with_its_default() -> None:
    ours = inspect.signature(Worker).parameters
    arqs = inspect.signature(arq.worker.Worker).parameters
    assert set(arqs) <= set(ours)
    different = {name for name in arqs if ours[name].default != arqs[name].default}
    assert different == {"job_completion_wait"}
    assert set(ours) - set(arqs) == {"lease", "log_cap", "threads"}


def test_settings_that_a_base_class_has_count_too() -> None:
    worker = make(Derived)
    assert (worker.max_jobs, worker.lease_s, list(worker.functions)) == (4, 30, ["nap"])
    assert worker.on_startup is Derived.on_startup


def test_settings_may_be_a_dict_and_arguments_win_over_them() -> None:
    worker = make({"functions": [nap], "max_jobs": 7, "queue_name": "q", "what": 1}, max_jobs=8)
    assert (worker.max_jobs, worker.queue_name) == (8, "q")
    assert set(get_kwargs(Base)) == {"functions", "max_jobs"}


def test_the_lease_is_15_s_and_may_be_a_timedelta() -> None:
    assert make(Base).lease_s == 15
    assert make(Base, lease=timedelta(minutes=1)).lease_s == 60


def test_a_lease_too_short_to_be_renewed_is_refused() -> None:
    with pytest.raises(ValueError, match="too short"):
        make(Base, lease=0.5)


@pytest.mark.parametrize("kind", [ValueError, TypeError, RuntimeError, SettingsError])
def test_settings_that_make_no_worker_raise_what_arq_raises_too(kind: type[Exception]) -> None:
    with pytest.raises(kind, match=r"max_tries is None, not a number; keep_result is '1h', not a number$"):
        make({"functions": [nap], "max_tries": None, "keep_result": "1h", "lease": 0})


def test_each_function_has_its_schema() -> None:
    worker = make({"functions": [nap, blocking], "cron_jobs": [cron(nap, minute=1)]})
    assert worker._facts()["functions"]["nap"]["properties"] == {"seconds": {"type": "number"}}
    assert set(worker._facts()["functions"]) == {"nap", "blocking", "cron:nap"}


def test_a_worker_without_functions_is_refused_as_by_arq() -> None:
    with pytest.raises(RuntimeError, match="at least one function"):
        make({"functions": []})


def test_worker_ids_are_unique_and_hold_no_colon() -> None:
    ids = {new_worker_id() for _ in range(100)}
    assert len(ids) == 100
    assert not any(":" in worker_id or '"' in worker_id for worker_id in ids)


def test_pauses_grow_up_to_two_seconds_and_start_again(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def note(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", note)
    backoff = Backoff()

    async def wait_often() -> None:
        for _ in range(20):
            await backoff.wait()
        backoff.reset()
        await backoff.wait()

    asyncio.get_event_loop().run_until_complete(wait_often())
    assert slept[0] <= 0.05
    assert 1 <= slept[19] <= 2
    assert slept[20] <= 0.05
