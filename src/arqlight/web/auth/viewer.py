"""Who looks, and what that one may do."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Right", "Viewer"]


class Right(StrEnum):
    """What somebody may do. Each right contains those before it."""

    watch_own = "watch_own"
    """See and follow the jobs whose owner one is."""
    view_all = "view_all"
    """See and follow every job, queue and worker."""
    operate = "operate"
    """Enqueue, abort, retry, delete, pause: whatever changes something."""
    administer = "administer"
    """See who did what."""


_RANKS = {right: rank for rank, right in enumerate(Right)}


@dataclass(frozen=True, slots=True, init=False)
class Viewer:
    """Somebody who looks at jobs, as the mount's ``access`` made them out.

    Args:
        name: what the audit log calls them.
        rights: one right or several; the greatest counts, since it contains the others. Empty: no access.
        owner: whose jobs are their own, as given to ``enqueue(..., _owner=...)``; without it none are.
        jobs: ids of jobs that a signed link shows them besides.
        batches: ids of batches that a signed link shows them besides.

    Raises:
        ValueError: there is no such right.
    """

    name: str
    right: Right | None
    owner: str | None
    jobs: frozenset[str]
    batches: frozenset[str]

    def __init__(
        self,
        name: str,
        rights: Right | str | Iterable[Right | str] = (),
        owner: str | None = None,
        *,
        jobs: Iterable[str] = (),
        batches: Iterable[str] = (),
    ) -> None:
        named = [rights] if isinstance(rights, str) else rights
        granted = [_right(one) for one in named]
        put = object.__setattr__  # as frozen dataclasses do themselves
        put(self, "name", name)
        put(self, "right", max(granted, key=_RANKS.__getitem__, default=None))
        put(self, "owner", owner)
        put(self, "jobs", frozenset(jobs))
        put(self, "batches", frozenset(batches))

    def may(self, right: Right) -> bool:
        """Whether they have this right, by itself or within a greater one."""
        return self.right is not None and _RANKS[self.right] >= _RANKS[right]


def _right(name: str) -> Right:
    try:
        return Right(name)
    except ValueError:
        known = ", ".join(Right)
        raise ValueError(f"There is no right {name!r}. The rights are: {known}.") from None
