"""What path operations depend on: the queue made in the application's lifespan, and the hub."""

import contextlib
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated

from fastapi import Depends, FastAPI
from starlette.datastructures import State
from starlette.requests import HTTPConnection, Request

from arqlight.audit import AuditLog
from arqlight.queue import Queue
from arqlight.redaction import Redaction
from arqlight.web.auth.audit import Audit
from arqlight.web.auth.door import viewer_of
from arqlight.web.auth.viewer import Viewer
from arqlight.web.hiding import Hiding, HidingSource
from arqlight.web.live.hub import Hub
from arqlight.web.live.stopping import StopSignals

__all__ = ["AuditDep", "HidingDep", "HubDep", "QueueDep", "ViewerDep", "get_queue", "hide_in", "run_hub"]

_HUB = "arqlight_hub"
_HIDING = "arqlight_hiding"
_REDACTION = "arqlight_redaction"
_IS_ENDING = "arqlight_is_ending"

_NO_QUEUE = """\
There is no queue at app.state.queue. Make it once, in the application's lifespan:

    @asynccontextmanager
    async def lifespan(app):
        async with Queue.connect() as app.state.queue:
            yield

    app = FastAPI(lifespan=lifespan)

An application mounted in another one has no lifespan of its own: set its state.queue in the outer one's.
In tests, use `with TestClient(app) as client`, which runs the lifespan."""


async def get_queue(connection: HTTPConnection) -> Queue:
    """The application's queue.

    Raises:
        RuntimeError: there is none; the message says what to write.
    """
    queue = getattr(connection.app.state, "queue", None)
    if not isinstance(queue, Queue):
        raise RuntimeError(_NO_QUEUE)  # noqa: TRY004  it is the lifespan that is wrong, not a value's type
    return queue


QueueDep = Annotated[Queue, Depends(get_queue)]
"""The application's `Queue`, for path operations: ``async def send(queue: QueueDep)``."""


async def get_hiding(connection: HTTPConnection, queue: QueueDep) -> Hiding:
    """What hides secrets in answers and streams: those that `ARQLIGHT_REDACT` named when it was mounted."""
    state = connection.app.state
    hiding = getattr(state, _HIDING, None)
    if not isinstance(hiding, Hiding):
        hiding = Hiding(queue, getattr(state, _REDACTION))
        setattr(state, _HIDING, hiding)
    return hiding


HidingDep = Annotated[Hiding, Depends(get_hiding)]
"""Hides what is secret in jobs: ``await hiding.job(job)`` for each that is answered with."""


def hide_in(app: FastAPI, redaction: Redaction) -> None:
    """Have the application's answers and streams hide what a redaction says."""
    setattr(app.state, _REDACTION, redaction)


async def get_hub(connection: HTTPConnection, queue: QueueDep) -> Hub:
    """The web process's hub, made when it is first needed."""
    state = connection.app.state
    if not hasattr(state, _HUB):
        # The lifespan has not run: the application is mounted in another one.
        StopSignals(partial(_end_streams, state)).install()
    hub = getattr(state, _HUB, None)
    if not isinstance(hub, Hub):
        hub = Hub(HidingSource(queue, await get_hiding(connection, queue)))
        setattr(state, _HUB, hub)
        if getattr(state, _IS_ENDING, False):
            hub.close_streams()
    return hub


HubDep = Annotated[Hub, Depends(get_hub)]


ViewerDep = Annotated[Viewer, Depends(viewer_of)]
"""Who asks. What that one may see is for `arqlight.web.auth.policy` to say."""


async def get_audit(request: Request, queue: QueueDep, viewer: ViewerDep) -> Audit:
    """What a write is noted with: ``await audit("abort", [job_id])``."""
    return Audit(AuditLog(queue.redis), viewer, request.client.host if request.client else "")


AuditDep = Annotated[Audit, Depends(get_audit)]
"""Notes who did what: each route that changes something awaits it once it has done so."""


@contextlib.asynccontextmanager
async def run_hub(app: FastAPI) -> AsyncIterator[None]:
    """The lifespan of the hub: it ends its streams when the server is told to stop.

    It begins after the application's own lifespan and ends before it, so the queue is there all the time.
    """
    setattr(app.state, _HUB, None)
    setattr(app.state, _HIDING, None)
    setattr(app.state, _IS_ENDING, False)
    signals = StopSignals(partial(_end_streams, app.state))
    signals.install()
    try:
        yield
    finally:
        signals.restore()
        hub = getattr(app.state, _HUB, None)
        if isinstance(hub, Hub):
            await hub.aclose()


def _end_streams(state: State) -> None:
    """End all streams, and those of a hub that is made after this for a request that was under way."""
    setattr(state, _IS_ENDING, True)
    hub = getattr(state, _HUB, None)
    if isinstance(hub, Hub):
        hub.close_streams()
