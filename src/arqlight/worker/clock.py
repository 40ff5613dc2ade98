"""The Redis server's time, as far as its replies tell it."""

from time import monotonic, time

__all__ = ["ServerClock"]


class ServerClock:
    """Follows the server's clock, which may be minutes off from this machine's.

    A reply that says "it was ``server_ms``" allows for a range of differences between the two, since it was
    written at some moment between question and answer. The difference that was known is kept as long as it
    lies within; so two readings stand in their order however late a reply is, and on the server's own
    machine the clock is exact.
    """

    def __init__(self) -> None:
        # What to add to this machine's monotonic clock, in ms, to have the server's.
        self._offset_ms = (time() - monotonic()) * 1000
        # (moment, ms): at that moment by the monotonic clock, the server's showed so much at the most.
        self._reading: tuple[float, int] | None = None

    @property
    def is_set(self) -> bool:
        """Whether a reply has told of the server's clock."""
        return self._reading is not None

    def now_ms(self) -> float:
        """The server's time in Unix ms, with its fraction; before the first reply this machine's."""
        return monotonic() * 1000 + self._offset_ms

    def learn(self, server_ms: int, asked_at: float, waited_s: float = 0.0) -> float:
        """Take the server's whole ms out of a reply that has just come.

        Args:
            server_ms: what the server's clock said.
            asked_at: when the question was sent, by the monotonic clock.
            waited_s: for how long the server may have waited before it looked at its clock.

        Returns:
            When it looked at the earliest, by the monotonic clock.
        """
        looked_at = self._earliest(server_ms, asked_at, waited_s)
        self._reading = looked_at, server_ms
        least, most = server_ms - monotonic() * 1000, server_ms + 1 - looked_at * 1000
        self._offset_ms = max(least, min(self._offset_ms, most))
        return looked_at

    def _earliest(self, server_ms: int, asked_at: float, waited_s: float) -> float:
        if not waited_s or self._reading is None:
            return asked_at
        read_at, read_ms = self._reading
        return max(asked_at, min(asked_at + waited_s, monotonic(), read_at + (server_ms - read_ms) / 1000))
