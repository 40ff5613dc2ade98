"""Jobs that cannot be run end as failed, with the reason in record and log, and hold up nobody."""

import pickle
import sys
import time
from typing import Any

import pytest

from arqlight import Queue
from tests.helpers import eventually
from tests.worker.conftest import Start
from tests.worker.log import events, kinds, published, until_complete
from tests.worker.notes import Notes

WELL: dict[str, Any] = {"t": None, "f": "quick", "a": (1,), "k": {}, "et": 1_700_000_000_000}


class Leaves:
    """Unpickling it ends the process, if nobody catches that."""

    def __reduce__(self) -> Any:
        return sys.exit, ("a poisoned record",)


class Raises:
    """Unpickling it raises."""

    def __reduce__(self) -> Any:
        return int, ("not a number",)


def without(key: str) -> bytes:
    return pickle.dumps({k: v for k, v in WELL.items() if k != key})


UNREADABLE = {
    "garbage": b"\x00garbage",
    "empty pickle": pickle.dumps(None),
    "a list": pickle.dumps([1, 2, 3]),
    "cut short": pickle.dumps(WELL)[:20],
    "of a missing module": b"cno_such_module\nThing\n.",
    "raising": pickle.dumps({**WELL, "a": Raises()}),
    "leaving": pickle.dumps({**WELL, "a": Leaves()}),
    "without function": without("f"),
    "without arguments": without("a"),
    "without time": without("et"),
    "function is a list": pickle.dumps({**WELL, "f": ["quick"]}),
    "function is None": pickle.dumps({**WELL, "f": None}),
    "arguments are a number": pickle.dumps({**WELL, "a": 7}),
    "keywords are a list": pickle.dumps({**WELL, "k": [1]}),
    "keywords are numbers": pickle.dumps({**WELL, "k": {1: 2}}),
    "try is a word": pickle.dumps({**WELL, "t": "first"}),
    "time is None": pickle.dumps({**WELL, "et": None}),
    "time is a word": pickle.dumps({**WELL, "et": "now"}),
    "time is far away": pickle.dumps({**WELL, "et": 10**18}),
    "extra is a word": pickle.dumps({**WELL, "arqlight": "x"}),
}


async def put(queue: Queue, job_id: str, record: bytes | None) -> None:
    """Enqueue as some other program might."""
    if record is not None:
        await queue.redis.set(f"arq:job:{job_id}", record, ex=3600)
    await queue.redis.zadd("arq:queue", {job_id: int(time.time() * 1000) - 1000})


async def until_failed_and_gone(queue: Queue, job_id: str) -> str:
    """Wait for its end; check record and log; its error's message."""
    (job,) = await until_complete(queue, job_id)
    assert job.outcome == "failed"
    assert job.error is not None
    (event,) = await events(queue, "failed", job_id=job_id)
    assert event["error"]["message"] == job.error.message
    assert await queue.redis.keys(f"*{job_id}") == [f"arq:result:{job_id}".encode()]
    assert await queue.redis.zscore("arq:queue", job_id) is None
    return job.error.message


async def test_jobs_whose_record_cannot_be_read_fail_and_others_go_on(
    queue: Queue, start: Start, notes: Notes
) -> None:
    worker = start(max_jobs=50)
    for number, record in enumerate(UNREADABLE.values()):
        await put(queue, f"bad-{number}", record)
        await queue.enqueue("quick", number, _job_id=f"good-{number}")

    good = await until_complete(queue, *[f"good-{n}" for n in range(len(UNREADABLE))])
    assert {job.outcome for job in good} == {"succeeded"}
    for number, name in enumerate(UNREADABLE):
        assert await until_failed_and_gone(queue, f"bad-{number}"), name
    assert worker.running

    async def runs_nothing() -> bool:
        return (await published(queue, worker)).jobs_running == 0

    await eventually(runs_nothing)
    assert [note for note in notes.all() if note.job_id.startswith("bad")] == []


async def test_unreadable_jobs_claimed_with_good_ones_spoil_none_of_them(
    queue: Queue, start: Start, notes: Notes
) -> None:
    """All wait as the worker starts, so that one claim takes them all."""
    for number, record in enumerate(UNREADABLE.values()):
        await queue.enqueue("quick", number, _job_id=f"good-{number}")
        await put(queue, f"bad-{number}", record)
    start(max_jobs=100)

    jobs = await until_complete(
        queue, *[f"{kind}-{n}" for kind in ("good", "bad") for n in range(len(UNREADABLE))]
    )

    assert [job.outcome for job in jobs] == ["succeeded"] * len(UNREADABLE) + ["failed"] * len(UNREADABLE)
    assert {job.job_try for job in jobs} == {1}


async def test_a_job_of_an_unknown_function_fails_and_names_it(queue: Queue, start: Start) -> None:
    start()
    await queue.enqueue("no_such_function", 1, _job_id="job")
    assert await until_failed_and_gone(queue, "job") == "function 'no_such_function' not found"
    assert (await queue.look_up("job")).job.args == [1]


async def test_a_job_whose_record_expired_ends_as_expired(queue: Queue, start: Start, notes: Notes) -> None:
    await queue.enqueue("quick", _job_id="ours", _expires=0.01)
    await put(queue, "foreign", None)
    while await queue.redis.exists("arq:job:ours"):
        pass
    start()

    jobs = await until_complete(queue, "ours", "foreign")

    for job in jobs:
        assert job.outcome == "expired"
        assert job.error is not None
        assert job.error.message == "job expired"
        assert (await kinds(queue, job.job_id))[-1] == "expired"
        assert await queue.redis.keys(f"*{job.job_id}") == [f"arq:result:{job.job_id}".encode()]
    assert notes.all() == []


@pytest.mark.parametrize("job_id", ["a/b", "with space", "ünïcode", 'quo"te', "x" * 10_000, "a:b:c"])
async def test_any_job_id_can_be_run(job_id: str, queue: Queue, start: Start) -> None:
    start()
    await queue.enqueue("quick", "value", _job_id=job_id)
    (job,) = await until_complete(queue, job_id)
    assert (job.outcome, job.result) == ("succeeded", "value")
    assert await kinds(queue, job_id) == ["enqueued", "started", "succeeded"]


async def test_a_job_that_says_its_own_try_beyond_the_most_fails(
    queue: Queue, start: Start, notes: Notes
) -> None:
    start(max_tries=3)
    await queue.enqueue("quick", _job_id="job", _job_try=4)
    assert await until_failed_and_gone(queue, "job") == "max 3 retries exceeded"
    assert notes.all() == []


async def test_a_task_that_leaves_without_a_word_is_tried_again_elsewhere(
    queue: Queue, start: Start, notes: Notes
) -> None:
    """It must not be kept in progress for ever; it is lost twice, and once more when it runs alone."""
    start(max_tries=2)
    await queue.enqueue("give_up_the_coroutine", _job_id="job")
    (job,) = await until_complete(queue, "job")
    assert (job.outcome, len(notes.all("started"))) == ("failed", 3)
    assert len(await events(queue, "lost")) == 3
