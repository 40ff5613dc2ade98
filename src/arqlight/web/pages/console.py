"""The console: the operator's pages, and what all of them are given."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from fastapi import Depends

from arqlight.web.auth.viewer import Right
from arqlight.web.pages.addresses import UrlFor
from arqlight.web.pages.page import Page, no_data, no_urls

__all__ = ["console_page"]


def console_page(
    *,
    name: str,
    path: str,
    title: str,
    section: str,
    environment: str,
    right: Right = Right.view_all,
    is_in_navigation: bool = True,
    urls: Callable[[UrlFor], Mapping[str, str]] = no_urls,
    data: Callable[..., Any] = no_data,
    styles: Sequence[str] = (),
) -> Page:
    """A page in the console's frame: template on ``console.html``, module beginning with `startFrame`.

    Args:
        name: as of `Page`.
        path: as of `Page`.
        title: as of `Page`; the page's heading, unless its data has a ``heading``.
        section: the word in the navigation that it belongs to.
        environment: the name of what it shows, such as ``staging``; empty for none.
        right: what it takes to open it.
        is_in_navigation: whether the word leads to it; to a page about one of many things it does not.
        urls: as of `Page`, besides those of the frame.
        data: as of `Page`, besides that of the frame.
        styles: as of `Page`.
    """

    def all_urls(url_for: UrlFor) -> Mapping[str, str]:
        return {**frame_urls(url_for), **urls(url_for)}

    async def all_data(own: Annotated[Mapping[str, Any], Depends(data)]) -> Mapping[str, Any]:
        return {"section": section, "environment": environment, **own}

    return Page(
        name=name,
        path=path,
        title=title,
        right=right,
        urls=all_urls,
        data=all_data,
        styles=styles,
        navigation=section if is_in_navigation else "",
    )


def frame_urls(url_for: UrlFor) -> Mapping[str, str]:
    """The addresses that the frame itself needs.

    ``api`` and ``console`` are what the paths of the API's routes and of the console's pages begin with.
    """
    return {
        "api": url_for("events").removesuffix("/events"),
        "events": url_for("events"),
        "console": url_for("page:overview"),
        "jobs_page": url_for("page:jobs"),
        "new_page": url_for("page:new_job"),
    }
