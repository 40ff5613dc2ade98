"""History: every job that there was, projected from the event log into SQL.

`History` answers questions; `run_recorder` keeps the tables. Redis holds what is live, these hold what was.
"""

from arqlight.extras import explained

try:
    from arqlight.history.database import history_url
    from arqlight.history.following import follow
    from arqlight.history.history import History
    from arqlight.history.models import (
        BatchRow,
        FailureGroup,
        FunctionStats,
        JobDetail,
        JobFilter,
        JobPage,
        JobRow,
        LogLine,
        ScheduleRow,
        StateCounts,
        StatPoint,
        Try,
        WorkerRow,
    )
    from arqlight.history.recorder import Recorder, RecorderSettings
    from arqlight.history.running import run_recorder
except ModuleNotFoundError as error:
    raise explained(error) from error

__all__ = [
    "BatchRow",
    "FailureGroup",
    "FunctionStats",
    "History",
    "JobDetail",
    "JobFilter",
    "JobPage",
    "JobRow",
    "LogLine",
    "Recorder",
    "RecorderSettings",
    "ScheduleRow",
    "StatPoint",
    "StateCounts",
    "Try",
    "WorkerRow",
    "follow",
    "history_url",
    "run_recorder",
]
