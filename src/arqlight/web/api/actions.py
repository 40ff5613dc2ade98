"""Actions on many jobs over HTTP: a resource that is begun, polled, and may be stopped."""

import contextlib
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Path, Request, Response, status

from arqlight.web.api.bulk import BulkActions
from arqlight.web.api.errors import ProblemRoute
from arqlight.web.api.jobs import shortened
from arqlight.web.api.models.actions import ActionIn, ActionState
from arqlight.web.api.models.fields import LONGEST_NAME
from arqlight.web.api.problem import problem_responses
from arqlight.web.api.responses import answer, as_said
from arqlight.web.auth.route import needs
from arqlight.web.auth.viewer import Right
from arqlight.web.dependencies import AuditDep, QueueDep
from arqlight.web.history import HistoryDep
from arqlight.web.reach import ReachDep

__all__ = ["router", "run_bulk"]

router = APIRouter(prefix="/actions", tags=["actions"], route_class=ProblemRoute)

_STATE = "arqlight_bulk"
ActionId = Annotated[str, Path(max_length=LONGEST_NAME)]


async def get_bulk(request: Request, queue: QueueDep, history: HistoryDep, reach: ReachDep) -> BulkActions:
    """The application's bulk actions."""
    found = getattr(request.app.state, _STATE, None)
    if not isinstance(found, BulkActions):
        found = BulkActions(queue, history, reach)
        setattr(request.app.state, _STATE, found)
    return found


BulkDep = Annotated[BulkActions, Depends(get_bulk)]


@contextlib.asynccontextmanager
async def run_bulk(app: FastAPI) -> AsyncIterator[None]:
    """The lifespan of the bulk actions: what is under way as the server stops is told to have failed."""
    setattr(app.state, _STATE, None)
    try:
        yield
    finally:
        found = getattr(app.state, _STATE, None)
        if isinstance(found, BulkActions):
            await found.aclose()


@router.post(
    "",
    name="arqlight:begin_action",
    status_code=status.HTTP_202_ACCEPTED,
    response_model=ActionState,
    responses=problem_responses(403, 413, 415, 422),
)
@needs(Right.operate)
async def begin_action(body: ActionIn, bulk: BulkDep, audit: AuditDep) -> Response:
    """Begin to retry, abort, delete or run now many jobs. The answer comes before it is done: poll it."""
    wanted = None if body.filter is None else body.filter.wanted()
    with as_said():
        state = await bulk.begin(body.action, job_ids=body.job_ids or (), wanted=wanted)
    await audit(body.action, body.job_ids or [_described(body)])
    return answer(state, status.HTTP_202_ACCEPTED)


def _described(body: ActionIn) -> str:
    """The filter of an action in words, for the audit log."""
    filters = body.filter.model_dump(mode="json", exclude_defaults=True) if body.filter else {}
    named = ", ".join(f"{name}={value}" for name, value in filters.items())
    return f"all jobs with {named}" if named else "all jobs"


@router.get(
    "/{action_id}", name="arqlight:action", response_model=ActionState, responses=problem_responses(404, 422)
)
@needs(Right.view_all)
async def get_action(action_id: ActionId, bulk: BulkDep) -> Response:
    """How far an action is."""
    return answer(_known(await bulk.look_up(action_id), action_id))


@router.delete(
    "/{action_id}",
    name="arqlight:stop_action",
    response_model=ActionState,
    responses=problem_responses(403, 404, 422),
)
@needs(Right.operate)
async def stop_action(action_id: ActionId, bulk: BulkDep, audit: AuditDep) -> Response:
    """Have an action stop soon. What it has done stays done."""
    state = _known(await bulk.stop(action_id), action_id)
    await audit("stop_action", [action_id])
    return answer(state)


def _known(state: ActionState | None, action_id: str) -> ActionState:
    if state is None:
        raise HTTPException(404, f"There is no action {shortened(action_id)}, or it is not kept any more.")
    return state
