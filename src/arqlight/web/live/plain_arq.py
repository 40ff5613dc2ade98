"""The net under the event log: jobs that are watched are checked, since plain arq workers write no events."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from arqlight.events import START, id_key
from arqlight.logs import get_logger
from arqlight.models import FINAL_EVENTS, Event, EventType, Job, JobStatus
from arqlight.redis.failures import REDIS_TROUBLE, ask
from arqlight.web.live.fan_out import FanOut
from arqlight.web.live.messages import Message, of_state
from arqlight.web.live.subscription import Subscription

__all__ = ["PlainArqPoller"]

logger = get_logger("arqlight.web.live.plain_arq")

# Between two checks: where plain arq workers may be at work, where ours tell by themselves, and at the least.
FAST_S, SLOW_S, LEAST_S = 0.3, 2.0, 0.1
# Jobs looked up in one check.
MOST_JOBS = 500
# For how long the answer to "does an arqlight worker serve this queue?", and a sign of plain arq, are good.
WORKERS_GOOD_S, PLAIN_GOOD_S = 2.0, 10.0
# The hub must have handed out all that a look-up knew; it is not waited for longer than this.
HUB_TIMEOUT_S = 1.0

# Deferred or queued: the event that a job waits again does not tell which.
WAITING = "waiting"


class JobSource(Protocol):
    """What the poller needs of `arqlight.queue.Queue`."""

    async def look_up_many(
        self, job_ids: Sequence[str], *, queue_name: str | None = None
    ) -> tuple[list[Job], str]:
        """What is known of jobs, and the event at which it is true."""

    async def functions(self, *, queue_name: str | None = None) -> set[str] | None:
        """What live arqlight workers of the queue have registered; None when there is none."""


class _Seen(NamedTuple):
    """A job's state as clients know it. ``job_try`` is None where an event did not tell."""

    status: str
    outcome: str | None = None
    job_try: int | None = None

    def differs_from(self, known: "_Seen") -> bool:
        """Whether clients who know ``known`` do not know this."""
        if known.status == WAITING:
            return self.status not in (JobStatus.queued, JobStatus.deferred)
        tries = (self.job_try, known.job_try)
        return self[:2] != known[:2] or (None not in tries and tries[0] != tries[1])


