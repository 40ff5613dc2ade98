import asyncio
import json
import logging
import pickle
from typing import Any

import pytest
from arq.jobs import (
    DeserializationError,
    SerializationError,
    deserialize_job,
    deserialize_result,
    serialize_job,
    serialize_result,
)

from arqlight.payload.peek import read_record
from arqlight.payload.records import JobRecord, decode_job, encode_job, encode_result

ENQUEUE_MS = 1_700_000_000_123


def result_record(**changes: Any) -> bytes | None:
    facts: dict[str, Any] = {
        "function": "send",
        "args": (1, "two"),
        "kwargs": {"three": 3},
        "job_try": 2,
        "enqueue_ms": ENQUEUE_MS,
        "success": True,
        "result": {"sent": 5},
        "start_ms": ENQUEUE_MS + 10,
        "finish_ms": ENQUEUE_MS + 30,
        "ref": "j1:send",
        "queue_name": "arq:queue",
        "job_id": "j1",
    }
    return encode_result(**(facts | changes))


def as_json(record: dict[str, Any]) -> bytes:
    return json.dumps(record).encode()


def from_json(data: bytes) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(data)
    return record


# --- jobs ---


def test_arq_reads_a_job_of_ours() -> None:
    job = deserialize_job(encode_job("send", (1,), {"a": 2}, 3, ENQUEUE_MS, batch_id="b1"))
    assert (job.function, job.args, job.kwargs, job.job_try) == ("send", (1,), {"a": 2}, 3)
    assert job.enqueue_time.timestamp() * 1000 == ENQUEUE_MS


def test_a_job_is_read_back_with_its_batch() -> None:
    data = encode_job("send", (1,), {"a": 2}, None, ENQUEUE_MS, batch_id="b1")
    assert decode_job(data) == JobRecord("send", (1,), {"a": 2}, None, ENQUEUE_MS, "b1")


def test_a_job_without_a_batch_has_arqs_keys_only() -> None:
    assert set(pickle.loads(encode_job("send", (), {}, None, ENQUEUE_MS))) == {"t", "f", "a", "k", "et"}


def test_a_job_of_plain_arq_is_read() -> None:
    data = serialize_job("send", (1,), {"a": 2}, 4, ENQUEUE_MS)
    assert decode_job(data) == JobRecord("send", (1,), {"a": 2}, 4, ENQUEUE_MS, None)


def test_a_job_goes_through_the_settings_own_serializer() -> None:
    data = encode_job("send", (1,), {}, None, ENQUEUE_MS, batch_id="b1", serializer=as_json)
    assert json.loads(data)["arqlight"] == {"batch_id": "b1"}
    assert decode_job(data, deserializer=from_json) == JobRecord("send", [1], {}, None, ENQUEUE_MS, "b1")


def test_arguments_that_cannot_be_pickled_raise_arqs_error() -> None:
    with pytest.raises(SerializationError, match=r'^unable to serialize job "send"$') as raised:
        encode_job("send", (lambda: None,), {}, None, ENQUEUE_MS)
    assert raised.value.__cause__ is not None


@pytest.mark.parametrize("data", [b"", b"junk", pickle.dumps([1]), pickle.dumps({"f": "send"})])
def test_what_is_no_job_raises_arqs_error(data: bytes) -> None:
    with pytest.raises(DeserializationError, match=r"^unable to deserialize job$"):
        decode_job(data)


# --- results ---


@pytest.mark.parametrize("result", [{"sent": 5}, None, asyncio.CancelledError(), ValueError("no", 3)])
def test_arq_reads_a_result_of_ours_as_its_own(result: Any) -> None:
    own = serialize_result("send", (1,), {"a": 2}, 2, ENQUEUE_MS, False, result, 5, 6, "j1:send", "q", "j1")
    ours = result_record(
        args=(1,), kwargs={"a": 2}, success=False, result=result, start_ms=5, finish_ms=6, queue_name="q"
    )
    assert own is not None
    assert ours is not None
    expected, found = vars(deserialize_result(own)), vars(deserialize_result(ours))
    assert repr(expected.pop("result")) == repr(found.pop("result"))
    assert expected == found


