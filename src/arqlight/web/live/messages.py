"""What is sent to event streams: each message is encoded once, as the bytes that every client gets."""

import json
import re
from typing import NamedTuple

from arqlight.models import FINAL_EVENTS, Event, EventType, HubEvent, Job

__all__ = [
    "EXAMPLE",
    "PROGRESS",
    "RESET",
    "STATE",
    "Message",
    "of_event",
    "of_reset",
    "of_state",
    "preamble",
    "tick",
]

PROGRESS = EventType.progress.value
STATE = HubEvent.state.value
RESET = HubEvent.reset.value

# How long a browser waits before it connects again, in ms.
RETRY_MS = 1000

# An event as examples show it.
EXAMPLE = Event(
    "1764000000000-0",
    "started",
    "6c1f0b9e3f0d4a7b8e21",
    "arq:queue",
    '{"job_try":1,"worker_id":"host-4711-a1b2"}',
)

# A `state` message longer than this leaves the job's arguments and result out.
LONGEST_STATE = 32_768


_LINE_BREAK = re.compile(r"\r\n|\r|\n")


class Message(NamedTuple):
    """One server-sent event. ``event_id`` is empty where it is no entry of the log."""

    event_id: str
    event: str
    job_id: str
    wire: bytes

    @property
    def is_final(self) -> bool:
        """Whether it tells a job's outcome."""
        return self.event in FINAL_EVENTS


def of_event(event: Event) -> Message:
    """An entry of the log: its fields and its data as one JSON object."""
    return Message(
        event.id,
        event.event,
        event.job_id,
        _wire(data=event_json(event), event=event.event, id=event.id),
    )


def event_json(event: Event) -> str:
    """An event as clients see it, without parsing its data: that is the text of a JSON object already."""
    head = (
        f'{{"id":"{event.id}","event":{json.dumps(event.event)},"job_id":{json.dumps(event.job_id)},'
        f'"queue":{json.dumps(event.queue)},"at_ms":{event.at_ms}'
    )
    inner = event.data.strip()[1:-1].strip()
    return f"{head},{inner}}}" if inner else head + "}"


def of_state(job: Job) -> Message:
    """A job's whole state, for changes that no event tells of; it has no id, so nobody resumes from it."""
    fields = {"event": STATE, "job_id": job.job_id, "job": job.model_dump(mode="json")}
    text = json.dumps(fields)
    if len(text) > LONGEST_STATE:
        fields["job"] = job.model_copy(update={"args": [], "kwargs": {}, "result": None}).model_dump(
            mode="json"
        )
        text = json.dumps({**fields, "result_omitted": True})
    return Message("", STATE, job.job_id, _wire(data=text, event=STATE))


def of_reset(reason: str, event_id: str) -> Message:
    """Tells a client that it missed events: fetch a snapshot; what follows is later than ``event_id``."""
    text = json.dumps({"reason": reason, "event_id": event_id})
    return Message(event_id, RESET, "", _wire(data=text, event=RESET, id=event_id))


def preamble(event_id: str) -> bytes:
    """What a stream begins with: when to connect again, and where to resume from if nothing else comes."""
    return _wire(comment="arqlight", id=event_id or None, retry=RETRY_MS)


def tick(event_id: str) -> bytes:
    """What keeps an idle stream open. It moves on where the client resumes from, and calls no listener."""
    return _wire(comment="ping", id=event_id or None)


def _wire(
    *,
    event: str | None = None,
    data: str | None = None,
    id: str | None = None,  # noqa: A002  the format's word
    retry: int | None = None,
    comment: str | None = None,
) -> bytes:
    """A message of the event stream format. A line break in a value stays within its field."""
    fields = {"": comment, "event": event, "data": data, "id": id, "retry": retry}
    lines = [
        f"{name}: " + _LINE_BREAK.sub(f"\n{name}: ", str(value)) + "\n"
        for name, value in fields.items()
        if value is not None
    ]
    return ("".join(lines) + "\n").encode()
