"""What jobs note of their runs, in a file, which is there even when Redis is not or the worker is killed."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from tests import journal

__all__ = ["Run", "add_note", "read_runs"]

FILE_NAME = "runs.jsonl"


@dataclass
class Run:
    """One call of a job's function. Times are seconds of the machine's monotonic clock."""

    run_id: str
    job_id: str
    job_try: int
    pid: int
    start: float
    holder: str = ""
    end: float | None = None
    ending: str = ""

    def __str__(self) -> str:
        end = "never noted its end" if self.end is None else f"{self.ending} at {self.end:.3f}"
        return f"run {self.run_id} of try {self.job_try} in {self.pid}: began at {self.start:.3f}, {end}"


def add_note(folder: Path, what: str, run_id: str, **facts: object) -> None:
    """Add one note, whole even if the process is killed."""
    note = {"what": what, "run_id": run_id, "pid": os.getpid(), "at": time.monotonic(), **facts}
    journal.append(folder / FILE_NAME, note)


def read_runs(folder: Path) -> list[Run]:
    """All runs so far, in the order in which they began."""
    runs: dict[str, Run] = {}
    for note in journal.read(folder / FILE_NAME):
        run_id = note["run_id"]
        if note["what"] == "started":
            runs[run_id] = Run(run_id, note["job_id"], note["job_try"], note["pid"], note["at"])
        elif note["what"] == "holder":
            runs[run_id].holder = note["holder"]
        else:
            runs[run_id].end, runs[run_id].ending = note["at"], note["what"]
    return list(runs.values())
