"""History: every job that there was, projected from the event log into SQL.

`History` answers questions; `run_recorder` keeps the tables. Redis holds what is live, these hold what was.
"""

from arqlight.history.history import History
from arqlight.history.models import JobFilter, JobPage, JobRow, StateCounts
from arqlight.history.recorder import Recorder, RecorderSettings
from arqlight.history.running import run_recorder

__all__ = [
    "History",
    "JobFilter",
    "JobPage",
    "JobRow",
    "Recorder",
    "RecorderSettings",
    "StateCounts",
    "run_recorder",
]
