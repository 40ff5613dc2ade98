"""The whole of a job's result over HTTP, however long: other answers have its beginning."""

import asyncio
import json
from typing import Any

from fastapi import APIRouter, HTTPException, Response

from arqlight.models import Outcome
from arqlight.redaction import DEFAULT
from arqlight.redis.failures import ask
from arqlight.web.api.errors import ProblemRoute
from arqlight.web.api.finding import find_visible
from arqlight.web.api.jobs import shortened
from arqlight.web.api.models.fields import JobId, QueueName
from arqlight.web.api.problem import problem_responses
from arqlight.web.auth.route import needs
from arqlight.web.auth.viewer import Right
from arqlight.web.dependencies import QueueDep, ViewerDep

__all__ = ["router"]

_READ_WITHIN_S = 30.0

router = APIRouter(prefix="/jobs", tags=["jobs"], route_class=ProblemRoute)


@router.get(
    "/{job_id:path}/result",
    name="arqlight:result",
    response_model=Any,
    responses={
        200: {"description": "The result alone, as JSON: any value."},
        **problem_responses(404, 413, 422),
    },
)
@needs(Right.watch_own)
async def get_result(
    job_id: JobId, queue: QueueDep, viewer: ViewerDep, queue_name: QueueName = None
) -> Response:
    """The whole result of a job that succeeded."""
    job = (await find_visible(viewer, queue, job_id, queue_name)).job
    if job.outcome is not Outcome.succeeded:
        raise HTTPException(404, f"There is no result of a job {shortened(job_id)}.")
    try:
        result = await ask(queue.whole_result(job_id), _READ_WITHIN_S)
    except ValueError as error:
        raise HTTPException(413, str(error)) from error
    content = await asyncio.to_thread(lambda: json.dumps(DEFAULT.value(result)).encode())
    return Response(content, media_type="application/json")
