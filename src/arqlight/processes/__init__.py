"""Child processes of the command line: a group that cannot be orphaned, and a fleet of workers."""

from arqlight.processes.fleet import Changes, Fleet
from arqlight.processes.group import ProcessGroup, describe_exit, own_command, stop_signals

__all__ = ["Changes", "Fleet", "ProcessGroup", "describe_exit", "own_command", "stop_signals"]
