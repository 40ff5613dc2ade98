"""The first form of the tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# In SQLite only a column of exactly this type is the table's own key and needs no index.
_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "audit",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("viewer", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("targets", sa.Text(), nullable=False),
        sa.Column("total", _BIG, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "batch_totals",
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("state", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("total", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "state"),
    )
    op.create_table(
        "batches",
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("seq", _BIG, nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("function", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("batch_id"),
    )
    op.create_index("batches_by_seq", "batches", ["seq"], unique=False)
    op.create_table(
        "depths",
        sa.Column("step_s", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at_ms", _BIG, autoincrement=False, nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("waiting", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("step_s", "at_ms", "queue"),
    )
    op.create_table(
        "failure_counts",
        sa.Column("step_s", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at_ms", _BIG, autoincrement=False, nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("total", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("step_s", "at_ms", "fingerprint"),
    )
    op.create_table(
        "failures",
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("function", sa.Text(), nullable=False),
        sa.Column("error_type", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("first_ms", _BIG, nullable=False),
        sa.Column("last_ms", _BIG, nullable=False),
        sa.Column("last_seq", _BIG, nullable=False),
        sa.Column("total", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("fingerprint"),
    )
    op.create_index("failures_by_last", "failures", ["last_ms", "fingerprint"], unique=False)
    op.create_index("failures_by_total", "failures", ["total", "fingerprint"], unique=False)
    op.create_table(
        "gaps",
        sa.Column("after_id", sa.Text(), nullable=False),
        sa.Column("before_id", sa.Text(), nullable=False),
        sa.Column("found_ms", _BIG, nullable=False),
        sa.Column("healed_ms", _BIG, nullable=True),
        sa.Column("jobs_mended", _BIG, server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("after_id"),
    )
    op.create_table(
        "jobs",
        sa.Column("seq", _BIG, autoincrement=False, nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("function", sa.Text(), nullable=False),
        sa.Column("call", sa.Text(), nullable=True),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("job_try", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Text(), nullable=True),
        sa.Column("enqueue_ms", _BIG, nullable=True),
        sa.Column("due_ms", _BIG, nullable=True),
        sa.Column("start_ms", _BIG, nullable=True),
        sa.Column("finish_ms", _BIG, nullable=True),
        sa.Column("wait_ms", _BIG, nullable=True),
        sa.Column("run_ms", _BIG, nullable=True),
        sa.Column("worker_id", sa.Text(), nullable=True),
        sa.Column("error_type", sa.Text(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("source", sa.SmallInteger(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("bad_tries", sa.Integer(), nullable=False),
        sa.Column("searched", sa.SmallInteger(), nullable=False),
        sa.Column("args", sa.Text(), nullable=True),
        sa.Column("kwargs", sa.Text(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index(
        "jobs_by_batch",
        "jobs",
        ["batch_id", "seq"],
        unique=False,
        sqlite_where=sa.text("batch_id IS NOT NULL"),
        postgresql_where=sa.text("batch_id IS NOT NULL"),
    )
    op.create_index(
        "jobs_by_due",
        "jobs",
        ["due_ms"],
        unique=False,
        sqlite_where=sa.text("state = 1"),
        postgresql_where=sa.text("state = 1"),
    )
    op.create_index(
        "jobs_by_fingerprint",
        "jobs",
        ["fingerprint", "seq"],
        unique=False,
        sqlite_where=sa.text("fingerprint IS NOT NULL"),
        postgresql_where=sa.text("fingerprint IS NOT NULL"),
    )
    op.create_index("jobs_by_function", "jobs", ["function", "state", "seq"], unique=False)
    op.create_index("jobs_by_id", "jobs", ["job_id", "seq"], unique=False)
    op.create_index(
        "jobs_by_owner",
        "jobs",
        ["owner", "seq"],
        unique=False,
        sqlite_where=sa.text("owner IS NOT NULL"),
        postgresql_where=sa.text("owner IS NOT NULL"),
    )
    op.create_index("jobs_by_queue", "jobs", ["queue", "state", "seq"], unique=False)
    op.create_index(
        "jobs_by_run",
        "jobs",
        ["function", "run_ms", "seq"],
        unique=False,
        sqlite_where=sa.text("run_ms IS NOT NULL"),
        postgresql_where=sa.text("run_ms IS NOT NULL"),
    )
    op.create_index("jobs_by_state", "jobs", ["state", "seq"], unique=False)
    op.create_index(
        "jobs_by_tries",
        "jobs",
        ["job_try", "seq"],
        unique=False,
        sqlite_where=sa.text("job_try > 1"),
        postgresql_where=sa.text("job_try > 1"),
    )
    op.create_index(
        "jobs_by_wait",
        "jobs",
        ["function", "wait_ms", "seq"],
        unique=False,
        sqlite_where=sa.text("wait_ms IS NOT NULL"),
        postgresql_where=sa.text("wait_ms IS NOT NULL"),
    )
    op.create_index(
        "jobs_by_worker",
        "jobs",
        ["worker_id", "seq"],
        unique=False,
        sqlite_where=sa.text("worker_id IS NOT NULL"),
        postgresql_where=sa.text("worker_id IS NOT NULL"),
    )
    op.create_index(
        "jobs_unsearched",
        "jobs",
        ["seq"],
        unique=False,
        sqlite_where=sa.text("searched = 0"),
        postgresql_where=sa.text("searched = 0"),
    )
    op.create_table(
        "logs",
        sa.Column("seq", _BIG, autoincrement=False, nullable=False),
        sa.Column("event", _BIG, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at_ms", _BIG, nullable=False),
        sa.Column("job_try", sa.Integer(), nullable=True),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("logger", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", "event", "number"),
    )
    op.create_table(
        "meta",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "position",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("fence", _BIG, nullable=False),
        sa.Column("unknown_events", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "rollups",
        sa.Column("step_s", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at_ms", _BIG, autoincrement=False, nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("function", sa.Text(), nullable=False),
        sa.Column("state", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("total", _BIG, nullable=False),
        sa.Column("wait", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("step_s", "at_ms", "queue", "function", "state"),
    )
    op.create_index("rollups_by_name", "rollups", ["step_s", "function", "queue", "at_ms"], unique=False)
    op.create_table(
        "totals",
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("function", sa.Text(), nullable=False),
        sa.Column("state", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("total", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("queue", "function", "state"),
    )
    op.create_table(
        "tries",
        sa.Column("seq", _BIG, autoincrement=False, nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("job_try", sa.Integer(), nullable=False),
        sa.Column("worker_id", sa.Text(), nullable=True),
        sa.Column("start_ms", _BIG, nullable=True),
        sa.Column("finish_ms", _BIG, nullable=True),
        sa.Column("ended", sa.Text(), nullable=False),
        sa.Column("next_ms", _BIG, nullable=True),
        sa.Column("error_type", sa.Text(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("traceback", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("seq", "ordinal"),
    )
    op.create_index(
        "tries_lost",
        "tries",
        ["worker_id"],
        unique=False,
        sqlite_where=sa.text("ended = 'lost'"),
        postgresql_where=sa.text("ended = 'lost'"),
    )
    op.create_table(
        "workers",
        sa.Column("worker_id", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=True),
        sa.Column("pid", sa.Integer(), nullable=True),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("max_jobs", sa.Integer(), nullable=True),
        sa.Column("start_ms", _BIG, nullable=True),
        sa.Column("first_ms", _BIG, nullable=False),
        sa.Column("last_ms", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("worker_id"),
    )
