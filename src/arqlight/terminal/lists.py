"""The commands that show: jobs, one job, queues, workers, functions, failures, schedules, batches."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from arqlight.terminal.api import Api, quoted
from arqlight.terminal.ids import full_id
from arqlight.terminal.tables import Column, Row, console, plain, print_facts, print_json, print_table
from arqlight.terminal.words import ago, clock, duration, short, state_of, style_of

__all__ = [
    "error_of",
    "job_columns",
    "now_ms",
    "queue_columns",
    "show_batches",
    "show_failures",
    "show_functions",
    "show_job",
    "show_jobs",
    "show_queues",
    "show_schedules",
    "show_workers",
]


def now_ms() -> int:
    """This moment, in Unix ms."""
    return int(time.time() * 1000)


def _state(row: Row) -> tuple[str, str]:
    state = state_of(row)
    return state.replace("_", " "), style_of(state)


def error_of(row: Row) -> str:
    """Why a job failed, without the exception's module."""
    error = row["error"]
    return "" if error is None else f"{error['type'].rpartition('.')[2]}: {error['message']}"


def _call(row: Row) -> str:
    error = error_of(row)
    return (row["call"] or row["function"] or "(unknown)") + (f"  {error}" if error else "")


def job_columns(rows: Sequence[Row]) -> list[Column]:
    """The columns of a list of jobs."""
    ids = [row["job_id"] for row in rows]
    now = now_ms()
    return [
        Column("STATE", _state),
        Column("JOB", _call, grows=True),
        Column("ID", lambda row: short(row["job_id"], ids)),
        Column("TRY", lambda row: str(row["job_try"] or "-"), "right"),
        Column("WAIT", lambda row: duration(row["wait_ms"]), "right"),
        Column("RUN", lambda row: duration(row["run_ms"]), "right"),
        Column("AGE", lambda row: ago(row["enqueue_ms"], now), "right"),
    ]


async def show_jobs(api: Api, params: Mapping[str, Any], *, limit: int, as_json: bool) -> None:
    """Print the jobs of a list: a table, or a JSON object for each."""
    if as_json:
        async for job in api.jobs(params, limit):
            print_json(job)
        return
    rows = [job async for job in api.jobs(params, limit)]
    print_table(rows, job_columns(rows), empty="No jobs.")
    if len(rows) == limit:
        console().print(f"The first {limit}; --limit shows more.", style="dim")


async def show_job(api: Api, job_id: str, *, as_json: bool) -> None:
    """Print all that is known of one job."""
    job_id = await full_id(api, job_id)
    told = await api.get(f"jobs/{quoted(job_id)}/history")
    if as_json:
        print_json(told)
        return
    job = told["job"]
    print_facts(_facts(told, job))
    for one in told["tries"]:
        if one["traceback"]:
            console().print(f"\nTry {one['number']}:", style="bold")
            for line in one["traceback"].splitlines():
                console().print(plain(line), style="red")
    if told["logs"]:
        console().print("\nLog:", style="bold")
        for line in told["logs"]:
            console().print(plain(f"{clock(line['at_ms'])} {line['level']:<7} {line['text']}"))


def _facts(told: Row, job: Row) -> list[tuple[str, str]]:
    facts = [
        ("job", job["call"] or job["function"] or "(unknown)"),
        ("id", job["job_id"]),
        ("state", _state(job)[0]),
        ("queue", job["queue"]),
        ("batch", job["batch_id"]),
        ("owner", job["owner"]),
        ("worker", job["worker_id"]),
        ("enqueued", clock(job["enqueue_ms"])),
        ("due", clock(job["due_ms"])),
        ("started", clock(job["start_ms"])),
        ("finished", clock(job["finish_ms"])),
        ("waited", duration(job["wait_ms"])),
        ("ran", duration(job["run_ms"])),
        ("usually", _usual(told["usual"])),
        ("tries", str(job["job_try"] or "")),
        ("result", None if told.get("result") is None else str(told["result"])),
        ("error", error_of(job)),
        ("does not run", told["why_waiting"]),
    ]
    return [(name, fact) for name, fact in facts if fact and fact != "-"]


def _usual(usual: Row | None) -> str:
    if usual is None or not usual["count"]:
        return ""
    return f"{duration(usual['run']['p50'])}, 95 % under {duration(usual['run']['p95'])}"


def queue_columns(_rows: Sequence[Row]) -> list[Column]:
    """The columns of a list of queues."""
    now = now_ms()
    return [
        Column("QUEUE", lambda row: row["name"]),
        Column("WAITING", lambda row: str(row["depth"]), "right"),
        Column("DEFERRED", lambda row: str(row["deferred"]), "right"),
        Column("RUNNING", lambda row: str(row["in_progress"]), "right"),
        Column("OLDEST", lambda row: ago(row["oldest_ms"], now), "right"),
        Column("PER MIN", lambda row: f"{row['done_per_minute']:.1f}", "right"),
        Column("EMPTY IN", lambda row: duration(row["drain_ms"]), "right"),
        Column("SERVED BY", _served),
    ]


