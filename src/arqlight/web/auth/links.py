"""Signed links: they show one job or batch, for a while, to whoever has them."""

import hashlib
import time
from collections.abc import Callable
from typing import Any, Literal
from urllib.parse import urlsplit

from itsdangerous import BadData, URLSafeSerializer
from starlette.requests import Request

from arqlight.web.auth.viewer import Viewer

__all__ = ["COOKIE", "PARAMETER", "Links", "is_of_another_site"]

PARAMETER = "link"
COOKIE = "arqlight_link"
# A browser keeps the links that were opened last, joined by what is in none of them.
MOST_KEPT = 8
BETWEEN = "~"


class Links:
    """Signs links and says what those in a request show.

    Args:
        secret: what they are signed with.
        clock: Unix time in seconds.
    """

    def __init__(self, secret: str, *, clock: Callable[[], float] = time.time) -> None:
        signer = {"digest_method": hashlib.sha256}
        self._serializer = URLSafeSerializer(secret, salt="arqlight link", signer_kwargs=signer)
        self._clock = clock

    def sign(self, kind: Literal["job", "batch"], name: str, expires_s: float) -> str:
        """What shows a job or a batch for so many seconds, as the query parameter ``link``."""
        return str(self._serializer.dumps([kind, name, int(self._clock() + expires_s)]))

    def shown_to(self, viewer: Viewer | None, request: Request) -> Viewer | None:
        """The viewer with what the request's links show; without one, who only has a link, or None."""
        shown = [target for token in _tokens(request) if (target := self._target(token))]
        if not shown:
            return viewer
        jobs = {name for kind, name in shown if kind == "job"}
        batches = {name for kind, name in shown if kind == "batch"}
        if viewer is None:
            return Viewer("somebody with a link", jobs=jobs, batches=batches)
        rights = [viewer.right] if viewer.right else []
        return Viewer(
            viewer.name, rights, viewer.owner, jobs=viewer.jobs | jobs, batches=viewer.batches | batches
        )

    def cookie(self, request: Request) -> str | None:
        """What the browser is to keep, so that the page may ask for what the link shows; None: nothing."""
        token = request.query_params.get(PARAMETER, "")
        if not self._target(token):
            return None
        kept = [one for one in _kept(request) if one != token and self._target(one)]
        return BETWEEN.join([token, *kept][:MOST_KEPT])

    def _target(self, token: str) -> tuple[str, str] | None:
        try:
            content: Any = self._serializer.loads(token)
        except BadData:
            return None
        match content:
            case ["job" | "batch" as kind, str(name), int(until)] if until > self._clock():
                return kind, name
        return None


def is_of_another_site(request: Request) -> bool:
    """Whether a page of another origin reads here; browsers say so, if they are to let it read the answer."""
    origin = request.headers.get("origin", "")
    return bool(origin) and urlsplit(origin).netloc != request.headers.get("host", "")


def _tokens(request: Request) -> list[str]:
    given = request.query_params.get(PARAMETER)
    return [given, *_kept(request)] if given else _kept(request)


def _kept(request: Request) -> list[str]:
    return [token for token in request.cookies.get(COOKIE, "").split(BETWEEN)[:MOST_KEPT] if token]
