"""The Redis scripts: one file in ``lua/`` for each state transition, one typed method here for each file.

Every write that changes a job's state goes through one of these, together with the event that tells of it,
so the log never disagrees with the state.
"""

import hashlib
import logging
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import Any, NamedTuple, Protocol

from redis.exceptions import NoScriptError

from arqlight import keys

logger = logging.getLogger("arqlight.scripts")

# For how long a worker's wish to be woken stands; it asks again with each claim.
IDLE_EXPIRY_MS = 60_000


class Wait(NamedTuple):
    """Until when Redis holds a script call back: a token in one of the lists, or so many seconds."""

    signals: tuple[str, ...]
    seconds: float

    def command(self) -> tuple[str, ...]:
        """What is sent in front of the call."""
        return ("BLPOP", *self.signals, f"{self.seconds:.3f}")


class ScriptingRedis(Protocol):
    """What scripts are run on: `arqlight.redis.LightRedis`."""

    async def execute_command(self, *args: Any) -> Any:
        """Send a command and return its answer."""

    async def execute_after(self, first: tuple[Any, ...], second: tuple[Any, ...]) -> Any:
        """Send two commands at once and return the second one's answer."""

    def script_load(self, script: str) -> Any:
        """Teach Redis a script."""


class EnqueueReply(NamedTuple):
    """What ``enqueue.lua`` returns."""

    event_id: str
    now_ms: int
    refused: frozenset[int]


class Claimed(NamedTuple):
    """One job that ``claim.lua`` handed out. ``record`` is empty when it had expired."""

    job_id: str
    score: float
    record: bytes
    job_try: int
    lost_by: str
    abort_ms: int | None


class ClaimReply(NamedTuple):
    """What ``claim.lua`` returns. ``next_due_ms`` is when the next job of the queue becomes due."""

    now_ms: int
    next_due_ms: float | None
    floor: str
    jobs: list[Claimed]


class EnqueueEntry(NamedTuple):
    """One job to enqueue: ``enqueue.lua``'s fields, first its own, then those it may share with others."""

    job_id: str
    record: bytes
    due: str
    expires: str
    data: str


class FinishEntry(NamedTuple):
    """One job to finish: ``finish.lua``'s fields, first its own, then those it may share with others."""

    job_id: str
    record: bytes
    data: str
    holder: str
    job_try: int
    expiry_ms: int | str
    keep_ms: int
    event: str


class RescheduleEntry(NamedTuple):
    """One job to give back; the fields are ``reschedule.lua``'s, in its order."""

    job_id: str
    holder: str
    job_try: int
    delay_ms: int
    uncharged: int
    event: str
    data: str


class HeartbeatReply(NamedTuple):
    """What ``heartbeat.lua`` returns: jobs to leave alone, and jobs to abort."""

    lost: list[str]
    to_abort: list[str]


class RawState(NamedTuple):
    """What ``look_up.lua`` returns of one job: heads of records, their real sizes, and the rest as text."""

    result: bytes
    result_size: int
    record: bytes
    record_size: int
    holder: bytes
    score: bytes
    job_try: bytes
    progress: bytes


@cache
def source(name: str) -> str:
    """The full text of a script: the key prefixes, the shared functions, and ``lua/{name}.lua``."""
    folder = files("arqlight") / "lua"
    prefixes = {
        "JOB": keys.JOB_PREFIX,
        "RESULT": keys.RESULT_PREFIX,
        "RETRY": keys.RETRY_PREFIX,
        "IN_PROGRESS": keys.IN_PROGRESS_PREFIX,
        "PROGRESS": keys.PROGRESS_PREFIX,
    }
    head = "".join(f"local {name} = '{prefix}'\n" for name, prefix in prefixes.items())
    return head + (folder / "_shared.lua").read_text() + (folder / f"{name}.lua").read_text()


@cache
def digest(name: str) -> str:
    """What Redis calls a script: the SHA-1 of its text."""
    return hashlib.sha1(source(name).encode(), usedforsecurity=False).hexdigest()


