"""What a page is: the seam where pages are added."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from arqlight.web.auth.viewer import Right
from arqlight.web.pages.addresses import UrlFor

__all__ = ["Page"]


async def no_data() -> Mapping[str, Any]:
    """The data of a page that has none but its addresses."""
    return {}


def no_urls(url_for: UrlFor) -> Mapping[str, str]:  # noqa: ARG001 - the signature of those that need it
    """The addresses of a page that asks for nothing."""
    return {}


async def stay() -> str:
    """No other page than the one that was asked for."""
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page: what differs from page to page. `pages_router` does the rest.

    Its files are found by its name: the template ``templates/pages/{name}.html``, the module
    ``static/js/pages/{name}.js`` and, if it is there, the style sheet ``static/css/pages/{name}.css``.

    Args:
        name: in its own addresses and its files' names; the name of its route is ``page:{name}``.
        path: under the prefix of the mount, such as ``/console/jobs`` or ``/console/jobs/{job_id:path}``.
        title: the document's title.
        right: what it takes to open it.
        urls: the addresses that its module asks, by the names that the module uses.
        data: what else its module and its template are given; a dependency of FastAPI's, so that it may ask
            for the request, the queue, or what the path holds. It gives what `json` can write.
        onward: gives the name of another page's route to go on to instead, empty for none; a dependency as
            ``data`` is.
        styles: further style sheets, by their paths in ``static/``, such as a library's.
        navigation: the word for it in the navigation; empty for a page that is not there.
    """

    name: str
    path: str
    title: str
    right: Right
    urls: Callable[[UrlFor], Mapping[str, str]] = no_urls
    data: Callable[..., Any] = no_data
    onward: Callable[..., Any] = stay
    styles: Sequence[str] = ()
    navigation: str = ""

    @property
    def route(self) -> str:
        """The name of its route, for `UrlFor`."""
        return f"page:{self.name}"

    @property
    def template(self) -> str:
        """Its template, in the folder of templates."""
        return f"pages/{self.name}.html"

    @property
    def module(self) -> str:
        """Its entry module, in the folder of static files."""
        return f"js/pages/{self.name}.js"

    @property
    def own_style(self) -> str:
        """Its own style sheet, in the folder of static files."""
        return f"css/pages/{self.name}.css"
