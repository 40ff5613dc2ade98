"""What happens to jobs, as it happens: server-sent events."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field, field_validator
from pydantic_core import PydanticCustomError

from arqlight.events import id_key
from arqlight.web.api.errors import ProblemRoute
from arqlight.web.api.models.fields import LONGEST_ID
from arqlight.web.api.problem import problem_responses
from arqlight.web.api.watching import check_stream, may_go_on
from arqlight.web.auth.route import needs
from arqlight.web.auth.viewer import Right
from arqlight.web.dependencies import HubDep, QueueDep, ViewerDep
from arqlight.web.live.messages import EXAMPLE, of_event, preamble
from arqlight.web.live.stream import EventStream
from arqlight.web.live.subscription import Filter

__all__ = ["router"]

router = APIRouter(prefix="/events", tags=["events"], route_class=ProblemRoute)

MOST_NAMED = 1000
Names = Annotated[list[Annotated[str, Field(max_length=LONGEST_ID)]], Field(max_length=MOST_NAMED)]


class EventQuery(BaseModel):
    """Which events: those of all the jobs, batches, queues and workers that are named."""

    job: Names = Field(default=[], description="Of these jobs.", examples=[["6c1f0b9e3f0d4a7b8e21"]])
    batch: Names = Field(default=[], description="Of the jobs of these batches.")
    queue: Names = Field(default=[], description="Of these queues.")
    worker: Names = Field(default=[], description="That name these workers.", examples=[["web1-4242-5e88"]])
    after: str | None = Field(
        default=None,
        description="Begin after this event, such as a snapshot's `event_id`.",
        examples=[EXAMPLE.id],
    )

    @field_validator("after")
    @classmethod
    def _is_event_id(cls, after: str | None) -> str | None:
        if after is not None and not is_event_id(after):
            raise PydanticCustomError("event_id", "must be an event id, such as 1764000000000-0")
        return after

    def filter(self) -> Filter:
        """The same, as the hub takes it."""
        return Filter(
            jobs=frozenset(self.job),
            batches=frozenset(self.batch),
            queues=frozenset(self.queue),
            workers=frozenset(self.worker),
        )


def is_event_id(text: str) -> bool:
    """Whether a text has the form of an event's id."""
    try:
        id_key(text)
    except ValueError:
        return False
    return True


_STREAM: dict[str, Any] = {
    "description": "Events, each with its id, its type and a JSON object. `reset`: some were missed, fetch a "
    "snapshot. `state` has a job's whole state, where a worker wrote no event.",
    "content": {
        "text/event-stream": {
            "schema": {"type": "string"},
            "example": (preamble(EXAMPLE.id) + of_event(EXAMPLE).wire).decode(),
        }
    },
}


@router.get(
    "",
    name="arqlight:events",
    # Not EventSourceResponse: FastAPI would encode each event once more for each client.
    response_class=StreamingResponse,
    responses={200: _STREAM, **problem_responses(422, asks_redis=False)},
)
@needs(Right.watch_own)
async def stream_events(
    *,
    request: Request,
    hub: HubDep,
    queue: QueueDep,
    viewer: ViewerDep,
    query: Annotated[EventQuery, Query()],
    last_event_id: Annotated[
        str | None,
        Header(description="What a browser sends when it connects again; it counts before `after`."),
    ] = None,
) -> Response:
    """Events of all the jobs, batches, queues and workers that are named; every event when none is.

    Who may watch only their own names jobs or batches, all of them theirs.
    """
    want = query.filter()
    await check_stream(viewer, queue, want)

    async def is_allowed() -> bool:
        return await may_go_on(request, queue, want)

    if last_event_id and not is_event_id(last_event_id):
        # Not refused: a browser would then never connect again.
        return EventStream(hub, want, None, is_allowed, reset="malformed_id")
    return EventStream(hub, want, last_event_id or query.after, is_allowed)
