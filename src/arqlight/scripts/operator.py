"""The scripts that operators call: pause, resume, drain, undrain, run_now, delete, retry, switch_cron."""

from collections.abc import Sequence

from arqlight import keys
from arqlight.scripts.calling import ScriptCaller
from arqlight.scripts.replies import texts

__all__ = ["OperatorScripts"]


class OperatorScripts(ScriptCaller):
    """A typed method for each script that operators call. Each returns its script's answer."""

    async def pause(self, queue_name: str) -> str:
        """Run ``pause.lua``."""
        answer = await self.run("pause", (keys.paused(queue_name), keys.EVENTS), (queue_name, self.log_cap))
        return str(answer.decode())

    async def resume(self, queue_name: str) -> str:
        """Run ``resume.lua``."""
        answer = await self.run(
            "resume",
            (keys.paused(queue_name), keys.EVENTS, keys.idle(queue_name), keys.signal(queue_name)),
            (queue_name, keys.wake(queue_name), self.log_cap),
        )
        return str(answer.decode())

    async def drain(self, queue_name: str, worker_id: str) -> str:
        """Run ``drain.lua``."""
        answer = await self.run(
            "drain",
            (keys.draining(worker_id), keys.worker(worker_id), keys.EVENTS),
            (queue_name, self.log_cap, worker_id),
        )
        return str(answer.decode())

    async def undrain(self, queue_name: str, worker_id: str) -> str:
        """Run ``undrain.lua``."""
        answer = await self.run(
            "undrain",
            (keys.draining(worker_id), keys.EVENTS, keys.idle(queue_name), keys.signal(queue_name)),
            (queue_name, keys.wake(queue_name), self.log_cap, worker_id),
        )
        return str(answer.decode())

    async def run_now(self, queue_name: str, job_ids: Sequence[str]) -> list[str]:
        """Run ``run_now.lua``; an answer for each job."""
        answers = await self.run(
            "run_now",
            (queue_name, keys.EVENTS, keys.idle(queue_name), keys.signal(queue_name)),
            (queue_name, keys.wake(queue_name), self.log_cap, *job_ids),
        )
        return texts(answers)

    async def delete(
        self, queue_name: str, job_ids: Sequence[str | bytes], *, only_waiting: bool = False
    ) -> list[str]:
        """Run ``delete.lua``; an answer for each job."""
        answers = await self.run(
            "delete",
            (
                queue_name,
                keys.EVENTS,
                keys.running(queue_name),
                keys.aborts(queue_name),
                keys.ARQ_ABORTS,
            ),
            (queue_name, self.log_cap, int(only_waiting), *job_ids),
        )
        return texts(answers)

    async def retry(
        self,
        queue_name: str,
        job_id: str,
        *,
        record: bytes,
        expiry_ms: int,
        result_sha1: str,
        result_bytes: int,
        data: str,
        due: str = "+0",
    ) -> str:
        """Run ``retry.lua``; ``result_sha1`` is of the result's first ``result_bytes``."""
        answer = await self.run(
            "retry",
            (
                queue_name,
                keys.EVENTS,
                keys.idle(queue_name),
                keys.running(queue_name),
                keys.aborts(queue_name),
                keys.ARQ_ABORTS,
                keys.signal(queue_name),
            ),
            (
                queue_name,
                keys.wake(queue_name),
                self.log_cap,
                job_id,
                record,
                expiry_ms,
                result_sha1,
                result_bytes,
                data,
                due,
            ),
        )
        return str(answer.decode())

    async def switch_cron(self, queue_name: str, name: str, *, on: bool, most_off: int) -> str:
        """Run ``switch_cron.lua``."""
        answer = await self.run(
            "switch_cron",
            (keys.crons_off(queue_name), keys.EVENTS),
            (queue_name, self.log_cap, name, "on" if on else "off", most_off),
        )
        return str(answer.decode())
