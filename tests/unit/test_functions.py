"""Registering functions: `func`, `RetryPolicy`, and the schema of what a job passes."""

import asyncio
import functools
import math
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from arq.worker import Function as ArqFunction
from arq.worker import func as arq_func
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from arqlight import RetryPolicy, func
from arqlight.functions import BlockingFunction, Function, parameters_schema


class Address(BaseModel):
    street: str


class NoSchema:
    pass


async def send(ctx: dict[Any, Any], to: str, copies: int = 1, *, urgent: bool = False) -> None:
    """Send."""


def plain(ctx: dict[Any, Any], value: int) -> int:
    return value + 1


class Callee:
    async def method(self, ctx: dict[Any, Any], n: int) -> int:
        return n

    async def __call__(self, ctx: dict[Any, Any]) -> None: ...


# -- func


def test_a_coroutine_function_is_registered_as_arq_registers_it() -> None:
    ours, arqs = func(send), arq_func(send)
    for name in ("name", "coroutine", "timeout_s", "keep_result_s", "keep_result_forever", "max_tries"):
        assert getattr(ours, name) == getattr(arqs, name), name
    assert isinstance(ours, ArqFunction)


def test_all_of_arqs_settings_are_taken() -> None:
    function = func(
        send,
        name="mail",
        keep_result=timedelta(minutes=1),
        timeout=3,
        keep_result_forever=True,
        max_tries=7,
    )
    assert isinstance(function, Function)
    assert (function.name, function.keep_result_s, function.timeout_s) == ("mail", 60, 3)
    assert (function.keep_result_forever, function.max_tries, function.retry) == (True, 7, None)


def test_a_function_is_imported_by_its_dotted_path() -> None:
    function = func("asyncio.sleep")
    assert function.name == "asyncio.sleep"
    assert vars(function)["coroutine"] is asyncio.sleep
    assert func("asyncio.sleep", name="sleep").name == "sleep"


def test_what_arq_registered_gets_its_schema_and_stays_itself_otherwise() -> None:
    function = func(arq_func(send, name="mail", max_tries=2))
    assert isinstance(function, Function)
    assert (function.name, function.max_tries) == ("mail", 2)
    assert set(function.parameters["properties"]) == {"to", "copies", "urgent"}
    assert func(function) is function


def test_a_bound_method_is_registered_by_its_qualified_name() -> None:
    assert func(Callee().method).name == "Callee.method"


@pytest.mark.parametrize("wrong", [3, None, object()])
def test_what_cannot_be_called_is_refused(wrong: Any) -> None:
    with pytest.raises(RuntimeError, match="is not a function"):
        func(wrong)


def test_what_has_no_name_is_refused() -> None:
    with pytest.raises(RuntimeError, match="not a coroutine function and not a plain one"):
        func(functools.partial(plain, {}))


def test_an_unknown_dotted_path_says_so() -> None:
    with pytest.raises(ImportError):
        func("no_such_module.function")


async def test_a_plain_function_runs_in_a_thread_of_the_workers() -> None:
    function = func(plain)
    assert isinstance(function.coroutine, BlockingFunction)
    threads: list[str] = []

    def note(ctx: dict[Any, Any]) -> None:
        threads.append(threading.current_thread().name)

    blocking = BlockingFunction(note)
    with ThreadPoolExecutor(1, thread_name_prefix="own") as blocking.executor:
        await blocking({})
    assert threads[0].startswith("own")
    assert await function.coroutine({}, 1) == 2


async def test_a_cancelled_plain_function_outside_of_a_worker_is_left_behind() -> None:
    blocking = BlockingFunction(lambda _ctx: time.sleep(0.2))
    task = asyncio.create_task(blocking({}))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


# -- parameters_schema


def test_the_schema_names_what_a_job_passes_and_not_the_context() -> None:
    assert parameters_schema(send) == {
        "type": "object",
        "properties": {
            "to": {"type": "string"},
            "copies": {"type": "integer"},
            "urgent": {"type": "boolean"},
        },
        "required": ["to"],
        "additionalProperties": False,
    }


def test_the_schema_of_a_plain_function_is_that_of_what_it_wraps() -> None:
    assert parameters_schema(BlockingFunction(plain))["properties"] == {"value": {"type": "integer"}}


def test_models_and_containers_have_their_schema() -> None:
    async def deliver(ctx: dict[Any, Any], to: Address, tags: list[str] | None = None) -> None: ...

    properties = parameters_schema(deliver)["properties"]
    assert properties["to"]["properties"]["street"]["type"] == "string"
    assert {"type": "null"} in properties["tags"]["anyOf"]


def test_open_parameters_allow_more() -> None:
    async def anything(ctx: dict[Any, Any], first: int, *args: Any, **kwargs: Any) -> None: ...

    schema = parameters_schema(anything)
    assert (list(schema["properties"]), schema["additionalProperties"]) == (["first"], True)


def test_what_has_no_schema_allows_anything() -> None:
    async def odd(ctx, untyped, thing: NoSchema, lock: threading.Thread):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        ...

    assert parameters_schema(odd)["properties"] == {"untyped": {}, "thing": {}, "lock": {}}


def test_an_annotation_that_cannot_be_resolved_allows_anything() -> None:
    async def late(ctx: dict[Any, Any], x: "NotYetThere") -> None:  # type: ignore[name-defined]  # noqa: F821
        ...

    assert parameters_schema(late) == {"type": "object"}


@pytest.mark.parametrize("odd", [print, int, None, 3])
def test_a_schema_never_fails(odd: object) -> None:
    assert parameters_schema(odd)["type"] == "object"


# -- RetryPolicy


def test_the_delay_grows_up_to_its_most() -> None:
    policy = RetryPolicy(delay=1, backoff=3, max_delay=20, jitter=0)
    assert [policy.delay_before(n) for n in range(2, 7)] == [1, 3, 9, 20, 20]


@given(next_try=st.integers(2, 100_000), jitter=st.floats(0, 1))
def test_the_delay_is_never_beyond_its_jitter_nor_infinite(next_try: int, jitter: float) -> None:
    policy = RetryPolicy(delay=1, backoff=10, max_delay=60, jitter=jitter)
    plain = min(10.0 ** min(next_try - 2, 300), 60)
    assert plain * (1 - jitter) * 0.999 <= policy.delay_before(next_try) <= plain * (1 + jitter) * 1.001


def test_jitter_spreads_what_failed_together() -> None:
    policy = RetryPolicy(delay=10, jitter=0.5)
    delays = {policy.delay_before(2) for _ in range(50)}
    assert len(delays) > 40
    assert 5 <= min(delays) < max(delays) <= 15


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_tries": 0},
        {"delay": -1},
        {"max_delay": -1},
        {"backoff": 0.5},
        {"jitter": 1.5},
        {"jitter": -0.1},
        {"delay": math.nan},
        {"max_delay": math.inf},
        {"backoff": math.nan},
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        RetryPolicy(**wrong)
