"""The task page: starts tasks, and shows the jobs and batches that its address names."""

from collections.abc import Mapping
from typing import Any

from arqlight.web.auth.viewer import Right
from arqlight.web.pages.addresses import UrlFor
from arqlight.web.pages.page import Page

__all__ = ["task_page"]

FEWEST_TASKS, MOST_TASKS = 1, 100


def task_page(*, form: bool) -> Page:
    """The page at ``/``. ``form`` is whether it starts tasks; without, it only watches."""

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
        return {"limits": {"min": FEWEST_TASKS, "max": MOST_TASKS}, "form": form}

    return Page(name="task", path="/", title="Background tasks", right=Right.watch_own, urls=urls, data=data)
