"""Searching texts: an index of trigrams, which rows come into when there is time.

A row's text is its id, its call and its error. Indexing it costs more than the rest of writing it, so the
recorder does that at rest. A search asks the index for rows that are in it, and looks at those that are not.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, column, func, literal, literal_column, select, table, update
from sqlalchemy.types import Text

from arqlight.history.tables import jobs, meta

__all__ = ["JOBS_TEXT", "TEXT", "containing", "has_index", "index_some", "match_of", "text_has"]

# The same expression as in the index: PostgreSQL uses it only then.
TEXT: ColumnElement[str] = literal_column(
    "lower(job_id || '\n' || coalesce(call, function) || '\n' || "
    "coalesce(error_type || ': ', '') || coalesce(error_message, ''))",
    Text,
)
# SQLite's index.
JOBS_TEXT = table("jobs_text", column("rowid"), column("jobs_text"))

# Texts that are shorter have no trigram.
LEAST_CHARACTERS = 3
# More trigrams tell little more, and each costs time.
_MOST_TRIGRAMS = 12


def containing(column: ColumnElement[str | None], text: str) -> ColumnElement[bool]:
    """Whether a column's text contains a text, in any case."""
    return func.lower(column).contains(text.lower(), autoescape=True)


def text_has(text: str) -> ColumnElement[bool]:
    """Whether a job's text contains a text, in any case."""
    return TEXT.contains(text.lower(), autoescape=True)


def match_of(text: str) -> ColumnElement[bool]:
    """Which rows of SQLite's index have all trigrams of a text: those that contain it, and a few others."""
    lowered = text.lower()
    last = len(lowered) - LEAST_CHARACTERS
    # Every third one, and the last, cover the text.
    starts = sorted({*range(0, last, LEAST_CHARACTERS), last})[:_MOST_TRIGRAMS]
    trigrams = (lowered[start : start + LEAST_CHARACTERS].replace('"', '""') for start in starts)
    return JOBS_TEXT.c.jobs_text.op("MATCH", is_comparison=True)(
        literal(" AND ".join(f'"{trigram}"' for trigram in trigrams))
    )


def has_index(connection: Connection) -> bool:
    """Whether the database could be given an index of texts."""
    return connection.scalar(select(meta.c.value).where(meta.c.name == "text_index")) is not None


def index_some(connection: Connection, limit: int) -> int:
    """Bring the texts of some rows into the index, the oldest first; returns of how many."""
    oldest = (
        select(jobs.c.seq).where(jobs.c.searched == literal_column("0")).order_by(jobs.c.seq).limit(limit)
    )
    seqs: Sequence[int] = connection.scalars(oldest).all()
    if seqs:
        connection.execute(update(jobs).where(jobs.c.seq.in_(seqs)).values(searched=1))
    return len(seqs)
