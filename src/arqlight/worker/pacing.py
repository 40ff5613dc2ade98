"""Pacing: how many jobs to claim, from where in the queue, and when next. Pure, but for the clock."""

from time import monotonic

from arqlight.scripts import IDLE_EXPIRY_MS, ClaimReply
from arqlight.worker.clock import ServerClock

__all__ = ["MOST_JOBS", "Pacing"]

# A claim holds the server for a few µs a job; more than this at once would keep others waiting.
MOST_JOBS = 500
# Records may be large: this much of them at once, judged by the last claim's; the first claim takes few.
_MOST_BYTES = 4_000_000
# A slow line may take too long for that: less then, and more again with each claim that comes through.
_LEAST_BYTES = 100_000
_SHRINK = 4
_GROWTH = 1.25
_FIRST_JOBS = 100
_MANY_SLOTS = 40
_START = "-inf 0"
# How long it may take to see that a job at the head of the queue is in no other worker's hands any more.
_START_AGAIN_S = 1.0
# The wish to be woken, which each claim renews, must not lapse.
_CLAIM_ANYWAY_S = IDLE_EXPIRY_MS / 3000


class Pacing:
    """What the replies of earlier claims say about the next one.

    ``backlog`` tells whether another claim is sure to yield jobs; ``floor`` is how far the head of the queue
    is in the hands of others, as ``claim.lua`` takes it.

    Args:
        clock: the server's time.
        slots: how many jobs the worker runs at once.
    """

    def __init__(self, clock: ServerClock, slots: int) -> None:
        self.backlog = False
        self.floor = _START
        self._clock = clock
        self._at_head_since = monotonic()
        self._most_jobs = _FIRST_JOBS
        self._most_bytes: float = _MOST_BYTES
        # Half of many slots, so that the next claim is under way while the last one's jobs run.
        self._share = slots if slots < _MANY_SLOTS else slots // 2
        self._claim_again_at = monotonic()

    def limit(self, room: int) -> int:
        """How many jobs to claim where there is room for so many."""
        return min(room, self._most_jobs, self._share)

    def is_due(self) -> bool:
        """Whether to claim although nobody says that there is work."""
        return self.backlog or monotonic() >= self._claim_again_at

    def seconds_to_next_claim(self) -> float:
        """How long until the next claim: when a job becomes due, or to go on being woken."""
        return max(0.0, self._claim_again_at - monotonic())

    def learn(self, reply: ClaimReply, limit: int) -> None:
        """Take what the reply to a claim of up to ``limit`` jobs says."""
        self.floor = reply.floor
        # Else it gave up amid other workers' jobs, and the next claim goes on from there.
        is_through = reply.next_due_ms is None or reply.next_due_ms > reply.now_ms
        if is_through and monotonic() - self._at_head_since > _START_AGAIN_S:
            self.floor = _START
            self._at_head_since = monotonic()
        self._claim_again_at = monotonic() + min(_CLAIM_ANYWAY_S, self._due_in_s(reply.next_due_ms))
        self.backlog = len(reply.jobs) >= limit
        if reply.jobs:
            size = sum(len(claimed.record) for claimed in reply.jobs) / len(reply.jobs)
            self._most_jobs = max(1, min(MOST_JOBS, int(self._most_bytes / (size + 1))))
            self._most_bytes = min(_MOST_BYTES, self._most_bytes * _GROWTH)

    def claim_fewer(self) -> None:
        """Claim fewer jobs at once: a reply that took too long may have been too large for the line."""
        self._most_jobs = max(1, self._most_jobs // _SHRINK)
        self._most_bytes = max(_LEAST_BYTES, self._most_bytes / _SHRINK)

    def _due_in_s(self, next_due_ms: float | None) -> float:
        """How long until the next job becomes due; endless when none is known."""
        if next_due_ms is None:
            return float("inf")
        # Half a ms late is on time; half a ms early is a claim in vain.
        return max(0.0, (next_due_ms - self._clock.now_ms()) / 1000 + 0.0005)
