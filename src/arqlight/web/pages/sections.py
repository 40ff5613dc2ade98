"""Every page of the console, in the order of its navigation."""

from collections.abc import Sequence

from arqlight.web.pages.batches import batches_page
from arqlight.web.pages.failures import failure_page, failures_page
from arqlight.web.pages.functions import function_page, functions_page
from arqlight.web.pages.job import job_page
from arqlight.web.pages.jobs import jobs_page
from arqlight.web.pages.new_job import new_job_page
from arqlight.web.pages.overview import overview_page
from arqlight.web.pages.page import Page
from arqlight.web.pages.queues import queues_page
from arqlight.web.pages.schedules import schedules_page
from arqlight.web.pages.workers import workers_page

__all__ = ["console_pages"]

_PAGES = (
    overview_page,
    jobs_page,
    job_page,
    new_job_page,
    batches_page,
    queues_page,
    workers_page,
    failures_page,
    failure_page,
    functions_page,
    function_page,
    schedules_page,
)


def console_pages(environment: str) -> Sequence[Page]:
    """The console's pages. ``environment`` is the name that each of them shows at its top; empty for none."""
    return [make(environment) for make in _PAGES]
