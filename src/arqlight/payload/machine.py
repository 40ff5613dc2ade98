"""The state that pickle's opcodes work on, and the helpers their handlers share.

A handler takes the machine and the position after its opcode, and returns the position after its operands.
An opcode that would call or import something leaves a stand-in from ``values`` instead. Every handler takes
time in proportion to the bytes it reads and the stack items it consumes, so a run is linear in its input.
"""

from collections.abc import Callable
from typing import Any

from arqlight.payload.values import RawCut, RawDict

_HEAD_BYTES = 1000


class ReadError(Exception):
    """The input cannot be read to its end.

    why: in a few words. operand: what is known of the value that was being read when the input ended, if
    anything is.
    """

    def __init__(self, why: str, operand: RawCut | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.operand = operand


class CutError(ReadError):
    """The input ends before the pickle does."""


class MalformedError(ReadError):
    """The input is no pickle, or one that this reader refuses."""


class Machine:
    """One run over one pickle.

    protocol: what the pickle says it is; protocols 0 and 1 do not say.
    data: the input. memo: what the pickle has stored, by index. stack: the values above the topmost mark;
    outer: those below it, one list for each mark. preface: the last dict that was dropped from an otherwise
    empty stack.
    """

    __slots__ = ("data", "memo", "outer", "preface", "protocol", "size", "stack")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)
        self.protocol = 0
        self.memo: dict[int, Any] = {}
        self.stack: list[Any] = []
        self.outer: list[list[Any]] = []
        self.preface: RawDict | None = None

    def pop_mark(self) -> list[Any]:
        """Return the values above the topmost mark, and drop them and it. Raises MalformedError."""
        values = self.stack
        if not self.outer:
            raise MalformedError("a mark is missing")
        self.stack = self.outer.pop()
        return values

    def cut(self, operand: RawCut | None = None) -> CutError:
        """Return the exception for an operand that is not all there."""
        return CutError(f"ends at byte {self.size:,}", operand)


Handler = Callable[[Machine, int], int]


def registrar(handlers: dict[int, Handler]) -> Callable[[bytes], Callable[[Handler], Handler]]:
    """Return a decorator, ``@opcode(b"K")``, that puts a function into ``handlers`` for each of the bytes."""

    def opcode(codes: bytes) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            handlers.update(dict.fromkeys(codes, handler))
            return handler

        return register

    return opcode


def read_line(m: Machine, position: int) -> tuple[bytes, int]:
    """Return the operand up to the next line feed, and the position after that. Raises CutError."""
    end = m.data.find(b"\n", position)
    if end < 0:
        raise m.cut()
    return m.data[position:end], end + 1


def read_sized(m: Machine, start: int, length: int, what: str) -> tuple[bytes, int]:
    """Return the operand of ``length`` bytes at ``start``, and the position after it.

    what: "text" or "bytes". Raises CutError, which tells how long it is and, for text, how it begins; or
    MalformedError.
    """
    end = start + length
    if length < 0:
        raise MalformedError("a negative length")
    if end <= m.size:
        return m.data[start:end], end
    if what == "text":
        head = m.data[start : start + _HEAD_BYTES].decode("utf-8", "ignore")
        raise m.cut(RawCut(f"{length:,} bytes of text", head))
    raise m.cut(RawCut(f"{length:,} bytes"))
