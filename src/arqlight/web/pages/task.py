"""The task page: starts tasks, and shows the jobs and batches that its address names."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from arqlight.web.auth.viewer import Right
from arqlight.web.dependencies import ViewerDep
from arqlight.web.pages.addresses import UrlFor
from arqlight.web.pages.page import Page

__all__ = ["task_page"]

FEWEST_TASKS, MOST_TASKS = 1, 100


def task_page(*, form: bool, console: Page, about: str = "") -> Page:
    """The page at ``/``.

    Args:
        form: whether it starts tasks. Without, it only watches what its address names; where that names
            nothing, who may see all jobs is led to the console.
        console: the console's first page.
        about: a sentence that says what the tasks do.
    """

    def urls(url_for: UrlFor) -> Mapping[str, str]:
        return {
            "page": url_for("page:task"),
            "task": url_for("create_tasks") if form else "",
            # These two go before an id.
            "job": url_for("job", job_id=""),
            "batch": url_for("batch", batch_id=""),
            "events": url_for("events"),
        }

    async def data() -> Mapping[str, Any]:
        return {"limits": {"min": FEWEST_TASKS, "max": MOST_TASKS}, "form": form, "about": about}

    async def onward(request: Request, viewer: ViewerDep) -> str:
        names_nothing = not form and not request.query_params
        return console.route if names_nothing and viewer.may(console.right) else ""

    return Page(
        name="task",
        path="/",
        title="Background tasks",
        right=Right.watch_own,
        urls=urls,
        data=data,
        onward=onward,
    )
