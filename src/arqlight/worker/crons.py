"""Cron jobs: checks them (one that can never be due would be looked for without end), and tells of them."""

from collections.abc import Iterable, Sequence
from typing import Any

from arq.cron import CronJob
from arq.typing import WEEKDAYS

from arqlight.models import CronInfo
from arqlight.worker.cron_words import in_words

__all__ = ["check_cron_job", "cron_infos"]

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


def cron_infos(cron_jobs: Sequence[CronJob] | None) -> dict[str, CronInfo]:
    """What a worker publishes of its cron jobs. Those of one name are one, which runs at the times of all."""
    infos: dict[str, CronInfo] = {}
    for job in cron_jobs or ():
        # arq's worker works out the next time when it first looks at its cron jobs.
        next_ms = int(job.next_run.timestamp() * 1000) if job.next_run else None
        known = infos.get(job.name)
        if known is None:
            infos[job.name] = CronInfo(words=words_of(job), next_ms=next_ms)
        else:
            known.words += f", and {words_of(job)}"
            known.next_ms = min(filter(None, (known.next_ms, next_ms)), default=None)
    return infos


def words_of(job: CronJob) -> str:
    """When a cron job runs, in words, such as "every day at 23:55"."""
    fields = {name: _values(name, getattr(job, name)) for name in _RANGES}
    return in_words(**fields)


def _values(name: str, wanted: Any) -> list[Any]:
    if wanted is None:
        return []
    if name == "weekday" and isinstance(wanted, str):
        return [WEEKDAYS.index(wanted.lower())] if wanted.lower() in WEEKDAYS else [wanted]
    return list(wanted) if isinstance(wanted, Iterable) and not isinstance(wanted, str) else [wanted]
