"""Registering functions: arq's ``func``, and beyond it plain (blocking) functions and retry policies."""

import asyncio
import contextvars
import inspect
import math
import random
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from arq.typing import SecondsTimedelta, WorkerCoroutine
from arq.utils import import_string, to_seconds
from arq.worker import Function as ArqFunction
from pydantic import TypeAdapter
from pydantic.errors import PydanticUserError

from arqlight.progress import JOB_CONTEXT_KEY

__all__ = ["THREAD_NAME", "BlockingFunction", "Function", "RetryPolicy", "func", "parameters_schema"]


# How the threads that run plain functions are called.
THREAD_NAME = "arqlight-job"


@dataclass(frozen=True)
class RetryPolicy:
    """When and how often a job whose function raises is tried again.

    Args:
        max_tries: how often at most, the first try included; by default the function's or worker's setting.
        delay: seconds before the second try.
        backoff: by how much the delay grows from try to try.
        max_delay: seconds that the delay never exceeds.
        jitter: a random part of the delay that is added or taken off, so that jobs that failed together do
            not come back together; 0.1 is ten per cent.
        on: the exceptions to try again after; others fail the job at once.
    """

    max_tries: int | None = None
    delay: float = 1.0
    backoff: float = 2.0
    max_delay: float = 3600.0
    jitter: float = 0.1
    on: tuple[type[BaseException], ...] = (Exception,)

    def __post_init__(self) -> None:
        if self.max_tries is not None and self.max_tries < 1:
            raise ValueError(f"max_tries is {self.max_tries}; it counts the first try too, so 1 is the least")
        finite = all(map(math.isfinite, (self.delay, self.max_delay, self.backoff)))
        if not finite or min(self.delay, self.max_delay) < 0 or self.backoff < 1 or not 0 <= self.jitter <= 1:
            raise ValueError("delay and max_delay must be 0 or more, backoff 1 or more, jitter from 0 to 1")

    def delay_before(self, next_try: int) -> float:
        """Seconds to wait before try number ``next_try`` (2 is the first retry)."""
        # The exponent is bounded because 2.0 ** 1100 overflows; no delay is that patient.
        plain = min(self.delay * self.backoff ** min(next_try - 2, 500), self.max_delay)
        return plain * random.uniform(1 - self.jitter, 1 + self.jitter)  # noqa: S311  not for secrets


@dataclass
class Function(ArqFunction):
    """arq's registered function, with its retry policy and the JSON Schema of its parameters."""

    retry: RetryPolicy | None = None
    stop_at_lease_end: bool | None = None
    parameters: dict[str, Any] = field(default_factory=dict)


class BlockingFunction:
    """A plain function as a coroutine that runs it in a thread, so that it never stalls the loop.

    A thread cannot be interrupted: asked to abort, the job runs on and is reported so; beyond its timeout the
    job fails, and the thread runs on for nothing. The worker gives it its thread pool; without one it uses
    the event loop's.
    """

    executor: Executor | None = None

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.__qualname__ = function.__qualname__

    async def __call__(self, ctx: dict[Any, Any], *args: Any, **kwargs: Any) -> Any:
        """Run the function in a thread and return what it returns."""
        run = ctx.get(JOB_CONTEXT_KEY)
        call = partial(contextvars.copy_context().run, self._call, run, ctx, *args, **kwargs)
        thread = asyncio.get_running_loop().run_in_executor(self.executor, call)
        while True:
            try:
                result = await asyncio.shield(thread)
            except asyncio.CancelledError:
                if thread.done() or run is None or run.may_leave_its_thread:
                    # A call that still waits for a free thread must not be made any more.
                    thread.cancel()
                    raise
            else:
                # A decorator may hide that it is a coroutine function.
                return await result if inspect.isawaitable(result) else result

    def _call(self, run: Any, *args: Any, **kwargs: Any) -> Any:
        if run is not None:
            run.enter_thread()
        try:
            return self.function(*args, **kwargs)
        except StopIteration as error:
            # As in a coroutine; Python 3.11's futures cannot hold one, and whoever waits would wait for ever.
            raise RuntimeError("the function raised StopIteration") from error
        finally:
            if run is not None:
                run.leave_thread()


