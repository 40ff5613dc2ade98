"""When a cron job runs, in words."""

from datetime import UTC, datetime
from typing import Any

import pytest
from arq import cron

from arqlight.worker.crons import cron_infos


async def tidy(ctx: dict[str, Any]) -> None: ...


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ({}, "every minute"),
        ({"second": None}, "every second"),
        ({"second": {0, 10, 20, 30, 40, 50}}, "every 10 seconds"),
        ({"second": set(range(60))}, "every second"),
        ({"second": 30}, "every minute at second 30"),
        ({"minute": 0}, "every hour"),
        ({"minute": 5}, "every hour at :05"),
        ({"minute": {0, 15, 30, 45}}, "every 15 minutes"),
        ({"minute": {3, 33}}, "every hour at :03 and :33"),
        ({"minute": 5, "second": {0, 30}}, "every hour at :05:00 and :05:30"),
        ({"minute": 5, "second": None}, "every second of minute 5 of every hour"),
        ({"hour": 3}, "every minute of the hour 3"),
        ({"hour": {3, 4, 5}, "second": None}, "every second of the hours 3 to 5"),
        ({"hour": 23, "minute": 55}, "every day at 23:55"),
        ({"hour": {18, 6}, "minute": 0}, "every day at 06:00 and 18:00"),
        ({"hour": 6, "minute": 0, "second": 7}, "every day at 06:00:07"),
        ({"hour": {9, 10, 11, 12}, "minute": {0, 30}}, "every day at :00 and :30 of the hours 9 to 12"),
        ({"weekday": "mon", "hour": 9, "minute": 0}, "on Mondays at 09:00"),
        ({"weekday": {5, 6}, "minute": 0}, "every hour on Saturdays and Sundays"),
        ({"weekday": range(5), "hour": 9, "minute": 30}, "on weekdays at 09:30"),
        ({"day": 1, "hour": 0, "minute": 0}, "on the 1st of every month at 00:00"),
        (
            {"day": {2, 13, 23}, "month": 12, "hour": 1, "minute": 0},
            "on the 2nd, 13th and 23rd of December at 01:00",
        ),
        ({"month": {6, 7}, "hour": 1, "minute": 2}, "every day in June and July at 01:02"),
        ({"weekday": 4, "month": 6, "hour": 1, "minute": 2}, "on Fridays in June at 01:02"),
        (
            {"day": 13, "weekday": "fri", "hour": 12, "minute": 0},
            "on Fridays that are the 13th of every month at 12:00",
        ),
    ],
)
def test_the_times_of_a_cron_job_read_as_a_person_would_say_them(times: dict[str, Any], words: str) -> None:
    assert cron_infos([cron(tidy, name="tidy", **times)])["tidy"].words == words


def test_cron_jobs_of_one_name_are_told_as_one_with_the_times_of_all() -> None:
    jobs = [cron(tidy, name="tidy", hour=hour, minute=0) for hour in (1, 5)]
    infos = cron_infos(jobs)
    assert infos["tidy"].words == "every day at 01:00, and every day at 05:00"
    assert infos["tidy"].next_ms is None
    for job, day in zip(jobs, (2, 1), strict=True):
        job.calculate_next(datetime(2026, 1, day, tzinfo=UTC))
    assert cron_infos(jobs)["tidy"].next_ms == 1767243600123


def test_a_worker_without_cron_jobs_tells_of_none() -> None:
    assert cron_infos(None) == {}
