"""Who gets which event: the hub's subscriptions, by job, batch, queue and worker."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeVar

from arqlight.models import Event, EventType
from arqlight.web.live.subscription import Subscription

__all__ = ["FanOut"]

_Members = set[Subscription]
_NOBODY: frozenset[Subscription] = frozenset()
_Key = TypeVar("_Key")


class FanOut:
    """The subscriptions by what they watch. A batch's job ids are held once for all who watch it."""

    def __init__(self) -> None:
        self.all: _Members = set()
        self._everything: _Members = set()
        self._by_job: dict[str, _Members] = {}
        self._by_batch: dict[str, _Members] = {}
        self._by_queue: dict[str, _Members] = {}
        self._by_worker: dict[str, _Members] = {}
        self._jobs_of: dict[str, Sequence[str]] = {}
        self._batches_of: dict[str, set[str]] = {}

    def add(self, subscription: Subscription, batches: Mapping[str, Sequence[str]]) -> None:
        """Route events to a subscription; ``batches`` has the job ids of each batch that it watches."""
        want = subscription.want
        self.all.add(subscription)
        if want.is_everything:
            self._everything.add(subscription)
        for job_id in want.jobs:
            self._by_job.setdefault(job_id, set()).add(subscription)
        for queue in want.queues:
            self._by_queue.setdefault(queue, set()).add(subscription)
        for worker_id in want.workers:
            self._by_worker.setdefault(worker_id, set()).add(subscription)
        for batch_id in want.batches:
            self._by_batch.setdefault(batch_id, set()).add(subscription)
            if not self._jobs_of.get(batch_id):
                self._learn_batch(batch_id, batches.get(batch_id, ()))

    def _learn_batch(self, batch_id: str, job_ids: Sequence[str]) -> None:
        self._jobs_of[batch_id] = job_ids
        for job_id in job_ids:
            self._batches_of.setdefault(job_id, set()).add(batch_id)

    def remove(self, subscription: Subscription) -> None:
        """Send it nothing more."""
        want = subscription.want
        self.all.discard(subscription)
        self._everything.discard(subscription)
        for job_id in want.jobs:
            _leave(self._by_job, job_id, subscription)
        for queue in want.queues:
            _leave(self._by_queue, queue, subscription)
        for worker_id in want.workers:
            _leave(self._by_worker, worker_id, subscription)
        for batch_id in want.batches:
            _leave(self._by_batch, batch_id, subscription)
            if batch_id not in self._by_batch:
                self._forget_batch(batch_id)

    def _forget_batch(self, batch_id: str) -> None:
        for job_id in self._jobs_of.pop(batch_id, ()):
            _leave(self._batches_of, job_id, batch_id)

    def knows_batch(self, batch_id: str) -> bool:
        """Whether the batch's job ids are known from another subscription."""
        return bool(self._jobs_of.get(batch_id))

    def recipients(self, event: Event) -> Collection[Subscription]:
        """Who gets this event. A job's log lines go to those alone who name the job."""
        if event.event == EventType.log:
            return self._by_job.get(event.job_id, _NOBODY)
        groups = [*self._watchers_of(event.job_id)]
        if self._everything:
            groups.append(self._everything)
        if event.queue in self._by_queue:
            groups.append(self._by_queue[event.queue])
        if self._by_worker:
            worker_id = worker_of(event)
            if worker_id in self._by_worker:
                groups.append(self._by_worker[worker_id])
        return _union(groups)

    def wants(self, subscription: Subscription, event: Event) -> bool:
        """Whether a subscription gets this event."""
        want = subscription.want
        if event.event == EventType.log:
            return event.job_id in want.jobs
        return (
            want.is_everything
            or event.job_id in want.jobs
            or event.queue in want.queues
            or not want.batches.isdisjoint(self._batches_of.get(event.job_id, ()))
            or (bool(want.workers) and worker_of(event) in want.workers)
        )

    def watchers(self, job_id: str) -> Collection[Subscription]:
        """Who watches this very job, by its id or its batch."""
        return _union([*self._watchers_of(job_id)])

    def _watchers_of(self, job_id: str) -> Iterable[_Members]:
        if job_id in self._by_job:
            yield self._by_job[job_id]
        for batch_id in self._batches_of.get(job_id, ()):
            yield self._by_batch[batch_id]

    def is_watched(self, job_id: str) -> bool:
        """Whether anybody watches this very job."""
        return job_id in self._by_job or job_id in self._batches_of

    def jobs_of(self, subscription: Subscription) -> list[str]:
        """The ids of the jobs that a subscription watches, by id or batch."""
        ids = dict.fromkeys(subscription.want.jobs)
        for batch_id in subscription.want.batches:
            ids.update(dict.fromkeys(self._jobs_of.get(batch_id, ())))
        return list(ids)


def worker_of(event: Event) -> str:
    """The id of the worker that an event names, or "". Data is read only where somebody asks for a worker."""
    if '"worker_id"' not in event.data:
        return ""
    try:
        named = json.loads(event.data).get("worker_id")
    except (ValueError, AttributeError):
        return ""  # the log holds whatever somebody has written there
    return named if isinstance(named, str) else ""


def _leave(groups: dict[str, set[_Key]], name: str, member: _Key) -> None:
    members = groups.get(name)
    if members is not None:
        members.discard(member)
        if not members:
            del groups[name]


def _union(groups: list[_Members]) -> Collection[Subscription]:
    if len(groups) > 1:
        return set().union(*groups)
    return groups[0] if groups else _NOBODY
