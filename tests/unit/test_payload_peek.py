import collections
import dataclasses
import datetime as dt
import decimal
import enum
import fractions
import functools
import json
import pathlib
import pickle
import uuid
import zoneinfo
from typing import Any, NamedTuple, Self

import pytest
from arq.jobs import serialize_job, serialize_result

from arqlight.payload.peek import Limits, check_deserializer, peek, read_record

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
HERE = __name__


class Color(enum.Enum):
    RED = 1


@dataclasses.dataclass
class Point:
    x: int
    y: str


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self) -> None:
        self.a, self.b = 1, [2]


class Pair(NamedTuple):
    left: int
    right: int


class Names(dict[str, Any]):
    pass


class Numbers(list[int]):
    pass


class Outer:
    class Inner(Exception):  # noqa: N818  it is an exception to see how one is shown
        pass


class ByKeyword:
    def __new__(cls, *, size: int) -> Self:
        return super().__new__(cls)

    def __getnewargs_ex__(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return (), {"size": 5}


noted = ValueError("no", 3)
noted.add_note("seen")
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
MINUS = dt.timezone(-dt.timedelta(hours=5, minutes=30))

FORMS = [
    (None, None),
    (True, True),
    (-5, -5),
    (2**70, 2**70),
    (1.5, 1.5),
    (float("nan"), "NaN"),
    (float("inf"), "Infinity"),
    (float("-inf"), "-Infinity"),
    ("text\n🙂é\x00", "text\n🙂é\x00"),
    ("lone \ud800", "lone \\ud800"),
    (b"abc", {"$bytes": "YWJj", "length": 3}),
    (b"", {"$bytes": "", "length": 0}),
    (bytearray(b"abc"), {"$bytes": "YWJj", "length": 3}),
    (bytearray(), {"$bytes": "", "length": 0}),
    ([1, [2]], [1, [2]]),
    ((1, (2, 3), (4, 5, 6), (1, 2, 3, 4), ()), [1, [2, 3], [4, 5, 6], [1, 2, 3, 4], []]),
    ({1}, [1]),
    (set(), []),
    (frozenset(["a"]), ["a"]),
    ({"a": {"b": 1}}, {"a": {"b": 1}}),
    (
        {1: 1, None: 2, (1, "x"): 3, 1.5: 4, False: 5},
        {"1": 1, "null": 2, '[1, "x"]': 3, "1.5": 4, "false": 5},
    ),
    ({dt.date(2024, 2, 3): 1, b"k": 2}, {"2024-02-03": 1, '{"$bytes": "aw==", "length": 1}': 2}),
    (1 + 2j, "(1+2j)"),
    (dt.datetime(2024, 1, 2, 3, 4, 5, 6), "2024-01-02T03:04:05.000006"),  # noqa: DTZ001  how naive ones are shown
    (dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=dt.UTC), "2024-01-02T03:04:05+00:00"),
    (dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=MINUS), "2024-01-02T03:04:05-05:30"),
    (dt.datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=BERLIN), "2024-10-27T02:30:00[Europe/Berlin]"),
    (dt.date(2024, 2, 3), "2024-02-03"),
    (dt.time(1, 2, 3, 4), "01:02:03.000004"),
    (dt.time(1, 2, tzinfo=dt.UTC, fold=1), "01:02:00+00:00"),
    (dt.timedelta(days=-1, seconds=5), "-1 day, 0:00:05"),
    (dt.UTC, "UTC"),
    (MINUS, "UTC-05:30"),
    (uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"),
    (decimal.Decimal("1.50"), "1.50"),
    (decimal.Decimal("NaN"), "NaN"),
    (fractions.Fraction(1, 3), "1/3"),
    (pathlib.PurePosixPath("/a/b"), "/a/b"),
    (pathlib.PureWindowsPath("c:/a"), "c:\\a"),
    (pathlib.Path("a", "b"), "a/b"),
    (collections.OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
    (collections.defaultdict(list, x=[1]), {"x": [1]}),
    (collections.Counter("aab"), {"a": 2, "b": 1}),
    (collections.deque([1, 2], 5), [1, 2]),
    (Color.RED, {"$object": f"{HERE}.Color", "args": [1]}),
    (Point(1, "y"), {"$object": f"{HERE}.Point", "state": {"x": 1, "y": "y"}}),
    (noted, {"$object": "builtins.ValueError", "args": ["no", 3], "state": {"__notes__": ["seen"]}}),
    (Outer.Inner("no"), {"$object": f"{HERE}.Outer.Inner", "args": ["no"]}),
    (Outer.Inner, {"$object": f"{HERE}.Outer.Inner"}),
    (len, {"$object": "builtins.len"}),
]

MODERN_FORMS = [
    (Slotted(), {"$object": f"{HERE}.Slotted", "state": {"a": 1, "b": [2]}}),
    (Pair(1, 2), {"$object": f"{HERE}.Pair", "args": [1, 2]}),
    (Names(a=1), {"$object": f"{HERE}.Names", "items": {"a": 1}}),
    (Numbers([1, 2]), {"$object": f"{HERE}.Numbers", "items": [1, 2]}),
]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(("value", "form"), FORMS, ids=lambda value: type(value).__name__)
def test_every_protocol_gives_a_value_the_same_form(value: Any, form: Any, protocol: int) -> None:
    assert peek(pickle.dumps(value, protocol)) == form


@pytest.mark.parametrize("protocol", PROTOCOLS[2:])
@pytest.mark.parametrize(("value", "form"), MODERN_FORMS, ids=lambda value: type(value).__name__)
def test_objects_that_pickle_well_since_protocol_2_have_their_form(
    value: Any, form: Any, protocol: int
) -> None:
    assert peek(pickle.dumps(value, protocol)) == form


def test_keyword_arguments_of_a_class_are_shown() -> None:
    assert peek(pickle.dumps(ByKeyword(size=5), 4)) == {"$object": f"{HERE}.ByKeyword", "kwargs": {"size": 5}}


def test_a_pydantic_model_shows_its_fields() -> None:
    from arqlight.models import Progress

    form = peek(pickle.dumps(Progress(fraction=0.5, done=1, total=2, message="m")))
    assert form["$object"] == "arqlight.models.Progress"
    assert form["state"]["fraction"] == 0.5


def test_a_moment_that_pydantic_read_shows_its_offset() -> None:
    import pydantic

    moment = pydantic.TypeAdapter(dt.datetime).validate_python("2024-01-02T03:04:05+02:00")
    assert peek(pickle.dumps(moment)) == "2024-01-02T03:04:05+02:00"


def test_a_shared_value_is_shown_wherever_it_is() -> None:
    shared = [1]
    assert peek(pickle.dumps([shared, shared])) == [[1], [1]]


def test_strings_of_python_2_are_read() -> None:
    assert peek(b"(lp0\nS'it\\'s \\xe9\\n'\np1\naS\"x\"\na.") == ["it's é\n", "x"]
    assert peek(b"\x80\x02U\x03abcT\x01\x00\x00\x00d\x86.") == ["abc", "d"]


# --- limits ---


def test_a_long_text_shows_its_beginning() -> None:
    assert peek(pickle.dumps("é" * 20_000)) == {"$truncated": "20,000 characters", "head": "é" * 1000}


def test_long_bytes_show_their_beginning() -> None:
    form = peek(pickle.dumps(b"x" * 5000))
    assert form["length"] == 5000
    assert len(form["$bytes"]) == 1024


def test_a_long_list_says_how_many_more_there_are() -> None:
    form = peek(pickle.dumps(list(range(10_000))))
    assert form[:3] == [0, 1, 2]
    assert form[-1] == {"$truncated": f"{10_000 - len(form) + 1:,} more"}


def test_a_large_dict_says_how_many_more_there_are() -> None:
    form = peek(pickle.dumps({f"k{n}": n for n in range(6_000)}), max_bytes=1 << 20)
    assert form.pop("$truncated") == f"{6_000 - len(form):,} more"


def test_a_long_integer_is_told_not_written_out() -> None:
    assert peek(pickle.dumps(1 << 5000)) == {"$truncated": "an integer of 5,001 bits"}
    assert peek(pickle.dumps(10**500, 0)) == {"$truncated": "an integer of 501 digits"}


def test_a_long_key_is_cut() -> None:
    assert list(peek(pickle.dumps({"k" * 1000: 1}))) == ["k" * 200 + "…"]


def test_limits_can_be_set() -> None:
    limits = Limits(depth=2, nodes=5, text=3, total_text=100)
    assert peek(pickle.dumps([[[1]], "abcd"]), limits=limits) == [
        [{"$truncated": "nested deeper than 2"}],
        {"$truncated": "4 characters", "head": "abcd"},
    ]


# --- records ---


def result_of_arq(result: Any, args: Any = (1,), kwargs: Any = None) -> bytes:
    data = serialize_result("f", args, kwargs or {}, 2, 5, True, result, 6, 7, "ref", "q", "j1")
    assert data is not None
    return data


def test_a_job_of_plain_arq_is_read() -> None:
    record = read_record(serialize_job("f", (1, "x"), {"k": 2}, None, 5))
    assert record == {"t": None, "f": "f", "a": [1, "x"], "k": {"k": 2}, "et": 5}


def test_a_result_of_plain_arq_is_read() -> None:
    record = read_record(result_of_arq(ValueError("no")))
    assert record["r"] == {"$object": "builtins.ValueError", "args": ["no"]}
    assert (record["s"], record["st"], record["ft"], record["q"], record["id"]) == (True, 6, 7, "q", "j1")


@pytest.mark.parametrize(
    "payload", [b"", b"junk", pickle.dumps([1]), pickle.dumps("f"), b"\x80\x06.", b"\x80\x04}."[:2]]
)
def test_what_is_no_record_is_a_dict_that_says_so(payload: bytes) -> None:
    record = read_record(payload)
    assert set(record) <= {"$unreadable", "$truncated"}
    assert len(record) == 1


def test_values_of_the_wrong_type_are_left_out() -> None:
    wrong = {
        "t": "1",
        "f": 5,
        "et": True,
        "s": 1,
        "st": 1.5,
        "ft": 1 << 60,
        "q": None,
        "id": b"x",
        "a": "args",
        "k": [1],
        "arqlight": "x",
        "r": {"r": 1},
        "other": 1,
    }
    assert read_record(pickle.dumps(wrong)) == {"r": {"r": 1}}


def cuts(data: bytes) -> range:
    return range(1, len(data), 1 if len(data) < 1000 else 997)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    ("args", "kwargs", "result"),
    [
        ((1, "st"), {"id": "x"}, ("x", "y")),
        ((), {}, {"id": 5}),
        (("q", "id", "t"), {"s": [1], "t": 2}, {"k": {"a": (1,)}}),
        ((Point(1, "y"),), {"p": Pair(1, 2)}, [dt.UTC]),
        (("x" * 3000,), {}, ["y" * 3000]),
        (([["x"] * 500],), {"k": {"a": ["x"] * 500}}, {n: n for n in range(500)}),
    ],
    ids=range(6),
)
def test_a_record_cut_anywhere_tells_nothing_false_of_itself(
    args: Any, kwargs: Any, result: Any, protocol: int
) -> None:
    small = {
        "t": 1,
        "f": "f",
        "et": 5,
        "s": True,
        "st": 6,
        "ft": 7,
        "q": "q",
        "id": "j1",
        "arqlight": {"o": 1},
    }
    whole = pickle.dumps({**small, "k": kwargs, "a": args, "r": result}, protocol)
    expected = read_record(whole)
    known: set[str] = set()
    for cut in cuts(whole):
        record = read_record(whole[:cut], len(whole))
        assert record.pop("$truncated") == f"{len(whole):,} bytes, {cut:,} of them read"
        for key, value in record.items():
            assert value == expected[key] or "$truncated" in value, (cut, key)
        assert known <= set(record), "what was known with fewer bytes"
        known = {key for key in small if key in record} - {"arqlight"}


