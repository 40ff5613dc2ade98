"""Times, durations and states, as the tables say them."""

import re
from datetime import datetime, timedelta
from typing import Any

import click

__all__ = ["Moment", "Span", "ago", "clock", "duration", "short", "state_of", "style_of"]

_UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)")
_SHORT_ID = 8

_STYLES = {
    "succeeded": "green",
    "failed": "bold red",
    "aborted": "magenta",
    "expired": "yellow",
    "in_progress": "bold blue",
    "queued": "cyan",
    "deferred": "dim cyan",
    "up": "green",
    "draining": "yellow",
    "lost": "bold red",
    "paused": "yellow",
}


def state_of(job: dict[str, Any]) -> str:
    """A job's state in one word: its outcome where it is complete, else its status."""
    return str(job["outcome"] or job["status"])


def style_of(state: str) -> str:
    """How a state is coloured."""
    return _STYLES.get(state, "")


def short(job_id: str, ids: list[str] | None = None) -> str:
    """The beginning of an id: as long as it takes to tell it from the others."""
    length = _SHORT_ID
    others = [other for other in ids or () if other != job_id]
    while length < len(job_id) and any(other.startswith(job_id[:length]) for other in others):
        length += 1
    return job_id[:length]


def duration(ms: float | None) -> str:
    """A length of time, in at most two units."""
    if ms is None:
        return "-"
    if ms < _UNITS["s"]:
        return f"{ms:.0f} ms"
    if ms < _UNITS["m"]:
        return f"{ms / 1_000:.1f} s"
    seconds = round(ms / 1_000)
    for size, unit, below, lower in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s")):
        if seconds >= size:
            return f"{seconds // size} {unit} {seconds % size // below:02d} {lower}"
    return f"{seconds} s"


def ago(at_ms: int | None, now_ms: int) -> str:
    """How long ago something was, in one unit; ``in ...`` where it is to come."""
    if at_ms is None:
        return "-"
    distance = abs(now_ms - at_ms)
    name = next((n for n in ("d", "h", "m", "s") if distance >= _UNITS[n]), "s")
    words = f"{distance // _UNITS[name]} {'min' if name == 'm' else name}"
    return f"in {words}" if at_ms > now_ms else words


def clock(at_ms: int | None) -> str:
    """A moment by this machine's clock and zone."""
    if at_ms is None:
        return "-"
    return datetime.fromtimestamp(at_ms / 1000).astimezone().strftime("%Y-%m-%d %H:%M:%S")


class Span(click.ParamType):  # type: ignore[type-arg]  # which older clicks do not take
    """A length of time such as ``90s``, ``1.5h`` or ``250ms``, in ms; a number alone is seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The same in ms."""
        ms = span_ms(str(value))
        if ms is None:
            self.fail(f"{value!r} is no length of time; one looks like 30s, 5m, 2h or 7d.", param, ctx)
        return ms


class Moment(click.ParamType):  # type: ignore[type-arg]  # as above
    """A moment: ``2h`` ago, or a date such as ``2026-11-25`` or ``2026-11-25T08:00``, in Unix ms."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The same in Unix ms."""
        text = str(value)
        ms = span_ms(text) if not text.isdigit() else None
        if ms is not None:
            return round((datetime.now().astimezone() - timedelta(milliseconds=ms)).timestamp() * 1000)
        try:
            return round(datetime.fromisoformat(text).astimezone().timestamp() * 1000)
        except (ValueError, OverflowError):
            self.fail(f"{text!r} is no time; one looks like 2h (ago) or 2026-11-25T08:00.", param, ctx)


def span_ms(text: str) -> int | None:
    """A length of time in ms; None where the text says none."""
    found = _SPAN.fullmatch(text.strip())
    if found:
        return round(float(found[1]) * _UNITS[found[2]])
    return round(float(text) * 1000) if re.fullmatch(r"\d+(\.\d+)?", text.strip()) else None
