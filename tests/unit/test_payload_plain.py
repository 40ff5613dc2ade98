import collections
import datetime as dt
import functools
import json
import pickle
from typing import Any, Never

import pytest

from arqlight.payload.bounding import plain
from arqlight.payload.peek import peek
from tests.unit.test_payload_peek import FORMS, MODERN_FORMS


@pytest.mark.parametrize(("value", "form"), [*FORMS, *MODERN_FORMS], ids=lambda value: type(value).__name__)
def test_a_live_value_has_the_form_of_a_pickled_one(value: Any, form: Any) -> None:
    assert plain(value) == form


class Untouchable(type):
    """A metaclass all of whose hooks raise."""

    def __getattribute__(cls, name: str) -> Never:
        raise AssertionError(name)

    def __hash__(cls) -> Never:
        raise AssertionError

    def __eq__(cls, other: object) -> Never:
        raise AssertionError

    def __instancecheck__(cls, instance: object) -> Never:
        raise AssertionError

    def __subclasscheck__(cls, subclass: type) -> Never:
        raise AssertionError


def refuses(*_: Any, **__: Any) -> Never:
    raise AssertionError


HOOKS = """
__repr__ __str__ __format__ __bytes__ __hash__ __eq__ __ne__ __lt__ __bool__ __len__ __iter__ __contains__
__getitem__ __getattribute__ __getattr__ __reduce__ __reduce_ex__ __getstate__ __int__ __index__ __float__
__complex__ __fspath__ __dir__ __class__ keys items values isoformat utcoffset args _fields
"""


def untouchable(*bases: type) -> type:
    return Untouchable(
        "Untouchable", bases, dict.fromkeys(HOOKS.split(), property(refuses)) | {"__module__": "m"}
    )


@pytest.mark.parametrize(
    ("base", "given", "form"),
    [
        (object, (), {}),
        (str, ("x",), {"args": ["x"]}),
        (int, (5,), {"args": [5]}),
        (float, (1.5,), {"args": [1.5]}),
        (bytes, (b"x",), {"args": [{"$bytes": "eA==", "length": 1}]}),
        (tuple, ([1],), {"args": [1]}),
        (list, ([1],), {"items": [1]}),
        (dict, ({"a": 1},), {"items": {"a": 1}}),
        (set, ([1],), {"args": [[1]]}),
        (frozenset, ([1],), {"args": [[1]]}),
        (ValueError, ("no",), {"args": ["no"]}),
        (collections.deque, ([1],), {}),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_no_code_of_a_values_class_runs(base: type, given: Any, form: Any) -> None:
    value = base.__new__(untouchable(base), *given)
    if base in {list, set, dict}:
        base.__init__(value, *given)
    shown = plain({"x": [value]})["x"][0]
    assert shown.pop("$object").endswith("Untouchable")
    assert shown == form


def test_a_class_is_shown_by_name_without_its_metaclass() -> None:
    assert plain(untouchable(object)) == {"$object": "m.Untouchable"}


class Attributed:
    __slots__ = ("__dict__", "empty", "slot")

    def __init__(self) -> None:
        self.slot, self.named = 1, [2]

    @property
    def computed(self) -> Never:
        raise AssertionError


def test_the_attributes_that_an_instance_holds_are_shown() -> None:
    assert plain(Attributed()) == {"$object": f"{__name__}.Attributed", "state": {"named": [2], "slot": 1}}


def test_a_model_of_pydantic_shows_its_fields() -> None:
    from arqlight.models import Progress

    model = Progress(fraction=0.5, done=1, total=2, message="m")
    assert plain(model) == peek(pickle.dumps(model))


class Zone(dt.tzinfo):
    utcoffset = dst = tzname = refuses


def test_a_zone_of_the_applications_own_is_named_not_asked() -> None:
    moment = dt.datetime(2024, 1, 2, tzinfo=Zone())
    assert plain(moment) == f"2024-01-02T00:00:00[{__name__}.Zone]"
    assert peek(pickle.dumps(moment)) == f"2024-01-02T00:00:00[{__name__}.Zone]"


def test_functions_are_shown_by_name() -> None:
    assert plain(refuses) == {"$object": f"{__name__}.refuses"}
    assert plain(functools.partial(refuses))["$object"] == "functools.partial"


def test_a_list_that_contains_itself_says_so() -> None:
    items: list[Any] = [1]
    items.append(items)
    assert plain(items) == [1, {"$truncated": "contains itself"}]


def test_the_same_list_twice_is_no_cycle() -> None:
    items = [1]
    assert plain([items, items]) == [[1], [1]]


def test_nesting_without_end_is_cut() -> None:
    nested: Any = []
    for _ in range(100_000):
        nested = [nested]
    assert "nested deeper than 24" in json.dumps(plain(nested))


def test_whatever_goes_wrong_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arqlight.payload.bounding.raw_of", refuses)
    assert plain(Attributed()) == {"$unreadable": "AssertionError"}


def test_a_million_values_take_no_longer_than_the_limit_allows() -> None:
    form = plain({"many": range(3), "list": [*range(1_000_000)], "set": {*range(1_000_000)}})
    assert len(json.dumps(form)) < 100_000
