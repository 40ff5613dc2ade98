"""History: every job that there was, projected from the event log into SQL.

`History` answers questions; `run_recorder` keeps the tables. Redis holds what is live, these hold what was.
"""

from arqlight.extras import explained

try:
    from arqlight.history.database import history_url
    from arqlight.history.history import History
    from arqlight.history.models import JobDetail, JobFilter, JobPage, JobRow, LogLine, StateCounts, Try
    from arqlight.history.recorder import Recorder, RecorderSettings
    from arqlight.history.running import run_recorder
except ModuleNotFoundError as error:
    raise explained(error) from error

__all__ = [
    "History",
    "JobDetail",
    "JobFilter",
    "JobPage",
    "JobRow",
    "LogLine",
    "Recorder",
    "RecorderSettings",
    "StateCounts",
    "Try",
    "history_url",
    "run_recorder",
]