async def show_queues(api: Api, *, as_json: bool) -> None:
    """Print the queues."""
    told = await api.get("queues")
    if as_json:
        print_json(told)
        return
    print_table(told["queues"], queue_columns(told["queues"]), empty="No queues.")


def _served(row: Row) -> str | tuple[str, str]:
    if row["paused"]:
        return "paused", style_of("paused")
    return ("nobody", "bold red") if row["served_by"] == "none" and row["depth"] else str(row["served_by"])


async def show_workers(api: Api, *, as_json: bool) -> None:
    """Print the workers that are up, and those that were."""
    told = await api.get("workers")
    if as_json:
        print_json(told)
        return
    now = now_ms()
    columns = [
        Column("STATE", lambda row: (row["state"], style_of(row["state"]))),
        Column("WORKER", lambda row: row["worker_id"]),
        Column("QUEUE", lambda row: row["queue"]),
        Column("RUNS", _slots, "right"),
        Column("MEMORY", _memory, "right"),
        Column("UP FOR", lambda row: ago(row["start_ms"], now), "right"),
        Column("SEEN", lambda row: ago(row["seen_ms"], now), "right"),
        Column("VERSION", lambda row: row["version"] or "-"),
    ]
    print_table(
        told["workers"],
        columns,
        empty="No arqlight worker is up. Start one with: arqlight worker module.WorkerSettings",
    )


def _slots(row: Row) -> str:
    return f"{row['info']['jobs_running']}/{row['max_jobs']}" if row["info"] else "-"


def _memory(row: Row) -> str:
    found = (row["info"] or {}).get("memory_bytes")
    return f"{found / 1_048_576:.0f} MiB" if found else "-"


async def show_functions(api: Api, *, as_json: bool) -> None:
    """Print the functions."""
    told = await api.get("functions")
    if as_json:
        print_json(told)
        return
    columns = [
        Column("FUNCTION", lambda row: row["name"]),
        Column("LAST DAY", lambda row: str(row["calls"]), "right"),
        Column("FAILED", _failed, "right"),
        Column("RUN P50", lambda row: duration(row["run"]["p50"]), "right"),
        Column("P95", lambda row: duration(row["run"]["p95"]), "right"),
        Column("P99", lambda row: duration(row["run"]["p99"]), "right"),
        Column("WORKERS", lambda row: str(row["workers"]), "right"),
    ]
    print_table(told["functions"], columns, empty="No functions are known.")


def _failed(row: Row) -> tuple[str, str]:
    rate = row["failure_rate"]
    return ("-", "") if not rate else (f"{row['failed']} ({rate:.1%})", "red")


async def show_failures(api: Api, params: Mapping[str, Any], *, as_json: bool) -> None:
    """Print the groups of failures."""
    told = await api.get("failures", params)
    if as_json:
        print_json(told)
        return
    now = now_ms()
    columns = [
        Column("TIMES", lambda row: str(row["count"]), "right"),
        Column("FAILURE", lambda row: (f"{row['type']}: {row['message']}", "red"), grows=True),
        Column("FUNCTION", lambda row: row["function"]),
        Column("FIRST", lambda row: ago(row["first_ms"], now), "right"),
        Column("LAST", lambda row: ago(row["last_ms"], now), "right"),
        Column("FINGERPRINT", lambda row: row["fingerprint"]),
    ]
    print_table(told["failures"], columns, empty="Nothing failed in that time.")


async def show_schedules(api: Api, *, as_json: bool) -> None:
    """Print the cron jobs."""
    told = await api.get("schedules")
    if as_json:
        print_json(told)
        return
    now = now_ms()
    columns = [
        Column("CRON JOB", lambda row: row["name"]),
        Column("WHEN", lambda row: row["words"] or "-", grows=True),
        Column("NEXT", lambda row: ago(row["next_ms"], now), "right"),
        Column("LAST", lambda row: ago(row["runs"][0]["enqueue_ms"], now) if row["runs"] else "-", "right"),
        Column("IT", lambda row: _state(row["runs"][0]) if row["runs"] else "-"),
        Column("IS", lambda row: "on" if row["enabled"] else ("off", style_of("paused"))),
    ]
    print_table(told["schedules"], columns, empty="No cron jobs are known.")


async def show_batches(api: Api, *, limit: int, as_json: bool) -> None:
    """Print the batches, the youngest first."""
    told = await api.get("batches", {"limit": limit})
    if as_json:
        print_json(told)
        return
    now = now_ms()
    columns = [
        Column("BATCH", lambda row: row["batch_id"]),
        Column("FUNCTION", lambda row: row["function"] or "-", grows=True),
        Column("JOBS", lambda row: str(row["total"]), "right"),
        Column("DONE", lambda row: str(_ended(row["counts"])), "right"),
        Column("FAILED", lambda row: str(row["counts"].get("failed", 0)), "right"),
        Column("AGE", lambda row: ago(row["enqueue_ms"], now), "right"),
    ]
    print_table(told["batches"], columns, empty="No batches.")


def _ended(counts: Mapping[str, int]) -> int:
    return sum(counts.get(outcome, 0) for outcome in ("succeeded", "failed", "aborted", "expired"))
