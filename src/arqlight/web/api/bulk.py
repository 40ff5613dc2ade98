"""Actions on many jobs at once: begun by a request, carried out after it, told of in Redis.

Any web process can tell how far an action is, and stop it: its state is a record, which the process that
carries it out renews. When that process ends midway, the record says so.
"""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from arq.utils import timestamp_ms
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from arqlight import keys
from arqlight.history import History, JobFilter
from arqlight.logs import get_logger
from arqlight.queue import Queue
from arqlight.reading import Unreadable, fetch, finite, json_object
from arqlight.redis import new_id
from arqlight.redis.failures import REDIS_TROUBLE, ask, why
from arqlight.web.api.models.actions import ActionName, ActionState, Answered
from arqlight.web.reach import Reach

__all__ = ["BulkActions"]

logger = get_logger("arqlight.web")

_CHUNK = 200
_MOST_PROBLEMS = 100
_KEPT_S = 86_400
# In bytes: a hundred problems with long ids take less.
_MOST_BYTES = 4 << 20
# A running action whose record was not renewed for so long has ended with its process.
_SILENT_MS = 60_000
# How long a chunk may take; aborting waits for each running job.
_CHUNK_WITHIN_S = 60.0
_AS_ASKED = {"retry": "enqueued", "abort": "aborted", "delete": "deleted", "run_now": "due_now"}

Located = tuple[str, str]
"""A job's id and its queue."""


