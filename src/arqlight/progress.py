"""How a job's function reports how far it is."""

import math
from typing import Any, Protocol

__all__ = ["JOB_CONTEXT_KEY", "ProgressSink", "report"]

# Where the worker puts, into the function's context, what takes its progress reports.
JOB_CONTEXT_KEY = "arqlight"
_MOST_MESSAGE_CHARACTERS = 500


class ProgressSink(Protocol):
    """What takes the progress of one running job: the worker's record of that run."""

    def report_progress(self, progress: tuple[float, float | None, float | None, str | None]) -> None:
        """Take fraction, done, total and message; may be called from any thread."""


def report(ctx: dict[Any, Any], done: float, total: float | None = None, message: str | None = None) -> None:
    """Report how far the running job is.

    Cheap enough to call in a loop: of reports closer together than a page can show, the last one counts.
    Under a plain arq worker it does nothing.

    Args:
        ctx: the function's first argument.
        done: how much is done, of ``total``; without a total, the fraction done, from 0 to 1.
        total: how much there is to do.
        message: a short text for whoever watches; cut at 500 characters.

    Raises:
        ValueError: ``done`` or ``total`` is not a finite number, or ``total`` is not above 0.
    """
    sink: ProgressSink | None = ctx.get(JOB_CONTEXT_KEY)
    if not math.isfinite(done) or (total is not None and not (math.isfinite(total) and total > 0)):
        raise ValueError(f"progress of {done} of {total}: both must be finite numbers, the total above 0")
    if sink is None:
        return
    fraction = done if total is None else done / total
    text = message if message is None else str(message)[:_MOST_MESSAGE_CHARACTERS]
    sink.report_progress((min(max(fraction, 0.0), 1.0), None if total is None else done, total, text))