def _grouped(entries: Iterable[tuple[Any, ...]], own: int) -> list[Any]:
    """Entries as the scripts take them: what neighbours share is sent once, before their ``own`` fields.

    Each argument costs the server about a tenth of what the whole job does.
    """
    values: list[Any] = []
    shared: tuple[Any, ...] | None = None
    count_at = 0
    for entry in entries:
        if entry[own:] != shared:
            shared = entry[own:]
            count_at = len(values)
            values.append(0)
            values += shared
        values[count_at] += 1
        values += entry[:own]
    return values


def _pairs(flat: Sequence[bytes]) -> dict[bytes, bytes]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


class Scripts:
    """The scripts, bound to a client and to the cap of the event log (entries; 0 turns the log off)."""

    def __init__(self, redis: ScriptingRedis, log_cap: int) -> None:
        self.redis = redis
        self.log_cap = log_cap

    async def _run(
        self, name: str, script_keys: Sequence[str], args: Iterable[Any], *, wait: Wait | None = None
    ) -> Any:
        command = ("EVALSHA", digest(name), len(script_keys), *script_keys, *args)
        try:
            if wait is not None:
                return await self.redis.execute_after(wait.command(), command)
            return await self.redis.execute_command(*command)
        except NoScriptError:
            await self.redis.script_load(source(name))
            return await self.redis.execute_command(*command)

    async def _drop_from_queue(self, queue_name: str, member: bytes) -> None:
        """What is no text is no job's id: it would end every worker that claims it, one after the other."""
        logger.warning("%r in %s is no job id; it was removed", member, queue_name)
        await self.redis.execute_command("ZREM", queue_name, member)

    async def enqueue(
        self,
        queue_name: str,
        jobs: Iterable[EnqueueEntry],
        *,
        expires_extra_ms: int,
        batch_id: str = "",
        batch_record: str = "",
        batch_expiry_ms: int = 0,
    ) -> EnqueueReply:
        """Run ``enqueue.lua``."""
        reply = await self._run(
            "enqueue",
            (
                queue_name,
                keys.EVENTS,
                keys.idle(queue_name),
                keys.running(queue_name),
                keys.aborts(queue_name),
                keys.ARQ_ABORTS,
                keys.batch(batch_id),
                keys.signal(queue_name),
            ),
            (
                queue_name,
                keys.wake(queue_name),
                self.log_cap,
                expires_extra_ms,
                batch_record,
                batch_expiry_ms,
                *_grouped(jobs, 2),
            ),
        )
        return EnqueueReply(reply[0].decode(), int(reply[1]), frozenset(int(i) for i in reply[2:]))

    async def claim(
        self,
        queue_name: str,
        *,
        worker_id: str,
        token: int,
        lease_ms: int,
        limit: int,
        floor: str = "-inf 0",
        ask_for_wake: bool = True,
        job_ids: Sequence[str] = (),
        wait: Wait | None = None,
    ) -> ClaimReply:
        """Run ``claim.lua``, at once or, without another round trip, when a wait is over."""
        reply = await self._run(
            "claim",
            (
                queue_name,
                keys.EVENTS,
                keys.idle(queue_name),
                keys.running(queue_name),
                keys.ARQ_ABORTS,
                keys.aborts(queue_name),
            ),
            (
                queue_name,
                self.log_cap,
                worker_id,
                token,
                lease_ms,
                limit,
                floor,
                IDLE_EXPIRY_MS if ask_for_wake else 0,
                *job_ids,
            ),
            wait=wait,
        )
        now_ms, next_due, new_floor, lost, to_abort = reply[:5]
        lost_by = _pairs(lost)
        abort_at = _pairs(to_abort)
        jobs = []
        for i in range(5, len(reply), 4):
            try:
                job_id = reply[i].decode()
            except UnicodeDecodeError:
                await self._drop_from_queue(queue_name, reply[i])
                continue
            jobs.append(
                Claimed(
                    job_id,
                    max(0.0, float(reply[i + 1])),
                    reply[i + 2],
                    int(reply[i + 3]),
                    lost_by.get(reply[i], b"").decode(),
                    int(float(abort_at[reply[i]])) if reply[i] in abort_at else None,
                )
            )
        return ClaimReply(int(now_ms), float(next_due) if next_due else None, new_floor.decode(), jobs)

    async def finish(self, queue_name: str, entries: Iterable[FinishEntry], *, held: bool) -> list[str]:
        """Run ``finish.lua``; returns the ids of the jobs whose lease was lost."""
        lost = await self._run(
            "finish",
            (
                queue_name,
                keys.EVENTS,
                keys.running(queue_name),
                keys.aborts(queue_name),
                keys.ARQ_ABORTS,
                keys.counters(queue_name),
            ),
            (queue_name, self.log_cap, int(held), *_grouped(entries, 3)),
        )
        return [job_id.decode() for job_id in lost]

    async def reschedule(
        self, queue_name: str, entries: Iterable[RescheduleEntry], *, held: bool
    ) -> list[str]:
        """Run ``reschedule.lua``; returns the ids of the jobs whose lease was lost."""
        lost = await self._run(
            "reschedule",
            (
                queue_name,
                keys.EVENTS,
                keys.idle(queue_name),
                keys.running(queue_name),
                keys.signal(queue_name),
            ),
            (
                queue_name,
                keys.wake(queue_name),
                self.log_cap,
                int(held),
                *chain.from_iterable(entries),
            ),
        )
        return [job_id.decode() for job_id in lost]

    async def heartbeat(
        self,
        queue_name: str,
        *,
        worker_id: str,
        lease_ms: int,
        record: str,
        record_expiry_ms: int,
        held: bool,
        jobs: Iterable[tuple[str, str, int]],
    ) -> HeartbeatReply:
        """Run ``heartbeat.lua``; ``jobs`` are id, holder and try of each running job."""
        lost, to_abort = await self._run(
            "heartbeat",
            (
                queue_name,
                keys.running(queue_name),
                keys.aborts(queue_name),
                keys.WORKERS,
                keys.worker(worker_id),
            ),
            (
                worker_id,
                lease_ms,
                record,
                record_expiry_ms,
                int(held),
                *chain.from_iterable(jobs),
            ),
        )
        return HeartbeatReply([i.decode() for i in lost], [i.decode() for i in to_abort])

    async def progress(
        self, queue_name: str, reports: Iterable[tuple[str, str, str]], *, expiry_ms: int
    ) -> int:
        """Run ``progress.lua``; ``reports`` are id, holder and the event's JSON of each job."""
        recorded = await self._run(
            "progress",
            (keys.EVENTS,),
            (queue_name, self.log_cap, expiry_ms, *chain.from_iterable(reports)),
        )
        return int(recorded)

    async def note(self, queue_name: str, job_id: str, *, holder: str, event: str, data: str) -> None:
        """Run ``note.lua``."""
        await self._run("note", (keys.EVENTS,), (queue_name, self.log_cap, job_id, holder, event, data))

    async def recover(self, queue_name: str, *, worker_id: str, known: Iterable[str]) -> int:
        """Run ``recover.lua``; returns how many jobs were given back."""
        returned = await self._run(
            "recover",
            (
                queue_name,
                keys.EVENTS,
                keys.idle(queue_name),
                keys.running(queue_name),
                keys.signal(queue_name),
            ),
            (queue_name, keys.wake(queue_name), self.log_cap, worker_id, *known),
        )
        return int(returned)

    async def abort(self, queue_name: str, job_id: str, *, record: bytes, expiry_ms: int, data: str) -> str:
        """Run ``abort.lua``; returns its answer."""
        answer = await self._run(
            "abort",
            (
                queue_name,
                keys.EVENTS,
                keys.aborts(queue_name),
                keys.ARQ_ABORTS,
                keys.counters(queue_name),
                keys.running(queue_name),
            ),
            (queue_name, keys.wake(queue_name), self.log_cap, job_id, record, expiry_ms, data),
        )
        return str(answer.decode())

    async def look_up(
        self, queue_name: str, job_ids: Iterable[str], *, most_bytes: int
    ) -> tuple[str, int, list[RawState]]:
        """Run ``look_up.lua``; returns the last event's id, the server's ms, and each job's raw state."""
        reply = await self._run("look_up", (queue_name, keys.EVENTS), (most_bytes, *job_ids))
        return reply[0].decode(), int(reply[1]), [RawState(*state) for state in reply[2:]]
