"""arq's log lines of what happens to jobs, in arq's words and by arq's logger."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

import arq.worker as arq_worker
from arq.jobs import SerializationError
from arq.utils import args_to_string, truncate
from arq.worker import RetryJob

from arqlight.logs import get_logger, redaction
from arqlight.models import Outcome
from arqlight.payload import JobRecord
from arqlight.worker.attempt import Attempt
from arqlight.worker.ending import Ending, Finished, Lost, Released, Retry

__all__ = ["JobLog"]

logger = get_logger("arq.worker")
light_logger = get_logger("arqlight.worker")
# arq logs that a job started late from here on, in ms.
_DELAY_WORTH_LOGGING_MS = 1200


class JobLog:
    """Writes the lines. Each has the fields of `arqlight.logs.FIELDS`, so far as they are known.

    Args:
        now_ms: tells the server's time.
        queue_name: the worker's queue.
        functions: tells the names of a function's parameters, so that a secret passed by position is hidden.
        log_results: arq's setting: whether they show results.
    """

    def __init__(
        self,
        now_ms: Callable[[], int],
        queue_name: str,
        functions: Mapping[str, Any],
        *,
        log_results: bool,
    ) -> None:
        self._now_ms = now_ms
        self._queue_name = queue_name
        self._functions = functions
        self._log_results = log_results

    def refused(self, attempt: Attempt, ending: Finished) -> None:
        """The line of a job that must not be run."""
        waited_s, record = _waited_s(attempt), attempt.record
        extra = self._fields(attempt, ending.outcome)
        if ending.outcome is Outcome.expired:
            logger.warning("job %s expired", attempt.job_id, extra=extra)
        elif isinstance(ending.result, SerializationError):
            logger.error("deserializing job %s failed", attempt.job_id, exc_info=ending.result, extra=extra)
        elif record is None:
            light_logger.error(
                "job %s could not be looked at", attempt.job_id, exc_info=ending.result, extra=extra
            )
        elif ending.outcome is Outcome.aborted:
            line = "%6.2fs ⊘ %s:%s aborted before start"
            logger.info(line, waited_s, attempt.job_id, record.function, extra=extra)
        elif not attempt.plan.is_known:
            logger.warning("job %s, function %r not found", attempt.job_id, record.function, extra=extra)
        else:
            max_tries = attempt.plan.max_tries
            line = "%6.2fs ! %s max retries %d exceeded"
            logger.warning(line, waited_s, attempt.ref, max_tries, extra=extra)

    def started(self, attempt: Attempt) -> None:
        """The line of a job whose function is about to be called."""
        if not logger.isEnabledFor(logging.INFO) or attempt.record is None:
            return
        late_ms = attempt.start_ms - attempt.score
        more = f" try={attempt.job_try}" if attempt.job_try > 1 else ""
        if late_ms > _DELAY_WORTH_LOGGING_MS:
            more += f" delayed={late_ms / 1000:0.2f}s"
        arguments = self._arguments(attempt.record)
        waited_s, extra = _waited_s(attempt), self._fields(attempt)
        logger.info("%6.2fs → %s(%s)%s", waited_s, attempt.ref, arguments, more, extra=extra)

    def succeeded(self, attempt: Attempt, result: Any) -> None:
        """The line of a success. Whatever the result raises when it is shown is raised."""
        if logger.isEnabledFor(logging.INFO):
            shown = "" if result is None or not self._log_results else self._result(result)
            extra = self._fields(attempt, Outcome.succeeded)
            logger.info("%6.2fs ← %s ● %s", self._ran_s(attempt), attempt.ref, shown, extra=extra)

    def ended(self, attempt: Attempt, ending: Ending) -> None:
        """The line of a try that did not succeed."""
        ran_s = self._ran_s(attempt)
        extra = self._fields(attempt, getattr(ending, "outcome", None))
        if isinstance(ending, Lost):
            line = "%s lost its lease; what this worker did is dropped"
            light_logger.warning(line, attempt.ref, extra=extra)
        elif isinstance(ending, Released):
            logger.info("%6.2fs ↻ %s cancelled, will be run again", ran_s, attempt.ref, extra=extra)
        elif isinstance(ending, Retry):
            _retrying(attempt, ending, ran_s, extra)
        elif ending.outcome is Outcome.aborted:
            logger.info("%6.2fs ⊘ %s aborted", ran_s, attempt.ref, extra=extra)
        else:
            _failed(attempt, ending.result, ran_s, extra)

    def _fields(self, attempt: Attempt, outcome: Outcome | None = None) -> dict[str, Any]:
        """What a line has as attributes."""
        record = attempt.record
        return {
            "job_id": attempt.job_id,
            "function": record.function if record else None,
            "job_try": attempt.job_try,
            "queue": self._queue_name,
            "batch_id": record.batch_id if record else None,
            "outcome": None if outcome is None else str(outcome),
        }

    def _arguments(self, record: JobRecord) -> str:
        """A job's arguments as arq shows them, without secrets."""
        schema = getattr(self._functions.get(record.function), "parameters", {})
        args, kwargs = redaction().arguments(record.args, record.kwargs, list(schema.get("properties", ())))
        return redaction().text(args_to_string(tuple(args), kwargs))

    def _result(self, result: Any) -> str:
        return redaction().text(truncate(repr(redaction().value(result))))

    def _ran_s(self, attempt: Attempt) -> float:
        return (self._now_ms() - attempt.start_ms) / 1000


def _retrying(attempt: Attempt, ending: Retry, ran_s: float, extra: dict[str, Any]) -> None:
    error, delay_s = ending.error, ending.delay_ms / 1000
    if isinstance(error, arq_worker.Retry):
        logger.info("%6.2fs ↻ %s retrying job in %0.2fs", ran_s, attempt.ref, delay_s, extra=extra)
    elif isinstance(error, asyncio.CancelledError | RetryJob):
        logger.info("%6.2fs ↻ %s cancelled, will be run again", ran_s, attempt.ref, extra=extra)
    else:
        line = "%6.2fs ↻ %s failed, %s: %s, retrying in %0.2fs"
        kind = type(error).__name__
        logger.warning(line, ran_s, attempt.ref, kind, error, delay_s, exc_info=error, extra=extra)


def _failed(attempt: Attempt, error: BaseException, ran_s: float, fields: dict[str, Any]) -> None:
    kind = type(error).__name__
    try:
        extra = getattr(error, "extra", None)
        extra = extra() if callable(extra) else extra
        line = "%6.2fs ! %s failed, %s: %s"
        fields = {**fields, "extra": extra}
        logger.error(line, ran_s, attempt.ref, kind, error, exc_info=error, extra=fields)
    except Exception as broken:
        line = "%6.2fs ! %s failed, %s"
        logger.error(line, ran_s, attempt.ref, kind, exc_info=broken, extra=fields)  # noqa: TRY400


def _waited_s(attempt: Attempt) -> float:
    # The producer's clock may be a little ahead of the server's.
    return max(0.0, (attempt.start_ms - attempt.record.enqueue_ms) / 1000) if attempt.record else 0.0
