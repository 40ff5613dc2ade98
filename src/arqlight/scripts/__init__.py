"""The Redis scripts: one file in ``lua/`` for each state transition, one typed method of `Scripts` for each.

Every write that changes a job's state goes through one of these, together with the event that tells of it,
so the log never disagrees with the state.
"""

from arqlight.scripts.calling import ScriptingRedis, Wait
from arqlight.scripts.client import ClientScripts
from arqlight.scripts.entries import EnqueueEntry, FinishEntry, RescheduleEntry
from arqlight.scripts.loading import digest, source
from arqlight.scripts.operator import OperatorScripts
from arqlight.scripts.replies import Claimed, ClaimReply, EnqueueReply, HeartbeatReply, RawState
from arqlight.scripts.worker import IDLE_EXPIRY_MS, WorkerScripts

__all__ = [
    "IDLE_EXPIRY_MS",
    "ClaimReply",
    "Claimed",
    "EnqueueEntry",
    "EnqueueReply",
    "FinishEntry",
    "HeartbeatReply",
    "RawState",
    "RescheduleEntry",
    "ScriptingRedis",
    "Scripts",
    "Wait",
    "digest",
    "source",
]


class Scripts(ClientScripts, WorkerScripts, OperatorScripts):
    """All scripts, bound to a client and to the cap of the event log (entries; 0 turns the log off)."""
