"""How jobs of each function are run, worked out once from the settings instead of for each job."""

import inspect
import json
from dataclasses import dataclass
from typing import Any, cast

from arq.cron import CronJob
from arq.utils import to_ms
from arq.worker import Function as ArqFunction

from arqlight.functions import BlockingFunction, Function, RetryPolicy
from arqlight.models import FunctionInfo, RetryInfo
from arqlight.payload import UNKNOWN_FUNCTION

__all__ = ["Defaults", "Plan", "Plans"]

_LONGEST_DOC = 500


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for functions that have no setting of their own; arq's settings."""

    job_timeout_s: float | None
    keep_result_s: float
    keep_result_forever: bool
    max_tries: int
    stop_at_lease_end: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """How jobs of one function are run, and what is kept of them.

    ``expiry_ms`` is the result's expiry as ``finish.lua`` takes it, None where results are not kept;
    ``failure_expiry_ms`` is that of a result that says why a job did not succeed. Where there is no such
    function, ``is_known`` is false.
    """

    name: str
    name_json: str
    coroutine: Any
    timeout_s: float | None
    expiry_ms: int | str | None
    failure_expiry_ms: int | str | None
    max_tries: int
    is_cron: bool = False
    is_blocking: bool = False
    retry: RetryPolicy | None = None
    stops_at_lease_end: bool = False
    is_known: bool = True

    def info(self) -> FunctionInfo:
        """What a worker publishes of it."""
        retry = self.retry and RetryInfo(
            delay_s=self.retry.delay,
            backoff=self.retry.backoff,
            max_delay_s=self.retry.max_delay,
            on=[error.__name__ for error in self.retry.on],
        )
        return FunctionInfo(
            doc=_doc(self.coroutine), max_tries=self.max_tries, timeout_s=self.timeout_s, retry=retry
        )


class Plans:
    """The plans of all functions that a worker has registered.

    Args:
        functions: by name.
        defaults: what holds for functions that have no setting of their own.
    """

    def __init__(self, functions: dict[str, ArqFunction | CronJob], defaults: Defaults) -> None:
        self._plans = {name: _plan_for(name, function, defaults) for name, function in functions.items()}
        # Of a job that cannot be run: how long to keep that it failed.
        expiry_ms = _expiry_ms(forever=defaults.keep_result_forever, keep_s=defaults.keep_result_s)
        self.unknown = Plan(
            name=UNKNOWN_FUNCTION,
            name_json="null",
            coroutine=None,
            timeout_s=None,
            expiry_ms=expiry_ms,
            failure_expiry_ms=expiry_ms,
            max_tries=defaults.max_tries,
            is_known=False,
        )

    def of(self, function: str) -> Plan:
        """The plan of a function, by its name."""
        return self._plans.get(function, self.unknown)

    def any_stops_at_lease_end(self) -> bool:
        """Whether there is such a function."""
        return any(plan.stops_at_lease_end for plan in self._plans.values())

    def infos(self) -> dict[str, FunctionInfo]:
        """What a worker publishes of each, by its name."""
        return {name: plan.info() for name, plan in self._plans.items()}

    def blocking(self) -> list[BlockingFunction]:
        """The plain functions, which run in threads."""
        return [plan.coroutine for plan in self._plans.values() if plan.is_blocking]


def _doc(function: Any) -> str | None:
    """The first paragraph of a function's docstring, in one line, cut; None where it has none of its own."""
    target = function.function if isinstance(function, BlockingFunction) else function
    written = getattr(target, "__doc__", None)
    if not isinstance(written, str):
        return None
    paragraph = " ".join(inspect.cleandoc(written).partition("\n\n")[0].split())
    is_long = len(paragraph) > _LONGEST_DOC
    return (paragraph[: _LONGEST_DOC - 1] + "…" if is_long else paragraph) or None


def _plan_for(name: str, function: ArqFunction | CronJob, defaults: Defaults) -> Plan:
    own = function if isinstance(function, Function) else None
    retry, stops = (own.retry, own.stop_at_lease_end) if own else (None, None)
    max_tries = defaults.max_tries if function.max_tries is None else function.max_tries
    if retry is not None and retry.max_tries is not None:
        max_tries = retry.max_tries
    forever, keep_s = function.keep_result_forever, function.keep_result_s
    expiry_ms = failure_expiry_ms = _expiry_ms(
        forever=defaults.keep_result_forever if forever is None else forever,
        keep_s=defaults.keep_result_s if keep_s is None else keep_s,
    )
    if isinstance(function, CronJob) and expiry_ms is None and function.job_id is None:
        # arq's cron jobs keep no result by default, and nobody would learn why one failed. With an id of its
        # own a result would keep the next one from being enqueued.
        failure_expiry_ms = _expiry_ms(forever=False, keep_s=defaults.keep_result_s)
    return Plan(
        name=name,
        name_json=json.dumps(name),
        coroutine=function.coroutine,
        timeout_s=defaults.job_timeout_s if function.timeout_s is None else function.timeout_s,
        expiry_ms=expiry_ms,
        failure_expiry_ms=failure_expiry_ms,
        max_tries=max_tries,
        is_cron=isinstance(function, CronJob),
        is_blocking=isinstance(cast("object", function.coroutine), BlockingFunction),
        retry=retry,
        stops_at_lease_end=defaults.stop_at_lease_end if stops is None else stops,
    )


def _expiry_ms(*, forever: bool, keep_s: float) -> int | str | None:
    if forever:
        return ""
    return max(1, to_ms(keep_s)) if keep_s > 0 else None
