"""Who is let in when no one of the application's own says so: people on this machine, or everybody."""

from ipaddress import ip_address

from fastapi import HTTPException, status
from starlette.requests import HTTPConnection

from arqlight.web.auth.hosts import host_name, is_local_name
from arqlight.web.auth.viewer import Right, Viewer

__all__ = ["NOT_CONFIGURED", "by_place", "everybody", "is_test_client", "this_machine"]

NOT_CONFIGURED = (
    "Nobody has said who may see and change these jobs, so only people on this machine may. Say it with "
    "mount(app, access=...), or set ARQLIGHT_USER and ARQLIGHT_PASSWORD; ARQLIGHT_ACCESS=open lets everybody "
    "in."
)

# A proxy on this machine makes everybody look local. These headers give one away, and so does HTTP/1.0, which
# no browser speaks and some proxies do unless told otherwise.
_PROXY_HEADERS = (
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
)

_ANYBODY = Viewer("anybody", Right.administer)
_SOMEBODY_HERE = Viewer("somebody on this machine", Right.administer)


async def everybody() -> Viewer:
    """Let everybody do everything."""
    return _ANYBODY


async def this_machine(connection: HTTPConnection) -> Viewer:
    """Let people on this machine do everything, and nobody else anything."""
    if not _is_local(connection):
        raise HTTPException(status.HTTP_403_FORBIDDEN, NOT_CONFIGURED)
    return _SOMEBODY_HERE


def by_place(access: object) -> bool:
    """Whether an access asks for no credentials: then a browser on the inside is let in, whoever leads it."""
    return access in (everybody, this_machine)


def _is_local(connection: HTTPConnection) -> bool:
    if is_test_client(connection):
        return True
    try:
        address = ip_address(connection.client.host if connection.client else "")
    except ValueError:
        return False
    here = getattr(address, "ipv4_mapped", None) or address
    if not here.is_loopback or _is_proxied(connection):
        return False
    return is_local_name(host_name(connection.headers.get("host", "localhost")))


def is_test_client(connection: HTTPConnection) -> bool:
    """Whether a test asks, with Starlette's ``TestClient``: no request over a network comes from there."""
    client = connection.client.host if connection.client else ""
    is_named_so = client == "testclient" and connection.headers.get("host") == "testserver"
    return is_named_so and not _is_proxied(connection)


def _is_proxied(connection: HTTPConnection) -> bool:
    return connection.scope.get("http_version") == "1.0" or any(
        name in connection.headers for name in _PROXY_HEADERS
    )
