"""Claim: what it costs to read a record grows as its bytes do, and no further, whatever is in it."""

import struct
from itertools import cycle, islice

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from arqlight.payload.bounding import LIMITS, Limits
from arqlight.payload.peek import peek
from tests.attack.counting import steps_of

LARGE = Limits(nodes=50_000, text=262_144, total_text=1_048_576, steps=1_048_576)
# What Python does for one byte; a short text takes most.
STEPS_PER_BYTE = 150

ITEMS = [b"K\x01K\x01", b"NN", b"Vx\nN", b"))", b"]]", b"cx\ny\n)Rcx\ny\n)R", b"C\x00C\x00", b"V/\nV/\n"]
# What holds many items and is then put into place 0 of the memo.
SHARED = {
    "list": (b"(", b"l"),
    "tuple": (b"(", b"t"),
    "dict": (b"(", b"d"),
    "set": (b"(", b"\x91"),
    "arguments": (b"cx\ny\n(", b"tR"),
    "path": (b"cpathlib\nPosixPath\n(", b"tR"),
    "counter": (b"ccollections\nCounter\n(", b"d\x85R"),
    "ordered": (b"ccollections\nOrderedDict\n)R(", b"u"),
    "deque": (b"ccollections\ndeque\n)R(", b"e"),
    "state": (b"cx\ny\n)R(", b"tb"),
    "dict as state": (b"cx\ny\n)R(", b"db"),
    "identifier": (b"cuuid\nUUID\n)R(", b"db"),
    "old object": (b"ccopyreg\n_reconstructor\n(", b"tR"),
    "new object": (b"ccopyreg\n__newobj__\n(", b"tR"),
}
# What may be done with it again and again.
USES = [
    b"h\x00", b"}h\x00K\x01s", b"cx\ny\n)Rh\x00b", b"cx\ny\n)Rh\x00h\x00\x86b", b"cx\ny\n)RNh\x00\x86b",
    b"cx\ny\nh\x00R", b"cx\ny\n)h\x00\x92", b"ccopyreg\n_reconstructor\nh\x00R",
    b"ccopyreg\n__newobj__\nh\x00R",
    b"cpathlib\nPosixPath\nh\x00R", b"ccollections\nOrderedDict\nh\x00R", b"cuuid\nUUID\n)Rh\x00b",
    b"cdatetime\ndatetime\nh\x00R", b"cdatetime\ntimedelta\nh\x00R", b"cbuiltins\nset\nh\x00\x85R",
    b"cfractions\nFraction\nh\x00R", b"cbuiltins\ngetattr\nh\x00R", b"h\x00h\x00R", b"h\x00Q", b"h\x00\x85",
    b"cx\ny\n)R(Vpad\nNV__pydantic_fields_set__\nNV__dict__\nh\x00db",
]  # fmt: skip

items = st.lists(st.sampled_from(ITEMS), min_size=1, max_size=3)
uses = st.lists(st.sampled_from(USES), min_size=1, max_size=3)


# How deep it is used: near the limit a value is looked at, and what is in it is not shown.
depths = st.sampled_from([0, *range(LIMITS.depth - 4, LIMITS.depth)])


def record(shared: str, item: list[bytes], use: list[bytes], depth: int, count: int) -> bytes:
    """A pickle with ``count`` items in something that is shared, and ``count`` uses of that."""
    opening, closing = SHARED[shared]
    many_items = b"".join(islice(cycle(item), count))
    many_uses = b"".join(islice(cycle(use), count))
    return opening + many_items + closing + b"q\x000(" + many_uses + b"l" + b"\x85" * depth + b"."


@given(st.sampled_from(sorted(SHARED)), items, uses, depths)
@example("state", [b"K\x01K\x01"], [b"h\x00"], 22)
@example("tuple", [b"K\x01K\x01"], [b"cx\ny\n)Rh\x00b"], 22)
@example("dict", [b"K\x01K\x01"], [b"cx\ny\n)Rh\x00h\x00\x86b"], 22)
@settings(max_examples=40, deadline=None)
def test_four_times_the_record_takes_four_times_the_steps(
    shared: str, item: list[bytes], use: list[bytes], depth: int
) -> None:
    short, long = (record(shared, item, use, depth, count) for count in (30, 120))
    assert steps_of(lambda: peek(long)) <= 6 * steps_of(lambda: peek(short))


@pytest.mark.parametrize("depth", [0, 22, 23])
@pytest.mark.parametrize(
    ("shared", "use"),
    [
        ("state", b"h\x00"),
        ("dict", b"cx\ny\n)Rh\x00h\x00\x86b"),
        ("path", b"h\x00"),
        ("new object", b"h\x00"),
    ],
)
def test_no_record_of_64_kib_takes_more_than_its_share(shared: str, use: bytes, depth: int) -> None:
    count = 65_000 // (len(b"K\x01K\x01") + len(use))
    data = record(shared, [b"K\x01K\x01"], [use], depth, count)
    steps_of(lambda: peek(data), at_most=STEPS_PER_BYTE * len(data))


def test_a_long_record_takes_no_more_for_each_byte_than_a_short_one() -> None:
    state = b"cx\ny\n)R(" + b"N" * 60_000 + b"tbq\x000"
    data = state + b"(" + b"h\x00" * 60_000 + b"t" + b"\x85" * 22 + b"."
    steps_of(lambda: peek(data, max_bytes=len(data), limits=LARGE), at_most=STEPS_PER_BYTE * len(data))


def test_arguments_that_many_objects_share_are_copied_a_few_times_only() -> None:
    """Copying is one step of Python's whatever its length: the reader itself counts what it copies."""
    arguments = b"(cuuid\nUUID\n" + b"N" * 30_000 + b"tq\x000"
    identifier = b"h\x01h\x00R}Vint\nK\x05sb"
    form = peek(arguments + b"(ccopyreg\n__newobj__\nq\x010(" + identifier * 2_000 + b"l.")
    assert form == [{"$truncated": "too much to show"}] * 2_000


def test_a_path_of_many_parts_is_built_a_few_times_only() -> None:
    parts = b"(" + b"V/\n" * 250 + b"tq\x000"
    data = parts + b"(" + b"cpathlib\nPosixPath\nq\x01h\x00R" + b"h\x01h\x00R" * 3_000 + b"t."
    form = peek(data)
    assert form.count("/") < 30
    assert {"$truncated": "too much to show"} in form


def test_whole_numbers_count_as_the_text_that_they_become() -> None:
    number = b"\x8a\x80" + b"\x7f" * 128 + b"q\x000"
    data = number + b"(" + b"h\x00" * 3_900 + b"t."
    assert sum(type(item) is int for item in peek(data)) < 1_000


def test_a_number_of_endless_digits_is_not_read() -> None:
    assert peek(b"F" + b"1" * 60_000 + b"\n.") == {"$unreadable": "a number of 60,000 digits"}


def test_false_sizes_do_not_make_the_reader_reserve_memory() -> None:
    assert "$truncated" in peek(b"B" + struct.pack("<I", 0xFFFFFFFF) + b"x")
