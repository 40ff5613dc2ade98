"""The queue that a request names, if it may."""

from typing import Annotated

from fastapi import Depends

from arqlight.web.api.models.fields import QueueName
from arqlight.web.reach import ReachDep

__all__ = ["AllowedQueue"]


async def allowed_queue(reach: ReachDep, queue_name: QueueName = None) -> str | None:
    """The queue that a request names, None for the default one; one that it may not reach is refused."""
    await reach.check_queue(queue_name)
    return queue_name


AllowedQueue = Annotated[str | None, Depends(allowed_queue)]
"""``?queue=`` of a path operation."""
