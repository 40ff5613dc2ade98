"""Counts what Python does, so that a test of cost does not depend on the machine or on what else it runs."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

__all__ = ["TooManyStepsError", "steps_of"]


class TooManyStepsError(Exception):
    """A call took more steps than it may; it was stopped."""


def steps_of(call: Callable[[], object], at_most: int = 1 << 62) -> int:
    """How many instructions of Python's a call takes; each turn of a loop is several.

    Raises:
        TooManyStepsError: more than ``at_most``.
    """
    count = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        if event == "opcode":
            count += 1
            if count > at_most:
                raise TooManyStepsError
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    if count > at_most:  # the call may have caught what was raised in it
        raise TooManyStepsError
    return count
