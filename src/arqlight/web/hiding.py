"""Hides what is secret in all that the web process tells of jobs: in answers, and in streams of events."""

import asyncio
import json
import re
from collections.abc import Sequence
from time import monotonic
from typing import Any

from arqlight.events import LogBounds
from arqlight.models import Event, EventType, Job
from arqlight.queue import Queue
from arqlight.redaction import Redaction
from arqlight.redis.failures import REDIS_TROUBLE, ask

__all__ = ["Hiding", "HidingSource"]

# For how long the names of functions' parameters, as workers publish them, are good.
_GOOD_FOR_S = 10.0
# How soon they are asked for again where a function's are not among them: it may have just come up.
_AGAIN_AFTER_S = 0.2
# More jobs than these are looked through in a thread.
_FEW = 20
_ERRORS = frozenset({EventType.failed.value, EventType.retrying.value})
# Where nothing can be hidden in an event, it is not parsed.
_NAMED_RESULT = re.compile(r'"result":\s*[\[{]')
_NAMED_MESSAGE = re.compile(r'"message":\s*"[^"]*[=:@]')


class Hiding:
    """Hides values beside certain names.

    Args:
        queue: tells the names of functions' parameters, by which arguments without a name are known.
        redaction: what is hidden.
    """

    def __init__(self, queue: Queue, redaction: Redaction) -> None:
        self._queue = queue
        self._redaction = redaction
        self._parameters: dict[str, list[str]] = {}
        self._learnt_at = float("-inf")

    async def job(self, job: Job) -> Job:
        """The job without its secrets."""
        return (await self.jobs([job]))[0]

    async def jobs(self, jobs: Sequence[Job]) -> list[Job]:
        """The jobs without their secrets."""
        if not self._redaction.names:
            return list(jobs)
        named = {job.function or "" for job in jobs if job.args}
        if named:
            are_known = named <= self._parameters.keys()
            await self._learn_parameters(_GOOD_FOR_S if are_known else _AGAIN_AFTER_S)
        if not any(map(_is_large, jobs)) and len(jobs) <= _FEW:
            return [self._hidden(job) for job in jobs]
        return await asyncio.to_thread(lambda: [self._hidden(job) for job in jobs])

    def event(self, event: Event) -> Event:
        """An event of the log without its secrets."""
        if not self._redaction.names or not _may_tell(event):
            return event
        try:
            data = json.loads(event.data)
        except ValueError:
            return event  # the log holds whatever somebody has written there; it is sent as no JSON either
        if not isinstance(data, dict):
            return event
        text, error = self._redaction.text, data.get("error")
        if "result" in data:
            data["result"] = self._redaction.value(data["result"])
        if isinstance(error, dict) and isinstance(error.get("message"), str):
            data["error"] = {**error, "message": text(error["message"])}
        if isinstance(data.get("message"), str):
            data["message"] = text(data["message"])
        return event._replace(data=json.dumps(data))

    def _hidden(self, job: Job) -> Job:
        changed: dict[str, Any] = {}
        parameters = self._parameters.get(job.function or "", ())
        changed["args"], changed["kwargs"] = self._redaction.arguments(job.args, job.kwargs, parameters)
        changed["result"] = self._redaction.value(job.result)
        text = self._redaction.text
        if job.error is not None:
            traceback = job.error.traceback
            hidden = {"message": text(job.error.message), "traceback": traceback and text(traceback)}
            changed["error"] = job.error.model_copy(update=hidden)
        if job.progress is not None and job.progress.message:
            changed["progress"] = job.progress.model_copy(update={"message": text(job.progress.message)})
        return job.model_copy(update=changed)

    async def _learn_parameters(self, good_for_s: float) -> None:
        if monotonic() - self._learnt_at < good_for_s:
            return
        self._learnt_at = monotonic()
        try:
            workers = await ask(self._queue.workers())
        except REDIS_TROUBLE:
            return
        # What a worker that is gone has published is not forgotten: its jobs may still be asked for.
        self._parameters.update(
            (name, list(schema.get("properties", ())))
            for worker in workers
            for name, schema in worker.functions.items()
        )


def _is_large(job: Job) -> bool:
    """Whether it may take long to look through."""
    return any(isinstance(value, list | dict) for value in (*job.args, *job.kwargs.values(), job.result))


def _may_tell(event: Event) -> bool:
    """Whether there is something in an event in which a secret could be."""
    if event.event == EventType.succeeded:
        return _NAMED_RESULT.search(event.data) is not None
    if event.event == EventType.progress:
        return _NAMED_MESSAGE.search(event.data) is not None
    return event.event in _ERRORS


class HidingSource:
    """What the hub reads, without secrets: see `arqlight.web.live.hub.Source`.

    Args:
        queue: what it is read from.
        hiding: hides them.
    """

    def __init__(self, queue: Queue, hiding: Hiding) -> None:
        self._queue = queue
        self._hiding = hiding

    @property
    def events(self) -> "HidingSource":
        """The event log: this object has its methods too."""
        return self

    async def read(self, after: str, *, block_ms: int | None = None, count: int = 1000) -> list[Event]:
        """The events later than ``after``."""
        found = await self._queue.events.read(after, block_ms=block_ms, count=count)
        return [self._hiding.event(event) for event in found]

    async def read_between(self, after: str, last: str, *, count: int = 1000) -> list[Event]:
        """The events later than ``after`` up to ``last``."""
        found = await self._queue.events.read_between(after, last, count=count)
        return [self._hiding.event(event) for event in found]

    async def bounds(self) -> LogBounds:
        """What the log holds."""
        return await self._queue.events.bounds()

    async def batch_job_ids(self, batch_id: str) -> tuple[str, list[str]] | None:
        """The queue and the job ids of a batch."""
        return await self._queue.batch_job_ids(batch_id)

    async def look_up_many(
        self, job_ids: Sequence[str], *, queue_name: str | None = None
    ) -> tuple[list[Job], str]:
        """What is known of jobs, and the event at which it is true."""
        jobs, event_id = await self._queue.look_up_many(job_ids, queue_name=queue_name)
        return await self._hiding.jobs(jobs), event_id

    async def functions(self, *, queue_name: str | None = None) -> set[str] | None:
        """What live arqlight workers of the queue have registered; None when there is none."""
        return await self._queue.functions(queue_name=queue_name)
