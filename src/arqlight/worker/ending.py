"""How a try ended, as data, and the rules that say so. Pure: nothing here logs, counts or writes."""

import asyncio
from dataclasses import dataclass
from typing import Any, TypeAlias

import arq.worker as arq_worker
from arq.worker import JobExecutionFailed, RetryJob

from arqlight.models import Outcome
from arqlight.worker.attempt import Attempt, Stop

__all__ = ["Ending", "Finished", "Lost", "Released", "Retry", "judge", "refuse"]


@dataclass(frozen=True, slots=True)
class Finished:
    """The job is complete. ``result`` is what its function returned, or the exception that ended it."""

    outcome: Outcome
    result: Any


@dataclass(frozen=True, slots=True)
class Retry:
    """The job is to be tried again, so many ms from now."""

    delay_ms: int
    error: BaseException


@dataclass(frozen=True, slots=True)
class Released:
    """A stopping worker hands the job back, and the try does not count."""

    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class Lost:
    """The job is another worker's business: nothing is written."""


Ending: TypeAlias = Finished | Retry | Released | Lost


def refuse(attempt: Attempt, *, unreadable: Exception | None, is_aborted: bool) -> Finished | None:
    """How a job ends that must not be run; None for one that may.

    Args:
        attempt: the try.
        unreadable: why the job's record could not be decoded.
        is_aborted: whether arq's abort was asked of the job while it waited.
    """
    if unreadable is not None:
        return Finished(Outcome.failed, unreadable)
    if attempt.record is None:
        return Finished(Outcome.expired, JobExecutionFailed("job expired"))
    if is_aborted:
        return Finished(Outcome.aborted, asyncio.CancelledError())
    if not attempt.plan.is_known:
        return _failed(f"function {attempt.record.function!r} not found")
    return _give_up(attempt) if attempt.job_try > 1 or attempt.plan.max_tries < 1 else None


def _give_up(attempt: Attempt) -> Finished | None:
    """The end of a job that failed too often, or was lost even when it ran alone; None for another."""
    max_tries, lost = attempt.plan.max_tries, attempt.lost_tries
    why = f"max {max_tries} retries exceeded"
    if attempt.own_try > max_tries:
        return _failed(why)
    if lost and max_tries <= 1:
        return _failed(f"{why}: it was lost with its worker")
    if attempt.was_lost_alone:
        return _failed(f"{why}: {lost} tries were lost, in the last of which it ran alone")
    return None


def judge(attempt: Attempt, error: BaseException, *, retry_jobs: bool) -> Ending:
    """What an exception of the function means for its job: arq's cases in arq's order.

    Args:
        attempt: the try.
        error: what was raised.
        retry_jobs: arq's setting: whether arq's ``Retry`` and cancellations lead to another try.
    """
    is_cancelled = isinstance(error, asyncio.CancelledError)
    if attempt.stop is Stop.lost:
        return Lost()
    if retry_jobs and isinstance(error, arq_worker.Retry):
        return Retry(error.defer_score or 0, error)
    if attempt.stop is Stop.abort and is_cancelled:
        return Finished(Outcome.aborted, error)
    if retry_jobs and (is_cancelled or isinstance(error, RetryJob)):
        return Released(error) if attempt.stop is Stop.shutdown else Retry(0, error)
    delay_s = _policy_delay_s(attempt, error)
    if delay_s is not None:
        return Retry(round(delay_s * 1000), error)
    return Finished(Outcome.failed, error)


def _policy_delay_s(attempt: Attempt, error: BaseException) -> float | None:
    """Seconds until the next try, by the function's retry policy; None when it gives no other try."""
    plan = attempt.plan
    if plan.retry is None or not isinstance(error, plan.retry.on) or attempt.own_try >= plan.max_tries:
        return None
    return plan.retry.delay_before(attempt.own_try + 1)


def _failed(why: str) -> Finished:
    return Finished(Outcome.failed, JobExecutionFailed(why))
