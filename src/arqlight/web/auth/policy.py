"""Who may do what: the one place that decides. Everything else asks here."""

from collections.abc import Sequence
from typing import Protocol

from fastapi import HTTPException, status

from arqlight.models import Job, JobStatus
from arqlight.web.auth.viewer import Right, Viewer

__all__ = ["check", "check_start", "may_see", "may_see_all", "only_owner"]


class Owned(Protocol):
    """What is asked of a job, or of a row that tells of one."""

    job_id: str
    batch_id: str | None
    owner: str | None


_DOES = {
    Right.watch_own: "watch jobs",
    Right.view_all: "see everybody's jobs",
    Right.operate: "change anything",
    Right.administer: "administer",
}


def check(viewer: Viewer, right: Right) -> None:
    """Refuse with 403 whoever does not have a right.

    A signed link counts as `Right.watch_own`, since it shows its job or batch and nothing else.
    """
    has_link = bool(viewer.jobs or viewer.batches)
    if not (viewer.may(right) or (has_link and right is Right.watch_own)):
        raise HTTPException(
            status.HTTP_403_FORBIDDEN,
            f"{viewer.name} may not {_DOES[right]}: it takes the right '{right}'.",
        )


def check_start(viewer: Viewer) -> None:
    """Refuse whoever may not start the task page's task: operators may, and owners, whose it then is."""
    if not viewer.may(Right.operate) and (viewer.owner is None or not viewer.may(Right.watch_own)):
        check(viewer, Right.operate)


def only_owner(viewer: Viewer) -> str | None:
    """Whose jobs alone a list may have for somebody; None when it may have all.

    A list of `Right.watch_own` asks history for this owner. A link opens no lists.
    """
    if viewer.may(Right.view_all):
        return None
    if viewer.owner is None:
        check(viewer, Right.view_all)
    return viewer.owner


def may_see(viewer: Viewer, job: Owned) -> bool:
    """Whether somebody may see a job: all jobs, their own, or one that a link shows."""
    if viewer.may(Right.view_all):
        return True
    is_own = viewer.owner is not None and job.owner == viewer.owner and viewer.may(Right.watch_own)
    return is_own or job.job_id in viewer.jobs or job.batch_id in viewer.batches


def may_see_all(viewer: Viewer, jobs: Sequence[Job]) -> bool:
    """Whether somebody may see a batch of these jobs. One that is gone hides nothing if others are seen."""
    if viewer.may(Right.view_all):
        return True
    known = [job for job in jobs if job.status != JobStatus.not_found or job.function is not None]
    return bool(known) and all(may_see(viewer, job) for job in known)