def test_a_cut_record_tells_its_small_values_as_soon_as_they_are_there() -> None:
    data = pickle.dumps({"t": 1, "f": "f", "et": 5, "s": True, "id": "j1", "r": "x" * 500})
    record = read_record(data[: data.index(b"xxx") + 300], len(data))
    assert record.pop("$truncated")
    assert record == {
        "t": 1,
        "f": "f",
        "et": 5,
        "s": True,
        "id": "j1",
        "r": {"$truncated": "500 bytes of text", "head": "x" * 300},
    }


def test_no_more_bytes_are_read_than_asked() -> None:
    data = pickle.dumps({"f": "f", "r": ["x" * 100] * 5, "q": "q"})
    record = peek(data, max_bytes=60)
    assert record["f"] == "f"
    assert record["$truncated"] == f"{len(data):,} bytes, 60 of them read"


def test_a_value_that_is_malformed_leaves_the_rest_of_its_record() -> None:
    data = pickle.dumps({"t": 1, "f": "f", "r": "MARK"}, 4).replace(
        b"\x8c\x04MARK", b"\xff\xff\xff\xff\xff\xff"
    )
    record = read_record(data)
    assert (record["t"], record["f"]) == (1, "f")
    assert record["r"] == {"$unreadable": record["$unreadable"]}


