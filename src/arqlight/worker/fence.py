"""The fence: stops functions whose lease is over by the worker's own clock, where that is asked for."""

import asyncio
from time import monotonic

from arqlight.logs import get_logger
from arqlight.worker.attempt import Stop
from arqlight.worker.running import Running

__all__ = ["Fence"]

logger = get_logger("arqlight.worker")

# So much of a lease before its end, that the function is over by then.
_MARGIN = 0.1
_LOOKS_PER_LEASE = 10
_LEAST_PAUSE_S = 0.01


class Fence:
    """Looks when the next lease ends that no heartbeat has renewed.

    Args:
        running: what the worker runs.
        lease_s: for how long a lease is good without a heartbeat.
    """

    def __init__(self, running: Running, lease_s: float) -> None:
        self._running = running
        self._margin_s = lease_s * _MARGIN
        self._most_pause_s = lease_s / _LOOKS_PER_LEASE

    async def run(self) -> None:
        """Look until cancelled."""
        pause_s = 0.0
        while True:
            await asyncio.sleep(pause_s)
            pause_s = self.stop_lapsed()

    def stop_lapsed(self) -> float:
        """Stop what runs beyond its lease and must not; returns in how many seconds to look again."""
        now = monotonic()
        pause_s = self._most_pause_s
        for attempt in self._running.attempts():
            if not attempt.plan.stops_at_lease_end or attempt.stop is Stop.lost:
                continue
            left_s = attempt.lease_until - self._margin_s - now
            if left_s <= 0:
                logger.warning("%s is stopped: its lease is over soon, and redis is not reached", attempt.ref)
                attempt.request_stop(Stop.lost)
            else:
                pause_s = min(pause_s, left_s)
        return max(pause_s, _LEAST_PAUSE_S)
