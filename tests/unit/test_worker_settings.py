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
from arqlight.worker.plan import Plans
from arqlight.worker.presence import new_worker_id
from arqlight.worker.settings import SettingsError
from tests.unit.worker_link import DEFAULTS


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
    assert set(ours) - set(arqs) == {
        "job_log_bytes",
        "job_log_lines",
        "job_logs",
        "lease",
        "log_cap",
        "threads",
        "max_result_bytes",
        "serializer",
        "stop_at_lease_end",
        "wait_for_redis",
    }


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


@pytest.mark.parametrize(
    ("times", "why"),
    [
        ({"hour": 25}, "hour=25, it must be from 0 to 23"),
        ({"minute": {10, 60}}, "it must be from 0 to 59"),
        ({"second": set()}, "it must be from 0 to 59"),
        ({"weekday": 7}, "it must be from 0 to 6"),
        ({"month": {2, 4}, "day": 31}, "has no day=31"),
        ({"microsecond": 1_000_000}, "it must be from 0 to 999999"),
    ],
)
def test_a_cron_job_that_is_never_due_is_refused(times: dict[str, Any], why: str) -> None:
    with pytest.raises(SettingsError, match=f"cron:nap is never due: .*{why}"):
        make({"cron_jobs": [cron(nap, **times)]})


@pytest.mark.parametrize(
    "times", [{"weekday": "sun"}, {"month": 2, "day": 29}, {"hour": {1, 2}, "minute": 0}, {}]
)
def test_a_cron_job_that_is_due_at_some_time_is_taken(times: dict[str, Any]) -> None:
    assert make({"cron_jobs": [cron(nap, **times)]}).cron_jobs


def test_a_misspelt_setting_is_named_with_the_one_that_was_meant(caplog: pytest.LogCaptureFixture) -> None:
    class Misspelt(Base):
        max_job = 3
        something_else = 1

    make(Misspelt)
    make({"functions": [nap], "job_time_out": 3})
    assert "'max_job' is no setting and has no effect; did you mean 'max_jobs'?" in caplog.text
    assert "did you mean 'job_timeout'?" in caplog.text
    assert "something_else" not in caplog.text


def test_redis_may_be_given_as_a_url() -> None:
    settings = make(Base, redis_settings="redis://example.com:7000/3").redis_settings
    assert settings is not None
    assert (settings.host, settings.port, settings.database) == ("example.com", 7000, 3)
    with pytest.raises(SettingsError, match="is not the URL of a Redis server"):
        make(Base, redis_settings="http://example.com")


def stream(ctx: dict[Any, Any]) -> Any:
    yield 1


async def async_stream(ctx: dict[Any, Any]) -> Any:
    yield 1


@pytest.mark.parametrize("function", [stream, async_stream])
def test_a_generator_is_refused(function: Any) -> None:
    with pytest.raises(SettingsError, match="is a generator; a job's function returns once"):
        make({"functions": [function]})


async def test_a_failed_cron_job_is_kept_as_long_as_other_failures() -> None:
    plans = Plans({"a": cron(nap, name="a"), "b": cron(nap, name="b", job_id="fixed")}, DEFAULTS)
    assert (plans.of("a").expiry_ms, plans.of("a").failure_expiry_ms) == (None, 3_600_000)
    # With an id of its own its result would keep the next one from being enqueued.
    assert plans.of("b").failure_expiry_ms is None