# --- the settings' own deserializer ---


def from_json(data: bytes) -> Any:
    return json.loads(data)


def test_what_is_no_pickle_goes_through_the_deserializer() -> None:
    assert peek(b'{"f": "x", "a": [1, null]}', deserializer=from_json) == {"f": "x", "a": [1, None]}


def test_a_pickle_does_not_go_through_the_deserializer() -> None:
    assert peek(pickle.dumps({"f": "x"}), deserializer=from_json) == {"f": "x"}
    assert peek(pickle.dumps({"f": "x"}, 0), deserializer=from_json) == {"f": "x"}


def after_magic(data: bytes) -> Any:
    assert data.startswith(b"(\xb5/\xfd")
    return {"f": "x"}


def test_what_only_starts_like_a_pickle_goes_through_the_deserializer() -> None:
    assert peek(b"(\xb5/\xfdcompressed", deserializer=after_magic) == {"f": "x"}


def test_a_deserializer_that_raises_is_told() -> None:
    assert peek(b"{", deserializer=from_json) == {"$unreadable": "the deserializer raised JSONDecodeError"}


def test_the_head_of_a_record_does_not_go_through_the_deserializer() -> None:
    assert read_record(b'{"f": "x"', 5000, from_json) == {"$truncated": "5,000 bytes"}


def test_what_the_deserializer_returns_is_bounded() -> None:
    nested: list[Any] = []
    nested.append(nested)
    assert peek(b"x", deserializer=lambda _: {"n": nested}) == {"n": [{"$truncated": "contains itself"}]}


def test_without_a_deserializer_what_is_no_pickle_says_so() -> None:
    assert peek(b'{"f": 1}') == {"$unreadable": "no pickle: byte 0 is 0x7b"}


class Loader:
    loads = staticmethod(pickle.loads)


@pytest.mark.parametrize(
    "unsafe",
    [
        pickle.loads,
        pickle._loads,  # type: ignore[attr-defined]
        functools.partial(pickle.loads, fix_imports=True),
        pickle.Unpickler,
        Loader.loads,
    ],
)
def test_pickles_own_loads_is_refused_as_deserializer(unsafe: Any) -> None:
    for refuses in (
        lambda: peek(b"x", deserializer=unsafe),
        lambda: read_record(b"x", None, unsafe),
        lambda: check_deserializer(unsafe),
    ):
        with pytest.raises(ValueError, match="peek does not unpickle"):
            refuses()
