import asyncio
import base64
import collections
import dataclasses
import datetime as dt
import functools
import io
import json
import pickle
import pickletools
import sys
from typing import Any

import pytest
from arq.jobs import deserialize_result, serialize_job

from arqlight.payload.aborted import aborted_result
from arqlight.payload.peek import read_record
from arqlight.payload.records import encode_job

FINISH_MS = 1_700_000_000_123
PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
pure_loads = pickle._loads  # type: ignore[attr-defined]


@dataclasses.dataclass
class Order:
    number: int
    lines: list[Any]


class Tree(dict[str, Any]):
    pass


shared = [1, 2]
ARGS = [
    (),
    (1,),
    ("one", 2.5, None),
    (shared, shared, {"again": shared}),
    (Order(7, ["a"]), Tree(x=1), {1, 2}, frozenset([3])),
    (dt.datetime(2024, 1, 2, tzinfo=dt.UTC), collections.OrderedDict(a=1), b"bytes", 2**80),
    (list(range(3000)), {str(n): n for n in range(3000)}, "x" * 70_000, b"y" * 200_000),
]


def abort(payload: bytes, **changes: Any) -> bytes:
    facts: dict[str, Any] = {"job_id": "j1", "queue_name": "arq:queue", "job_try": 1, "finish_ms": FINISH_MS}
    return aborted_result(payload, **(facts | changes))


def same(left: Any, right: Any) -> bool:
    """Equal, and the same objects at the same places: as pickle sees it."""
    return bool(left == right) and pickle.dumps(left) == pickle.dumps(right)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("args", ARGS, ids=range(len(ARGS)))
@pytest.mark.parametrize("loads", [pickle.loads, pure_loads], ids=["c", "python"])
def test_the_result_of_an_aborted_job_keeps_its_arguments(protocol: int, args: Any, loads: Any) -> None:
    dumps = functools.partial(pickle.dumps, protocol=protocol)
    job = encode_job("send", args, {"k": args}, None, 5, batch_id="b1", serializer=dumps)
    record = loads(abort(job))
    before = loads(job)
    assert same((record["a"], record["k"]), (before["a"], before["k"]))
    assert type(record.pop("r")) is asyncio.CancelledError
    del record["a"], record["k"]
    assert record == {
        "t": 1,
        "f": "send",
        "et": 5,
        "s": False,
        "st": FINISH_MS,
        "ft": FINISH_MS,
        "q": "arq:queue",
        "id": "j1",
        "arqlight": {"outcome": "aborted", "batch_id": "b1"},
    }
    assert record["s"] is False


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_arq_reads_the_result_of_an_aborted_job(protocol: int) -> None:
    dumps = functools.partial(pickle.dumps, protocol=protocol)
    result = deserialize_result(abort(serialize_job("send", (Order(1, []),), {}, 2, 5, serializer=dumps)))
    assert (result.function, result.args, result.success) == ("send", (Order(1, []),), False)
    assert (result.job_id, result.queue_name, result.job_try) == ("j1", "arq:queue", 1)
    assert type(result.result) is asyncio.CancelledError


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("args", [(1,), ("x" * 100_000,)], ids=["short", "long"])
def test_the_result_of_an_aborted_job_is_a_sound_pickle(protocol: int, args: Any) -> None:
    dumps = functools.partial(pickle.dumps, protocol=protocol)
    pickletools.dis(abort(encode_job("send", args, {}, None, 5, serializer=dumps)), out=io.StringIO())


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_head_of_a_long_aborted_job_tells_that_it_was_aborted(protocol: int) -> None:
    dumps = functools.partial(pickle.dumps, protocol=protocol)
    job = encode_job("send", ("x" * 2_000_000,), {}, None, 5, batch_id="b1", serializer=dumps)
    data = abort(job)
    record = read_record(data[:4096], len(data))
    assert record["arqlight"] == {"outcome": "aborted", "batch_id": "b1"}
    assert record["r"] == {"$object": "asyncio.exceptions.CancelledError"}
    assert (record["f"], record["s"], record["t"], record["ft"]) == ("send", False, 1, FINISH_MS)
    assert "$truncated" in record["a"]