def func(
    coroutine: "str | ArqFunction | WorkerCoroutine | Callable[..., Any]",
    *,
    name: str | None = None,
    keep_result: SecondsTimedelta | None = None,
    timeout: SecondsTimedelta | None = None,
    keep_result_forever: bool | None = None,
    max_tries: int | None = None,
    retry: RetryPolicy | None = None,
    stop_at_lease_end: bool | None = None,
) -> ArqFunction:
    """Register a function: arq's ``func``, its arguments and their meaning.

    Beyond arq it takes plain functions, which run in a thread, and a retry policy.

    Args:
        coroutine: a coroutine function, a plain function, or a string to import either from.
        name: the function's name, by default its ``__qualname__`` (or the string).
        keep_result: seconds (or a timedelta) for which to keep results; 0 keeps none.
        timeout: seconds (or a timedelta) after which a try is stopped and the job fails.
        keep_result_forever: whether results never expire.
        max_tries: how often a job is tried at most.
        retry: when and how often to try again after an exception; by default never.
        stop_at_lease_end: whether a worker that is cut off from Redis stops the function when its lease is
            over; by default the worker's setting.

    Raises:
        RuntimeError: what was given cannot be called.
    """
    if isinstance(coroutine, Function):
        return coroutine
    if isinstance(coroutine, ArqFunction):
        return _with_schema(coroutine)
    function: Any = coroutine
    if isinstance(coroutine, str):
        name = name or coroutine
        function = import_string(coroutine)
    if not callable(function):
        raise RuntimeError(f"{function!r} is not a function")  # noqa: TRY004  arq's type
    if inspect.isasyncgenfunction(function) or inspect.isgeneratorfunction(function):
        raise RuntimeError(
            f"{function!r} is a generator; a job's function returns once, and tells of its progress by "
            "report_progress"
        )
    if not inspect.iscoroutinefunction(function):
        if not hasattr(function, "__qualname__"):
            raise RuntimeError(f"{function!r} is not a coroutine function and not a plain one")
        function = BlockingFunction(function)
    return Function(
        name=name or function.__qualname__,
        coroutine=cast("WorkerCoroutine", function),
        timeout_s=to_seconds(timeout),
        keep_result_s=to_seconds(keep_result),
        keep_result_forever=keep_result_forever,
        max_tries=max_tries,
        retry=retry,
        stop_at_lease_end=stop_at_lease_end,
        parameters=parameters_schema(function),
    )


def _with_schema(function: ArqFunction) -> Function:
    return Function(**vars(function), parameters=parameters_schema(function.coroutine))


def parameters_schema(function: object) -> dict[str, Any]:
    """The JSON Schema of what a job passes to the function: its parameters after ``ctx``."""
    target = function.function if isinstance(function, BlockingFunction) else function
    try:
        signature = inspect.signature(cast("Callable[..., Any]", target), eval_str=True)
    except (NameError, TypeError, ValueError):
        return {"type": "object"}
    properties: dict[str, Any] = {}
    required = []
    open_ended = False
    for parameter in list(signature.parameters.values())[1:]:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            open_ended = True
            continue
        properties[parameter.name] = _annotation_schema(parameter.annotation)
        if parameter.default is parameter.empty:
            required.append(parameter.name)
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": open_ended,
    }


def _annotation_schema(annotation: Any) -> dict[str, Any]:
    """An empty schema, which allows anything, where an annotation is missing or has none."""
    if annotation is inspect.Parameter.empty:
        return {}
    try:
        return TypeAdapter(annotation).json_schema()
    except (PydanticUserError, TypeError, ValueError):
        return {}
