"""Writes that another site's page makes a browser send are refused."""

from collections.abc import Collection
from urllib.parse import urlsplit

from fastapi import HTTPException, status
from starlette.requests import Request

__all__ = ["CrossSiteGuard"]

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class CrossSiteGuard:
    """Refuses writes that a browser sends for another site's page.

    Browsers say where a request comes from, by ``Sec-Fetch-Site`` or, where they do not (over plain HTTP), by
    ``Origin``. Clients that say neither are not browsers.

    Args:
        trusted_origins: other origins whose pages may write, such as ``https://app.example.org``.
    """

    def __init__(self, trusted_origins: Collection[str] = ()) -> None:
        self.trusted_origins = frozenset(origin.rstrip("/").lower() for origin in trusted_origins)

    def check(self, request: Request) -> None:
        """Refuse the request with 403 if it is another site's."""
        if request.method not in SAFE_METHODS and not self._is_allowed(request):
            raise HTTPException(
                status.HTTP_403_FORBIDDEN,
                "A page of another site sent this request. If it may, name that site in `trusted_origins`.",
            )

    def _is_allowed(self, request: Request) -> bool:
        origin = request.headers.get("origin", "").lower()
        if origin in self.trusted_origins:
            return True
        site = request.headers.get("sec-fetch-site")
        if site is not None:
            return site in ("same-origin", "none")
        return not origin or urlsplit(origin).netloc == request.headers.get("host", "").lower()
