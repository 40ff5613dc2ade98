"""The Redis scripts: one typed method for each file in ``lua/``."""

from arqlight.scripts.scripts import (
    IDLE_EXPIRY_MS,
    Claimed,
    ClaimReply,
    EnqueueEntry,
    EnqueueReply,
    FinishEntry,
    HeartbeatReply,
    RawState,
    RescheduleEntry,
    ScriptingRedis,
    Scripts,
    Wait,
    digest,
    source,
)

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
