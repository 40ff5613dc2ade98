import base64
import collections
import contextlib
import datetime as dt
import json
import math
import pickle
import pickletools
import time
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from arqlight.payload.bounding import _Bounded, plain
from arqlight.payload.machine import CutError, Machine, MalformedError
from arqlight.payload.opcodes import run
from arqlight.payload.peek import LIMITS, _read, peek, read_record

PROTOCOLS = st.integers(0, pickle.HIGHEST_PROTOCOL)

any_text = st.text(st.characters(), max_size=50)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(1 << 200), 1 << 200)
    | st.floats()
    | any_text
    | st.text(st.characters(categories=["Cs", "Lu"]), max_size=5)
    | st.binary(max_size=50)
)
keys = st.recursive(
    scalars, lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=1), max_leaves=4
)
data = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=6)
        | st.lists(inner, max_size=6).map(tuple)
        | st.dictionaries(keys, inner, max_size=6)
        | st.sets(keys, max_size=4)
        | st.frozensets(keys, max_size=4)
    ),
    max_leaves=30,
)
objects = st.one_of(
    st.datetimes(timezones=st.none() | st.just(dt.UTC) | st.timezones()),
    st.times(),
    st.dates(),
    st.timedeltas(),
    st.uuids(),
    st.decimals(),
    st.fractions(-(1 << 60), 1 << 60, max_denominator=1 << 60),
    st.complex_numbers(),
    any_text.map(ValueError),
    st.lists(data, max_size=3).map(collections.deque),
    st.lists(st.tuples(keys, data), max_size=3).map(collections.OrderedDict),
)
values = st.recursive(
    data | objects, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4)
)


def expected(value: Any) -> Any:
    """The JSON form of plain data, written down a second time and simply."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode(), "length": len(value)}
    if isinstance(value, list | tuple | set | frozenset):
        return [expected(item) for item in value]
    if isinstance(value, dict):
        return {expected_key(key): expected(item) for key, item in value.items()}
    return value


def expected_key(key: Any) -> str:
    form = expected(key)
    text = form if isinstance(form, str) else json.dumps(form, ensure_ascii=False)
    return text if len(text) <= 200 else text[:200] + "…"


def ordered(form: Any) -> Any:
    """A form in which the order of a list's items does not count: sets have none."""
    if isinstance(form, list):
        return sorted((ordered(item) for item in form), key=repr)
    return {key: ordered(item) for key, item in form.items()} if isinstance(form, dict) else form


@given(data, PROTOCOLS)
@settings(max_examples=100, deadline=None)
@example({"": "\ud800", "\ud800": {(): None}}, 0)
@example({1: 2, True: 3, "1": 4}, 4)  # noqa: F601  as a dict has it
def test_plain_data_comes_back_as_its_json_form(value: Any, protocol: int) -> None:
    assert ordered(peek(pickle.dumps(value, protocol))) == ordered(expected(value))
    assert plain(value) == expected(value)


@given(values, PROTOCOLS)
@settings(max_examples=100, deadline=None)
def test_a_pickled_value_and_a_live_one_have_the_same_form(value: Any, protocol: int) -> None:
    assert ordered(peek(pickle.dumps(value, protocol))) == ordered(plain(value))


def check_bounded(payload: bytes) -> None:
    """What holds for all bytes: two known errors at most, and JSON of a bounded size, soon."""
    began = time.process_time()
    with contextlib.suppress(CutError, MalformedError):
        run(Machine(payload))
    _Bounded(LIMITS).value(_read(payload, len(payload), None, 65_536), 0)
    for form in (peek(payload), read_record(payload), read_record(payload, 1 << 40)):
        text = json.dumps(form, allow_nan=False, ensure_ascii=False)
        assert len(text.encode()) < 2_000_000
    assert time.process_time() - began < 2


@given(st.binary(max_size=300))
@settings(max_examples=500, deadline=None)
def test_any_bytes_give_something_bounded(payload: bytes) -> None:
    check_bounded(payload)


opcode_soup = st.lists(
    st.sampled_from([o.code.encode("latin-1") for o in pickletools.opcodes if o.code != "."])
    | st.sampled_from(
        [b"K\x01", b"Vkey\n", b"cx\ny\n", b"cdatetime\ndatetime\n", b"q\x00", b"h\x00", b"C\x01x"]
    )
    | st.sampled_from([b"\x8c\x01a", b"J\x01\x02\x03\x04", b"h\x01", b"q\x01", b"I1\n", b"cbuiltins\nset\n"]),
    max_size=80,
).map(lambda parts: b"".join(parts) + b".")


@given(opcode_soup)
@settings(max_examples=500, deadline=None)
def test_any_opcodes_give_something_bounded(payload: bytes) -> None:
    check_bounded(payload)


@given(values, PROTOCOLS, st.data())
@settings(max_examples=200, deadline=None)
def test_a_damaged_pickle_gives_something_bounded(value: Any, protocol: int, draw: st.DataObject) -> None:
    payload = bytearray(pickle.dumps({"t": 1, "f": "f", "a": (value,), "k": {"v": value}}, protocol))
    for _ in range(draw.draw(st.integers(1, 4))):
        place = draw.draw(st.integers(0, len(payload)))
        length = draw.draw(st.integers(0, 8))
        payload[place : place + length] = draw.draw(st.binary(max_size=8))
    check_bounded(bytes(payload))


@given(values, values, PROTOCOLS, st.data())
@settings(max_examples=100, deadline=None)
def test_the_head_of_a_record_tells_only_what_is_in_it(
    argument: Any, result: Any, protocol: int, draw: st.DataObject
) -> None:
    record = {
        "t": 1,
        "f": "f",
        "et": 2,
        "s": True,
        "q": "q",
        "id": "x",
        "k": {},
        "a": (argument,),
        "r": result,
    }
    payload = pickle.dumps(record, protocol)
    whole = read_record(payload)
    head = read_record(payload[: draw.draw(st.integers(0, len(payload) - 1))], len(payload))
    assert "$truncated" in head
    for key, value in head.items():
        assert key == "$truncated" or value == whole[key] or "$truncated" in value, key


@given(
    st.recursive(
        st.integers() | st.sampled_from(["a", "k", "q", "st"]), lambda inner: st.tuples(inner, inner)
    )
)
@example((((0, 0), "q"), ((0, 0), "k")))
@example((((0, 0), "k"), ((0, 0), "q")))
@settings(max_examples=30, deadline=None)
def test_a_value_of_nothing_but_pairs_is_never_mistaken(value: Any) -> None:
    """Pairs are the hardest to tell from keys and values: they have no mark."""
    copies = [pickle.loads(pickle.dumps(value)) for _ in range(4)]  # pickle writes the same one once
    job = {"t": None, "f": "f", "et": 5, "k": {"v": copies[0]}, "a": (copies[1], copies[2])}
    result = {**job, "s": True, "r": copies[3]}
    for payload in map(pickle.dumps, (job, result)):
        whole = read_record(payload)
        for end in range(len(payload)):
            for key, form in read_record(payload[:end], len(payload)).items():
                assert key == "$truncated" or form == whole[key] or "$truncated" in form, (key, end)
