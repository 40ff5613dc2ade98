"""The console's pages about failures: their groups, and one of these."""

from collections.abc import Mapping
from typing import Any

from arqlight.web.pages.console import console_page
from arqlight.web.pages.page import Page

__all__ = ["failure_page", "failures_page"]


def failures_page(environment: str) -> Page:
    """The page at ``/console/failures``, whose address holds the filters, as the API takes them."""
    return console_page(
        name="failures",
        path="/console/failures",
        title="Failures",
        section="Failures",
        environment=environment,
    )


async def named_failure(fingerprint: str) -> Mapping[str, Any]:
    """The group that the address names. Whether there is such a one, the API tells."""
    return {"fingerprint": fingerprint}


def failure_page(environment: str) -> Page:
    """The page at ``/console/failures/{fingerprint}``."""
    return console_page(
        name="failure",
        path="/console/failures/{fingerprint}",
        title="Failure",
        section="Failures",
        environment=environment,
        is_in_navigation=False,
        data=named_failure,
        styles=["vendor/uplot.css"],
    )
