"""Producing jobs, of both kinds of client, and what was answered to each."""

import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from arq.connections import ArqRedis
from redis.exceptions import RedisError

from arqlight import JobRequest, Queue
from tests.soak.settings import LONGEST_NAP_S

__all__ = ["CUT_OFF", "Ledger", "Producer"]

# What a cut connection, or a server that does not answer, raises.
CUT_OFF = (RedisError, OSError, TimeoutError)


@dataclass
class Ledger:
    """What the queue was told and what it answered."""

    accepted: dict[str, str] = field(default_factory=dict)
    # Their producer's connection was cut: nobody knows whether they were enqueued.
    doubtful: dict[str, str] = field(default_factory=dict)
    expiring: set[str] = field(default_factory=set)
    # Ids that were accepted again while their job or its result was there.
    accepted_twice: list[str] = field(default_factory=list)
    abort_answers: list[tuple[str, str]] = field(default_factory=list)
    # Results as first seen.
    results: dict[str, bytes] = field(default_factory=dict)

    def pending(self) -> list[str]:
        """Accepted jobs whose result was not seen yet."""
        return [job_id for job_id in self.accepted if job_id not in self.results]


class Producer:
    """Enqueues made-up jobs."""

    def __init__(self, rng: random.Random, queue: Queue, plain: ArqRedis, ledger: Ledger) -> None:
        self._rng = rng
        self._queue = queue
        self._plain = plain
        self._ledger = ledger
        self._count = 0

    def _make(self) -> JobRequest:
        rng = self._rng
        self._count += 1
        function, args = rng.choice(
            [
                ("no_op", ()),
                ("no_op", ()),
                ("nap", (round(rng.uniform(0.01, 0.5), 3),)),
                ("nap", (round(rng.uniform(0.01, 0.5), 3),)),
                ("nap", (round(rng.uniform(0.5, LONGEST_NAP_S), 3),)),
                ("fail", ()),
                ("again", (rng.randint(2, 3), round(rng.uniform(0.01, 0.5), 3))),
            ]
        )
        defer_s = round(rng.uniform(0.05, 3), 3) if rng.random() < 0.2 else None
        expires_s = round(rng.uniform(0.3, 2), 3) if defer_s is None and rng.random() < 0.05 else None
        return JobRequest(
            function,
            args=args,
            job_id=f"{function}-{self._count}",
            defer_by=None if defer_s is None else timedelta(seconds=defer_s),
            expires=None if expires_s is None else timedelta(seconds=expires_s),
        )

    async def produce(self) -> None:
        """Enqueue one job or a batch, by a client of either kind."""
        draw = self._rng.random()
        if draw < 0.3:
            requests = [self._make() for _ in range(self._rng.randint(2, 15))]
            await self._send(requests, "batch")
        else:
            await self._send([self._make()], "arq" if draw < 0.65 else "arqlight")

    async def _send(self, requests: list[JobRequest], how: str) -> None:
        ledger = self._ledger
        sent = {str(request.job_id): request.function for request in requests}
        ledger.expiring.update(str(request.job_id) for request in requests if request.expires)
        ids = list(sent)
        try:
            if how == "batch":
                answers: list[Any] = (await self._queue.enqueue_batch(requests)).job_ids
            else:
                answers = [await self._enqueue(requests[0], how)]
        except CUT_OFF:
            answers = [None] * len(ids)
        # A new id is refused when the connection is cut while plain arq watches it, or when the answer to a
        # first attempt was lost.
        for job_id, answer in zip(ids, answers, strict=True):
            known = ledger.doubtful if answer is None else ledger.accepted
            known[job_id] = sent[job_id]

    async def _enqueue(self, request: JobRequest, how: str) -> Any:
        enqueue = self._plain.enqueue_job if how == "arq" else self._queue.enqueue
        return await enqueue(
            request.function,
            *request.args,
            _job_id=request.job_id,
            _defer_by=request.defer_by,
            _expires=request.expires,
        )

    async def enqueue_again(self) -> None:
        """Enqueue an id that is taken, which has to be refused."""
        known = [job_id for job_id in self._ledger.accepted if job_id not in self._ledger.expiring]
        if not known:
            return
        job_id = self._rng.choice(known)
        try:
            answer = await self._enqueue(
                JobRequest("no_op", job_id=job_id), self._rng.choice(["arq", "arqlight"])
            )
        except CUT_OFF:
            return
        if answer is not None:
            self._ledger.accepted_twice.append(job_id)

    async def abort_one(self) -> None:
        """Abort a job, most often one that is not complete."""
        among = self._ledger.pending()[-200:] or list(self._ledger.accepted)
        if not among:
            return
        job_id, wait = self._rng.choice(among), self._rng.choice([0.0, 0.5, 2.0])
        try:
            answer = await self._queue.abort(job_id, wait=wait)
        except CUT_OFF:
            return
        self._ledger.abort_answers.append((job_id, answer.value))
