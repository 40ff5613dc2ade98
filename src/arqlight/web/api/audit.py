"""Who did what, for administrators."""

from fastapi import APIRouter, HTTPException, Response

from arqlight.audit import AuditLine, AuditLog
from arqlight.events import id_key
from arqlight.history import History
from arqlight.queue import Queue
from arqlight.redis.failures import ask
from arqlight.web.api.errors import ProblemRoute
from arqlight.web.api.models.audit import AuditLine as Line
from arqlight.web.api.models.audit import AuditPage
from arqlight.web.api.paging import Cursor, CursorText, Limit, page_of
from arqlight.web.api.problem import problem_responses
from arqlight.web.api.responses import answer
from arqlight.web.auth.route import needs
from arqlight.web.auth.viewer import Right
from arqlight.web.dependencies import QueueDep
from arqlight.web.history import HistoryDep

__all__ = ["router"]

router = APIRouter(prefix="/audit", tags=["audit"], route_class=ProblemRoute)

NEWEST = "newest"


@router.get("", name="arqlight:audit", response_model=AuditPage, responses=problem_responses(422))
@needs(Right.administer)
async def get_audit(
    queue: QueueDep, history: HistoryDep, limit: Limit = 100, cursor: CursorText = None
) -> Response:
    """Who did what through the API, and from where, the newest first."""
    before = _event_id(Cursor.decode(cursor, NEWEST)) if cursor else None
    found = await _lines(queue, history, before, limit + 1)
    page, following = page_of(found, limit, NEWEST, lambda line: (line.id,))
    lines = [
        Line(
            at_ms=line.at_ms,
            viewer=line.viewer,
            action=line.action,
            targets=line.targets,
            total=line.total,
            address=line.address,
        )
        for line in page
    ]
    return answer(AuditPage(lines=lines, next=following))


async def _lines(queue: Queue, history: History, before: str | None, count: int) -> list[AuditLine]:
    """Lines of the history, and before them those that are in Redis alone as yet."""
    kept = await history.audit(before=before, limit=count)
    new = await ask(AuditLog(queue.redis).read(before=before, after=kept.copied_id, count=count))
    return [*new, *kept.lines][:count]


def _event_id(cursor: Cursor) -> str:
    try:
        (entry_id,) = cursor.key
        id_key(str(entry_id))
    except ValueError as error:
        raise HTTPException(422, "cursor must be the `next` of an earlier answer") from error
    return str(entry_id)
