"""The result record of a job that was aborted before it ran, made without unpickling the job.

A pickled job is the opcodes of a dict, and a STOP. The result is the same bytes without the STOP, then those
that set the result's keys in that dict, then STOP. They are opcodes of protocols 0 and 1, which every
unpickler knows whatever protocol the rest has, and they leave the memo alone. So the arguments survive
exactly, and nothing runs.
"""

import asyncio
from typing import Any, NamedTuple

from arq.jobs import DeserializationError, Deserializer, Serializer

from arqlight.payload.machine import CutError, Machine, MalformedError
from arqlight.payload.opcodes import run
from arqlight.payload.partial import partial_record
from arqlight.payload.peek import check_deserializer
from arqlight.payload.pushing import pushed, pushed_items
from arqlight.payload.records import (
    UNKNOWN_FUNCTION,
    JobRecord,
    decode_job,
    encode_job,
    encode_result,
    job_facts,
)
from arqlight.payload.values import RawCut, RawDict

# The beginning of a pickled job that is looked at, to be sure that it is one. The rest is taken on its word.
_LOOKED_AT = 1 << 20
# A record longer than this may be read only in part, so its result's keys are put at its beginning too.
_LONG = 1 << 14
# As arq has it for a job that it cannot read.
_UNKNOWN = JobRecord(UNKNOWN_FUNCTION, (), {}, None, 0, None)


class _Abort(NamedTuple):
    job_id: str
    queue_name: str
    job_try: int
    finish_ms: int


def aborted_result(
    job_payload: bytes,
    *,
    job_id: str,
    queue_name: str,
    job_try: int,
    finish_ms: int,
    serializer: Serializer | None = None,
    deserializer: Deserializer | None = None,
) -> bytes:
    """Return the result record of a job that was aborted before it ran: its result is a CancelledError.

    job_payload: the job's record. finish_ms: Unix ms. serializer, deserializer: the settings' own, used only
    if the record is no pickle. If it cannot be read at all, the result's function is "<unknown>" and it has
    no arguments, as in arq.
    """
    abort = _Abort(job_id, queue_name, job_try, finish_ms)
    pickled = _look_at_pickle(job_payload)
    if pickled is not None:
        stop, noted = pickled
        return _with_facts(job_payload[:stop], abort, noted)
    for record in (_decoded(job_payload, deserializer), _UNKNOWN):
        encoded = record and _encoded(record, abort, serializer)
        if encoded:
            return encoded
    return _with_facts(encode_job(_UNKNOWN.function, (), {}, job_try, _UNKNOWN.enqueue_ms)[:-1], abort, {})


def _look_at_pickle(payload: bytes) -> tuple[int, dict[str, Any]] | None:
    """Return the position of a pickled job's STOP, and its facts; None if the payload is no pickled job."""
    m = Machine(payload[:_LOOKED_AT])
    try:
        value, stop = run(m)
    except CutError as cut:
        value, stop = partial_record(m, RawCut(cut.why)), len(payload) - 1
        if len(payload) == m.size or not payload.endswith(b"."):
            return None
    except MalformedError:
        return None
    record = _text_keys(value)
    extra = _text_keys(record.get("arqlight"))
    noted = job_facts(_text(extra.get("batch_id")), _text(extra.get("owner")))
    return (stop, noted) if "f" in record else None


def _text(value: Any) -> str | None:
    return value if type(value) is str else None


def _text_keys(value: Any) -> dict[str, Any]:
    """Return those pairs of a RawDict whose keys are text; none of anything else."""
    items = value.items if type(value) is RawDict else []
    return {key: item for key, item in zip(items[::2], items[1::2], strict=True) if type(key) is str}


def _with_facts(job: bytes, abort: _Abort, noted: dict[str, Any]) -> bytes:
    """Return the result's pickle. job: the job's pickle without its STOP. noted: `job_facts` of it."""
    facts = _facts(abort, noted)
    # The mark takes the place that the STOP has in the last frame.
    result = job + b"(" + facts + b"u."
    if len(job) <= _LONG:
        return result
    # A dict of the same facts that is dropped again: unpickling does not show it, peeking at the head does.
    start = 2 if job.startswith(b"\x80") else 0
    return result[:start] + b"(" + facts + b"d0" + result[start:]


def _facts(abort: _Abort, noted: dict[str, Any]) -> bytes:
    """Return opcodes that push the result's keys and values."""
    facts: dict[str, Any] = {
        "t": abort.job_try,
        "s": False,
        "st": abort.finish_ms,
        "ft": abort.finish_ms,
        "q": abort.queue_name,
        "id": abort.job_id,
        "arqlight": {"outcome": "aborted", **noted},
    }
    error = asyncio.CancelledError
    return pushed_items(facts) + pushed("r") + f"c{error.__module__}\n{error.__name__}\n)R".encode()


def _decoded(payload: bytes, deserializer: Deserializer | None) -> JobRecord | None:
    try:
        check_deserializer(deserializer)
        return None if deserializer is None else decode_job(payload, deserializer=deserializer)
    except (ValueError, DeserializationError):
        return None


def _encoded(record: JobRecord, abort: _Abort, serializer: Serializer | None) -> bytes | None:
    return encode_result(
        function=record.function,
        args=record.args,
        kwargs=record.kwargs,
        job_try=abort.job_try,
        enqueue_ms=record.enqueue_ms,
        success=False,
        result=_cancellation(serializer),
        start_ms=abort.finish_ms,
        finish_ms=abort.finish_ms,
        ref=f"{abort.job_id}:{record.function}",
        queue_name=abort.queue_name,
        job_id=abort.job_id,
        extra={"outcome": "aborted", **job_facts(record.batch_id, record.owner)},
        serializer=serializer,
    )


def _cancellation(serializer: Serializer | None) -> Any:
    """Return an aborted job's result: CancelledError, or text if the serializer cannot take that."""
    error = asyncio.CancelledError()
    try:
        if serializer is not None:
            serializer({"r": error})
    except Exception:  # noqa: BLE001  it is the application's: it may raise anything
        return "aborted before start"
    return error
