"""All that is known of a round when it is over: read once, then judged by `tests.soak.checks`."""

import json
import pickle
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arq.connections import ArqRedis

from arqlight import Queue, keys
from arqlight.models import Job
from tests.soak.fleet import Fleet, Member
from tests.soak.jobs import Ledger
from tests.soak.notes import Run, read_runs

__all__ = ["Evidence", "Violation", "gather"]

QUEUE = keys.DEFAULT_QUEUE
_PAGE = 1000


@dataclass(frozen=True)
class Violation:
    """One broken promise; ``job_id`` is empty when it is no single job's."""

    job_id: str
    what: str


@dataclass
class Evidence:
    """Facts by job id, and what is left in Redis."""

    ledger: Ledger
    fleet: Fleet
    members: dict[int, Member]
    jobs: dict[str, Job]
    raw_results: dict[str, bytes]
    results: dict[str, dict[str, Any]]
    events: dict[str, list[dict[str, Any]]]
    runs: dict[str, list[Run]]
    left: dict[str, list[str]]
    without_expiry: list[str]

    def is_ours(self, job_id: str) -> bool:
        """Whether arqlight wrote the job's result, not plain arq."""
        return "arqlight" in self.results.get(job_id, {})

    def story(self, job_id: str) -> str:
        """All that is known of a job, in words."""
        lines = [f"result: {self.results.get(job_id)}"]
        lines += [f"left in {place}" for place, ids in self.left.items() if job_id in ids]
        lines += [f"event {event}" for event in self.events.get(job_id, [])]
        for run in self.runs.get(job_id, []):
            member = self.members[run.pid]
            lines.append(f"{run}; holder {run.holder!r}")
            lines.append(
                f"  by {member.kind}, killed at {member.killed_at}, ended at {member.ended_at}, "
                f"stalled at {[(round(a, 3), round(b, 3)) for a, b in member.stalls]}"
            )
        lines += [f"abort answered {answer}" for job, answer in self.ledger.abort_answers if job == job_id]
        return "\n".join(lines)


async def gather(queue: Queue, redis: ArqRedis, ledger: Ledger, fleet: Fleet, notes: Path) -> Evidence:
    """Read everything."""
    ids = [*ledger.accepted, *ledger.doubtful]
    jobs: dict[str, Job] = {}
    raw: dict[str, bytes] = {}
    for first in range(0, len(ids), _PAGE):
        page = ids[first : first + _PAGE]
        found, _ = await queue.look_up_many(page)
        jobs.update((job.job_id, job) for job in found)
        values = await redis.mget([keys.result(job_id) for job_id in page])
        raw.update((job_id, value) for job_id, value in zip(page, values, strict=True) if value)
    runs: defaultdict[str, list[Run]] = defaultdict(list)
    for run in read_runs(notes):
        runs[run.job_id].append(run)
    return Evidence(
        ledger=ledger,
        fleet=fleet,
        members={member.process.pid: member for member in fleet.members},
        jobs=jobs,
        raw_results=raw,
        results={job_id: pickle.loads(value) for job_id, value in raw.items()},
        events=await _events(queue),
        runs=runs,
        left=await _left(redis),
        without_expiry=await _without_expiry(redis),
    )


async def _events(queue: Queue) -> dict[str, list[dict[str, Any]]]:
    events: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    after = "0-0"
    while page := await queue.events.read(after, count=10 * _PAGE):
        for event in page:
            told = {"id": event.id, "event": event.event, **json.loads(event.data)}
            events[event.job_id].append(told)
        after = page[-1].id
    return events


async def _left(redis: ArqRedis) -> dict[str, list[str]]:
    """What should be gone when every job is complete: place -> job ids."""
    calls: dict[str, Any] = {
        QUEUE: redis.zrange(QUEUE, 0, -1),
        keys.ARQ_ABORTS: redis.zrange(keys.ARQ_ABORTS, 0, -1),
        keys.aborts(QUEUE): redis.zrange(keys.aborts(QUEUE), 0, -1),
        keys.running(QUEUE): redis.hkeys(keys.running(QUEUE)),
    }
    left = {place: [job_id.decode() for job_id in await call] for place, call in calls.items()}
    for prefix in (keys.JOB_PREFIX, keys.RETRY_PREFIX, keys.IN_PROGRESS_PREFIX, keys.PROGRESS_PREFIX):
        found = [key.decode() async for key in redis.scan_iter(prefix + "*", count=_PAGE)]
        left[prefix] = [key.removeprefix(prefix) for key in found]
    return left


async def _without_expiry(redis: ArqRedis) -> list[str]:
    found = [key async for key in redis.scan_iter(keys.PREFIX + "*", count=_PAGE)]
    return [key.decode() for key in found if await redis.ttl(key) == -1]
