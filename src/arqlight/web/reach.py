"""What requests may reach: queues by an allow-list, and functions. Redis holds what others put there too."""

from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Literal

from fastapi import Depends, FastAPI, HTTPException
from starlette.requests import HTTPConnection

from arqlight.queue import Queue
from arqlight.redis.failures import ask
from arqlight.web.dependencies import QueueDep

__all__ = ["FOUND", "Reach", "ReachDep", "Reachable", "reach_from"]

FOUND: Literal["found"] = "found"
ANY: Literal["any"] = "any"
_REACH = "arqlight_reach"
_SHOWN = 20
_LONGEST_SHOWN = 100


class Reachable:
    """What a mount lets requests reach.

    Args:
        queues: names of queues; ``"found"`` for all that are found to be queues (see `Queue.is_queue`); None
            for the application's own.
        functions: names of functions; ``"any"`` for whatever is asked for; None for those that workers that
            are up have published.
        page_queue: the queue of the page's tasks, which is the application's own too.

    Raises:
        ValueError: one of them is a text that is none of these words.
    """

    def __init__(
        self,
        queues: Collection[str] | Literal["found"] | None = None,
        functions: Collection[str] | Literal["any"] | None = None,
        page_queue: str | None = None,
    ) -> None:
        if isinstance(queues, str) and queues != FOUND:
            raise ValueError(f"queues is {queues!r}. It may be a list of names, such as ['mail'], or 'found'")
        if isinstance(functions, str) and functions != ANY:
            raise ValueError(
                f"functions is {functions!r}. It may be a list of names, such as ['send_mail'], or 'any'."
            )
        self.finds_queues = queues == FOUND
        self.queues = None if queues is None or queues == FOUND else frozenset(queues)
        self.any_function = functions == ANY
        self.functions = None if functions is None or functions == ANY else frozenset(functions)
        self.page_queue = page_queue

    def keep_for(self, app: FastAPI) -> None:
        """Have the application's path operations find it."""
        setattr(app.state, _REACH, self)


class Reach:
    """The same for one request.

    Args:
        allowed: what the mount allows.
        queue: the application's.
    """

    def __init__(self, allowed: Reachable, queue: Queue) -> None:
        self._allowed = allowed
        self._queue = queue

    async def has_queue(self, name: str | None) -> bool:
        """Whether requests may reach the queue of that name; None is the application's own."""
        if name is None:
            return True
        if self._allowed.finds_queues:
            return await ask(self._queue.is_queue(name))
        return name in self._names()

    async def check_queue(self, name: str | None, *, status: int = 422) -> None:
        """Refuse a queue that requests may not reach."""
        if await self.has_queue(name):
            return
        if self._allowed.finds_queues:
            why = "no worker serves it, and none has ended a job of it. ARQLIGHT_QUEUES may name it"
        else:
            named = ", ".join(sorted(self._names())[:_SHOWN])
            why = f"the queues there are: {named}. mount(queues=...) or ARQLIGHT_QUEUES may name more"
        raise HTTPException(status, f"There is no queue {_quoted(name or '')} here: {why}.")

    async def check_functions(self, functions: Iterable[str], queue_name: str | None) -> None:
        """Answer with 422 where a function is not known; and where nobody can tell, since no worker is up."""
        if self._allowed.any_function:
            return
        wanted = set(functions)
        known: Collection[str] | None = self._allowed.functions
        if known is None:
            known = await ask(self._queue.functions(queue_name=queue_name))
        if known is None:
            raise HTTPException(
                422,
                f"No arqlight worker is up that could tell whether there is a function "
                f"{_quoted(min(wanted))}. Start one, or name the functions: mount(functions=...).",
            )
        if unknown := sorted(wanted - set(known)):
            names = ", ".join(sorted(known)[:_SHOWN]) or "none"
            raise HTTPException(
                422, f"No worker has a function {_quoted(unknown[0])}. The functions there are: {names}."
            )

    def _names(self) -> frozenset[str]:
        own = frozenset(filter(None, [self._queue.queue_name, self._allowed.page_queue]))
        return own if self._allowed.queues is None else self._allowed.queues


def _quoted(text: str) -> str:
    return repr(text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…")


def reach_from(
    environment: Mapping[str, str],
    queues: Collection[str] | Literal["found"] | None,
    functions: Collection[str] | Literal["any"] | None,
    page_queue: str | None,
) -> Reachable:
    """What a mount is told, and where it is not told, ``ARQLIGHT_QUEUES`` and ``ARQLIGHT_FUNCTIONS``.

    Those are names with commas between them, or the word ``found`` and ``any``.
    """
    if queues is None:
        named = _names_in(environment.get("ARQLIGHT_QUEUES", ""))
        queues = FOUND if named == [FOUND] else named or None
    if functions is None:
        named = _names_in(environment.get("ARQLIGHT_FUNCTIONS", ""))
        functions = ANY if named == [ANY] else named or None
    return Reachable(queues, functions, page_queue)


def _names_in(setting: str) -> list[str]:
    return [name.strip() for name in setting.split(",") if name.strip()]


async def get_reach(connection: HTTPConnection, queue: QueueDep) -> Reach:
    """What this request may reach."""
    allowed = getattr(connection.app.state, _REACH, None)
    return Reach(allowed if isinstance(allowed, Reachable) else Reachable(), queue)


ReachDep = Annotated[Reach, Depends(get_reach)]
"""What a request may reach, for path operations that are given a queue or a function by name."""
