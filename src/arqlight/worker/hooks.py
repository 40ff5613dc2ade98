"""arq's hooks around each try: ``on_job_start``, ``on_job_end``, ``after_job_end``."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from arq.utils import ms_to_datetime

from arqlight.logs import get_logger
from arqlight.progress import JOB_CONTEXT_KEY
from arqlight.worker.attempt import Attempt

__all__ = ["Hook", "Hooks"]

logger = get_logger("arqlight.worker")

Hook: TypeAlias = Callable[[dict[Any, Any]], Awaitable[None]]


class Hooks:
    """Calls the hooks, with the ``ctx`` that the function gets too.

    Args:
        ctx: the worker's own, of which each try gets a copy.
        on_job_start: called before the function; if it raises, the job fails.
        on_job_end: called when the function has ended.
        after_job_end: called when what became of the job is in Redis.
    """

    def __init__(
        self,
        ctx: dict[Any, Any],
        *,
        on_job_start: Hook | None,
        on_job_end: Hook | None,
        after_job_end: Hook | None,
    ) -> None:
        self._ctx = ctx
        self.on_job_start = on_job_start
        self.on_job_end = on_job_end
        self._after_job_end = after_job_end
        self._last: set[asyncio.Task[None]] = set()

    @property
    def are_busy(self) -> bool:
        """Whether an ``after_job_end`` has not ended yet."""
        return bool(self._last)

    def context(self, attempt: Attempt) -> dict[Any, Any]:
        """A new ctx for a try."""
        assert attempt.record is not None  # noqa: S101  it was not refused
        ctx = {
            **self._ctx,
            "job_id": attempt.job_id,
            "job_try": attempt.job_try,
            "enqueue_time": ms_to_datetime(attempt.record.enqueue_ms),
            "score": attempt.score,
            JOB_CONTEXT_KEY: attempt,
        }
        if self._after_job_end:
            attempt.ctx = ctx
        return ctx

    async def start(self, ctx: dict[Any, Any]) -> None:
        """Call ``on_job_start``, if there is one; whatever that raises is raised."""
        if self.on_job_start:
            await self.on_job_start(ctx)

    async def end(self, attempt: Attempt, ctx: dict[Any, Any]) -> None:
        """Call ``on_job_end``, if there is one."""
        if self.on_job_end:
            await _guard(self.on_job_end, ctx, attempt)

    def written(self, attempt: Attempt, *, is_lost: bool) -> None:
        """Have ``after_job_end`` called, unless the job was another worker's."""
        # Attempt and ctx refer to each other, which would keep both until a garbage collection.
        ctx, attempt.ctx = attempt.ctx, None
        if self._after_job_end and ctx is not None and not is_lost:
            task = asyncio.get_running_loop().create_task(_guard(self._after_job_end, ctx, attempt))
            self._last.add(task)
            task.add_done_callback(self._last.discard)

    async def wait(self, timeout_s: float | None = None) -> None:
        """Wait for the ``after_job_end`` that are under way."""
        if self._last:
            await asyncio.wait(list(self._last), timeout=timeout_s)


async def _guard(hook: Hook, ctx: dict[Any, Any], attempt: Attempt) -> None:
    """A hook that raises must not undo what its job did."""
    try:
        await hook(ctx)
    except (Exception, asyncio.CancelledError):
        logger.exception("%s: %s raised", attempt.ref, getattr(hook, "__qualname__", hook))
