"""What functions log through `logging` is kept with their jobs."""

import time
from typing import Any

from arqlight import Queue
from tests.helpers import eventually
from tests.worker.conftest import Start
from tests.worker.log import events, until_complete


async def lines(queue: Queue, job_id: str) -> list[dict[str, Any]]:
    """The lines of a job that are in the log, in their order, each with its try."""
    return [
        {"job_try": event["job_try"], **line}
        for event in await events(queue, "log", job_id=job_id)
        for line in event["lines"]
    ]


async def until_lines(queue: Queue, job_id: str, count: int) -> list[dict[str, Any]]:
    """The lines of a job, once there are so many. There are no more."""

    async def are_there() -> list[dict[str, Any]]:
        found = await lines(queue, job_id)
        assert len(found) == count, found
        return found

    return await eventually(are_there, 20)


async def test_lines_are_kept_with_their_level_logger_try_and_time(queue: Queue, start: Start) -> None:
    start("Talking")
    await queue.enqueue("talk", "fail", "twice", _job_id="one")
    await until_complete(queue, "one")
    found = await until_lines(queue, "one", 6)
    told = [(line["job_try"], line["level"], line["logger"], line["text"]) for line in found]
    words = [("INFO", "shop", "says fail"), ("INFO", "shop", "says twice")]
    of_one_try = [*words, ("WARNING", "alone", "said all")]
    assert told == [(number, *rest) for number in (1, 2) for rest in of_one_try]
    times = [line["at_ms"] for line in found]
    assert times == sorted(times)
    assert abs(times[0] / 1000 - time.time()) < 60


async def test_lines_of_jobs_that_run_at_once_are_not_mixed(queue: Queue, start: Start) -> None:
    start("Talking")
    words = {f"job-{number}": [f"{number}-{word}" for word in range(20)] for number in range(10)}
    for job_id, said in words.items():
        await queue.enqueue("talk", *said, _job_id=job_id)
    await until_complete(queue, *words)
    for job_id, said in words.items():
        found = await until_lines(queue, job_id, 21)
        assert [line["text"] for line in found] == [*(f"says {word}" for word in said), "said all"]


async def test_a_plain_function_logs_from_its_thread_with_the_traceback(queue: Queue, start: Start) -> None:
    start("Talking")
    await queue.enqueue("talk_in_a_thread", "from below", _job_id="one")
    (line,) = await until_lines(queue, "one", 1)
    assert (line["level"], line["logger"]) == ("ERROR", "shop")
    assert line["text"].startswith("in a thread\nTraceback (most recent call last):")
    assert line["text"].endswith("ValueError: invalid literal for int() with base 10: 'from below'")


async def test_a_task_that_a_function_began_logs_for_it_until_the_function_ends(
    queue: Queue, start: Start
) -> None:
    start("Talking")
    await queue.enqueue("talk_in_a_task", _job_id="one")
    await until_complete(queue, "one")
    # The task that is left behind has logged by the time that another job's lines are there.
    await queue.enqueue("talk", "later", _job_id="two", _defer_by=1)
    await until_lines(queue, "two", 2)
    assert [line["text"] for line in await lines(queue, "one")] == ["from a task"]


async def test_of_a_try_that_logs_too_much_the_first_lines_are_kept_and_it_is_said(
    queue: Queue, start: Start
) -> None:
    start("Talking", job_log_lines=120)
    await queue.enqueue("talk_much", 10_000, _job_id="one")
    found = await until_lines(queue, "one", 121)
    assert [line["text"] for line in found[:120]] == [f"line {number}" for number in range(120)]
    assert found[-1]["text"] == "What this try logs beyond 120 lines and 100,000 bytes is not kept."


async def test_of_a_try_that_logs_too_many_bytes_the_first_are_kept(queue: Queue, start: Start) -> None:
    start("Talking", job_log_bytes=1_000)
    await queue.enqueue("talk", *["x" * 300] * 10, _job_id="one")
    found = await until_lines(queue, "one", 4)
    assert [len(line["text"]) for line in found[:3]] == [305, 305, 305]
    assert found[-1]["level"] == "WARNING"


async def test_what_cannot_be_formatted_does_no_harm_and_what_is_secret_is_not_kept(
    queue: Queue, start: Start
) -> None:
    start("Talking")
    await queue.enqueue("talk_badly", _job_id="one")
    found = await until_lines(queue, "one", 3)
    assert [line["text"] for line in found] == [
        "'%d apples' does not fit its arguments",
        "talkative",
        "password=[redacted] for ada",
    ]
    assert (await until_complete(queue, "one"))[0].outcome == "succeeded"


async def test_a_worker_that_keeps_no_lines_writes_none(queue: Queue, start: Start) -> None:
    start("Talking", job_logs=False)
    await queue.enqueue("talk", "to nobody", _job_id="one")
    await queue.enqueue("talk", "to nobody", _job_id="two")
    await until_complete(queue, "one", "two")
    assert await events(queue, "log") == []


async def test_a_worker_that_ends_writes_the_last_lines(queue: Queue, start: Start) -> None:
    await queue.enqueue("talk_much", 400, _job_id="one")
    start("Talking", burst=True, wait=False).wait()
    assert len(await lines(queue, "one")) == 400
