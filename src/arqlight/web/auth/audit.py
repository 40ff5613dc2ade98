"""Noting who did what, see `arqlight.audit`."""

from collections.abc import Sequence

from arqlight.audit import MOST_TARGETS, AuditLog
from arqlight.logs import get_logger
from arqlight.redis.failures import REDIS_TROUBLE, ask, why
from arqlight.web.auth.viewer import Viewer

__all__ = ["Audit"]

logger = get_logger("arqlight.web.audit")


class Audit:
    """Notes what one request does.

    Args:
        log: where.
        viewer: who sent it.
        address: from where.
    """

    def __init__(self, log: AuditLog, viewer: Viewer, address: str) -> None:
        self._log = log
        self._viewer = viewer
        self._address = address

    async def __call__(self, action: str, targets: Sequence[str]) -> None:
        """Note that something was done to jobs, batches, queues or workers.

        It has been done by now: if Redis does not take the line, the server's own log has it.
        """
        try:
            await ask(self._log.add(self._viewer.name, action, targets, self._address))
        except REDIS_TROUBLE as error:
            told = (self._viewer.name, action, list(targets[:MOST_TARGETS]), self._address)
            logger.warning("Redis did not take a line of the audit log (%s): %r", why(error), told)