class PlainArqPoller:
    """Tells watchers by a ``state`` message what the event log does not.

    Events are told to it by `note`, so that a difference found by looking is one that no event told. A
    look-up older than a job's last event is not believed.
    """

    def __init__(self, source: JobSource, fan_out: FanOut, position: Callable[[], str]) -> None:
        self.source = source
        self.fan_out = fan_out
        self.position = position
        # Watched jobs that may still change, the one checked longest ago first, each with its queue if known.
        self._open: dict[str, str | None] = {}
        self._known: dict[str, _Seen] = {}
        self._noted: dict[str, tuple[int, int]] = {}
        # Who has just begun to watch a job, and may have missed what no event told.
        self._fresh: dict[str, set[Subscription]] = {}
        self._plain_until: dict[str | None, float] = {}
        self._served: dict[str | None, tuple[float, bool]] = {}
        self._more = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    # -- told by the hub

    def add(self, subscription: Subscription, batches: Mapping[str, tuple[str, Sequence[str]]]) -> None:
        """Check a subscription's jobs. ``batches`` has the queue and the job ids of each batch it watches."""
        queues: dict[str, str | None] = dict.fromkeys(subscription.want.jobs)
        for its_queue, job_ids in batches.values():
            queues.update(dict.fromkeys(job_ids, its_queue))
        for job_id, queue in queues.items():
            self._open[job_id] = queue or self._open.get(job_id)
            self._fresh.setdefault(job_id, set()).add(subscription)
        if queues:
            self._more.set()

    def remove(self, subscription: Subscription, job_ids: Iterable[str]) -> None:
        """A subscription to these jobs has ended."""
        for job_id in job_ids:
            if not self.fan_out.is_watched(job_id):
                for remembered in (self._open, self._known, self._noted, self._fresh):
                    remembered.pop(job_id, None)
            elif job_id in self._fresh:
                self._fresh[job_id].discard(subscription)

    def note(self, event: Event) -> None:
        """A watched job's event was handed out."""
        if event.event == EventType.log:
            return  # it may come after the job's end
        self._noted[event.job_id] = id_key(event.id)
        if event.event in FINAL_EVENTS:
            self._known[event.job_id] = _Seen(JobStatus.complete, event.event)
            self._open.pop(event.job_id, None)
            self._fresh.pop(event.job_id, None)
            return
        if not self._open:
            self._more.set()
        self._open[event.job_id] = event.queue
        if event.event == EventType.started:
            self._known[event.job_id] = _Seen(JobStatus.in_progress)
        elif event.event not in (EventType.progress, EventType.abort_ignored):
            self._known[event.job_id] = _Seen(WAITING)

    def note_new_log(self) -> None:
        """The log is another one: ids of the old one say nothing about what is later."""
        self._noted.clear()

    # -- the checking

    def start(self) -> None:
        """Begin to check, again and again."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="arqlight plain arq")

    def stop(self) -> None:
        """Stop checking, and forget everything."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        for remembered in (
            self._open,
            self._known,
            self._noted,
            self._fresh,
            self._plain_until,
            self._served,
        ):
            remembered.clear()

    async def _run(self) -> None:
        while True:
            delay = LEAST_S
            self._more.clear()
            if self._open:
                try:
                    await self.check()
                    delay = FAST_S if await self._may_be_plain() else SLOW_S
                except REDIS_TROUBLE:
                    delay = SLOW_S  # the hub says so in the log
                except Exception:
                    logger.exception("checking the watched jobs failed")
                    delay = SLOW_S
            await self._pause(delay)

    async def _pause(self, delay: float) -> None:
        """Wait until it is time, or there is more to check; then a moment longer, for more of it to come."""
        try:
            async with asyncio.timeout(delay if self._open else None):
                await self._more.wait()
        except TimeoutError:
            return
        await asyncio.sleep(LEAST_S)

    async def check(self) -> None:
        """Look up the jobs whose turn it is, one round trip for each queue, and tell what is new."""
        turn = self._take_turn()
        for queue in set(turn.values()):
            ids = [job_id for job_id, its_queue in turn.items() if its_queue == queue]
            jobs, event_id = await ask(self.source.look_up_many(ids, queue_name=queue))
            if await self._hub_has_reached(event_id):
                for job in jobs:
                    self._compare(job, event_id, queue)

    def _take_turn(self) -> dict[str, str | None]:
        """The jobs to check now, those first that somebody has just begun to watch."""
        first = [job_id for job_id in self._fresh if job_id in self._open]
        turn = {job_id: self._open[job_id] for job_id in [*first, *self._open][:MOST_JOBS]}
        for job_id, queue in turn.items():
            del self._open[job_id]
            self._open[job_id] = queue
        return turn

    async def _hub_has_reached(self, event_id: str) -> bool:
        deadline = asyncio.get_running_loop().time() + HUB_TIMEOUT_S
        while id_key(self.position()) < id_key(event_id):
            if asyncio.get_running_loop().time() > deadline:
                return False
            await asyncio.sleep(0.01)
        return True

    def _compare(self, job: Job, event_id: str, queue: str | None) -> None:
        noted = self._noted.get(job.job_id)
        is_outdated = noted is not None and noted > id_key(event_id)
        if is_outdated or not self.fan_out.is_watched(job.job_id):
            return
        if job.status == JobStatus.not_found and job.function is not None:
            return  # its record is there, so it waits in another queue than this one
        fresh = self._fresh.pop(job.job_id, set())
        seen = _Seen(job.status, job.outcome, job.job_try)
        known = self._known.get(job.job_id)
        self._known[job.job_id] = seen
        if _is_plain(job):
            self._plain_until[queue] = asyncio.get_running_loop().time() + PLAIN_GOOD_S
        if known is not None and seen.differs_from(known):
            _tell(self.fan_out.watchers(job.job_id), of_state(job))
        elif fresh and (_no_event_told(job) or event_id == START):
            _tell(fresh & self.fan_out.all, of_state(job))
        if job.status == JobStatus.complete:
            self._open.pop(job.job_id, None)

    # -- how often

    async def _may_be_plain(self) -> bool:
        """Whether a plain arq worker may run some of the jobs."""
        now = asyncio.get_running_loop().time()
        for queue in set(self._open.values()):
            if self._plain_until.get(queue, 0) > now or not await self._is_served(queue, now):
                return True
        return False

    async def _is_served(self, queue: str | None, now: float) -> bool:
        good_until, served = self._served.get(queue, (0.0, False))
        if good_until < now:
            served = await ask(self.source.functions(queue_name=queue)) is not None
            self._served[queue] = (now + WORKERS_GOOD_S, served)
        return served


def _is_plain(job: Job) -> bool:
    return job.worker_id is None and job.status in (JobStatus.in_progress, JobStatus.complete)


def _no_event_told(job: Job) -> bool:
    """Whether the job came to its state without an event, or may have."""
    return _is_plain(job) or job.status == JobStatus.not_found


def _tell(watchers: Collection[Subscription], message: Message) -> None:
    for subscription in watchers:
        subscription.put(message)
