"""What the scripts return, with types."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

__all__ = ["ClaimReply", "Claimed", "EnqueueReply", "HeartbeatReply", "RawState", "texts"]

_CLAIM_HEAD = 5
_CLAIMED_WIDTH = 4
_LOST_WIDTH = 4


def texts(reply: Sequence[bytes]) -> list[str]:
    """A reply of ids."""
    return [text.decode() for text in reply]


class EnqueueReply(NamedTuple):
    """What ``enqueue.lua`` returns."""

    event_id: str
    now_ms: int
    refused: frozenset[int]

    @classmethod
    def read(cls, reply: Sequence[Any]) -> Self:
        """From the reply as it came."""
        event_id, now_ms, *refused = reply
        return cls(event_id.decode(), int(now_ms), frozenset(map(int, refused)))


class Claimed(NamedTuple):
    """One job that ``claim.lua`` handed out. ``record`` is empty when it had expired.

    ``lost_by`` is the worker that the last try was lost with, ``was_alone`` whether that one ran alone, and
    ``lost_tries`` how many of the earlier tries were lost.
    """

    job_id: str
    score: float
    record: bytes
    job_try: int
    abort_ms: int | None = None
    lost_by: str = ""
    lost_tries: int = 0
    was_alone: bool = False


class ClaimReply(NamedTuple):
    """What ``claim.lua`` returns. ``next_due_ms`` is when the next job of the queue becomes due."""

    now_ms: int
    next_due_ms: float | None
    floor: str
    jobs: list[Claimed]

    @classmethod
    def read(cls, reply: Sequence[Any]) -> Self:
        """From the reply as it came."""
        now_ms, next_due, floor, lost, to_abort = reply[:_CLAIM_HEAD]
        losses, abort_at = _losses(lost), _pairs(to_abort)
        jobs = []
        for i in range(_CLAIM_HEAD, len(reply), _CLAIMED_WIDTH):
            job_id, score, record, job_try = reply[i : i + _CLAIMED_WIDTH]
            asked = abort_at.get(job_id)
            abort_ms = None if asked is None else int(asked)
            due_ms = max(0.0, float(score))
            loss = losses.get(job_id, ())
            jobs.append(Claimed(job_id.decode(), due_ms, record, int(job_try), abort_ms, *loss))
        return cls(int(now_ms), float(next_due) if next_due else None, floor.decode(), jobs)


class HeartbeatReply(NamedTuple):
    """What ``heartbeat.lua`` returns: jobs to leave alone, jobs to abort, whether to claim nothing more."""

    lost: list[str]
    to_abort: list[str]
    draining: bool


class RawState(NamedTuple):
    """What ``look_up.lua`` returns of one job: heads of records, their real sizes, and the rest as text."""

    result: bytes
    result_size: int
    record: bytes
    record_size: int
    holder: bytes
    score: bytes
    job_try: bytes
    progress: bytes


def _losses(flat: Sequence[Any]) -> dict[bytes, tuple[str, int, bool]]:
    return {
        flat[i]: (flat[i + 1].decode(), int(flat[i + 2]), bool(flat[i + 3]))
        for i in range(0, len(flat), _LOST_WIDTH)
    }


def _pairs(flat: Sequence[bytes]) -> dict[bytes, bytes]:
    return dict(zip(flat[::2], flat[1::2], strict=True))
