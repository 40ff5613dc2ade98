"""What functions note about themselves in a file: who ran which try of which job, and when."""

import os
import time
from pathlib import Path
from typing import NamedTuple

from tests import journal
from tests.helpers import eventually

__all__ = ["Note", "Notes"]

PATIENCE_S = 20.0


class Note(NamedTuple):
    """One fact. ``at`` is in seconds of the machine's monotonic clock, which all processes share."""

    job_id: str
    job_try: int
    what: str
    pid: int
    at: float


class Notes:
    """The notes in one folder, and the sign by which a test releases the functions that hold."""

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        self._file = self.folder / "notes.jsonl"
        self._release = self.folder / "release"

    @property
    def released(self) -> bool:
        """Whether functions that hold may end."""
        return self._release.exists()

    def release(self) -> None:
        """Let functions that hold end."""
        self._release.touch()

    def add(self, job_id: str, job_try: int, what: str) -> None:
        """Add one note, whole even if the process is killed."""
        journal.append(self._file, Note(job_id, job_try, what, os.getpid(), time.monotonic()))

    def all(self, what: str | None = None, job_id: str | None = None) -> list[Note]:
        """The notes so far, in order."""
        notes = [Note(*entry) for entry in journal.read(self._file)]
        return [n for n in notes if what in (None, n.what) and job_id in (None, n.job_id)]

    async def until(
        self, count: int = 1, what: str = "started", job_id: str | None = None, timeout: float = PATIENCE_S
    ) -> list[Note]:
        """The notes of a kind, once there are so many."""

        def noted() -> list[Note]:
            found = self.all(what, job_id)
            assert len(found) >= count, f"{len(found)} of {count} {what}"
            return found

        return await eventually(noted, timeout)
