"""Solitude: a job that was lost again and again runs alone once, so that it takes no other with it."""

import asyncio
from time import monotonic

from arqlight import keys
from arqlight.logs import get_logger
from arqlight.redis.failures import REDIS_TROUBLE
from arqlight.worker.attempt import Attempt
from arqlight.worker.link import Link
from arqlight.worker.running import Running

__all__ = ["Solitude"]

logger = get_logger("arqlight.worker")

_NOTE_EXPIRY_S = 88_400


class Solitude:
    """Lets a try begin when no other runs.

    Args:
        link: the way to Redis.
        running: what the worker runs.
    """

    def __init__(self, link: Link, running: Running) -> None:
        self._link = link
        self._running = running

    async def wait(self, attempt: Attempt) -> None:
        """Wait until no other try runs, or until this one is told to stop.

        It is noted then that it runs alone: if it is lost even so, its job is given up.
        """
        lost = attempt.lost_tries
        logger.warning("%s: %d tries were lost; it runs alone once all else has ended", attempt.ref, lost)
        if attempt.stop is None:
            attempt.is_stoppable = True
            try:
                await self._running.until_alone(attempt)
            except asyncio.CancelledError:
                if attempt.stop is None:
                    raise
            finally:
                attempt.is_stoppable = False
        if attempt.stop is not None:
            # The function will not be called; what told so is over with that.
            attempt.uncancel()
            return
        try:
            async with self._link.call():
                note = f"{lost} alone"
                await self._link.redis.set(keys.lost(attempt.job_id), note, ex=_NOTE_EXPIRY_S)
        except REDIS_TROUBLE as error:
            # It will run alone once more, if it is lost.
            logger.warning("%s: that it runs alone could not be noted: %s", attempt.ref, error)
        if not attempt.plan.is_blocking:
            attempt.began_at = monotonic()
