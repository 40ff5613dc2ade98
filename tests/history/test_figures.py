"""Figures, groups, names, retention: what is added up says what the jobs themselves say."""

import json
import random
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from arq.utils import timestamp_ms
from sqlalchemy import Connection, func, select, update

from arqlight.audit import AuditLine
from arqlight.history import History, JobFilter
from arqlight.history.auditing import copy_lines
from arqlight.history.histograms import bucket_of, from_text, percentile, to_text
from arqlight.history.noting import put_depths
from arqlight.history.projection import project
from arqlight.history.queries import names
from arqlight.history.queries.stats import usual as usual_of
from arqlight.history.recorder import _position
from arqlight.history.retention import DAY_MS, PIECE, Retention, forget_figures, forget_jobs, give_back
from arqlight.history.rollups import HOUR_MS, HOUR_S, roll_up, rolled_until
from arqlight.history.tables import jobs, position, rollups, totals
from arqlight.history.writing import write
from arqlight.models import Event
from arqlight.queue import QueueDepth
from arqlight.redaction import DEFAULT

START_MS = 1_764_000_000_000 // HOUR_MS * HOUR_MS
COUNT = 400


def make_log(seed: int = 1) -> list[Event]:
    """Jobs of two functions in two queues over three hours; each runs and ends at once."""
    draw = random.Random(seed)
    events = []
    for number in range(COUNT):
        at_ms = START_MS + number * (3 * HOUR_MS // COUNT)
        queue, function = draw.choice(("arq:queue", "slow")), draw.choice(("charge", "cron:sweep"))
        wait, run = draw.randrange(500), draw.randrange(20_000)
        outcome = draw.choice(("succeeded", "succeeded", "failed"))
        ended: dict[str, Any] = {"job_try": 1, "start_ms": at_ms + wait, "finish_ms": at_ms + wait + run}
        if outcome == "failed":
            ended["error"] = {"type": draw.choice(("ValueError", "KeyError")), "message": "no"}
        batch = draw.choice((None, "b1", "b2"))
        for ms, kind, data in (
            (at_ms, "enqueued", {"function": function, "batch_id": batch, "due_ms": at_ms}),
            (at_ms + wait, "started", {"job_try": 1, "worker_id": draw.choice(("w1", "w2"))}),
            (at_ms + wait + run, outcome, ended),
        ):
            events.append((ms, number, kind, queue, json.dumps(data)))
    events.sort()
    return [Event(f"{ms}-{n}", kind, f"j{n}", queue, data) for ms, n, kind, queue, data in events]


def record(connection: Connection) -> None:
    _position(connection)
    events = make_log()
    write(connection, project(events, {}, {}, DEFAULT))
    connection.execute(update(position).values(event_id=events[-1].id))


@pytest_asyncio.fixture
async def filled(history: History) -> History:
    await history.database.write(record)
    return history


async def ended_by_hour(history: History) -> dict[int, dict[str, int]]:
    stats = await history.stats(since_ms=START_MS, until_ms=START_MS + 4 * HOUR_MS, step_s=3600)
    return {point.at_ms: point.counts for point in stats.series[0].points}


async def test_hours_say_the_same_as_their_minutes(filled: History) -> None:
    before = await filled.stats(since_ms=START_MS, until_ms=START_MS + 4 * HOUR_MS, step_s=3600)
    while await filled.database.write(roll_up):
        pass
    assert (
        await filled.database.read(lambda connection: rolled_until(connection, HOUR_S))
        >= START_MS + 2 * HOUR_MS
    )
    after = await filled.stats(since_ms=START_MS, until_ms=START_MS + 4 * HOUR_MS, step_s=3600)
    assert after == before
    assert sum(sum(point.counts.values()) for point in after.series[0].points) == COUNT


async def test_series_of_functions_and_queues_add_up_to_all(filled: History) -> None:
    span: dict[str, Any] = {"since_ms": START_MS, "until_ms": START_MS + 4 * HOUR_MS, "step_s": 300}
    whole = await filled.stats(**span)
    for group in ("function", "queue"):
        parts = await filled.stats(**span, group=group)
        added = sum(sum(point.counts.values()) for series in parts.series for point in series.points)
        assert added == COUNT
        assert len(parts.series) == 2
    failed = sum(point.counts.get("failed", 0) for point in whole.series[0].points)
    rows = await filled.jobs(JobFilter(outcomes=("failed",)), limit=1000)
    assert failed == len(rows.jobs)
    of_both = await filled.stats(**span, functions=("charge",), queues=("slow",))
    listed = await filled.jobs(JobFilter(functions=("charge",), queues=("slow",)), limit=1000)
    assert sum(sum(point.counts.values()) for point in of_both.series[0].points) == len(listed.jobs)


def test_a_percentile_is_off_by_a_tenth_at_most() -> None:
    draw = random.Random(3)
    durations = sorted(int(draw.lognormvariate(5, 2)) + 1 for _ in range(5_000))
    histogram = from_text("{}")
    for duration in durations:
        histogram[bucket_of(duration)] += 1
    assert from_text(to_text(histogram)) == histogram
    for share in (0.5, 0.95, 0.99):
        true = durations[int(share * len(durations)) - 1]
        estimate = percentile(histogram, share)
        assert estimate is not None
        # Small whole numbers share buckets with numbers that do not occur.
        assert abs(estimate - true) <= max(1, 0.12 * true)
    assert percentile(from_text("{}"), 0.5) is None


async def test_groups_of_failures_have_their_counts_over_time(filled: History) -> None:
    span: dict[str, Any] = {"since_ms": START_MS, "until_ms": START_MS + 4 * HOUR_MS}
    page = await filled.failures(**span, step_s=3600)
    assert len(page.groups) == 4
    assert [group.last_ms for group in page.groups] == sorted(
        (group.last_ms for group in page.groups), reverse=True
    )
    for group in page.groups:
        assert sum(count for _, count in group.points) == group.total
        listed = await filled.jobs(JobFilter(fingerprint=group.fingerprint), limit=1000)
        assert len(listed.jobs) == group.total
        # Ends may come in another order than starts.
        assert group.last_job_id in {job.job_id for job in listed.jobs}
    while await filled.database.write(roll_up):
        pass
    assert await filled.failures(**span, step_s=3600) == page


async def test_groups_of_failures_come_in_pages_in_either_order(filled: History) -> None:
    span: dict[str, Any] = {"since_ms": START_MS, "until_ms": START_MS + 4 * HOUR_MS}
    for sort in ("last", "total"):
        whole = await filled.failures(**span, sort=sort)
        first = await filled.failures(**span, sort=sort, limit=3)
        second = await filled.failures(**span, sort=sort, limit=3, cursor=first.next)
        assert first.groups + second.groups == whole.groups
        assert second.next is None
    found = await filled.failures(**span, q="keyerr", functions=("charge",))
    assert [(group.function, group.error_type) for group in found.groups] == [("charge", "KeyError")]


async def test_functions_queues_workers_and_schedules_are_named(filled: History) -> None:
    functions = await filled.functions(since_ms=START_MS)
    assert [one.name for one in functions.functions] == ["charge", "cron:sweep"]
    assert sum(sum(one.counts.values()) for one in functions.functions) == COUNT
    for one in functions.functions:
        assert one.counts == one.recent
        assert one.run.p50 is not None
    queues = await filled.queues()
    assert [one.name for one in queues.queues] == ["arq:queue", "slow"]
    assert {one.worker_id for one in (await filled.workers()).workers} == {"w1", "w2"}
    schedules = await filled.database.read(partial(names.schedule_list, now_ms=START_MS))
    (sweep,) = schedules.schedules
    assert sweep.name == "cron:sweep"
    assert len(sweep.last) == 10
    usual = await filled.database.read(
        lambda connection: usual_of(connection, "charge", START_MS + 4 * HOUR_MS)
    )
    assert usual.count == functions.functions[0].counts["succeeded"]


async def test_batches_are_counted(filled: History) -> None:
    page = await filled.batches()
    assert {batch.batch_id for batch in page.batches} == {"b1", "b2"}
    for batch in page.batches:
        listed = await filled.jobs(JobFilter(batch=batch.batch_id), limit=1000)
        assert batch.total == len(listed.jobs)
        assert batch.counts["failed"] == sum(job.outcome == "failed" for job in listed.jobs)
    first = await filled.batches(limit=1)
    second = await filled.batches(limit=1, cursor=first.next)
    assert first.batches + second.batches == page.batches


@pytest.mark.parametrize(
    ("field", "text", "found"),
    [
        ("function", "", ["charge", "cron:sweep"]),
        ("function", "C", ["charge", "cron:sweep"]),
        ("function", "ee", ["cron:sweep"]),
        ("queue", "s", ["slow"]),
        ("worker", "w", ["w1", "w2"]),
        ("error_type", "err", ["KeyError", "ValueError"]),
        ("function", "%", []),
    ],
)
async def test_names_are_completed(filled: History, field: str, text: str, found: list[str]) -> None:
    assert await filled.suggest(field, text) == found


async def test_what_is_too_old_is_forgotten_in_pieces(filled: History) -> None:
    now_ms = START_MS + DAY_MS + HOUR_MS
    retention = Retention(days=1)
    while await filled.database.write(lambda connection: forget_jobs(connection, retention, now_ms)):
        pass
    left = await filled.jobs(limit=1000)
    assert 0 < len(left.jobs) < COUNT
    assert all((job.enqueue_ms or 0) >= now_ms - DAY_MS for job in left.jobs)
    counts = (await filled.counts()).counts
    assert sum(count.value for count in counts.values()) == len(left.jobs)


async def test_of_too_many_jobs_the_oldest_are_forgotten(filled: History) -> None:
    retention = Retention(jobs=150)
    deleted = []
    while count := await filled.database.write(
        lambda connection: forget_jobs(connection, retention, START_MS)
    ):
        deleted.append(count)
    assert sum(deleted) == COUNT - 150
    assert max(deleted) <= PIECE
    left = await filled.jobs(limit=1000)
    assert len(left.jobs) == 150
    assert min(int(job.job_id[1:]) for job in left.jobs) == COUNT - 150
    await filled.database.write(give_back)


async def test_figures_are_forgotten_when_they_are_old(filled: History) -> None:
    now_ms = START_MS + 200 * DAY_MS
    await filled.database.write(lambda connection: forget_figures(connection, Retention(), now_ms))

    def left(connection: Connection) -> list[int]:
        counted = [connection.scalar(select(func.count()).select_from(table)) for table in (rollups, jobs)]
        return [count or 0 for count in counted]

    assert await filled.database.read(left) == [0, COUNT]
    assert (await filled.failures(since_ms=0, until_ms=HOUR_MS)).groups == []
    assert (await filled.workers()).workers == []
    assert await filled.database.read(
        lambda connection: connection.scalar(select(func.count(totals.c.total)))
    )


async def test_who_did_what_is_kept_once_the_newest_first(history: History) -> None:
    lines = [AuditLine(f"{n}-1", n, "ada", "retry", [f"j{n}", "\x00"], 2, "10.0.0.1") for n in range(1, 6)]
    for some in (lines[:3], lines[2:]):
        await history.database.write(partial(copy_lines, lines=some))
    page = await history.audit(limit=3)
    assert (page.lines, page.copied_id) == (lines[:1:-1], "5-1")
    assert (await history.audit(limit=3, before="3-1")).lines == lines[1::-1]


async def test_depths_are_the_most_that_waited_in_each_step(history: History) -> None:
    def depth(name: str, waiting: int) -> QueueDepth:
        return QueueDepth(name, waiting, 0, 0, None, None)

    for at_ms, waiting in ((0, 3), (10_000, 7), (50_000, 2), (120_000, 1), (HOUR_MS, 4)):
        found = [depth("mail", waiting), depth("idle", 0)]
        await history.database.write(partial(put_depths, found=found, now_ms=START_MS + at_ms))
    span: dict[str, Any] = {"since_ms": START_MS, "until_ms": START_MS + 180_000}
    (mail,) = (await history.depths(**span)).queues
    assert (mail.name, [waiting for _, waiting in mail.points]) == ("mail", [7, 0, 1])
    (idle,) = (await history.depths(**span, step_s=180, queues=["idle"])).queues
    assert idle.points == [(START_MS // 180_000 * 180_000, 0)]
    hours = await history.depths(since_ms=START_MS, until_ms=START_MS + 2 * HOUR_MS, step_s=3600)
    assert [waiting for _, waiting in hours.queues[0].points] == [7, 4]
    await history.database.write(lambda connection: forget_figures(connection, Retention(), timestamp_ms()))
    assert (await history.depths(**span)).queues == []


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda h: h.stats(step_s=7), "step is 7 s; it must be whole minutes"),
        (lambda h: h.stats(since_ms=5, until_ms=5), "ends before it begins"),
        (lambda h: h.stats(since_ms=0, step_s=60), "more than 3,000 steps of 60 s are too many"),
        (lambda h: h.stats(group="worker"), "'worker' is no way to group figures; there are function, queue"),
        (lambda h: h.failures(sort="size"), "'size' is no order of failures; there are last, total"),
        (lambda h: h.failures(limit=0), "limit is 0; it must be from 1 to 200"),
        (lambda h: h.failures(cursor="x"), "'x' is not a cursor"),
        (lambda h: h.batches(limit=1000), "limit is 1000; it must be from 1 to 200"),
        (lambda h: h.batches(cursor="x"), "'x' is not a cursor"),
        (lambda h: h.audit(limit=0), "limit is 0; it must be from 1 to 500"),
        (lambda h: h.audit(before="x"), "'x' is not an event id"),
        (lambda h: h.depths(step_s=7), "step is 7 s; it must be whole minutes"),
        (lambda h: h.suggest("batch"), "'batch' cannot be completed; there are function, queue"),
    ],
)
async def test_what_makes_no_sense_is_refused(history: History, ask: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        await ask(history)
