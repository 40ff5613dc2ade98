"""Sessions: a signed cookie says who logged in. Nothing of them is kept on the server."""

import hashlib
from collections.abc import Mapping
from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.requests import HTTPConnection
from starlette.responses import Response

__all__ = ["COOKIE", "LONGEST_S", "Sessions"]

COOKIE = "arqlight_session"
LONGEST_S = 12 * 3600


class Sessions:
    """Gives out session cookies and reads them.

    A cookie names the person and a part of their password's hash, so a changed password ends its sessions.

    Args:
        secret: what they are signed with.
    """

    def __init__(self, secret: str) -> None:
        signer = {"digest_method": hashlib.sha256}
        self._serializer = URLSafeTimedSerializer(secret, salt="arqlight session", signer_kwargs=signer)

    def begin(self, response: Response, cookie: str, *, path: str, secure: bool) -> None:
        """Give the browser a session, whose content is from `cookie`."""
        response.set_cookie(
            COOKIE,
            cookie,
            max_age=LONGEST_S,
            path=path,
            secure=secure,
            httponly=True,
            samesite="strict",
        )

    def cookie(self, name: str, hashed: str) -> str:
        """The content of a session's cookie."""
        return str(self._serializer.dumps([name, _part_of(hashed)]))

    def end(self, response: Response, path: str) -> None:
        """Take the session from the browser."""
        response.delete_cookie(COOKIE, path=path, httponly=True, samesite="strict")

    def name(self, connection: HTTPConnection, hashes: Mapping[str, str]) -> str | None:
        """Whose session a request has; None without a good one.

        Args:
            connection: the request.
            hashes: the hash of each person's password.
        """
        cookie = connection.cookies.get(COOKIE)
        if not cookie:
            return None
        try:
            content: Any = self._serializer.loads(cookie, max_age=LONGEST_S)
        except BadData:
            return None
        match content:
            case [str(name), str(part)] if name in hashes and _part_of(hashes[name]) == part:
                return name
        return None


def _part_of(hashed: str) -> str:
    return hashlib.sha256(hashed.encode()).hexdigest()[:16]