class BulkActions:
    """Carries out actions on many jobs.

    Args:
        queue: what is done is done through it.
        history: tells which jobs a filter means, and in which queue a job is.
        reach: says of which queues jobs may be changed; those of others are ``refused``.
    """

    def __init__(self, queue: Queue, history: History, reach: Reach) -> None:
        self._queue = queue
        self._history = history
        self._reach = reach
        self._tasks: set[asyncio.Task[None]] = set()

    async def begin(
        self, action: ActionName, *, job_ids: Sequence[str] = (), wanted: JobFilter | None = None
    ) -> ActionState:
        """Begin an action, on the jobs that are named or on those that a filter means now."""
        now_ms = timestamp_ms()
        total = len(job_ids)
        if wanted is not None:
            # Jobs that the action itself brings forth must not be met again.
            wanted = replace(wanted, until_ms=min(wanted.until_ms or now_ms, now_ms))
            total = await self._count(wanted)
        state = ActionState(
            action_id=new_id(),
            action=action,
            state="running",
            total=total,
            done=0,
            answers={},
            problems=[],
            start_ms=now_ms,
        )
        await self._save(state)
        chunks = self._of_ids(job_ids) if wanted is None else self._of_filter(wanted)
        task = asyncio.create_task(self._run(state, chunks), name=f"arqlight {action}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return state

    async def _count(self, wanted: JobFilter) -> int:
        counts = (await self._history.counts(wanted)).counts
        named = {*wanted.statuses, *wanted.outcomes} - {"complete"}
        return sum(count.value for state, count in counts.items() if not named or state in named)

    async def look_up(self, action_id: str) -> ActionState | None:
        """How far an action is; None for an unknown one."""
        record = await ask(fetch(self._queue.redis, keys.action(action_id), _MOST_BYTES))
        saved = _saved(record) if isinstance(record, bytes) else record
        if saved is None:
            return None
        if isinstance(saved, Unreadable):
            logger.warning("the record of action %.60r is unreadable: %s", action_id, saved.why)
            return None
        state, saved_ms = saved
        if state.state == "running" and timestamp_ms() - saved_ms > _SILENT_MS:
            return state.model_copy(
                update={"state": "failed", "error": "The web process that carried it out has ended."}
            )
        return state

    async def stop(self, action_id: str) -> ActionState | None:
        """Have an action stop after the jobs that it is busy with; None for an unknown one."""
        state = await self.look_up(action_id)
        if state is not None and state.state == "running":
            await ask(self._queue.redis.set(keys.action_stop(action_id), "1", ex=_KEPT_S))
        return state

    async def aclose(self) -> None:
        """Stop what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- carrying one out

    async def _run(self, state: ActionState, chunks: AsyncIterator[Sequence[Located]]) -> None:
        try:
            async for chunk in chunks:
                await self._do(state, chunk)
                if await ask(self._queue.redis.exists(keys.action_stop(state.action_id))):
                    state.state = "stopped"
                    break
                await self._save(state)
            else:
                state.state = "done"
                state.total = state.done
        except asyncio.CancelledError:
            state.state, state.error = "failed", "The web process was stopped."
        except (*REDIS_TROUBLE, SQLAlchemyError) as error:
            logger.warning("%s of %d jobs ended midway: %s", state.action, state.total, why(error))
            state.state, state.error = "failed", why(error).partition("\n")[0]
        state.finish_ms = timestamp_ms()
        await self._save(state)

    async def _do(self, state: ActionState, chunk: Sequence[Located]) -> None:
        by_queue: defaultdict[str, list[str]] = defaultdict(list)
        for job_id, queue_name in chunk:
            by_queue[queue_name].append(job_id)
        answers: Counter[str] = Counter(state.answers)
        for queue_name, job_ids in by_queue.items():
            given = await ask(self._act(state.action, job_ids, queue_name), _CHUNK_WITHIN_S)
            answers.update(given)
            state.problems += [
                Answered(job_id=job_id, answer=said)
                for job_id, said in zip(job_ids, given, strict=True)
                if said != _AS_ASKED[state.action]
            ][: _MOST_PROBLEMS - len(state.problems)]
        state.answers = dict(answers)
        state.done += len(chunk)
        state.total = max(state.total, state.done)

    async def _act(self, action: ActionName, job_ids: Sequence[str], queue_name: str) -> list[str]:
        queue = self._queue
        if queue_name != queue.queue_name and not await self._reach.has_queue(queue_name):
            return ["refused"] * len(job_ids)
        if action == "retry":
            return [said.value for said in await queue.retry_many(job_ids, queue_name=queue_name)]
        if action == "abort":
            return [said.value for said in await queue.abort_many(job_ids, queue_name=queue_name)]
        if action == "delete":
            return [said.value for said in await queue.delete_many(job_ids, queue_name=queue_name)]
        return [said.value for said in await queue.run_now_many(job_ids, queue_name=queue_name)]

    async def _of_ids(self, job_ids: Sequence[str]) -> AsyncIterator[Sequence[Located]]:
        ids = list(dict.fromkeys(job_ids))
        for first in range(0, len(ids), _CHUNK):
            some = ids[first : first + _CHUNK]
            page = await self._history.jobs(JobFilter(job_ids=tuple(some)), limit=1_000)
            # The youngest of an id comes first, and counts.
            queues = {row.job_id: row.queue for row in reversed(page.jobs)}
            yield [(job_id, queues.get(job_id, self._queue.queue_name)) for job_id in some]

    async def _of_filter(self, wanted: JobFilter) -> AsyncIterator[Sequence[Located]]:
        cursor: str | None = None
        while True:
            page = await self._history.jobs(wanted, limit=_CHUNK, cursor=cursor)
            if page.jobs:
                yield [(row.job_id, row.queue) for row in page.jobs]
            cursor = page.next
            if cursor is None:
                return

    async def _save(self, state: ActionState) -> None:
        record = json.dumps({"saved_ms": timestamp_ms(), "state": state.model_dump(mode="json")})
        await ask(self._queue.redis.set(keys.action(state.action_id), record, ex=_KEPT_S))


def _saved(record: bytes) -> tuple[ActionState, int] | Unreadable:
    """The state of an action, and when that was written."""
    saved = json_object(record, _MOST_BYTES)
    if isinstance(saved, Unreadable):
        return saved
    saved_ms = finite(saved.get("saved_ms"))
    try:
        state = ActionState.model_validate(saved.get("state"))
    except ValidationError:
        return Unreadable("it has no state of an action")
    return Unreadable("it does not tell when it was written") if saved_ms is None else (state, saved_ms)
