"""The record of a job that is to run again, made of what is kept of it."""

import json
import pickle
from typing import Any

import pytest

from arqlight.payload import aborted_result, decode_job, encode_job, encode_result, job_again

NOW_MS = 1_790_000_000_000


class Touchy:
    """Cannot be unpickled, and says that it was tried."""

    def __reduce__(self) -> Any:
        return _touched, ()


def _touched() -> None:
    raise AssertionError("it was unpickled")


class Custom(Exception):  # noqa: N818
    """As many have it: it cannot be unpickled, since it needs two arguments and keeps one."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(one)


ARGUMENTS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((), {}),
    (("x", "r"), {}),
    (("r", "r", ("r", "r")), {"r": "r"}),
    (({"r": 1, "f": 2},), {"f": ["r", {"r": {"r": ()}}]}),
    (([*range(3000)], {str(n): n for n in range(3000)}), {}),
    ((b"x" * 200_000, "é" * 100_000, 2**80, None, 1.5), {"deep": [[[[{"k": {1, 2}}]]]]}),
    ((Custom,), {"kind": ValueError("it stays")}),
]
RESULTS: list[Any] = [
    None,
    "r",
    ("r", "r"),
    Touchy(),
    Custom("one", "other"),
    {"r": "a", "a": "r"},
    [1] * 5000,
]


def result(args: Any, kwargs: Any, value: Any, **options: Any) -> bytes:
    made = encode_result(
        function="greet", args=args, kwargs=kwargs, job_try=3, enqueue_ms=5, success=False, result=value,
        start_ms=6, finish_ms=7, ref="job", queue_name="q", job_id="job", **options,
    )  # fmt: skip
    assert made is not None
    return made


def arqs_result(args: Any, kwargs: Any, value: Any, protocol: int) -> bytes:
    """In plain arq's order: the result stands amid the rest."""
    facts = {"t": 3, "f": "greet", "a": args, "k": kwargs, "et": 5, "s": True, "r": value, "st": 6, "ft": 7}
    return pickle.dumps({**facts, "q": "q", "id": "job"}, protocol=protocol)


def text_of(value: Any) -> str:
    return repr(value)


def check(record: bytes, args: Any, kwargs: Any) -> None:
    again = job_again(record, enqueue_ms=NOW_MS)
    assert again is not None
    assert again.function == "greet"
    for loads in (pickle.loads, pickle._loads):  # type: ignore[attr-defined]
        raw = loads(again.record)
        assert "r" not in raw
        assert (raw["t"], raw["et"]) == (None, NOW_MS)
    job = decode_job(again.record)
    assert (job.function, job.job_try, job.enqueue_ms) == ("greet", None, NOW_MS)
    assert text_of((tuple(job.args), job.kwargs)) == text_of((args, kwargs))


@pytest.mark.parametrize("value", RESULTS, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize(("args", "kwargs"), ARGUMENTS)
def test_a_result_of_ours_becomes_a_job(args: Any, kwargs: Any, value: Any) -> None:
    check(result(args, kwargs, value, extra={"outcome": "failed", "worker_id": "w"}), args, kwargs)


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(("args", "kwargs"), ARGUMENTS)
def test_a_result_of_plain_arq_becomes_a_job(args: Any, kwargs: Any, protocol: int) -> None:
    for value in RESULTS:
        check(arqs_result(args, kwargs, value, protocol), args, kwargs)


@pytest.mark.parametrize(("args", "kwargs"), ARGUMENTS)
def test_an_aborted_job_and_one_that_waits_become_a_job(args: Any, kwargs: Any) -> None:
    waiting = encode_job("greet", args, kwargs, 4, 5, batch_id="b")
    check(waiting, args, kwargs)
    ended = aborted_result(waiting, job_id="job", queue_name="q", job_try=1, finish_ms=7)
    check(ended, args, kwargs)
    again = job_again(ended, enqueue_ms=NOW_MS)
    assert again is not None
    check(again.record, args, kwargs)


def test_batch_and_owner_go_on_and_the_old_outcome_does_not() -> None:
    extra = {"outcome": "failed", "batch_id": "b", "owner": "ada", "worker_id": "w"}
    again = job_again(result((1,), {}, None, extra=extra), enqueue_ms=NOW_MS)
    assert again is not None
    assert (again.batch_id, again.owner) == ("b", "ada")
    assert pickle.loads(again.record)["arqlight"] == {"batch_id": "b", "owner": "ada"}


def test_nothing_is_unpickled() -> None:
    record = result((Touchy(),), {"k": Touchy()}, Touchy())
    again = job_again(record, enqueue_ms=NOW_MS)
    assert again is not None
    with pytest.raises(AssertionError, match="it was unpickled"):
        pickle.loads(again.record)


@pytest.mark.parametrize(
    "record",
    [
        b"",
        b"garbage",
        b".",
        b"u.",
        b"}u.",
        b"(u",
        pickle.dumps([1]),
        pickle.dumps({"f": "greet"}),
        pickle.dumps({"f": 1, "a": (), "k": {}}),
        pickle.dumps({"r": 1, "f": "greet", "a": (), "k": {}}),
        pickle.dumps({"f": "<unknown>", "a": (), "k": {}, "r": 1}),
        pickle.dumps({"f": "greet", "a": (), "k": {}})[:-5],
    ],
)
def test_what_tells_no_job_becomes_none(record: bytes) -> None:
    assert job_again(record, enqueue_ms=NOW_MS) is None


def test_every_beginning_of_a_record_is_a_job_or_none() -> None:
    record = arqs_result(("x", "r"), {"r": ["r"]}, "r", 4)
    for end in range(len(record)):
        again = job_again(record[:end], enqueue_ms=NOW_MS)
        assert again is None or decode_job(again.record).args == ("x", "r")


def test_records_of_the_settings_own_serializer_are_made_by_that() -> None:
    def dump(record: dict[str, Any]) -> bytes:
        return json.dumps(record).encode()

    record = result(
        [1, "r"], {"k": 2}, "done", extra={"outcome": "succeeded", "owner": "ada"}, serializer=dump
    )
    again = job_again(record, enqueue_ms=NOW_MS, serializer=dump, deserializer=json.loads)
    assert again is not None
    assert json.loads(again.record) == {
        "t": None, "f": "greet", "et": NOW_MS, "arqlight": {"owner": "ada"}, "k": {"k": 2}, "a": [1, "r"],
    }  # fmt: skip
    assert job_again(b"{}", enqueue_ms=NOW_MS, deserializer=json.loads) is None
    with pytest.raises(ValueError, match="does not unpickle"):
        job_again(b"{}", enqueue_ms=NOW_MS, deserializer=pickle.loads)
