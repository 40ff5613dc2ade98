"""The last events that were handed out: clients who were cut off for a moment resume from memory."""

from collections import deque
from collections.abc import Iterable

from arqlight.models import Event
from arqlight.web.live.messages import Message, of_event

__all__ = ["Recent", "Remembered"]

MOST_EVENTS = 2000


class Remembered:
    """An event, and the message of it once somebody wanted it."""

    __slots__ = ("_message", "event")

    def __init__(self, event: Event) -> None:
        self.event = event
        self._message: Message | None = None

    def message(self) -> Message:
        """The event as it is sent, encoded once for all."""
        if self._message is None:
            self._message = of_event(self.event)
        return self._message


class Recent:
    """A gapless piece of the log up to the last event that was handed out."""

    def __init__(self, most_events: int = MOST_EVENTS) -> None:
        self._remembered: deque[Remembered] = deque(maxlen=most_events)
        # The event before the first one here.
        self._start = ""

    def begin(self, start: str, events: Iterable[Event] = ()) -> None:
        """Forget everything, and begin after the event ``start``."""
        self._remembered.clear()
        self._start = start
        for event in events:
            self.add(event)

    def add(self, event: Event) -> Remembered:
        """Remember the next event."""
        if len(self._remembered) == self._remembered.maxlen:
            self._start = self._remembered[0].event.id
        remembered = Remembered(event)
        self._remembered.append(remembered)
        return remembered

    def later_than(self, event_id: str) -> list[Remembered] | None:
        """The events later than this one, or None when it is not among those remembered.

        It has to be the very one: an id between two of ours may be of a log that Redis has lost since.
        """
        later: list[Remembered] = []
        for remembered in reversed(self._remembered):
            if remembered.event.id == event_id:
                return later[::-1]
            later.append(remembered)
        return later[::-1] if event_id == self._start else None
