"""The scripts that clients of a queue call: enqueue, look up, abort."""

from collections.abc import Iterable

from arqlight import keys
from arqlight.scripts.calling import ScriptCaller
from arqlight.scripts.entries import EnqueueEntry, grouped
from arqlight.scripts.replies import EnqueueReply, RawState

__all__ = ["ClientScripts"]


class ClientScripts(ScriptCaller):
    """A typed method for each script that clients call."""

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
        reply = await self.run(
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
                keys.crons_off(queue_name),
            ),
            (
                queue_name,
                keys.wake(queue_name),
                self.log_cap,
                expires_extra_ms,
                batch_record,
                batch_expiry_ms,
                *grouped(jobs, 2),
            ),
        )
        return EnqueueReply.read(reply)

    async def abort(self, queue_name: str, job_id: str, *, record: bytes, expiry_ms: int, data: str) -> str:
        """Run ``abort.lua``; returns its answer."""
        answer = await self.run(
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
        reply = await self.run("look_up", (queue_name, keys.EVENTS), (most_bytes, *job_ids))
        return reply[0].decode(), int(reply[1]), [RawState(*state) for state in reply[2:]]
