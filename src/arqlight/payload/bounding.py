"""Any value, live or from a pickle, as plain data that JSON can hold, in bounded size, depth and time."""

import binascii
import json
import math
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, NamedTuple

from arqlight.payload.live import raw_of
from arqlight.payload.readable import HEAD_BYTES, effort, name_of, normalised, readable
from arqlight.payload.values import RawBytes, RawCut, RawDict, RawGlobal, RawJoined, RawObject, RawSet

_MAX_BITS = 1024
_BITS_PER_DIGIT = 3
_MAX_KEY = 200
_HEAD_CHARS = 1000
_SMALL = 1 << 62
# By identity: comparing a class may run its metaclass's code.
_SEQUENCES = frozenset(map(id, (list, tuple, set, frozenset)))


class Limits(NamedTuple):
    """What one value's plain form may come to.

    depth: how deep containers nest. nodes: how many values there are in all. text: characters in one string.
    total_text: characters in all strings and keys together. steps: what may be spent on objects that are
    not shown as they are, see ``readable.effort``; a record that shares nothing needs a few for each node.
    """

    depth: int = 24
    nodes: int = 4_000
    text: int = 8_192
    total_text: int = 131_072
    steps: int = 65_536


LIMITS = Limits()


class Used(NamedTuple):
    """What one value's plain form has come to."""

    nodes: int
    text: int


def plain(value: Any, limits: Limits = LIMITS) -> Any:
    """Return a value as plain data for JSON: None, bool, int, finite float, str, list, dict with str keys.

    Lists, tuples and sets become lists; keys that are no strings become their JSON text; dates, UUIDs and
    the like become text; any other object becomes {"$object": "module.Name"} with "args", "kwargs", "state"
    and "items" where it has them; bytes become {"$bytes": base64 of the head, "length": bytes}. What
    exceeds the limits becomes {"$truncated": why}, in a dict the key "$truncated". Runs none of the value's
    own code and never raises.
    """
    return measured(value, limits)[0]


def measured(value: Any, limits: Limits) -> tuple[Any, Used]:
    """Return what ``plain`` does, and what that took of the limits."""
    bounded = _Bounded(limits)
    try:
        form = bounded.value(value, 0)
    except Exception as error:  # noqa: BLE001  e.g. a live dict that another thread changes
        form = {"$unreadable": type(error).__name__}
    return form, Used(limits.nodes - bounded.nodes, limits.total_text - bounded.chars)


