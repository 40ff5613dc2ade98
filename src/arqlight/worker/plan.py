"""What a worker's settings amount to for each of its functions, worked out once instead of for each job."""

import json
from dataclasses import dataclass
from typing import Any, cast

from arq.cron import CronJob
from arq.utils import to_ms
from arq.worker import Function as ArqFunction

from arqlight.functions import BlockingFunction, Function, RetryPolicy

__all__ = ["Plan", "Settings", "plan_for", "plan_for_unknown"]


@dataclass(frozen=True, slots=True)
class Settings:
    """The worker's settings that a function may have its own of; arq's."""

    job_timeout_s: float | None
    keep_result_s: float
    keep_result_forever: bool
    max_tries: int


@dataclass(frozen=True, slots=True)
class Plan:
    """How jobs of one function are run, and what is kept of them.

    ``expiry_ms`` is the result's expiry as ``finish.lua`` takes it, None where results are not kept.
    """

    name: str
    name_json: str
    coroutine: Any
    timeout_s: float | None
    expiry_ms: int | str | None
    max_tries: int
    is_cron: bool = False
    is_blocking: bool = False
    retry: RetryPolicy | None = None


def plan_for(name: str, function: ArqFunction | CronJob, settings: Settings) -> Plan:
    """The plan of a registered function: its own settings, else the worker's."""
    retry = function.retry if isinstance(function, Function) else None
    max_tries = settings.max_tries if function.max_tries is None else function.max_tries
    if retry is not None and retry.max_tries is not None:
        max_tries = retry.max_tries
    forever, keep_s = function.keep_result_forever, function.keep_result_s
    return Plan(
        name=name,
        name_json=json.dumps(name),
        coroutine=function.coroutine,
        timeout_s=settings.job_timeout_s if function.timeout_s is None else function.timeout_s,
        expiry_ms=_expiry_ms(
            forever=settings.keep_result_forever if forever is None else forever,
            keep_s=settings.keep_result_s if keep_s is None else keep_s,
        ),
        max_tries=max_tries,
        is_cron=isinstance(function, CronJob),
        is_blocking=isinstance(cast("object", function.coroutine), BlockingFunction),
        retry=retry,
    )


def plan_for_unknown(settings: Settings) -> Plan:
    """The plan of a job that cannot be run: how long to keep that it failed."""
    return Plan(
        name="<unknown>",
        name_json="null",
        coroutine=None,
        timeout_s=None,
        expiry_ms=_expiry_ms(forever=settings.keep_result_forever, keep_s=settings.keep_result_s),
        max_tries=settings.max_tries,
    )


def _expiry_ms(*, forever: bool, keep_s: float) -> int | str | None:
    if forever:
        return ""
    return max(1, to_ms(keep_s)) if keep_s > 0 else None
