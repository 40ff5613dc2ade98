"""The console's page about queues."""

from arqlight.web.pages.console import console_page
from arqlight.web.pages.page import Page

__all__ = ["queues_page"]


def queues_page(environment: str) -> Page:
    """The page at ``/console/queues``; with ``?queue=``, of these alone."""
    return console_page(
        name="queues", path="/console/queues", title="Queues", section="Queues", environment=environment
    )
