"""The console's list of batches."""

from arqlight.web.pages.console import console_page
from arqlight.web.pages.page import Page

__all__ = ["batches_page"]


def batches_page(environment: str) -> Page:
    """The page at ``/console/batches``; the jobs of one are in the list of jobs."""
    return console_page(
        name="batches", path="/console/batches", title="Batches", section="Batches", environment=environment
    )
