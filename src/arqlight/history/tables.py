"""The tables. ARCHITECTURE.md says what each one and each index is for, and what it costs.

``state`` is a `State`; times are Unix milliseconds, durations milliseconds. ``seq`` is a job's place in the
order of time, see `seq_from`: a job that is enqueued again under its old id is a row of its own.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    text,
)

__all__ = [
    "audit",
    "batch_totals",
    "batches",
    "depths",
    "failure_counts",
    "failures",
    "gaps",
    "jobs",
    "logs",
    "meta",
    "metadata",
    "position",
    "rollups",
    "totals",
    "tries",
    "workers",
]

metadata = MetaData()
# In SQLite only a column of exactly this type is the table's own key and needs no index.
_Big = BigInteger().with_variant(Integer, "sqlite")

jobs = Table(
    "jobs",
    metadata,
    Column("seq", _Big, primary_key=True, autoincrement=False),
    Column("job_id", Text, nullable=False),
    Column("queue", Text, nullable=False),
    Column("function", Text, nullable=False),  # '' while unknown
    Column("call", Text),  # the function and its arguments in a line, cut
    Column("state", SmallInteger, nullable=False),
    Column("job_try", Integer, nullable=False),
    Column("batch_id", Text),
    Column("enqueue_ms", _Big),
    Column("due_ms", _Big),
    Column("start_ms", _Big),
    Column("finish_ms", _Big),
    Column("wait_ms", _Big),  # from when it was due to its first start
    Column("run_ms", _Big),  # of its last try
    Column("worker_id", Text),
    Column("error_type", Text),
    Column("error_message", Text),
    Column("fingerprint", Text),
    Column("owner", Text),
    Column("source", SmallInteger, nullable=False),  # a `Source`
    Column("event_id", Text, nullable=False),  # the last one that changed it
    Column("bad_tries", Integer, nullable=False),  # rows in `tries`
    Column("searched", SmallInteger, nullable=False),  # whether its text is in the index, see texts.py
    # Last, because they are long and read for one job at a time. JSON, bounded, redacted.
    Column("args", Text),
    Column("kwargs", Text),
    Column("result", Text),
)
Index("jobs_by_id", jobs.c.job_id, jobs.c.seq)
Index("jobs_by_state", jobs.c.state, jobs.c.seq)
Index("jobs_by_function", jobs.c.function, jobs.c.state, jobs.c.seq)
Index("jobs_by_queue", jobs.c.queue, jobs.c.state, jobs.c.seq)


def _index_where(name: str, condition: str, *columns: Column[Any]) -> None:
    """An index of the rows alone that hold a condition."""
    Index(name, *columns, sqlite_where=text(condition), postgresql_where=text(condition))


_index_where("jobs_by_worker", "worker_id IS NOT NULL", jobs.c.worker_id, jobs.c.seq)
_index_where("jobs_by_batch", "batch_id IS NOT NULL", jobs.c.batch_id, jobs.c.seq)
_index_where("jobs_by_fingerprint", "fingerprint IS NOT NULL", jobs.c.fingerprint, jobs.c.seq)
_index_where("jobs_by_owner", "owner IS NOT NULL", jobs.c.owner, jobs.c.seq)
_index_where("jobs_by_run", "run_ms IS NOT NULL", jobs.c.function, jobs.c.run_ms, jobs.c.seq)
_index_where("jobs_by_wait", "wait_ms IS NOT NULL", jobs.c.function, jobs.c.wait_ms, jobs.c.seq)
_index_where("jobs_by_tries", "job_try > 1", jobs.c.job_try, jobs.c.seq)
_index_where("jobs_by_due", "state = 1", jobs.c.due_ms)
_index_where("jobs_unsearched", "searched = 0", jobs.c.seq)

# Tries that ended badly, in the order they ended. The last try is in `jobs`, as far as that tells it.
tries = Table(
    "tries",
    metadata,
    Column("seq", _Big, primary_key=True, autoincrement=False),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("job_try", Integer, nullable=False),
    Column("worker_id", Text),
    Column("start_ms", _Big),
    Column("finish_ms", _Big),
    Column("ended", Text, nullable=False),  # failed, retrying, lost or released
    Column("next_ms", _Big),  # when the next try is due
    Column("error_type", Text),
    Column("error_message", Text),
    Column("traceback", Text),  # its end, bounded
)
_index_where("tries_lost", "ended = 'lost'", tries.c.worker_id)

logs = Table(
    "logs",
    metadata,
    Column("seq", _Big, primary_key=True, autoincrement=False),
    Column("event", _Big, primary_key=True, autoincrement=False),  # made of the event's id, see `seq_from`
    Column("number", Integer, primary_key=True, autoincrement=False),  # of the line in the event
    Column("at_ms", _Big, nullable=False),
    Column("job_try", Integer),
    Column("level", Text, nullable=False),
    Column("logger", Text),
    Column("text", Text, nullable=False),
)

# How many jobs of each function are in each state of each queue, kept in step with `jobs`.
totals = Table(
    "totals",
    metadata,
    Column("queue", Text, primary_key=True),
    Column("function", Text, primary_key=True),
    Column("state", SmallInteger, primary_key=True, autoincrement=False),
    Column("total", _Big, nullable=False),
)

batches = Table(
    "batches",
    metadata,
    Column("batch_id", Text, primary_key=True),
    Column("seq", _Big, nullable=False),  # its first job's
    Column("queue", Text, nullable=False),
    Column("function", Text, nullable=False),
)
Index("batches_by_seq", batches.c.seq)

batch_totals = Table(
    "batch_totals",
    metadata,
    Column("batch_id", Text, primary_key=True),
    Column("state", SmallInteger, primary_key=True, autoincrement=False),
    Column("total", _Big, nullable=False),
)

# Jobs that ended in each minute or hour, by their last event's time; * stands for all queues or functions.
rollups = Table(
    "rollups",
    metadata,
    Column("step_s", Integer, primary_key=True, autoincrement=False),
    Column("at_ms", _Big, primary_key=True, autoincrement=False),
    Column("queue", Text, primary_key=True),
    Column("function", Text, primary_key=True),
    Column("state", SmallInteger, primary_key=True, autoincrement=False),
    Column("total", _Big, nullable=False),
    Column("wait", Text, nullable=False),  # a histogram, see rollups.py
    Column("run", Text, nullable=False),
)

Index("rollups_by_name", rollups.c.step_s, rollups.c.function, rollups.c.queue, rollups.c.at_ms)

# The most jobs that were seen to wait in a queue in each minute and hour; none where none waited.
depths = Table(
    "depths",
    metadata,
    Column("step_s", Integer, primary_key=True, autoincrement=False),
    Column("at_ms", _Big, primary_key=True, autoincrement=False),
    Column("queue", Text, primary_key=True),
    Column("waiting", _Big, nullable=False),
)

failures = Table(
    "failures",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("function", Text, nullable=False),
    Column("error_type", Text, nullable=False),
    Column("location", Text, nullable=False),  # file and function, '' where unknown
    Column("message", Text, nullable=False),  # of the last one
    Column("first_ms", _Big, nullable=False),
    Column("last_ms", _Big, nullable=False),
    Column("last_seq", _Big, nullable=False),
    Column("total", _Big, nullable=False),
)
Index("failures_by_last", failures.c.last_ms, failures.c.fingerprint)
Index("failures_by_total", failures.c.total, failures.c.fingerprint)

failure_counts = Table(
    "failure_counts",
    metadata,
    Column("step_s", Integer, primary_key=True, autoincrement=False),
    Column("at_ms", _Big, primary_key=True, autoincrement=False),
    Column("fingerprint", Text, primary_key=True),
    Column("total", _Big, nullable=False),
)

workers = Table(
    "workers",
    metadata,
    Column("worker_id", Text, primary_key=True),
    Column("host", Text),
    Column("pid", Integer),
    Column("queue", Text, nullable=False),
    Column("version", Text),
    Column("max_jobs", Integer),
    Column("start_ms", _Big),
    Column("first_ms", _Big, nullable=False),
    Column("last_ms", _Big, nullable=False),
)

# Stretches of the log that were trimmed before they were read.
gaps = Table(
    "gaps",
    metadata,
    Column("after_id", Text, primary_key=True),
    Column("before_id", Text, nullable=False),
    Column("found_ms", _Big, nullable=False),
    Column("healed_ms", _Big),
    Column("jobs_mended", _Big, nullable=False, server_default="0"),
)

# Lines of the audit log, as Redis held them.
audit = Table(
    "audit",
    metadata,
    Column("id", _Big, primary_key=True, autoincrement=False),  # made of the line's id, see `seq_from`
    Column("viewer", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("targets", Text, nullable=False),  # JSON
    Column("total", _Big, nullable=False),
    Column("address", Text, nullable=False),
)

# One row: the last event that is in these tables, and the fencing number of the recorder that wrote it.
position = Table(
    "position",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("event_id", Text, nullable=False),
    Column("fence", _Big, nullable=False),
    Column("unknown_events", _Big, nullable=False),
)

meta = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