def test_a_head_that_ends_with_its_first_facts_tells_them() -> None:
    job = encode_job("send", ("x" * 20_000,), {}, None, 5)
    data = abort(job)
    record = read_record(data[: data.index(b"d0") + 3], len(data))
    assert record.pop("$truncated")
    assert record == {
        "t": 1,
        "s": False,
        "st": FINISH_MS,
        "ft": FINISH_MS,
        "q": "arq:queue",
        "id": "j1",
        "arqlight": {"outcome": "aborted"},
        "r": {"$object": "asyncio.exceptions.CancelledError"},
    }


def test_odd_ids_survive() -> None:
    record = pickle.loads(abort(encode_job("f", (), {}, None, 5), job_id="a\n'é\ud800\x00", queue_name="q🙂"))
    assert (record["id"], record["q"]) == ("a\n'é\ud800\x00", "q🙂")


class Bomb:
    def __reduce__(self) -> Any:
        return sys.exit, ("the job was unpickled",)


def test_aborting_runs_nothing_of_the_job() -> None:
    record = read_record(abort(encode_job("send", (Bomb(),), {}, None, 5)))
    assert record["arqlight"] == {"outcome": "aborted"}
    assert record["a"][0]["args"] == ["the job was unpickled"]


def test_bytes_after_the_pickle_are_dropped() -> None:
    assert pickle.loads(abort(encode_job("send", (1,), {}, None, 5) + b"rest"))["a"] == (1,)


# --- jobs that are no pickles ---


def as_json(record: dict[str, Any]) -> bytes:
    return json.dumps(record).encode()


def lenient_json(record: dict[str, Any]) -> bytes:
    return json.dumps(record, default=repr).encode()


def from_json(data: bytes) -> Any:
    return json.loads(data)


def test_a_job_of_another_format_keeps_that_format(caplog: pytest.LogCaptureFixture) -> None:
    job = encode_job("send", (1,), {"x": 2}, None, 5, batch_id="b1", serializer=as_json)
    record = json.loads(abort(job, serializer=as_json, deserializer=from_json))
    assert (record["f"], record["a"], record["k"], record["s"]) == ("send", [1], {"x": 2}, False)
    assert record["arqlight"] == {"outcome": "aborted", "batch_id": "b1"}
    assert record["r"] == "aborted before start"
    assert not caplog.records


def test_a_serializer_that_takes_exceptions_gets_the_cancellation() -> None:
    job = encode_job("send", (), {}, None, 5, serializer=as_json)
    record = json.loads(abort(job, serializer=lenient_json, deserializer=from_json))
    assert record["r"] == "CancelledError()"


def signed(record: dict[str, Any]) -> bytes:
    return b"signature:" + base64.b64encode(pickle.dumps(record))


def test_a_job_that_cannot_be_read_has_a_result_without_arguments() -> None:
    data = abort(b"\x00\x01garbage", serializer=as_json, deserializer=from_json)
    record = json.loads(data)
    assert (record["f"], record["a"], record["k"], record["et"]) == ("<unknown>", [], {}, 0)
    assert record["arqlight"] == {"outcome": "aborted"}


def fails(record: Any) -> Any:
    raise ValueError(record)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x00\x01garbage",
        pickle.dumps([1, 2]),
        pickle.dumps({"no": "function"}),
        signed({"f": "send"}),
        encode_job("send", (1,), {}, None, 5)[:-1],
        encode_job("send", ("x" * 2_000_000,), {}, None, 5)[:-1],
    ],
)
@pytest.mark.parametrize("own", [None, fails], ids=["pickle", "serializer_fails"])
def test_whatever_the_payload_there_is_a_result_that_arq_reads(payload: bytes, own: Any) -> None:
    result = deserialize_result(abort(payload, serializer=own, deserializer=own))
    assert (result.function, result.args, result.kwargs, result.success) == ("<unknown>", (), {}, False)
    assert type(result.result) is asyncio.CancelledError


def test_pickles_own_loads_is_not_used_on_what_the_reader_refuses() -> None:
    hostile = pickle.dumps(Bomb())[:-1] + b"0(X\x01\x00\x00\x00fX\x01\x00\x00\x00gd)b."
    result = deserialize_result(abort(hostile, deserializer=pickle.loads))
    assert result.function == "<unknown>"
