"""Addresses that show one job or batch to whoever has them, for a while."""

from datetime import timedelta
from typing import Literal
from urllib.parse import urlencode

from fastapi import FastAPI, Request

from arqlight.models import BatchRef
from arqlight.web.auth.links import PARAMETER, Links

__all__ = ["batch_url", "job_url", "keep_links", "links_of"]

_LINKS = "arqlight_links"
A_DAY = timedelta(days=1)


def job_url(request: Request, job: str | object, *, expires: timedelta | float = A_DAY) -> str:
    """An address that shows one job to whoever has it, without a login: its page, its JSON and its stream.

    All web processes need the same ``ARQLIGHT_SECRET``; without one, links are good until this process ends.

    Args:
        request: a request to the application that arqlight is mounted in.
        job: the job, or its id.
        expires: how long it is good, as a timedelta or in seconds.

    Raises:
        ValueError: ``expires`` is not in the future.
        RuntimeError: arqlight is not mounted in this application.
    """
    job_id = job if isinstance(job, str) else str(getattr(job, "job_id", ""))
    return _url(request, "job", job_id, expires)


def batch_url(request: Request, batch: str | BatchRef, *, expires: timedelta | float = A_DAY) -> str:
    """The same for a batch: it shows all jobs of it.

    Args:
        request: as of `job_url`.
        batch: the batch, or its id.
        expires: as of `job_url`.

    Raises:
        ValueError: as `job_url`.
        RuntimeError: as `job_url`.
    """
    return _url(request, "batch", batch if isinstance(batch, str) else batch.batch_id, expires)


def _url(request: Request, kind: Literal["job", "batch"], name: str, expires: timedelta | float) -> str:
    seconds = expires.total_seconds() if isinstance(expires, timedelta) else float(expires)
    if not name:
        raise ValueError(f"There is no id of a {kind} to make a link for.")
    if not seconds > 0:
        raise ValueError(f"expires is {expires!r}: the link would be good for nothing.")
    links = links_of(request.app)
    query = urlencode({kind: name, PARAMETER: links.sign(kind, name, seconds)})
    return f"{request.url_for('arqlight:page:task')}?{query}"


def keep_links(app: FastAPI, secret: str) -> Links:
    """The application's signer of links, made when arqlight is mounted in it for the first time."""
    if not hasattr(app.state, _LINKS):
        setattr(app.state, _LINKS, Links(secret))
    return links_of(app)


def links_of(app: FastAPI) -> Links:
    """The application's signer of links.

    Raises:
        RuntimeError: arqlight is not mounted in it.
    """
    links = getattr(app.state, _LINKS, None)
    if not isinstance(links, Links):
        raise RuntimeError("arqlight is not mounted in this application: mount(app, ...) comes first.")  # noqa: TRY004
    return links
