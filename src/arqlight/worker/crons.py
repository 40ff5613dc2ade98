"""Checks cron jobs: one that can never be due would be looked for without end."""

from collections.abc import Iterable
from typing import Any

from arq.cron import CronJob
from arq.typing import WEEKDAYS

__all__ = ["check_cron_job"]

_RANGES = {
    "month": (1, 12),
    "day": (1, 31),
    "weekday": (0, 6),
    "hour": (0, 23),
    "minute": (0, 59),
    "second": (0, 59),
    "microsecond": (0, 999_999),
}
_DAYS_OF_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def check_cron_job(job: CronJob) -> None:
    """Make sure that a cron job is due at some time.

    Raises:
        ValueError: it never is; says why, and what would be right.
    """
    for name, (least, most) in _RANGES.items():
        wanted = getattr(job, name)
        if wanted is None:
            continue
        values = _values(name, wanted)
        wrong = [value for value in values if not (isinstance(value, int) and least <= value <= most)]
        if wrong or not values:
            raise ValueError(f"{job.name} is never due: {name}={wanted!r}, it must be from {least} to {most}")
    days, months = _values("day", job.day), _values("month", job.month) or range(1, 13)
    if days and not any(day <= _DAYS_OF_MONTH[month - 1] for day in days for month in months):
        raise ValueError(f"{job.name} is never due: month={job.month!r} has no day={job.day!r}")


def _values(name: str, wanted: Any) -> list[Any]:
    if wanted is None:
        return []
    if name == "weekday" and isinstance(wanted, str):
        return [WEEKDAYS.index(wanted.lower())] if wanted.lower() in WEEKDAYS else [wanted]
    return list(wanted) if isinstance(wanted, Iterable) and not isinstance(wanted, str) else [wanted]
