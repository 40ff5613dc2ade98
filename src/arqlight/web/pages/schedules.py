"""The console's page about cron jobs."""

from arqlight.web.pages.console import console_page
from arqlight.web.pages.page import Page

__all__ = ["schedules_page"]


def schedules_page(environment: str) -> Page:
    """The page at ``/console/schedules``."""
    return console_page(
        name="schedules",
        path="/console/schedules",
        title="Schedules",
        section="Schedules",
        environment=environment,
    )
