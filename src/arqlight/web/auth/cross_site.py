"""What browsers are told, and which of their requests are refused."""

import secrets
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from fastapi import HTTPException, status
from starlette.requests import Request

__all__ = ["API_HEADERS", "STATIC_HEADERS", "CrossSiteGuard", "new_nonce", "page_headers"]

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_NOT_SNIFFED = {"X-Content-Type-Options": "nosniff"}

API_HEADERS: Mapping[str, str] = {
    **_NOT_SNIFFED,
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
}
STATIC_HEADERS: Mapping[str, str] = {**_NOT_SNIFFED, "Cross-Origin-Resource-Policy": "same-origin"}

_POLICY = (
    "default-src 'self'",
    "script-src 'self' 'nonce-{nonce}'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
)


def new_nonce() -> str:
    """A number used once: scripts of the page that carry it run, others do not."""
    return secrets.token_urlsafe(16)


def page_headers(nonce: str) -> dict[str, str]:
    """The headers of a page whose inline scripts carry ``nonce``."""
    return {
        **_NOT_SNIFFED,
        "Cache-Control": "no-store",
        "Content-Security-Policy": "; ".join(_POLICY).format(nonce=nonce),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "same-origin",
    }


class CrossSiteGuard:
    """A dependency that refuses writes which a browser sends for another site's page.

    Browsers say where a request comes from, by ``Sec-Fetch-Site`` or, where they do not (over plain HTTP), by
    ``Origin``. Clients that say neither are not browsers.

    Args:
        trusted_origins: other origins whose pages may write, such as ``https://app.example.org``.
    """

    def __init__(self, trusted_origins: Collection[str] = ()) -> None:
        self.trusted_origins = frozenset(origin.rstrip("/").lower() for origin in trusted_origins)

    async def __call__(self, request: Request) -> None:
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
