"""The console's form for a new job."""

from arqlight.web.pages.console import console_page
from arqlight.web.pages.page import Page

__all__ = ["new_job_page"]


def new_job_page(environment: str) -> Page:
    """The page at ``/console/new``; with ``?from=`` and a job's id, it begins with what that job has."""
    return console_page(
        name="new_job",
        path="/console/new",
        title="New job",
        section="Jobs",
        environment=environment,
        is_in_navigation=False,
    )
