"""A job's row, on its way between the log and the table."""

from typing import Any

from arqlight.history.states import DONE, State
from arqlight.history.tables import jobs

__all__ = ["COLUMNS", "JobState"]

COLUMNS = tuple(column.name for column in jobs.columns)
_EMPTY: dict[str, Any] = dict.fromkeys(COLUMNS)


class JobState:
    """What is known of a job, and what of that is in the table already.

    ``values`` has each column of `tables.jobs`; ``stored`` the same as the table has it, empty if it has not.
    """

    __slots__ = ("stored", "values")

    def __init__(self, values: dict[str, Any], stored: dict[str, Any]) -> None:
        self.values = values
        self.stored = stored

    @classmethod
    def new(cls, seq: int, job_id: str, queue: str, source: int) -> "JobState":
        """A job of which nothing is known yet."""
        values = _EMPTY | {
            "seq": seq,
            "job_id": job_id,
            "queue": queue,
            "function": "",
            "state": int(State.queued),
            "job_try": 0,
            "source": int(source),
            "bad_tries": 0,
            "searched": 0,
        }
        return cls(values, {})

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> "JobState":
        """A job as the table has it."""
        return cls(row, dict(row))

    @property
    def is_done(self) -> bool:
        """Whether it is complete."""
        return self.values["state"] in DONE

    @property
    def is_new(self) -> bool:
        """Whether the table does not have it."""
        return not self.stored

    def changes(self) -> dict[str, Any]:
        """The columns that the table does not have as they are."""
        stored = self.stored
        return {name: value for name, value in self.values.items() if stored[name] != value}

    def written(self) -> None:
        """Note that the table has it now."""
        self.stored = dict(self.values)
