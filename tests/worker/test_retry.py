"""Another try: asked for by the function, or by its retry policy."""

import time

from arqlight import Queue
from tests.worker.conftest import Start
from tests.worker.log import events, kinds, until_complete, until_event
from tests.worker.notes import Notes


async def test_a_retry_policy_tries_again_with_growing_delays(
    queue: Queue, start: Start, notes: Notes
) -> None:
    start(poll_delay=10)
    await queue.enqueue("flaky", 3, _job_id="job")
    (job,) = await until_complete(queue, "job")

    assert (job.outcome, job.result, job.job_try) == ("succeeded", 3, 3)
    first, second, third = notes.all("started")
    # No jitter: 0.2 s, then 0.4 s; and woken when due, whatever poll_delay is.
    assert 0.2 <= second.at - first.at < 0.2 + 1
    assert 0.4 <= third.at - second.at < 0.4 + 1
    assert await kinds(queue, "job") == [
        "enqueued",
        *("started", "retrying"),
        *("started", "retrying"),
        *("started", "succeeded"),
    ]
    told = await events(queue, "retrying")
    assert [(e["job_try"], e["error"]["type"], e["error"]["message"]) for e in told] == [
        (1, "ConnectionResetError", "try 1"),
        (2, "ConnectionResetError", "try 2"),
    ]


async def test_a_retry_policy_ends_with_its_max_tries(queue: Queue, start: Start, notes: Notes) -> None:
    start()
    await queue.enqueue("flaky", 9, _job_id="job")
    (job,) = await until_complete(queue, "job")
    assert (job.outcome, job.job_try) == ("failed", 3)
    assert job.error is not None
    assert job.error.message == "try 3"
    assert len(notes.all("started")) == 3


async def test_a_retry_policy_forgives_only_what_it_names(queue: Queue, start: Start, notes: Notes) -> None:
    start()
    await queue.enqueue("wrong", _job_id="job")
    (job,) = await until_complete(queue, "job")
    assert (job.outcome, job.job_try) == ("failed", 1)
    assert await events(queue, "retrying") == []


async def test_a_delayed_try_starts_when_due(queue: Queue, start: Start, notes: Notes) -> None:
    start(poll_delay=10)
    await queue.enqueue("again", 2, 0.5, _job_id="job")
    (job,) = await until_complete(queue, "job")
    first, second = notes.all("started")
    assert job.result == 2
    assert 0.5 <= second.at - first.at < 1.5


async def test_a_try_asked_for_at_once_starts_at_once(queue: Queue, start: Start, notes: Notes) -> None:
    start(poll_delay=10, max_tries=20)
    began = time.monotonic()
    await queue.enqueue("again", 20, _job_id="job")
    (job,) = await until_complete(queue, "job")
    assert job.job_try == 20
    assert time.monotonic() - began < 5


async def test_a_delayed_try_outlives_its_worker(queue: Queue, start: Start, notes: Notes) -> None:
    first = start()
    await queue.enqueue("again", 2, 1, _job_id="job")
    await until_event(queue, "retrying")
    first.kill()
    start()
    (job,) = await until_complete(queue, "job")
    assert (job.outcome, job.job_try) == ("succeeded", 2)
    assert await events(queue, "lost") == []
