"""Parts of what the API takes and answers that several resources share."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import Field

__all__ = ["LONGEST_ID", "LONGEST_NAME", "BatchId", "EventId", "JobId", "QueueName"]

LONGEST_NAME = 256
# Ids of any practical length; the limit keeps Redis's keys and our events bounded.
LONGEST_ID = 16_384

JobId = Annotated[
    str,
    Path(max_length=LONGEST_ID, description="Any text, percent-encoded.", examples=["6c1f0b9e3f0d4a7b8e21"]),
]
BatchId = Annotated[str, Path(max_length=LONGEST_ID, examples=["f2d1c0b9a8e74655"])]
QueueName = Annotated[
    str | None,
    Query(
        alias="queue",
        min_length=1,
        max_length=LONGEST_NAME,
        description="The job's queue, if it is not the default.",
    ),
]
EventId = Annotated[
    str,
    Field(
        description="The event at which this is true: stream `after` it to miss nothing.",
        examples=["1764000000000-0"],
    ),
]
