"""Claiming: how many jobs, from where in the queue, and when next."""

from collections.abc import Sequence
from time import monotonic

from arqlight.redis import LightRedis
from arqlight.scripts import IDLE_EXPIRY_MS, Claimed, ClaimReply, Wait
from arqlight.worker.clock import ServerClock

__all__ = ["MOST_JOBS", "Claimer"]

# A claim holds the server for a few µs a job; more than this at once would keep others waiting.
MOST_JOBS = 500
# Records may be large: this much of them at once, judged by the last claim's; the first claim takes few.
_MOST_BYTES = 4_000_000
_FIRST_JOBS = 100
_MANY_SLOTS = 40
_START = "-inf 0"
# How long it may take to see that a job at the head of the queue is in no other worker's hands any more.
_START_AGAIN_S = 1.0
# The wish to be woken, which each claim renews, must not lapse.
_CLAIM_ANYWAY_S = IDLE_EXPIRY_MS / 3000


class Claimer:
    """Claims jobs of one queue for one worker.

    Args:
        queue_name: the queue.
        worker_id: written into the jobs' in-progress keys.
        lease_s: for how long a claim is good without a heartbeat, in seconds.
        slots: how many jobs the worker runs at once.
    """

    def __init__(self, queue_name: str, worker_id: str, lease_s: float, slots: int) -> None:
        self.queue_name = queue_name
        self.worker_id = worker_id
        self.lease_ms = round(lease_s * 1000)
        self.backlog = False
        self._token = 0
        self._floor = _START
        self._at_head_since = monotonic()
        self._most_jobs = _FIRST_JOBS
        # Half of many slots, so that the next claim is under way while the last one's jobs run.
        self._share = slots if slots < _MANY_SLOTS else slots // 2
        self._next_due_ms: float | None = None
        self._claim_again_at = monotonic()
        self._clock = ServerClock()

    async def claim(
        self, redis: LightRedis, limit: int, job_ids: Sequence[str] = (), *, wait: Wait | None = None
    ) -> tuple[list[Claimed], str, float]:
        """Claim up to ``limit`` due jobs, or the given ones as far as they are due and free.

        Returns the jobs, the value of their in-progress keys, and when they were claimed at the earliest, by
        this machine's monotonic clock.
        """
        sent_at = monotonic()
        self._token += 1
        token = self._token
        limit = len(job_ids) or min(limit, self._most_jobs, self._share)
        reply = await redis.scripts.claim(
            self.queue_name,
            worker_id=self.worker_id,
            token=token,
            lease_ms=self.lease_ms,
            limit=limit,
            floor=self._floor,
            job_ids=job_ids,
            wait=wait,
        )
        claimed_at = self._clock.learn(reply.now_ms, sent_at, wait.seconds if wait is not None else 0.0)
        self._remember(reply, limit)
        return reply.jobs, f"{self.worker_id}:{token}:{reply.now_ms}", claimed_at

    async def is_worthwhile(self, redis: LightRedis) -> bool:
        """Whether a claim may yield jobs; asked by a command that costs next to nothing."""
        if self.backlog or monotonic() >= self._claim_again_at:
            return True
        return bool(await redis.zrangebyscore(self.queue_name, "-inf", self.server_ms() + 1, start=0, num=1))

    def _remember(self, reply: ClaimReply, limit: int) -> None:
        self._floor = reply.floor
        # Else it gave up amid other workers' jobs, and the next claim goes on from there.
        is_through = reply.next_due_ms is None or reply.next_due_ms > reply.now_ms
        if is_through and monotonic() - self._at_head_since > _START_AGAIN_S:
            self._floor = _START
            self._at_head_since = monotonic()
        self._next_due_ms = reply.next_due_ms
        self._claim_again_at = monotonic() + _CLAIM_ANYWAY_S
        due_in_s = self._seconds_to_next_due()
        if due_in_s is not None:
            self._claim_again_at = min(self._claim_again_at, monotonic() + due_in_s)
        self.backlog = len(reply.jobs) >= limit
        if reply.jobs:
            size = sum(len(claimed.record) for claimed in reply.jobs) / len(reply.jobs)
            self._most_jobs = max(1, min(MOST_JOBS, int(_MOST_BYTES / (size + 1))))

    def claim_fewer(self) -> None:
        """Claim fewer jobs at once: a reply that took too long may have been too large for the line."""
        self._most_jobs = max(1, self._most_jobs // 4)

    def server_ms(self) -> int:
        """The Redis server's time in Unix ms, as the claims told it; before the first, this machine's."""
        return int(self._clock.now_ms())

    def seconds_to_next_claim(self) -> float:
        """How long until the next claim: when a job becomes due, or to go on being woken."""
        return max(0.0, self._claim_again_at - monotonic())

    def _seconds_to_next_due(self) -> float | None:
        """How long until the next job becomes due; None when none is known."""
        if self._next_due_ms is None:
            return None
        due_in_ms = self._next_due_ms - self._clock.now_ms()
        # Half a ms late is on time; half a ms early is a claim in vain.
        return max(0.0, due_in_ms / 1000 + 0.0005)
