"""Functions over HTTP: what workers publish of them, and how their jobs went."""

from collections.abc import Sequence
from typing import Annotated

from arq.utils import timestamp_ms
from fastapi import APIRouter, HTTPException, Path, Response

from arqlight.history import FunctionStats, History
from arqlight.models import WorkerInfo
from arqlight.redis.failures import ask
from arqlight.web.api.errors import ProblemRoute
from arqlight.web.api.jobs import shortened
from arqlight.web.api.models.fields import LONGEST_NAME
from arqlight.web.api.models.functions import FunctionDetail, FunctionLine, FunctionLines
from arqlight.web.api.models.listing import Percentiles
from arqlight.web.api.problem import problem_responses
from arqlight.web.api.responses import answer
from arqlight.web.auth.route import needs
from arqlight.web.auth.viewer import Right
from arqlight.web.dependencies import QueueDep
from arqlight.web.history import HistoryDep

__all__ = ["router"]

_SHOWN_MS = 24 * 3_600_000
_STEP_S = 3_600

router = APIRouter(prefix="/functions", tags=["functions"], route_class=ProblemRoute)


@router.get("", name="arqlight:functions", response_model=FunctionLines, responses=problem_responses(403))
@needs(Right.view_all)
async def list_functions(queue: QueueDep, history: HistoryDep) -> Response:
    """All functions: those that workers have registered, and those of which the history has jobs."""
    known = await history.functions()
    workers = await ask(queue.workers())
    stats = {one.name: one for one in known.functions}
    published = {name for worker in workers for name in worker.functions}
    series = await _series(history)
    lines = [
        _line(name, stats.get(name), workers, series.get(name, [])) for name in sorted(published | set(stats))
    ]
    return answer(FunctionLines(functions=lines, event_id=known.event_id))


@router.get(
    "/{name:path}",
    name="arqlight:function",
    response_model=FunctionDetail,
    responses=problem_responses(403, 404, 422),
)
@needs(Right.view_all)
async def get_function(
    name: Annotated[str, Path(max_length=LONGEST_NAME)], queue: QueueDep, history: HistoryDep
) -> Response:
    """One function, with how long its jobs ran."""
    known = await history.functions()
    workers = await ask(queue.workers())
    stats = next((one for one in known.functions if one.name == name), None)
    line = _line(name, stats, workers, (await _series(history, name)).get(name, []))
    if stats is None and not line.workers:
        raise HTTPException(
            404, f"No worker has a function {shortened(name)}, nor has the history a job of it."
        )
    return answer(FunctionDetail(**dict(line), histogram=await history.run_histogram(name)))


async def _series(history: History, *names: str) -> dict[str | None, list[tuple[int, int]]]:
    """How many jobs of each function ended in each hour of the last day."""
    since_ms = timestamp_ms() - _SHOWN_MS
    stats = await history.stats(since_ms=since_ms, step_s=_STEP_S, group="function", functions=names)
    return {one.name: [(p.at_ms, sum(p.counts.values())) for p in one.points] for one in stats.series}


def _line(
    name: str,
    stats: FunctionStats | None,
    workers: Sequence[WorkerInfo],
    series: list[tuple[int, int]],
) -> FunctionLine:
    having = [worker for worker in workers if name in worker.functions]
    info = having[0].function_info.get(name) if having else None
    recent = stats.recent if stats else {}
    calls, failed = sum(recent.values()), recent.get("failed", 0)
    return FunctionLine(
        name=name,
        queues=sorted({worker.queue for worker in having}),
        workers=len(having),
        parameters=having[0].functions[name] if having else None,
        doc=info.doc if info else None,
        max_tries=info.max_tries if info else having[0].max_tries if having else None,
        timeout_s=info.timeout_s if info else having[0].job_timeout_s if having else None,
        retry=info.retry if info else None,
        calls=calls,
        failed=failed,
        failure_rate=failed / calls if calls else None,
        wait=Percentiles.model_validate(stats.wait, from_attributes=True) if stats else Percentiles(),
        run=Percentiles.model_validate(stats.run, from_attributes=True) if stats else Percentiles(),
        counts=stats.counts if stats else {},
        series=series,
    )
