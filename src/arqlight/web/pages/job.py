"""The console's page about one job."""

from collections.abc import Mapping
from typing import Any

from arqlight.web.pages.console import console_page
from arqlight.web.pages.page import Page

__all__ = ["job_page"]


async def named_job(job_id: str) -> Mapping[str, Any]:
    """The id that the address names. Whether there is such a job, the API tells."""
    return {"job_id": job_id}


def job_page(environment: str) -> Page:
    """The page at ``/console/jobs/{job_id}``."""
    return console_page(
        name="job",
        path="/console/jobs/{job_id:path}",
        title="Job",
        section="Jobs",
        environment=environment,
        is_in_navigation=False,
        data=named_job,
    )
