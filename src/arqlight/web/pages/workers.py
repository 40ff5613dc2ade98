"""The console's page about workers."""

from arqlight.web.pages.console import console_page
from arqlight.web.pages.page import Page

__all__ = ["workers_page"]


def workers_page(environment: str) -> Page:
    """The page at ``/console/workers``; with ``?worker=`` or ``?queue=``, of these alone."""
    return console_page(
        name="workers", path="/console/workers", title="Workers", section="Workers", environment=environment
    )
