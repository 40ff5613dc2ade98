"""The client: enqueue jobs, look them up, control them."""

from arqlight.queue.depths import QueueDepth
from arqlight.queue.queue import Queue

__all__ = ["Queue", "QueueDepth"]
