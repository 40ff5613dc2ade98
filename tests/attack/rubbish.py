"""What might stand in Redis in the place of what arqlight put there, for hypothesis to choose from."""

import json
import pickle
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from redis import Redis

__all__ = ["KEYS", "Rubbish", "put", "rubbish"]

DOCUMENT = Path(__file__).parents[2] / "docs" / "redis-keys.md"
NAMES = {
    "{job_id}": "bad",
    "{batch_id}": "bad",
    "{worker_id}": "bad-worker",
    "{action_id}": "bad",
    "{queue}": "arq:queue",
}
EVENTS = "arqlight:events"
# Whoever may delete the queue of all jobs, or the log of all events, does harm to others by that alone.
SHARED = {"arq:queue": "zset", EVENTS: "stream"}

Rubbish = tuple[str, str, Any]


def _documented_keys() -> list[str]:
    keys = []
    for row in re.findall(r"^\| `([^`]+)`", DOCUMENT.read_text(), re.MULTILINE):
        for placeholder, name in NAMES.items():
            row = row.replace(placeholder, name)  # noqa: PLW2901
        keys.append(row)
    return keys


KEYS = _documented_keys()

numbers = st.sampled_from(
    [
        b"inf",
        b"-inf",
        b"nan",
        b"1e999",
        b"-1",
        b"1e308",
        b"9" * 400,
        b"0x10",
        b" 7 ",
        b"1_0",
        b"",
        b"1.5",
        b"\xff",
    ]
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
_RECORD = {"t": 1, "f": "f", "a": (), "k": {}, "et": 1_764_000_000_000, "s": True, "r": 1, "st": 1, "ft": 2}
_WORKER = {
    "worker_id": "bad-worker", "host": "h", "pid": 1, "queue": "arq:queue", "start_ms": 1, "seen_ms": 1,
    "lease_s": 15, "max_jobs": 1, "job_timeout_s": 1, "max_tries": 1, "functions": {"f": {}}, "running": [],
    "jobs_running": 0, "jobs_complete": 0, "jobs_failed": 0, "jobs_retried": 0, "memory_bytes": 1,
    "version": "1", "crons": {"cron:f": {"words": "daily", "next_ms": 1}},
}  # fmt: skip
_PROGRESS = {"fraction": 0.5, "done": 1, "total": 2, "message": "half"}
_BATCH = {"queue": "arq:queue", "job_ids": ["bad", "good"]}
_STATE = {
    "action_id": "bad", "action": "retry", "state": "running", "total": 1, "done": 0, "answers": {},
    "problems": [], "start_ms": 1,
}  # fmt: skip
_ACTION = {"saved_ms": 1, "state": _STATE}
_FIELDS = sorted(
    {*_RECORD, "saved_ms", "state", *_WORKER, *_PROGRESS, *_BATCH, "q", "id", "arqlight", "outcome", "error"}
)
records = st.dictionaries(st.sampled_from(_FIELDS), json_values, max_size=30)


def almost(record: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A good record in which some values are not."""
    return st.dictionaries(st.sampled_from(sorted(record)), json_values, max_size=3).map(
        lambda bad: record | bad
    )


strings = st.one_of(
    numbers,
    st.binary(max_size=60),
    st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from([b"x" * 300_000, b"[" * 20_000, b'{"a":' * 20_000, b'"' + b"x" * 200_000 + b'"']),
    st.sampled_from([b"a:b:c", b"a:b:" + b"9" * 60, b"a:b:\xb2", b"::", b"done", b"1"]),
    (records | almost(_WORKER) | almost(_PROGRESS) | almost(_BATCH) | almost(_ACTION)).map(
        lambda record: json.dumps(record).encode()
    ),
    (records | almost(_RECORD)).map(pickle.dumps),
)
fields = st.dictionaries(
    st.sampled_from([b"event", b"job_id", b"queue", b"data", b"x", b"\xff"]),
    strings
    | st.sampled_from([b"started", b"a\nevent: succeeded", b"x\r\n\r\ndata: {}", b"good", b'{"id":"1-1"}']),
    min_size=1,
    max_size=6,
)
members = st.dictionaries(
    st.binary(max_size=20) | st.sampled_from([b"bad", b"bad-worker", b"a\nb"]),
    st.floats(allow_nan=False) | st.sampled_from([float("inf"), float("-inf"), 1e300]),
    min_size=1,
    max_size=4,
)
values: dict[str, st.SearchStrategy[Any]] = {
    "string": strings,
    "hash": st.dictionaries(st.binary(min_size=1, max_size=9), strings, min_size=1, max_size=3),
    "list": st.lists(strings, min_size=1, max_size=3),
    "set": st.lists(strings, min_size=1, max_size=3),
    "zset": members,
    "stream": st.lists(fields, min_size=1, max_size=3),
}


def _of(key: str) -> st.SearchStrategy[Rubbish]:
    kinds = st.just(SHARED[key]) if key in SHARED else st.sampled_from(sorted(values))
    return kinds.flatmap(lambda kind: st.tuples(st.just(key), st.just(kind), values[kind]))


rubbish = st.lists(st.sampled_from(KEYS).flatmap(_of), min_size=1, max_size=8)


def put(redis: Redis, pieces: Iterable[Rubbish]) -> None:
    """Put rubbish into Redis, in the place of what is there; into the shared queue and log, beside it."""
    for key, kind, value in pieces:
        if key not in SHARED:
            redis.delete(key)
        if kind == "string":
            redis.set(key, value)
        elif kind == "hash":
            redis.hset(key, mapping=value)
        elif kind == "list":
            redis.rpush(key, *value)
        elif kind == "set":
            redis.sadd(key, *value)
        elif kind == "zset":
            redis.zadd(key, value)
        else:
            for entry in value:
                redis.xadd(key, entry)
