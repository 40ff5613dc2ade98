"""An index of texts, for searching: FTS5 of SQLite, pg_trgm of PostgreSQL, where they can be had."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# What of a job is searched. `arqlight.history.texts` asks by the same expression.
_TEXT = (
    "lower({0}job_id || '\n' || coalesce({0}call, {0}function) || '\n' || "
    "coalesce({0}error_type || ': ', '') || coalesce({0}error_message, ''))"
)
_OLD, _NEW = _TEXT.format("old."), _TEXT.format("new.")
_REMOVE = f"INSERT INTO jobs_text (jobs_text, rowid, text) VALUES ('delete', old.seq, {_OLD});"  # noqa: S608  our own text
_ADD = f"INSERT INTO jobs_text (rowid, text) VALUES (new.seq, {_NEW});"  # noqa: S608

# Which three characters are in which text, without where: all that is found is looked at in any case.
_SQLITE = (
    "CREATE VIRTUAL TABLE jobs_text USING fts5 (text, content='', tokenize='trigram', detail='none')",
    f"""CREATE TRIGGER jobs_text_add AFTER UPDATE OF searched ON jobs
        WHEN new.searched = 1 AND old.searched = 0 BEGIN {_ADD} END""",
    f"""CREATE TRIGGER jobs_text_change AFTER UPDATE OF function, call, error_type, error_message ON jobs
        WHEN old.searched = 1 AND {_OLD} <> {_NEW} BEGIN {_REMOVE} {_ADD} END""",
    f"CREATE TRIGGER jobs_text_remove AFTER DELETE ON jobs WHEN old.searched = 1 BEGIN {_REMOVE} END",
)
_POSTGRESQL = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    f"CREATE INDEX jobs_by_text ON jobs USING gin ({_TEXT.format('')} gin_trgm_ops) WHERE searched = 1",
)


def upgrade() -> None:
    """Make it; without it texts are searched row by row."""
    connection = op.get_bind()
    is_sqlite = connection.dialect.name == "sqlite"
    try:
        with connection.begin_nested():
            for statement in _SQLITE if is_sqlite else _POSTGRESQL:
                connection.exec_driver_sql(statement)
    except sa.exc.DBAPIError:
        return
    connection.execute(sa.text("INSERT INTO meta (name, value) VALUES ('text_index', 'trigrams')"))
