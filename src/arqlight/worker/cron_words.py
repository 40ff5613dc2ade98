"""Says in words when a cron job runs: "every hour at :05", "on weekdays at 09:30"."""

from collections.abc import Sequence
from itertools import pairwise

__all__ = ["in_words"]

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WORKING_DAYS = [0, 1, 2, 3, 4]
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_SIXTY = 60
_HOURS = 24
# Of more times of day than these, the minutes and the hours are told, not each time.
_MOST_TIMES = 6

Wanted = Sequence[int]


def in_words(
    *, month: Wanted, day: Wanted, weekday: Wanted, hour: Wanted, minute: Wanted, second: Wanted, **_: Wanted
) -> str:
    """When a job runs whose fields must have one of these values; an empty field may have any.

    Weekdays count from Monday, which is 0. Parts of a second are not told.
    """
    month, day, weekday, hour, minute, second = map(sorted, (month, day, weekday, hour, minute, second))
    days = _days(month, day, weekday)
    if hour and minute and second:
        return f"{days or 'every day'} {_times(hour, minute, second)}"
    return " ".join(part for part in (_within_an_hour(hour, minute, second), days) if part)


def _days(month: Wanted, day: Wanted, weekday: Wanted) -> str:
    """On which days; empty for every one."""
    months = _listed([_MONTHS[number - 1] for number in month])
    parts = []
    if weekday == _WORKING_DAYS:
        parts.append("on weekdays")
    elif weekday:
        parts.append(f"on {_listed([_WEEKDAYS[number] + 's' for number in weekday])}")
    if day:
        which = f"the {_listed([_ordinal(number) for number in day])} of {months or 'every month'}"
        parts.append(f"that are {which}" if parts else f"on {which}")
    elif months:
        parts.append(f"in {months}" if parts else f"every day in {months}")
    return " ".join(parts)


def _times(hour: Wanted, minute: Wanted, second: Wanted) -> str:
    """At which times of day."""
    if len(hour) * len(minute) * len(second) > _MOST_TIMES:
        return f"at {_minutes(minute, second)} of {_hours(hour)}"
    times = [_clock(h, m, s) for h in hour for m in minute for s in second]
    return f"at {_listed(times)}"


def _within_an_hour(hour: Wanted, minute: Wanted, second: Wanted) -> str:
    """At which times, where one of the parts of a time may be any."""
    during = f" of {_hours(hour)}" if hour else ""
    if not minute and not second:
        return f"every second{during}"
    if not minute:
        return f"{_each(second, 'minute', 'second', at=_numbers('second', second))}{during}"
    if not second:
        return f"every second of {_numbers('minute', minute)}{during or ' of every hour'}"
    if second == [0]:
        return f"{_each(minute, 'hour', 'minute', at=_minutes(minute, second))}{during}"
    return f"every hour at {_minutes(minute, second)}{during}"


def _each(values: Wanted, whole: str, part: str, *, at: str) -> str:
    """Values between 0 and 59: "every hour at :05", "every 15 minutes"."""
    if values == [0]:
        return f"every {whole}"
    step = _step(values)
    if step == 1:
        return f"every {part}"
    if step:
        return f"every {step} {part}s"
    return f"every {whole} at {at}"


def _step(values: Wanted) -> int | None:
    """How far apart values are that go evenly through all sixty."""
    step = _SIXTY // len(values)
    return step if values[0] == 0 and list(values) == list(range(0, _SIXTY, step)) else None


def _minutes(minute: Wanted, second: Wanted) -> str:
    return _listed([f":{m:02}" if second == [0] else f":{m:02}:{s:02}" for m in minute for s in second])


def _hours(hour: Wanted) -> str:
    """Hours of a day: "the hours 9 to 17"."""
    if len(hour) > 2 and all(later - earlier == 1 for earlier, later in pairwise(hour)):  # noqa: PLR2004  a run
        return "every hour" if len(hour) == _HOURS else f"the hours {hour[0]} to {hour[-1]}"
    return f"the {_numbers('hour', hour)}"


def _numbers(what: str, values: Wanted) -> str:
    """Numbers by their name: "minute 5", "seconds 5 and 35"."""
    return f"{what}{'s' if len(values) > 1 else ''} {_listed([str(value) for value in values])}"


def _clock(hour: int, minute: int, second: int) -> str:
    return f"{hour:02}:{minute:02}:{second:02}" if second else f"{hour:02}:{minute:02}"


def _ordinal(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{({1: 'st', 2: 'nd', 3: 'rd'}).get(number % 10, 'th')}"


def _listed(words: Sequence[str]) -> str:
    """Words as a list: "a, b and c"."""
    *first, last = words or [""]
    return f"{', '.join(first)} and {last}" if first else last