class _Bounded:
    """One conversion, with what is left of its limits. path: ids of the containers being converted."""

    __slots__ = ("chars", "depth", "nodes", "path", "steps", "text_limit")

    def __init__(self, limits: Limits) -> None:
        self.depth = limits.depth
        self.nodes = limits.nodes
        self.chars = limits.total_text
        self.steps = limits.steps
        self.text_limit = limits.text
        self.path: set[int] = set()

    def value(self, value: Any, depth: int) -> Any:  # noqa: PLR0911  one for each kind of value
        self.nodes -= 1
        kind = type(value)
        if kind is str:
            return self.text(value)
        if value is None or kind is bool:
            return value
        if kind is int:
            return value if -_SMALL < value < _SMALL else self.integer(value)
        if kind is float:
            return value if math.isfinite(value) else _not_finite(value)
        if self.nodes < 0 or self.chars <= 0:
            return {"$truncated": "too much to show"}
        if kind is RawCut:
            return self.cut(value)
        if kind is bytes:
            return self.bytes(RawBytes(value[:HEAD_BYTES], len(value)))
        if kind is RawBytes:
            return self.bytes(value)
        if kind is RawGlobal:
            return {"$object": self.name(value)}
        return self.container(value, kind, depth)

    def container(self, value: Any, kind: type, depth: int) -> Any:
        if depth >= self.depth:
            return {"$truncated": f"nested deeper than {self.depth}"}
        if id(value) in self.path:
            return {"$truncated": "contains itself"}
        self.path.add(id(value))
        try:
            return self.items(value, kind, depth + 1)
        finally:
            self.path.discard(id(value))

    def items(self, value: Any, kind: type, depth: int) -> Any:
        if kind is RawDict or kind is RawJoined:
            return self.flat_mapping(value, depth)
        if kind is dict:
            return self.mapping(value.items(), len(value), depth)
        if kind is RawObject:
            return self.object(value, depth)
        if kind is RawSet:
            return self.sequence(value.items, len(value.items), depth)
        if id(kind) in _SEQUENCES:
            return self.sequence(value, len(value), depth)
        return self.value(raw_of(value), depth - 1)

    def sequence(self, items: Iterable[Any], count: int, depth: int) -> list[Any]:
        out: list[Any] = []
        for item in items:
            if self.nodes <= 0:
                out.append({"$truncated": f"{count - len(out):,} more"})
                break
            out.append(self.value(item, depth))
        return out

    def flat_mapping(self, value: RawDict | RawJoined, depth: int) -> dict[str, Any]:
        dicts = (value,) if isinstance(value, RawDict) else value
        parts = [part.items for part in dicts]
        return self.mapping(chain(*map(_pairs, parts)), sum(map(len, parts)) // 2, depth)

    def mapping(self, pairs: Iterable[tuple[Any, Any]], count: int, depth: int) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for done, (key, item) in enumerate(pairs):
            if self.nodes <= 0 or self.chars <= 0:
                out["$truncated"] = f"{count - done:,} more"
                break
            out[self.key(key, depth)] = self.value(item, depth)
        return out

    def key(self, key: Any, depth: int) -> str:
        if type(key) is not str:
            form = self.value(key, depth)
            key = form if type(form) is str else json.dumps(form, ensure_ascii=False, allow_nan=False)
        if len(key) > _MAX_KEY:
            key = key[:_MAX_KEY] + "…"
        self.chars -= len(key)
        return key if key.isascii() else _encodable(key)

    def text(self, text: str) -> Any:
        length = len(text)
        if length > self.text_limit or length > self.chars:
            return self.cut(RawCut(f"{length:,} characters", text[:_HEAD_CHARS]))
        shown = text if text.isascii() else _encodable(text)
        self.chars -= len(shown)
        return shown

    def integer(self, value: int) -> Any:
        # Writing decimal digits takes quadratic time, and json refuses very many of them.
        bits = value.bit_length()
        if bits > _MAX_BITS:
            return {"$truncated": f"an integer of {bits:,} bits"}
        if self.chars <= 0:
            return {"$truncated": "too much to show"}
        self.chars -= bits // _BITS_PER_DIGIT
        return value

    def cut(self, cut: RawCut) -> dict[str, str]:
        out = {cut.marker: cut.why}
        if head := _encodable(cut.head[: max(self.chars, 0)]):
            out["head"] = head
            self.chars -= len(head)
        return out

    def bytes(self, value: RawBytes) -> dict[str, Any]:
        head = binascii.b2a_base64(value.head[: self.chars], newline=False).decode()
        self.chars -= len(head)
        return {"$bytes": head, "length": value.length}

    def object(self, raw: RawObject, depth: int) -> Any:
        if name := name_of(raw):
            return {"$object": self.name(name)}
        self.steps -= effort(raw)
        if self.steps < 0:
            return {"$truncated": "too much to show"}
        obj = normalised(raw)
        form = readable(obj)
        if form is not None:
            return self.value(form, depth - 1)
        args = list(obj.args) if type(obj.args) is tuple else [obj.args]
        if type(obj.cls) is not RawGlobal:
            args.insert(0, obj.cls)
        out: dict[str, Any] = {"$object": self.name(obj.cls) if type(obj.cls) is RawGlobal else "(call)"}
        if args:
            out["args"] = self.sequence(args, len(args), depth)
        items = obj.items or (RawDict(obj.pairs) if obj.pairs else None)
        for key, part in (("kwargs", obj.kwargs), ("state", obj.state), ("items", items)):
            if part is not None:
                out[key] = self.value(part, depth)
        return out

    def name(self, name: RawGlobal) -> str:
        full = _encodable(".".join(part for part in name_of(name) or name if part))
        self.chars -= len(full)
        return full


def _pairs(flat: list[Any]) -> Iterator[tuple[Any, Any]]:
    part = iter(flat)
    return zip(part, part, strict=True)


def _not_finite(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _encodable(text: str) -> str:
    """Return text that UTF-8 can encode: lone surrogates as backslash escapes."""
    return text.encode("utf-8", "backslashreplace").decode()
