"""Who did what, for administrators."""

from fastapi import APIRouter, HTTPException, Response

from arqlight.events import id_key
from arqlight.redis.failures import ask
from arqlight.web.api.errors import ProblemRoute
from arqlight.web.api.models.audit import AuditLine, AuditPage
from arqlight.web.api.paging import Cursor, CursorText, Limit, page_of
from arqlight.web.api.problem import problem_responses
from arqlight.web.api.responses import answer
from arqlight.web.auth.audit import AuditLog
from arqlight.web.auth.route import needs
from arqlight.web.auth.viewer import Right
from arqlight.web.dependencies import QueueDep

__all__ = ["router"]

router = APIRouter(prefix="/audit", tags=["audit"], route_class=ProblemRoute)

NEWEST = "newest"


@router.get("", name="arqlight:audit", response_model=AuditPage, responses=problem_responses(422))
@needs(Right.administer)
async def get_audit(queue: QueueDep, limit: Limit = 100, cursor: CursorText = None) -> Response:
    """Who did what through the API, and from where: the last thousand times, the newest first."""
    before = _event_id(Cursor.decode(cursor, NEWEST)) if cursor else None
    found = await ask(AuditLog(queue.redis).read(before=before, count=limit + 1))
    page, following = page_of(found, limit, NEWEST, lambda line: (line.id,))
    lines = [
        AuditLine(
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


def _event_id(cursor: Cursor) -> str:
    try:
        (entry_id,) = cursor.key
        id_key(str(entry_id))
    except ValueError as error:
        raise HTTPException(422, "cursor must be the `next` of an earlier answer") from error
    return str(entry_id)
