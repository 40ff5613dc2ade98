"""The serializers: what they carry, what they refuse, and what each of them may read."""

import contextlib
import json
import pickle
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from arqlight.payload import read_record
from arqlight.serializers import JobError, Json, MsgPack, Signed, Trusted, chosen, serializer_of, to_read

KEY, OTHER = "first-key-0123456789", "second-key-0123456789"


class Address(BaseModel):
    street: str
    since: date


class User(BaseModel):
    name: str
    home: Address


@dataclass
class Point:
    x: int
    y: int


class Colour(Enum):
    red = "r"


VALUES: list[Any] = [
    None, True, 1, -(2**60), 1.5, "é\n\x00", [1, [2]], {"a": {"b": 1}}, {"$date": "2026-01-01"},
    {1: "x", None: 2}, timedelta(days=-1, seconds=5),
    datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC), date(2026, 1, 2), time(1, 2, 3),
    Decimal("1.10"), UUID(int=5), b"\x00\xff", {1, 2}, frozenset({"x"}), {"$set": [1]}, {"$dict": [], "b": 1},
]  # fmt: skip
SERIALIZERS = [Json([User, Address, Point]), MsgPack([User, Address, Point]), Signed("json", [KEY])]
every_serializer = pytest.mark.parametrize("serializer", SERIALIZERS, ids=["json", "msgpack", "signed"])


@every_serializer
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_arrives_as_it_was(serializer: Any, value: Any) -> None:
    arrived = serializer.loads(serializer.dumps({"r": value}))["r"]
    assert (arrived, type(arrived)) == (value, type(value))


@pytest.mark.parametrize("serializer", SERIALIZERS[:2], ids=["json", "msgpack"])
def test_models_and_dataclasses_that_are_named_arrive_as_they_were(serializer: Any) -> None:
    user = User(name="ada", home=Address(street="x", since=date(2026, 1, 2)))
    arrived = serializer.loads(serializer.dumps({"a": [user, Point(1, 2)]}))["a"]
    assert arrived == [user, Point(1, 2)]


def test_models_that_are_not_named_arrive_as_dicts_and_no_class_is_looked_up() -> None:
    data = Json().dumps({"a": [Point(1, 2)]})
    assert Json().loads(data) == {"a": [{"x": 1, "y": 2}]}
    evil = data.replace(b"tests.unit.test_serializers.Point", b"os.system")
    assert Json().loads(evil) == {"a": [{"x": 1, "y": 2}]}


def test_tuples_arrive_as_lists_and_enumerations_as_their_values() -> None:
    assert Json().loads(Json().dumps({"a": (1, Colour.red)})) == {"a": [1, "r"]}


@every_serializer
def test_exceptions_of_pythons_own_arrive_and_others_by_name(serializer: Any) -> None:
    class OwnError(Exception):
        pass

    arrived = serializer.loads(serializer.dumps({"r": ValueError("no", 1)}))["r"]
    assert (type(arrived), arrived.args) == (ValueError, ("no", 1))
    arrived = serializer.loads(serializer.dumps({"r": OwnError("why")}))["r"]
    assert type(arrived) is JobError
    assert str(arrived).endswith("OwnError: why")


@pytest.mark.parametrize("name", ["SystemExit", "KeyboardInterrupt", "eval", "open", "__import__", "type"])
def test_no_record_makes_anything_of_python_but_exceptions(name: str) -> None:
    arrived = Json().loads(json.dumps({"r": {"$error": [name, ["1"]]}}).encode())["r"]
    assert type(arrived) is JobError


def test_a_value_of_another_type_is_refused_with_its_name() -> None:
    with pytest.raises(TypeError, match=r"a builtins\.object cannot be stored"):
        Json().dumps({"a": object()})


LEAVES = st.none() | st.text() | st.binary() | st.floats()


