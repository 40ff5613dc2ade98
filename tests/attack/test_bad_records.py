"""Claim: a record of an action that somebody else wrote is an unknown action, and no error."""

import json
from typing import Any

import pytest

from arqlight import Queue, keys
from arqlight.history import History
from arqlight.web.api.bulk import BulkActions
from arqlight.web.reach import Reach, Reachable

STATE = {
    "action_id": "one", "action": "retry", "state": "running", "total": 1, "done": 0, "answers": {},
    "problems": [], "start_ms": 1,
}  # fmt: skip
RECORDS: list[Any] = [
    b"", b"x", b"[]", b"[" * 20_000, b"\xff", b"{}", json.dumps({"saved_ms": 1}).encode(),
    json.dumps({"saved_ms": "x", "state": STATE}).encode(),
    json.dumps({"saved_ms": 1, "state": {**STATE, "done": "many"}}).encode(),
    b'{"saved_ms": NaN, "state": {}}', b" " * (5 << 20),
]  # fmt: skip


@pytest.fixture
def actions(queue: Queue) -> BulkActions:
    history = History.__new__(History)  # of an action alone, nothing is asked of it
    return BulkActions(queue, history, Reach(Reachable(), queue))


@pytest.mark.parametrize("record", RECORDS, ids=range(len(RECORDS)))
async def test_a_bad_record_is_an_unknown_action(actions: BulkActions, queue: Queue, record: bytes) -> None:
    await queue.redis.set(keys.action("one"), record)
    assert await actions.look_up("one") is None
    assert await actions.stop("one") is None


async def test_a_record_of_another_type_is_an_unknown_action(actions: BulkActions, queue: Queue) -> None:
    await queue.redis.rpush(keys.action("one"), "x")  # type: ignore[misc]
    assert await actions.look_up("one") is None


async def test_a_good_record_is_read(actions: BulkActions, queue: Queue) -> None:
    record = json.dumps({"saved_ms": 4_000_000_000_000, "state": STATE})
    await queue.redis.set(keys.action("one"), record)
    state = await actions.look_up("one")
    assert state is not None
    assert state.state == "running"
