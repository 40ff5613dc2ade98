"""What the API takes and answers."""

from arqlight.web.api.models.schemas import (
    LONGEST_ID,
    LONGEST_NAME,
    AbortReply,
    BatchIn,
    EnqueuedJob,
    JobId,
    JobIn,
    JobSnapshot,
    TaskRequest,
    TasksCreated,
    TaskStatus,
)

__all__ = [
    "LONGEST_ID",
    "LONGEST_NAME",
    "AbortReply",
    "BatchIn",
    "EnqueuedJob",
    "JobId",
    "JobIn",
    "JobSnapshot",
    "TaskRequest",
    "TaskStatus",
    "TasksCreated",
]