@given(st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_what_is_read_without_types_is_read_or_refused_and_nothing_else(value: Any) -> None:
    data = Json().dumps(value)
    Json().loads(data)
    for tag in (
        "$datetime",
        "$timedelta",
        "$decimal",
        "$uuid",
        "$bytes",
        "$set",
        "$dict",
        "$model",
        "$error",
    ):
        with contextlib.suppress(ValueError, TypeError, ArithmeticError):
            Json().loads(b'{"' + tag.encode() + b'":' + data + b"}")


# -- signing


def test_a_record_is_read_that_is_signed_with_any_of_the_keys() -> None:
    old, both, new = Signed("json", [KEY]), Signed("json", [OTHER, KEY]), Signed("json", [OTHER])
    assert both.loads(old.dumps({"f": 1})) == {"f": 1}
    assert new.loads(both.dumps({"f": 1})) == {"f": 1}
    with pytest.raises(ValueError, match="of no key that is known here"):
        new.loads(old.dumps({"f": 1}))


@given(st.integers(0, 2_000), st.integers(1, 255))
def test_a_signed_record_of_which_one_byte_was_changed_is_refused(at: int, by: int) -> None:
    data = bytearray(Signed("pickle", [KEY]).dumps({"f": "work", "a": (1,)}))
    data[at % len(data)] ^= by
    with pytest.raises(ValueError, match=r"signed|signature"):
        Signed("pickle", [KEY]).loads(bytes(data))


class Exploit:
    def __reduce__(self) -> tuple[Any, ...]:
        return exec, ("raise SystemExit('it ran')",)


def test_a_pickle_that_is_not_signed_runs_nothing() -> None:
    with pytest.raises(ValueError, match="is not signed"):
        Signed("pickle", [KEY]).loads(pickle.dumps(Exploit()))


@pytest.mark.parametrize(
    ("keys", "says"),
    [([], "is a list of secrets"), (KEY, "is a list of secrets"), (["short"], "16 are the least")],
)
def test_keys_that_cannot_be_meant_are_refused(keys: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Signed("json", keys)


# -- choosing


def test_a_setting_names_a_serializer_or_is_one() -> None:
    assert type(serializer_of("json")) is Json
    own = Json([User])
    assert serializer_of(own) is own
    with pytest.raises(ValueError, match="no serializer 'jsn'; there are json, msgpack, pickle"):
        serializer_of("jsn")
    wrong: Any = json.dumps
    with pytest.raises(TypeError, match="not an object with dumps and loads"):
        serializer_of(wrong)


def test_both_ways_of_saying_it_at_once_are_refused() -> None:
    with pytest.raises(ValueError, match="leave job_serializer and job_deserializer out"):
        chosen("json", None, json.loads)
    assert chosen("pickle", None, None) == (None, None)


def test_what_is_not_known_to_be_safe_is_not_called_on_what_is_shown() -> None:
    ran: list[bytes] = []

    def own(data: bytes) -> dict[str, Any]:
        ran.append(data)
        return {"f": "work"}

    read = to_read(own)
    assert read is not None
    shown = read_record(b"anything", deserializer=read)
    assert "nobody said that it is safe" in shown["$unreadable"]
    assert ran == []
    assert read_record(b"anything", deserializer=to_read(Trusted(own)))["f"] == "work"


def test_a_lambda_that_unpickles_is_not_called(tmp_path: Any) -> None:
    proof = tmp_path / "proof"

    class Touch:
        def __reduce__(self) -> tuple[Any, ...]:
            return open, (str(proof), "w")

    data = b"\xff" + pickle.dumps({"f": "work", "a": (Touch(),)})
    read_record(data, deserializer=to_read(lambda data: pickle.loads(data[1:])))
    assert not proof.exists()


@pytest.mark.parametrize("serializer", ["json", "msgpack", Signed("json", [KEY]), Signed("pickle", [KEY])])
def test_what_is_named_is_read(serializer: Any) -> None:
    write, read = chosen(serializer, None, None)
    assert write is not None
    shown = read_record(
        write({"f": "work", "a": [1], "k": {}, "t": None, "et": 5}), deserializer=to_read(read)
    )
    assert (shown["f"], shown["a"], shown["et"]) == ("work", [1], 5)


def test_a_record_of_a_serializer_that_is_not_named_says_so() -> None:
    shown = read_record(Json().dumps({"f": "work", "s": True}))
    assert shown == {
        "$unreadable": "it is no pickle, and no serializer is named here that reads it: "
        "Queue.connect(serializer='json')"
    }


def test_without_msgpack_one_is_told_what_to_install() -> None:
    code = "import sys; sys.modules['msgpack'] = None; from arqlight.serializers import MsgPack; MsgPack()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "pip install 'arqlight[msgpack]'" in done.stderr
