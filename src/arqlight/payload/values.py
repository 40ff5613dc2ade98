"""What a pickle's opcodes build when nothing may run: plain containers, and stand-ins for everything else.

Scalars, bytes, lists and tuples are Python's own. Dicts and sets are not: their items are kept in a list,
because hashing a key from a hostile record can recurse without end or take quadratic time.
"""

from typing import Any, NamedTuple


class RawGlobal(NamedTuple):
    """A class or function that the record names; nobody looks it up."""

    module: str
    name: str


class RawBytes(NamedTuple):
    """Bytes of which only the head is kept. length: of the whole."""

    head: bytes
    length: int


class RawCut(NamedTuple):
    """A value that was not read, or not wholly.

    why: what there is to know, e.g. "52,428,800 bytes". head: how its text begins, "" if that is not known.
    marker: "$truncated", or "$unreadable" when the record is at fault.
    """

    why: str
    head: str = ""
    marker: str = "$truncated"


class RawDict:
    """A dict's items in the order they were set, flat: key, value, key, value, ..."""

    __slots__ = ("items",)

    def __init__(self, items: list[Any]) -> None:
        self.items = items


class RawJoined(NamedTuple):
    """The items of one dict, then those of another. Nothing is copied: many objects may share the two."""

    first: RawDict
    second: RawDict


class RawSet:
    """A set's or frozenset's items in the order they were added."""

    __slots__ = ("items",)

    def __init__(self, items: list[Any]) -> None:
        self.items = items


class RawObject:
    """An object that the record wants built: the callable it names, and what is to be given to it.

    cls: usually a RawGlobal, but a record may put anything there. args, kwargs: for the call. state: for
    __setstate__. items: list or set items to add. pairs: dict items to set, flat. None where there are none.
    """

    __slots__ = ("args", "cls", "items", "kwargs", "pairs", "state")

    def __init__(self, cls: Any, args: Any = (), kwargs: Any = None) -> None:
        self.cls = cls
        self.args = args
        self.kwargs = kwargs
        self.state: Any = None
        self.items: list[Any] | None = None
        self.pairs: list[Any] | None = None

    def add_items(self, items: list[Any]) -> None:
        """Note list or set items that are to be added."""
        if self.items is None:
            self.items = []
        self.items.extend(items)

    def add_pairs(self, pairs: list[Any]) -> None:
        """Note dict items that are to be set, flat."""
        if self.pairs is None:
            self.pairs = []
        self.pairs.extend(pairs)