def test_a_result_has_the_long_values_last() -> None:
    data = result_record(extra={"outcome": "succeeded"})
    assert data is not None
    assert list(pickle.loads(data)) == ["t", "f", "et", "s", "st", "ft", "q", "id", "arqlight", "k", "a", "r"]


def test_a_result_without_extra_has_arqs_keys_only() -> None:
    data = result_record()
    assert data is not None
    assert "arqlight" not in pickle.loads(data)


def test_a_result_goes_through_the_settings_own_serializer() -> None:
    data = result_record(serializer=as_json, extra={"worker_id": "w1"})
    assert data is not None
    assert json.loads(data)["r"] == {"sent": 5}
    assert json.loads(data)["arqlight"] == {"worker_id": "w1"}


def arqs_log(caplog: pytest.LogCaptureFixture, **changes: Any) -> list[tuple[str, int, str, bool]]:
    facts: dict[str, Any] = {"args": (), "result": 1} | changes
    serialize_result(
        "send", facts["args"], {}, 2, ENQUEUE_MS, True, facts["result"], 5, 6, "j1:send", "q", "j1"
    )
    return taken_log(caplog)


def taken_log(caplog: pytest.LogCaptureFixture) -> list[tuple[str, int, str, bool]]:
    taken = [(r.name, r.levelno, r.getMessage(), r.exc_info is not None) for r in caplog.records]
    caplog.clear()
    return taken


def test_a_result_that_cannot_be_pickled_fails_the_job_and_says_why(caplog: pytest.LogCaptureFixture) -> None:
    extra: dict[str, Any] = {"worker_id": "w1"}
    data = result_record(result=(n for n in [1]), extra=extra)
    assert data is not None
    log = taken_log(caplog)
    record = pickle.loads(data)
    assert (record["s"], record["r"]) == (False, "unable to serialize result")
    error = {
        "type": "SerializationError",
        "message": "unable to serialize result: it is a builtins.generator",
    }
    assert record["arqlight"] == {"worker_id": "w1", "outcome": "failed", "error": error}
    assert extra == record["arqlight"], "the caller is to see it"
    assert log == arqs_log(caplog, result=(n for n in [1]))
    assert log[0][1] == logging.WARNING


def test_an_exception_that_cannot_be_pickled_keeps_the_error_of_the_job(
    caplog: pytest.LogCaptureFixture,
) -> None:
    error = {"type": "ValueError", "message": "no", "traceback": "..."}
    data = result_record(
        success=False, result=ValueError(lambda: None), extra={"outcome": "failed", "error": error}
    )
    assert data is not None
    assert pickle.loads(data)["arqlight"] == {"outcome": "failed", "error": error}
    assert len(taken_log(caplog)) == 1


def test_without_extra_a_result_that_cannot_be_pickled_is_told_too(caplog: pytest.LogCaptureFixture) -> None:
    data = result_record(result=lambda: None)
    assert data is not None
    assert pickle.loads(data)["arqlight"]["outcome"] == "failed"
    assert len(taken_log(caplog)) == 1


def test_a_record_that_cannot_be_pickled_at_all_is_none(caplog: pytest.LogCaptureFixture) -> None:
    assert result_record(args=(lambda: None,)) is None
    log = taken_log(caplog)
    assert log == arqs_log(caplog, args=(lambda: None,))
    assert [level for _, level, _, _ in log] == [logging.WARNING, logging.CRITICAL]


def test_the_head_of_a_huge_result_tells_everything_small() -> None:
    data = result_record(result="x" * 5_000_000, extra={"outcome": "succeeded", "batch_id": "b1"})
    assert data is not None
    record = read_record(data[:65_536], len(data))
    assert record.pop("r") == {"$truncated": "5,000,000 bytes of text", "head": "x" * 1000}
    assert record.pop("$truncated") == f"{len(data):,} bytes, 65,536 of them read"
    assert record == {
        "t": 2,
        "f": "send",
        "et": ENQUEUE_MS,
        "s": True,
        "st": ENQUEUE_MS + 10,
        "ft": ENQUEUE_MS + 30,
        "q": "arq:queue",
        "id": "j1",
        "arqlight": {"outcome": "succeeded", "batch_id": "b1"},
        "k": {"three": 3},
        "a": [1, "two"],
    }
