"""The console's pages about functions: all of them, and one."""

from collections.abc import Mapping
from typing import Any

from arqlight.web.pages.console import console_page
from arqlight.web.pages.page import Page

__all__ = ["function_page", "functions_page"]


def functions_page(environment: str) -> Page:
    """The page at ``/console/functions``."""
    return console_page(
        name="functions",
        path="/console/functions",
        title="Functions",
        section="Functions",
        environment=environment,
    )


async def named_function(name: str) -> Mapping[str, Any]:
    """The name in the address. Whether there is such a function, the API tells."""
    return {"function": name, "heading": name}


def function_page(environment: str) -> Page:
    """The page at ``/console/functions/{name}``."""
    return console_page(
        name="function",
        path="/console/functions/{name:path}",
        title="Function",
        section="Functions",
        environment=environment,
        is_in_navigation=False,
        data=named_function,
    )
