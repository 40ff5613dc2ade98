"""The messages that one client has not taken yet: bounded, whatever the client does."""

from collections.abc import Callable
from itertools import islice

from arqlight.web.live.messages import PROGRESS, STATE, Message, of_reset

__all__ = ["MOST_BYTES", "MOST_MESSAGES", "Pending"]

MOST_MESSAGES = 10_000
MOST_BYTES = 2_000_000

# Of these only the last one of each job is worth sending.
_REPLACED = frozenset({PROGRESS, STATE})


class Pending:
    """Messages in the order of the log. Later progress of a job replaces its earlier progress.

    When there are too many, progress is dropped. When that is not enough, so is everything else, and a
    ``reset`` takes its place: a client learns each outcome, from the stream or from the snapshot it fetches.

    ``position`` tells the id of the last event that was handed out, the one just being put included.
    """

    __slots__ = ("_messages", "_serial", "most_bytes", "most_messages", "position", "size")

    def __init__(
        self,
        position: Callable[[], str],
        *,
        most_messages: int = MOST_MESSAGES,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self.position = position
        self.most_messages = most_messages
        self.most_bytes = most_bytes
        self.size = 0
        self._serial = 0
        self._messages: dict[int | tuple[str, str], Message] = {}

    def __len__(self) -> int:
        return len(self._messages)

    def put(self, message: Message) -> None:
        """Add a message, later than those that are there."""
        key: int | tuple[str, str]
        if message.event in _REPLACED:
            # Not replaced in place: a client that resumes from its id must have got all that came before.
            key = (message.event, message.job_id)
            self._drop(key)
        else:
            self._serial = key = self._serial + 1
        self._messages[key] = message
        self.size += len(message.wire)
        if self._is_full():
            self._make_room()

    def _is_full(self, share: int = 1) -> bool:
        return self.size * share > self.most_bytes or len(self._messages) * share > self.most_messages

    def _make_room(self) -> None:
        for key in [key for key, message in self._messages.items() if message.event == PROGRESS]:
            self._drop(key)
        if self._is_full(share=2):
            self.reset("too_slow")

    def _drop(self, key: int | tuple[str, str]) -> None:
        message = self._messages.pop(key, None)
        if message is not None:
            self.size -= len(message.wire)

    def reset(self, reason: str) -> None:
        """Drop everything, and tell the client to fetch a snapshot."""
        self._messages.clear()
        self.size = 0
        self.put(of_reset(reason, self.position()))

    def take(self, most_bytes: int) -> list[Message]:
        """Take the oldest messages, about ``most_bytes`` of them, and at least one if there is any."""
        taken: list[Message] = []
        size = 0
        for message in self._messages.values():
            if taken and size + len(message.wire) > most_bytes:
                break
            taken.append(message)
            size += len(message.wire)
        for key in list(islice(self._messages, len(taken))):
            del self._messages[key]
        self.size -= size
        return taken
