"""The threads that plain functions run in, and those that are held by functions whose job is over."""

from concurrent.futures import ThreadPoolExecutor

from arqlight.functions import THREAD_NAME, BlockingFunction
from arqlight.logs import get_logger
from arqlight.worker.attempt import Attempt

__all__ = ["Threads"]

logger = get_logger("arqlight.worker")


class Threads:
    """The pool of threads. A thread cannot be stopped: beyond its job's timeout it is *held*.

    Args:
        most: how many there are.
        functions: the plain functions that run in them.
    """

    def __init__(self, most: int, functions: list[BlockingFunction]) -> None:
        self._most = most
        self._functions = functions
        self._executor: ThreadPoolExecutor | None = None
        # Changed in the threads themselves.
        self._inside: set[Attempt] = set()
        self._has_told = False

    def start(self) -> None:
        """Have the functions run in the pool."""
        if self._functions and self._executor is None:
            self._executor = ThreadPoolExecutor(self._most, thread_name_prefix=THREAD_NAME)
        for function in self._functions:
            function.executor = self._executor

    def stop(self) -> None:
        """Start no further call, and leave what runs alone."""
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._executor = None

    def enter(self, attempt: Attempt) -> None:
        """A thread has begun with a try; called in that thread."""
        self._inside.add(attempt)

    def leave(self, attempt: Attempt) -> None:
        """It is free again; called in that thread."""
        self._inside.discard(attempt)

    def __contains__(self, attempt: Attempt) -> bool:
        """Whether a thread is at a try."""
        return attempt in self._inside

    def slots(self, max_jobs: int) -> int:
        """How many of a worker's slots the held threads take: all, when no thread is left."""
        held = sum(not attempt.is_running for attempt in list(self._inside)) if self._inside else 0
        if held < self._most:
            self._has_told = False
            return max(0, held - max(0, self._most - max_jobs))
        if not self._has_told:
            self._has_told = True
            logger.error(
                "all %d threads are held by plain functions that did not end in time; "
                "no more jobs are taken until one ends",
                held,
            )
        return max_jobs
