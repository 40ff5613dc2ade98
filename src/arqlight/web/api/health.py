"""Whether this process is alive, and whether it can answer: for what watches over processes."""

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse

from arqlight.redis.failures import REDIS_TROUBLE, ask, refuses
from arqlight.web.auth.headers import API_HEADERS
from arqlight.web.dependencies import HubDep, QueueDep

__all__ = ["router"]

ANSWER_S = 2.0

router = APIRouter(include_in_schema=False)


@router.get("/healthz", name="arqlight:healthz")
async def is_alive() -> Response:
    """200 as long as this process answers at all. Restarting it would help against nothing else."""
    return PlainTextResponse("alive", headers=API_HEADERS)


@router.get("/readyz", name="arqlight:readyz")
async def is_ready(queue: QueueDep, hub: HubDep) -> Response:
    """200 when requests can be answered; 503 while Redis is away or refuses, or the process is ending."""
    if hub.closing.is_set():
        return _not_ready("ending")
    try:
        await ask(queue.redis.ping(), ANSWER_S)
    except REDIS_TROUBLE as error:
        return _not_ready("Redis refuses" if refuses(error) else "Redis is away")
    return PlainTextResponse("ready", headers=API_HEADERS)


def _not_ready(reason: str) -> Response:
    return PlainTextResponse(reason, 503, {**API_HEADERS, "Retry-After": "1"})
