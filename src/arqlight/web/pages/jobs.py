"""The console's list of jobs."""

from arqlight.web.pages.console import console_page
from arqlight.web.pages.page import Page

__all__ = ["jobs_page"]


def jobs_page(environment: str) -> Page:
    """The page at ``/console/jobs``, whose address holds the filters, as the API takes them."""
    return console_page(
        name="jobs", path="/console/jobs", title="Jobs", section="Jobs", environment=environment
    )
