"""arq's log lines of what happens to jobs, in arq's words and by arq's logger."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import arq.worker as arq_worker
from arq.jobs import SerializationError
from arq.utils import args_to_string, truncate
from arq.worker import RetryJob

from arqlight.models import Outcome
from arqlight.worker.attempt import Attempt
from arqlight.worker.ending import Ending, Finished, Lost, Released, Retry

__all__ = ["JobLog"]

logger = logging.getLogger("arq.worker")
light_logger = logging.getLogger("arqlight.worker")
# arq logs that a job started late from here on, in ms.
_DELAY_WORTH_LOGGING_MS = 1200


class JobLog:
    """Writes the lines.

    Args:
        now_ms: tells the server's time.
        log_results: arq's setting: whether they show results.
    """

    def __init__(self, now_ms: Callable[[], int], *, log_results: bool) -> None:
        self._now_ms = now_ms
        self._log_results = log_results

    def refused(self, attempt: Attempt, ending: Finished) -> None:
        """The line of a job that must not be run."""
        waited_s, record = _waited_s(attempt), attempt.record
        if ending.outcome is Outcome.expired:
            logger.warning("job %s expired", attempt.job_id)
        elif isinstance(ending.result, SerializationError):
            logger.error("deserializing job %s failed", attempt.job_id, exc_info=ending.result)
        elif record is None:
            light_logger.error("job %s could not be looked at", attempt.job_id, exc_info=ending.result)
        elif ending.outcome is Outcome.aborted:
            logger.info("%6.2fs ⊘ %s:%s aborted before start", waited_s, attempt.job_id, record.function)
        elif not attempt.plan.is_known:
            logger.warning("job %s, function %r not found", attempt.job_id, record.function)
        else:
            max_tries = attempt.plan.max_tries
            logger.warning("%6.2fs ! %s max retries %d exceeded", waited_s, attempt.ref, max_tries)

    def started(self, attempt: Attempt) -> None:
        """The line of a job whose function is about to be called."""
        if not logger.isEnabledFor(logging.INFO) or attempt.record is None:
            return
        late_ms = attempt.start_ms - attempt.score
        extra = f" try={attempt.job_try}" if attempt.job_try > 1 else ""
        if late_ms > _DELAY_WORTH_LOGGING_MS:
            extra += f" delayed={late_ms / 1000:0.2f}s"
        arguments = args_to_string(attempt.record.args, attempt.record.kwargs)
        logger.info("%6.2fs → %s(%s)%s", _waited_s(attempt), attempt.ref, arguments, extra)

    def succeeded(self, attempt: Attempt, result: Any) -> None:
        """The line of a success. Whatever the result raises when it is shown is raised."""
        if logger.isEnabledFor(logging.INFO):
            shown = "" if result is None or not self._log_results else truncate(repr(result))
            logger.info("%6.2fs ← %s ● %s", self._ran_s(attempt), attempt.ref, shown)

    def ended(self, attempt: Attempt, ending: Ending) -> None:
        """The line of a try that did not succeed."""
        ran_s = self._ran_s(attempt)
        if isinstance(ending, Lost):
            light_logger.warning("%s lost its lease; what this worker did is dropped", attempt.ref)
        elif isinstance(ending, Released):
            logger.info("%6.2fs ↻ %s cancelled, will be run again", ran_s, attempt.ref)
        elif isinstance(ending, Retry):
            _retrying(attempt, ending, ran_s)
        elif ending.outcome is Outcome.aborted:
            logger.info("%6.2fs ⊘ %s aborted", ran_s, attempt.ref)
        else:
            _failed(attempt, ending.result, ran_s)

    def _ran_s(self, attempt: Attempt) -> float:
        return (self._now_ms() - attempt.start_ms) / 1000


def _retrying(attempt: Attempt, ending: Retry, ran_s: float) -> None:
    error, delay_s = ending.error, ending.delay_ms / 1000
    if isinstance(error, arq_worker.Retry):
        logger.info("%6.2fs ↻ %s retrying job in %0.2fs", ran_s, attempt.ref, delay_s)
    elif isinstance(error, asyncio.CancelledError | RetryJob):
        logger.info("%6.2fs ↻ %s cancelled, will be run again", ran_s, attempt.ref)
    else:
        line = "%6.2fs ↻ %s failed, %s: %s, retrying in %0.2fs"
        kind = type(error).__name__
        logger.warning(line, ran_s, attempt.ref, kind, error, delay_s, exc_info=error)


def _failed(attempt: Attempt, error: BaseException, ran_s: float) -> None:
    kind = type(error).__name__
    try:
        extra = getattr(error, "extra", None)
        extra = extra() if callable(extra) else extra
        line = "%6.2fs ! %s failed, %s: %s"
        logger.error(line, ran_s, attempt.ref, kind, error, exc_info=error, extra={"extra": extra})
    except Exception as broken:
        logger.error("%6.2fs ! %s failed, %s", ran_s, attempt.ref, kind, exc_info=broken)  # noqa: TRY400


def _waited_s(attempt: Attempt) -> float:
    # The producer's clock may be a little ahead of the server's.
    return max(0.0, (attempt.start_ms - attempt.record.enqueue_ms) / 1000) if attempt.record else 0.0
