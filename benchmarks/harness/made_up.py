"""A history of a million made-up jobs, such as a shop would have."""

import random
import sys
import uuid
from collections.abc import Iterator
from typing import Any

from arqlight.history.database import Database
from arqlight.history.failures import fingerprint_of
from arqlight.history.projection import Changes
from arqlight.history.rollups import roll_up
from arqlight.history.rows import JobState
from arqlight.history.states import DONE, State, seq_from
from arqlight.history.tables import position
from arqlight.history.texts import index_some
from arqlight.history.writing import upsert, write
from sqlalchemy import Connection

FUNCTIONS = ["send_email", "resize_image", "charge_card", "sync_orders", "export_report", "push_notification"]
QUEUES = ["arq:queue", "mail", "slow"]
ERRORS = [("ValueError", "no such card"), ("app.PaymentError", "declined by the bank"), ("TimeoutError", "")]
STATES = [State.succeeded] * 93 + [State.failed] * 4 + [State.aborted, State.expired, State.queued]
SPAN_MS = 6 * 86_400_000
PIECE = 5_000


def fill(database: Database, jobs: int, now_ms: int) -> None:
    """Write so many jobs of the last six days, by the recorder's own way, and index their texts."""
    draw = random.Random(1)
    made = 0
    for first in range(0, jobs, PIECE):
        changes = Changes()
        for number in range(first, min(jobs, first + PIECE)):
            _add(changes, number, now_ms - SPAN_MS + SPAN_MS * number // jobs, draw)
        database.write_here(lambda connection, changes=changes: _write(connection, changes, now_ms))
        made += PIECE
        if made % 100_000 == 0:
            print(f"{made:,} rows written", file=sys.stderr, flush=True)
    while database.write_here(roll_up):
        pass
    while database.write_here(lambda connection: index_some(connection, PIECE)):
        pass


def _write(connection: Connection, changes: Changes, now_ms: int) -> None:
    write(connection, changes)
    first = {"id": 1, "event_id": f"{now_ms}-0", "fence": 0, "unknown_events": 0}
    connection.execute(upsert(connection, position).values(first).on_conflict_do_nothing())


def _add(changes: Changes, number: int, at_ms: int, draw: random.Random) -> None:
    job = JobState.new(seq_from(at_ms, number % 1000), uuid.UUID(int=draw.getrandbits(128)).hex, "", 0)
    row = job.values
    function = draw.choices(FUNCTIONS, (40, 20, 15, 10, 5, 10))[0]
    state = draw.choice(STATES)
    row |= {
        "queue": draw.choices(QUEUES, (70, 20, 10))[0],
        "function": function,
        "state": int(state),
        "enqueue_ms": at_ms,
        "due_ms": at_ms,
        "event_id": f"{at_ms}-0",
        "batch_id": f"batch-{number // 500}" if number % 3 == 0 else None,
        "args": f"[{number}]",
        "kwargs": "{}",
        "call": f'{function}({number}, to="user{draw.randrange(50_000)}@example.com")',
    }
    if state in DONE:
        wait, run = int(draw.expovariate(1 / 200)), int(draw.lognormvariate(5, 1.5))
        row |= {
            "job_try": draw.choices((1, 2, 3), (95, 4, 1))[0],
            "start_ms": at_ms + wait,
            "finish_ms": at_ms + wait + run,
            "wait_ms": wait,
            "run_ms": run,
            "worker_id": f"host-{number // 100_000}:{draw.randrange(8)}",
            "result": "true",
        }
        changes.count_end(row, row["finish_ms"])
    if state is State.failed:
        _fail(changes, row, draw)
    changes.jobs[row["seq"]] = job
    changes.note_batch(job)


def _fail(changes: Changes, row: dict[str, Any], draw: random.Random) -> None:
    error_type, message = draw.choice(ERRORS)
    place = f"app/{row['function']}.py:step{draw.randrange(20)}"
    row |= {
        "error_type": error_type,
        "error_message": f"{message} {draw.randrange(10_000)}".strip(),
        "fingerprint": fingerprint_of(row["function"], error_type, place),
    }
    changes.count_failure(row, place, row["finish_ms"])


def texts() -> Iterator[str]:
    """What one would look for: a rare text, a frequent one, what is not there; without end."""
    draw = random.Random(2)
    while True:
        yield draw.choice(
            (
                f"user{draw.randrange(50_000)}@",
                f"({draw.randrange(1_000_000)},",
                "declined by",
                f"zzz{draw.randrange(100)}zzz",
                "export",
                f"{draw.getrandbits(32):08x}",
            )
        )
