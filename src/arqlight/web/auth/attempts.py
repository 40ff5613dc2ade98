"""How often a password may be tried: counted for each address and each name, in bounded memory."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network

__all__ = ["Attempts", "address_key"]

WINDOW_S = 300.0
MOST_REMEMBERED = 10_000


class Attempts:
    """The tries of the last minutes. Each counts when it begins, so that many at once do not slip through.

    Args:
        most: how many are allowed within ``WINDOW_S`` seconds.
        clock: seconds that only grow.
    """

    def __init__(self, most: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._tries: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_s(self, key: str) -> float:
        """For how many seconds there is no further try, 0 when there is one now."""
        tries = self._recent(key)
        return tries[0] + WINDOW_S - self._clock() if len(tries) >= self._most else 0.0

    def begin(self, key: str) -> None:
        """Count a try. The key tried longest ago is forgotten when there are too many."""
        tries = self._recent(key)
        tries.append(self._clock())
        self._tries[key] = tries
        self._tries.move_to_end(key)
        if len(self._tries) > MOST_REMEMBERED:
            self._tries.popitem(last=False)

    def forgive(self, key: str) -> None:
        """Forget all tries of a key: the last one was right."""
        self._tries.pop(key, None)

    def _recent(self, key: str) -> deque[float]:
        tries = self._tries.get(key) or deque(maxlen=self._most)
        while tries and tries[0] <= self._clock() - WINDOW_S:
            tries.popleft()
        return tries


def address_key(address: str) -> str:
    """What stands for a client's address: of IPv6 the network, since a client has a whole one of those."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False))
    return str(parsed)
