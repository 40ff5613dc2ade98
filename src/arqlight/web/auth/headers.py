"""What browsers are told with each answer: what a page may load and run, and what may be kept."""

import secrets
from collections.abc import Mapping

__all__ = ["API_HEADERS", "STATIC_HEADERS", "new_nonce", "page_headers"]

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
