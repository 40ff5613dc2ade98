"""arq's job and result records, written so that plain arq reads them, and read on the side that runs jobs.

``decode_job`` unpickles and so trusts its input, as arq's workers do; to look at a record, use ``peek``.
"""

import pickle
from typing import Any, NamedTuple

from arq.jobs import DeserializationError, Deserializer, SerializationError, Serializer

from arqlight.logs import get_logger

# arq's own logger: whoever watches it for these lines still finds them.
logger = get_logger("arq.jobs")


class Pickle:
    """arq's own serializer. Whoever can write what it reads runs code with it."""

    def dumps(self, record: Any) -> bytes:
        """A record's bytes."""
        return pickle.dumps(record)

    def loads(self, data: bytes) -> Any:
        """What was written. Runs whatever ``data`` says."""
        return pickle.loads(data)  # noqa: S301  as arq does


UNKNOWN_FUNCTION = "<unknown>"
"""arq's word for the function of a job whose record cannot be had; the enqueue time of such a job is 0."""


class JobRecord(NamedTuple):
    """A job as it was enqueued. job_try: the try to start with, or None. enqueue_ms: Unix ms."""

    function: str
    args: Any
    kwargs: Any
    job_try: int | None
    enqueue_ms: int
    batch_id: str | None
    owner: str | None = None


def job_facts(batch_id: str | None, owner: str | None) -> dict[str, Any]:
    """Return what arqlight notes of a job beside what arq does: in its record, and in its result's too."""
    facts: dict[str, Any] = {}
    if batch_id is not None:
        facts["batch_id"] = batch_id
    if owner is not None:
        facts["owner"] = owner
    return facts


def encode_job(
    function: str,
    args: tuple[Any, ...] | list[Any],
    kwargs: dict[str, Any],
    job_try: int | None,
    enqueue_ms: int,
    *,
    batch_id: str | None = None,
    owner: str | None = None,
    serializer: Serializer | None = None,
) -> bytes:
    """Return a job's record: arq's, with a key "arqlight" if the job belongs to a batch or to somebody.

    enqueue_ms: Unix ms. serializer: instead of pickle's. Raises arq's SerializationError, as
    arq.jobs.serialize_job does.
    """
    # The arguments come last, so that the head of a long record tells everything else.
    if batch_id is None and owner is None:
        record = {"t": job_try, "f": function, "et": enqueue_ms, "k": kwargs, "a": args}
    else:
        extra = job_facts(batch_id, owner)
        record = {"t": job_try, "f": function, "et": enqueue_ms, "arqlight": extra, "k": kwargs, "a": args}
    try:
        return pickle.dumps(record) if serializer is None else serializer(record)
    except Exception as e:
        raise SerializationError(f'unable to serialize job "{function}"') from e


def decode_job(data: bytes, *, deserializer: Deserializer | None = None) -> JobRecord:
    """Return what a job's record says, arq's or arqlight's. Unpickles: only for the side that runs jobs.

    Raises arq's DeserializationError, as arq.jobs.deserialize_job does.
    """
    try:
        record = pickle.loads(data) if deserializer is None else deserializer(data)  # noqa: S301  as arq does
        extra = record.get("arqlight") or {}
        batch_id, owner = extra.get("batch_id"), extra.get("owner")
        _check(record["f"], record["t"], record["et"])
        return JobRecord(record["f"], record["a"], record["k"], record["t"], record["et"], batch_id, owner)
    except (Exception, SystemExit) as e:  # unpickling may call anything, sys.exit too
        raise DeserializationError("unable to deserialize job") from e


def _check(function: object, job_try: object, enqueue_ms: object) -> None:
    """Raise TypeError unless what the worker reckons with is what it must be."""
    try_is_well = job_try is None or isinstance(job_try, int)
    if not (isinstance(function, str) and try_is_well and isinstance(enqueue_ms, int)):
        raise TypeError("the function must be text, its try and its time must be numbers")


def encode_result(
    *,
    function: str,
    args: Any,
    kwargs: Any,
    job_try: int,
    enqueue_ms: int,
    success: bool,
    result: Any,
    start_ms: int,
    finish_ms: int,
    ref: str,
    queue_name: str,
    job_id: str,
    extra: dict[str, Any] | None = None,
    serializer: Serializer | None = None,
) -> bytes | None:
    """Return a result's record: arq's, with ``extra`` under the key "arqlight".

    enqueue_ms, start_ms, finish_ms: Unix ms. ref: what the log calls the job. If the result cannot be
    serialised, the record says so in its place and the job counts as failed: ``extra`` itself is given the
    outcome "failed" and an "error", so that the caller sees it. If the rest cannot be serialised either,
    returns None. Both are logged, as arq.jobs.serialize_result does.
    """
    record = {
        "t": job_try,
        "f": function,
        "et": enqueue_ms,
        "s": success,
        "st": start_ms,
        "ft": finish_ms,
        "q": queue_name,
        "id": job_id,
    }
    if extra is not None:
        record["arqlight"] = extra
    # The long ones last, so that the head of a long record tells everything else.
    record["k"] = kwargs
    record["a"] = args
    record["r"] = result
    if serializer is None:
        serializer = pickle.dumps
    try:
        return serializer(record)
    except Exception:
        logger.warning("error serializing result of %s", ref, exc_info=True)
    extra = {} if extra is None else extra
    _note_failure(extra, result)
    record.update(r="unable to serialize result", s=False, arqlight=extra)
    try:
        return serializer(record)
    except Exception:
        logger.critical("error serializing result of %s even after replacing result", ref, exc_info=True)
    return None


def _note_failure(extra: dict[str, Any], result: Any) -> None:
    """Note in a record's extra that the result was replaced. A failed job's own error stays: it says more."""
    if extra.get("error") is None:
        kind = type(result)
        message = f"unable to serialize result: it is a {kind.__module__}.{kind.__qualname__}"
        extra["error"] = {"type": "SerializationError", "message": message}
    if extra.get("outcome") in {None, "succeeded"}:
        extra["outcome"] = "failed"
