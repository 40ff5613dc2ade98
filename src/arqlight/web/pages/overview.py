"""The console's first page: how things stand."""

from arqlight.web.pages.console import console_page
from arqlight.web.pages.page import Page

__all__ = ["overview_page"]


def overview_page(environment: str) -> Page:
    """The page at ``/console``, whose address holds the span of time that its charts show."""
    return console_page(
        name="overview",
        path="/console",
        title="Overview",
        section="Overview",
        environment=environment,
        styles=["vendor/uplot.css"],
    )
