"""Runs a pickle of any protocol from 0 to 5 on a machine that executes nothing and imports nothing."""

import struct
from typing import Any, NoReturn

from arqlight.payload.machine import CutError, Handler, Machine, MalformedError
from arqlight.payload.scalar_ops import SCALAR_OPS
from arqlight.payload.structure_ops import STRUCTURE_OPS

STOP = 0x2E


def run(m: Machine) -> tuple[Any, int]:
    """Run the machine's pickle to its end.

    Returns the value it holds, built of the types in ``values``, and the position of its STOP.
    Raises CutError or MalformedError; then ``m.stack`` and ``m.outer`` are as they stood.
    """
    data, handlers, position = m.data, _HANDLERS, 0
    try:
        while (code := data[position]) != STOP:
            position = handlers[code](m, position + 1)
        return m.stack[-1], position
    except _ERRORS as error:
        _tell(m, position, error)


def step(m: Machine, position: int) -> int:
    """Run the opcode at ``position``, and return the position of the next one. Raises as `run` does."""
    try:
        return _HANDLERS[m.data[position]](m, position + 1)
    except _ERRORS as error:
        _tell(m, position, error)


_ERRORS = (IndexError, struct.error, KeyError, ValueError)


def _tell(m: Machine, position: int, error: Exception) -> NoReturn:
    """Raise the CutError or MalformedError that an error of an opcode's handler means."""
    if isinstance(error, IndexError):
        _out_of_range(m, position)
    if isinstance(error, struct.error):
        raise m.cut() from None
    if isinstance(error, KeyError):
        raise MalformedError(f"refers to nothing at byte {position:,}") from None
    raise MalformedError(f"not a number at byte {position:,}") from None


def _out_of_range(m: Machine, position: int) -> NoReturn:
    """Tell the input's end (the opcode, or an operand of one byte, is not there) from an empty stack."""
    ended = position >= m.size or (position == m.size - 1 and m.data[position] != STOP)
    if ended:
        raise m.cut() from None
    raise MalformedError(f"the stack is empty at byte {position:,}") from None


def _unknown(m: Machine, position: int) -> int:
    raise MalformedError(f"no pickle: byte {position - 1:,} is 0x{m.data[position - 1]:02x}")


_ALL = SCALAR_OPS | STRUCTURE_OPS
_HANDLERS: list[Handler] = [_ALL.get(code, _unknown) for code in range(256)]

__all__ = ["STOP", "CutError", "Machine", "MalformedError", "run", "step"]
