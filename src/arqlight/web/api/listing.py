"""Jobs as lists: a page, the counts, what a filter may say, and all of it as a file."""

import csv
import io
import json
from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from arqlight.history import History, JobFilter
from arqlight.web.api.errors import ProblemRoute
from arqlight.web.api.models.fields import LONGEST_NAME
from arqlight.web.api.models.filters import JobListQueryDep, JobQuery, JobQueryDep
from arqlight.web.api.models.listing import Counts, JobLine, JobLines, Suggestions
from arqlight.web.api.problem import problem_responses
from arqlight.web.api.responses import answer, as_said
from arqlight.web.auth import policy
from arqlight.web.auth.route import needs
from arqlight.web.auth.viewer import Right
from arqlight.web.dependencies import ViewerDep
from arqlight.web.history import HistoryDep

__all__ = ["router"]

MOST_SUGGESTIONS = 20

router = APIRouter(tags=["jobs"], route_class=ProblemRoute)


_FILE = {"schema": {"type": "string"}}


class ExportQuery(JobQuery):
    """Which jobs, and as what kind of file."""

    format: Literal["csv", "jsonl"] = "csv"


@router.get("/jobs", name="arqlight:jobs", response_model=JobLines, responses=problem_responses(422))
@needs(Right.watch_own)
async def list_jobs(wanted: JobListQueryDep, history: HistoryDep, viewer: ViewerDep) -> Response:
    """A page of jobs, whether they wait, run or have ended, as of an event of the log."""
    mine = wanted.wanted(policy.only_owner(viewer))
    with as_said():
        page = await history.jobs(mine, sort=wanted.sort, limit=wanted.limit, cursor=wanted.cursor)
    return answer(
        JobLines(
            jobs=[JobLine.of(row) for row in page.jobs],
            next=page.next,
            looked_through_ms=page.looked_through_ms,
            event_id=page.event_id,
        )
    )


@router.get("/counts", name="arqlight:counts", response_model=Counts, responses=problem_responses(422))
@needs(Right.watch_own)
async def count_jobs(wanted: JobQueryDep, history: HistoryDep, viewer: ViewerDep) -> Response:
    """How many jobs of a list are in each state, whichever states the filter names."""
    with as_said():
        found = await history.counts(wanted.wanted(policy.only_owner(viewer)))
    return answer(
        Counts(
            counts={state: count.value for state, count in found.counts.items()},
            capped=[state for state, count in found.counts.items() if not count.exact],
            event_id=found.event_id,
        )
    )


@router.get(
    "/suggest", name="arqlight:suggest", response_model=Suggestions, responses=problem_responses(403, 422)
)
@needs(Right.view_all)
async def suggest(
    field: Literal["function", "queue", "worker", "error_type"],
    history: HistoryDep,
    prefix: Annotated[str, Query(max_length=LONGEST_NAME)] = "",
) -> Response:
    """The values that a filter may have, those that hold a text."""
    return answer(Suggestions(values=await history.suggest(field, prefix, limit=MOST_SUGGESTIONS)))


@router.get(
    "/export",
    name="arqlight:export",
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {"text/csv": _FILE, "application/jsonl": _FILE},
            "description": "All the jobs of a list.",
        },
        **problem_responses(422),
    },
)
@needs(Right.watch_own)
async def export(
    wanted: Annotated[ExportQuery, Query()], history: HistoryDep, viewer: ViewerDep
) -> StreamingResponse:
    """All jobs of a list as a file, sent as it is read."""
    mine = wanted.wanted(policy.only_owner(viewer))
    with as_said():
        # Wrong words are an error before the file begins.
        await history.jobs(mine, limit=1)
    as_csv = wanted.format == "csv"
    lines = _csv(history, mine) if as_csv else _jsonl(history, mine)
    return StreamingResponse(
        lines,
        media_type="text/csv; charset=utf-8" if as_csv else "application/jsonl",
        headers={"Content-Disposition": f'attachment; filename="jobs.{wanted.format}"'},
    )


async def _jsonl(history: History, wanted: JobFilter) -> AsyncIterator[str]:
    async for row in history.stream_jobs(wanted):
        yield json.dumps(JobLine.of(row).model_dump(mode="json")) + "\n"


_COLUMNS = [name for name in JobLine.model_fields if name != "error"]
# Spreadsheets take what begins so for a formula, which may do anything.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


async def _csv(history: History, wanted: JobFilter) -> AsyncIterator[str]:
    yield _csv_line([*_COLUMNS, "error_type", "error_message"])
    async for row in history.stream_jobs(wanted):
        line = JobLine.of(row)
        values = [getattr(line, name) for name in _COLUMNS]
        yield _csv_line([*values, row.error_type, row.error_message])


def _csv_line(values: list[object]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow([_cell(value) for value in values])
    return text.getvalue()


def _cell(value: object) -> object:
    is_formula = isinstance(value, str) and value.startswith(_FORMULA)
    return f"'{value}" if is_formula else value
