"""The scripts that workers call: claim, finish, reschedule, heartbeat, progress, log, note, recover."""

from collections.abc import Iterable, Sequence
from itertools import chain

from arqlight import keys
from arqlight.scripts.calling import ScriptCaller, Wait
from arqlight.scripts.entries import FinishEntry, RescheduleEntry, grouped
from arqlight.scripts.replies import ClaimReply, HeartbeatReply, texts

__all__ = ["IDLE_EXPIRY_MS", "WorkerScripts"]

# For how long a worker's wish to be woken stands; it asks again with each claim.
IDLE_EXPIRY_MS = 60_000


class WorkerScripts(ScriptCaller):
    """A typed method for each script that workers call."""

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
        reply = await self.run(
            "claim",
            (
                queue_name,
                keys.EVENTS,
                keys.idle(queue_name),
                keys.running(queue_name),
                keys.aborts(queue_name),
                keys.ARQ_ABORTS,
                keys.paused(queue_name),
                keys.draining(worker_id),
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
        return ClaimReply.read(reply)

    async def finish(self, queue_name: str, entries: Iterable[FinishEntry], *, held: bool) -> list[str]:
        """Run ``finish.lua``; returns the ids of the jobs whose lease was lost."""
        lost = await self.run(
            "finish",
            (
                queue_name,
                keys.EVENTS,
                keys.running(queue_name),
                keys.aborts(queue_name),
                keys.ARQ_ABORTS,
                keys.counters(queue_name),
            ),
            (queue_name, self.log_cap, int(held), *grouped(entries, 3)),
        )
        return texts(lost)

    async def reschedule(
        self, queue_name: str, entries: Iterable[RescheduleEntry], *, held: bool
    ) -> tuple[list[str], list[str]]:
        """Run ``reschedule.lua``; returns the ids of jobs that were lost, and of those to send again."""
        lost, forgotten = await self.run(
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
        return texts(lost), texts(forgotten)

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
        lost, to_abort, draining = await self.run(
            "heartbeat",
            (
                queue_name,
                keys.running(queue_name),
                keys.aborts(queue_name),
                keys.WORKERS,
                keys.worker(worker_id),
                keys.draining(worker_id),
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
        return HeartbeatReply(texts(lost), texts(to_abort), bool(draining))

    async def progress(
        self, queue_name: str, reports: Iterable[tuple[str, str, str]], *, expiry_ms: int
    ) -> int:
        """Run ``progress.lua``; ``reports`` are id, holder and the event's JSON of each job."""
        recorded = await self.run(
            "progress",
            (keys.EVENTS,),
            (queue_name, self.log_cap, expiry_ms, *chain.from_iterable(reports)),
        )
        return int(recorded)

    async def log(self, queue_name: str, events: Iterable[tuple[str, str]]) -> None:
        """Run ``log.lua``; ``events`` are each job's id and the event's JSON."""
        await self.run("log", (keys.EVENTS,), (queue_name, self.log_cap, *chain.from_iterable(events)))

    async def note(self, queue_name: str, job_id: str, *, holder: str, event: str, data: str) -> None:
        """Run ``note.lua``."""
        await self.run("note", (keys.EVENTS,), (queue_name, self.log_cap, job_id, holder, event, data))

    async def recover(self, queue_name: str, *, worker_id: str, known: Iterable[str]) -> int:
        """Run ``recover.lua``; returns how many jobs were given back."""
        returned = await self.run(
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
