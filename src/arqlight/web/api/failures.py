"""Groups of failures over HTTP: what fails, since when, how often."""

from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from arqlight.history import FailureGroup, History
from arqlight.web.api.errors import ProblemRoute
from arqlight.web.api.jobs import shortened
from arqlight.web.api.models.failures import FailureDetail, FailureLine, FailureLines
from arqlight.web.api.models.fields import LONGEST_NAME
from arqlight.web.api.models.listing import TryLine
from arqlight.web.api.paging import LONGEST_CURSOR
from arqlight.web.api.problem import problem_responses
from arqlight.web.api.responses import answer, as_said
from arqlight.web.auth.route import needs
from arqlight.web.auth.viewer import Right
from arqlight.web.history import HistoryDep

__all__ = ["router"]

_HOUR_S = 3600

router = APIRouter(prefix="/failures", tags=["failures"], route_class=ProblemRoute)


Names = list[Annotated[str, Field(max_length=LONGEST_NAME)]]


class FailureSpan(BaseModel):
    """Over which span of time failures are counted, and in which steps."""

    model_config = ConfigDict(extra="forbid")

    since: int | None = Field(
        default=None, ge=0, description="Failed at this Unix time in ms, or later; by default for 24 hours."
    )
    until: int | None = Field(default=None, ge=0)
    step: int = Field(default=_HOUR_S, ge=60, description="Seconds in each step, whole minutes.")


class FailureQuery(FailureSpan):
    """Which groups of failures, in which order, and which page of them."""

    function: Names = Field(default_factory=list, max_length=50)
    q: str | None = Field(
        default=None, max_length=500, description="Text in the function, exception, place or message."
    )
    sort: Literal["last", "total"] = Field(
        default="last", description="The latest first, or the most frequent first."
    )
    limit: int = Field(default=50, ge=1, le=200)
    cursor: str | None = Field(default=None, max_length=LONGEST_CURSOR)


@router.get("", name="arqlight:failures", response_model=FailureLines, responses=problem_responses(403, 422))
@needs(Right.view_all)
async def list_failures(wanted: Annotated[FailureQuery, Query()], history: HistoryDep) -> Response:
    """Failures that belong together (same function, exception and place), by default of the last 24 hours."""
    with as_said():
        page = await history.failures(
            since_ms=wanted.since,
            until_ms=wanted.until,
            step_s=wanted.step,
            functions=wanted.function,
            q=wanted.q,
            sort=wanted.sort,
            limit=wanted.limit,
            cursor=wanted.cursor,
        )
    return answer(
        FailureLines(
            failures=[_line(group) for group in page.groups],
            next=page.next,
            step_ms=page.step_s * 1000,
            event_id=page.event_id,
        )
    )


@router.get(
    "/{fingerprint}",
    name="arqlight:failure",
    response_model=FailureDetail,
    responses=problem_responses(403, 404, 422),
)
@needs(Right.view_all)
async def get_failure(
    fingerprint: Annotated[str, Path(max_length=LONGEST_NAME)],
    span: Annotated[FailureSpan, Query()],
    history: HistoryDep,
) -> Response:
    """One group of failures, whenever it last failed, with the traceback of the last one."""
    with as_said():
        page = await history.failures(
            fingerprint=fingerprint, since_ms=span.since, until_ms=span.until, step_s=span.step
        )
    if not page.groups:
        raise HTTPException(404, f"There is no group of failures {shortened(fingerprint)}.")
    (group,) = page.groups
    return answer(
        FailureDetail(
            failure=_line(group),
            sample=await _sample(history, group.last_job_id),
            step_ms=page.step_s * 1000,
            event_id=page.event_id,
        )
    )


async def _sample(history: History, job_id: str | None) -> TryLine | None:
    found = await history.job(job_id) if job_id is not None else None
    failed = [one for one in found.tries if one.error_type is not None] if found else []
    return TryLine.of(failed[-1]) if failed else None


def _line(group: FailureGroup) -> FailureLine:
    return FailureLine(
        fingerprint=group.fingerprint,
        function=group.function,
        type=group.error_type,
        where=group.location,
        message=group.message,
        first_ms=group.first_ms,
        last_ms=group.last_ms,
        count=group.total,
        last_job_id=group.last_job_id,
        series=group.points,
    )
