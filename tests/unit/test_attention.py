"""What the console's overview says needs attention, and what its charts mark."""

from typing import Any

import pytest

from arqlight.history import FunctionStats, JobRow, WorkerRow
from arqlight.models import WorkerInfo
from arqlight.web.api.attention import Facts, attention
from arqlight.web.api.models.queues import QueueLine
from arqlight.web.api.models.stats import Attention, Recorder
from arqlight.web.api.stats import version_marks

NOW_MS = 1_700_000_000_000
HOUR_MS = 3_600_000


def worker(name: str, **facts: Any) -> WorkerInfo:
    usual: dict[str, Any] = {
        "host": "here",
        "pid": 1,
        "queue": "arq:queue",
        "start_ms": NOW_MS - HOUR_MS,
        "seen_ms": NOW_MS,
        "lease_s": 15,
        "max_jobs": 10,
        "job_timeout_s": 300,
        "max_tries": 5,
        "functions": {},
        "running": [],
        "jobs_running": 0,
        "jobs_complete": 0,
        "jobs_failed": 0,
        "jobs_retried": 0,
        "memory_bytes": 1,
        "version": "1.0",
    }
    return WorkerInfo(worker_id=name, **(usual | facts))


def queue(**facts: Any) -> QueueLine:
    usual: dict[str, Any] = {
        "name": "mail",
        "depth": 0,
        "deferred": 0,
        "in_progress": 0,
        "paused": False,
        "workers": 1,
        "slots": 10,
        "served_by": "arqlight",
        "done_per_minute": 0,
        "done_series": [],
        "depth_series": [],
        "counts": {},
    }
    return QueueLine(**(usual | facts))


def running_on(worker_id: str | None) -> JobRow:
    names = dict.fromkeys(JobRow.__dataclass_fields__)
    return JobRow(**(names | {"worker_id": worker_id}))  # type: ignore[arg-type]


def function(**recent: int) -> FunctionStats:
    names = dict.fromkeys(FunctionStats.__dataclass_fields__)
    return FunctionStats(**(names | {"name": "send_mail", "recent": recent}))  # type: ignore[arg-type]


def told(**facts: Any) -> list[Attention]:
    usual: dict[str, Any] = {
        "queues": (),
        "workers": (worker("one"),),
        "failures": (),
        "functions": (),
        "running": (),
        "recorder": Recorder(state="up", event_id="0-0", behind_ms=0, gaps=0),
        "now_ms": NOW_MS,
    }
    return attention(Facts(**(usual | facts)))


def test_nothing_needs_attention_while_all_is_well() -> None:
    all_is_well = {
        "queues": (queue(depth=3, oldest_ms=NOW_MS - 1000),),
        "functions": (function(succeeded=99, failed=1),),
        "running": (running_on("one"), running_on(None)),
    }
    assert told(**all_is_well) == []


@pytest.mark.parametrize(
    ("facts", "level", "text"),
    [
        (
            {"running": (running_on("two"), running_on("two"))},
            "bad",
            "The worker two is silent; 2 jobs in progress wait for another.",
        ),
        (
            {"queues": (queue(depth=1, served_by="none"),)},
            "bad",
            "No worker serves the queue mail, and 1 job waits.",
        ),
        (
            {"queues": (queue(depth=2, oldest_ms=NOW_MS - 90_000),)},
            "bad",
            "Jobs of the queue mail wait for 90 s; 2 jobs wait.",
        ),
        ({"queues": (queue(paused=True),)}, "odd", "The queue mail is paused; 0 jobs wait."),
        (
            {"functions": (function(succeeded=5, failed=5),)},
            "bad",
            "send_mail failed 5 of 10 times in the last hour.",
        ),
        (
            {"workers": (worker("one", jobs_running=10),)},
            "odd",
            "All 10 slots of the worker one are taken.",
        ),
        (
            {"workers": (worker("one", job_timeout_s=86_400),)},
            "odd",
            "The worker one has a job_timeout of 24 hours: a job that hangs keeps its slot so long.",
        ),
        (
            {"recorder": Recorder(state="behind", event_id="0-0", behind_ms=180_000, gaps=0)},
            "odd",
            "The history is 3 min behind what happens.",
        ),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(facts: dict[str, Any], level: str, text: str) -> None:
    (one,) = told(**facts)
    assert (one.level, one.text) == (level, text)


def test_what_is_bad_comes_before_what_is_odd() -> None:
    found = told(queues=(queue(paused=True),), running=(running_on("two"),))
    assert [one.kind for one in found] == ["silent_worker", "paused"]


def test_a_chart_is_marked_where_workers_of_another_version_came_up() -> None:
    def row(version: str | None, start_ms: int) -> WorkerRow:
        names = dict.fromkeys(WorkerRow.__dataclass_fields__)
        return WorkerRow(**(names | {"version": version, "start_ms": start_ms, "first_ms": start_ms}))  # type: ignore[arg-type]

    workers = [
        row("1.1", 300),
        row("1.0", 100),
        row(None, 350),
        row("1.1", 400),
        row("1.2", 900),
        row("1.0", 200),
    ]
    assert [(mark.at_ms, mark.text) for mark in version_marks(workers, 150, 900)] == [(300, "worker 1.1")]
    assert version_marks(workers, 150, 250) == []
