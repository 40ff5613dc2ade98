"""Records that want to run something, or to take all of the reader's time or memory."""

import copyreg
import json
import os
import pickle
import pickletools
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from arqlight.payload.machine import CutError, Machine, MalformedError
from arqlight.payload.opcodes import run
from arqlight.payload.peek import peek, read_record
from arqlight.payload.scalar_ops import SCALAR_OPS
from arqlight.payload.structure_ops import STRUCTURE_OPS

WATCHED = {
    "compile",
    "exec",
    "import",
    "marshal.loads",
    "open",
    "os.exec",
    "os.system",
    "pickle.find_class",
    "socket.connect",
    "subprocess.Popen",
}
heard: list[str] = []
is_listening = False


def listen(event: str, _: Any) -> None:
    if is_listening and event in WATCHED:
        heard.append(event)


sys.addaudithook(listen)


@contextmanager
def nothing_happens() -> Iterator[None]:
    """Python's audit events tell of imports, calls to the system, and classes that pickle finds."""
    global is_listening  # noqa: PLW0603  an audit hook cannot be taken off again
    modules = set(sys.modules)
    is_listening = True
    try:
        yield
    finally:
        is_listening = False
    happened = [*heard]
    heard.clear()
    assert happened == []
    assert set(sys.modules) == modules


def inert(data: bytes, within_s: float = 2, **options: Any) -> Any:
    """Peek, and check what holds for every input whatever it is."""
    began = time.process_time()
    with nothing_happens():
        form = peek(data, **options)
        record = read_record(data, **options)
    assert time.process_time() - began < within_s
    assert len(json.dumps([form, record], allow_nan=False, ensure_ascii=False).encode()) < 1_000_000
    return form


def test_the_watch_sees_what_an_exploit_does() -> None:
    with pytest.raises(AssertionError, match="find_class"), nothing_happens():
        pickle.loads(b"cos\ngetcwd\n)R.")


# --- exploits ---


class Calls:
    def __init__(self, function: Any, *args: Any) -> None:
        self.reduced = function, args

    def __reduce__(self) -> Any:
        return self.reduced


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    ("exploit", "name", "args"),
    [
        (Calls(os.system, "touch /tmp/hurt"), f"{os.name}.system", ["touch /tmp/hurt"]),
        (Calls(eval, "1/0"), "builtins.eval", ["1/0"]),
        (Calls(exec, "raise SystemExit"), "builtins.exec", ["raise SystemExit"]),
        (Calls(__import__, "antigravity"), "builtins.__import__", ["antigravity"]),
        (Calls(subprocess.Popen, ["id"]), "subprocess.Popen", [["id"]]),
        (Calls(breakpoint), "builtins.breakpoint", None),
        (Calls(sys.exit, 3), "sys.exit", [3]),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_call_is_shown_and_not_made(exploit: Calls, name: str, args: Any, protocol: int) -> None:
    form = {"$object": name} | ({"args": args} if args else {})
    assert inert(pickle.dumps(exploit, protocol)) == form
    record = {"t": 1, "f": exploit, "r": exploit, "a": [exploit], "k": {"x": exploit}}
    assert read_record(pickle.dumps(record, protocol)) == {"t": 1, "r": form, "a": [form], "k": {"x": form}}


def short(text: str) -> bytes:
    return b"\x8c" + bytes([len(text.encode())]) + text.encode()


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (b"cos\nsystem\n(S'id'\ntR.", {"$object": "os.system", "args": ["id"]}),
        (b"(S'id'\nios\nsystem\n.", {"$object": "os.system", "args": ["id"]}),
        (b"(cos\nsystem\nS'id'\no.", {"$object": "os.system", "args": ["id"]}),
        (b"\x80\x04" + short("os") + short("system") + b"\x93" + short("id") + b"\x85\x81.",
         {"$object": "os.system", "args": ["id"]}),
        (b"\x80\x04" + short("os.path") + short("os.system") + b"\x93.", {"$object": "os.path.os.system"}),
        (b"\x80\x04" + short("a\n\ud83d".encode("utf-8", "replace").decode()) + short("..x") + b"\x93.",
         {"$object": "a\n?...x"}),
        (b"cbuiltins\ngetattr\n(cos\n__dict__\nVsystem\ntR(Vid\ntR.",
         {"$object": "os.__dict__.system", "args": ["id"]}),
        (b"\x80\x03c__builtin__\nmap\n.", {"$object": "__builtin__.map"}),
        (b"c__builtin__\nmap\n(cos\nsystem\n(Vid\nltR.",
         {"$object": "builtins.map", "args": [{"$object": "os.system"}, ["id"]]}),
        (b"\x82\x05.", {"$object": "copyreg extension 5"}),
        (b"\x83\x05\x01)R.", {"$object": "copyreg extension 261"}),
        (b"\x84\xff\xff\xff\xff)\x81.", {"$object": "copyreg extension -1"}),
        (b"Pmodule.thing\n.", {"$object": "persistent id", "args": ["module.thing"]}),
        (b"(K\x01K\x02tQ.", {"$object": "persistent id", "args": [[1, 2]]}),
        (b"\x97\x98.", {"$object": "out-of-band buffer"}),
        (b"cos\nsystem\n)}\x92.", {"$object": "os.system", "kwargs": {}}),
        (b"cx\ny\n)R)R.", {"$object": "(call)", "args": [{"$object": "x.y"}]}),
        (b"cx\ny\nNR.", {"$object": "x.y", "args": [None]}),
        (b"K\x05K\x06R.", {"$object": "(call)", "args": [5, 6]}),
        (b"cx\ny\n)R}(Va\nK\x01ubK\x020.", {"$object": "x.y", "state": {"a": 1}}),
        (b"cx\ny\n)R(K\x01eK\x02a(K\x03\x90.", {"$object": "x.y", "items": [1, 2, 3]}),
    ],
)  # fmt: skip
def test_an_opcode_that_names_or_calls_leaves_a_placeholder(data: bytes, form: Any) -> None:
    assert inert(data) == form


def test_registered_extensions_are_not_looked_up() -> None:
    copyreg.add_extension("os", "system", 0xF0)
    try:
        assert inert(pickle.dumps(os.system, 2)[:2] + b"\x82\xf0.") == {"$object": "copyreg extension 240"}
    finally:
        copyreg.remove_extension("os", "system", 0xF0)


@pytest.mark.parametrize(
    "data",
    [
        b"cos\nsystem\n}b.",  # sets attributes of the function itself
        b"}}b.",
        b"cos\nsystem\n(Va\nK\x01u.",
        b"K\x05K\x06a.",
        b"](K\x01u.",
        b"](K\x01\x90.",
        b"\x8f(K\x01e.",
        b"}(K\x01u.",
        b"(K\x01d.",
        b"t.",
        b"1.",
        b"0.",
        b".",
        b"\x85.",
        b"(o.",
        b"K\x01K\x02\x93.",
        b"h\x05.",
        b"g5\n.",
        b"g-1\n.",
        b"K\x01p99999999999\n.",
        b"Ix\n.",
        b"L\n.",
        b"Fx\n.",
        b"Sx\n.",
        b"S'x\n.",
        b"\x8b\xff\xff\xff\xff.",
        b"T\xff\xff\xff\xff.",
        b"T\xfb\xff\xff\xff.",  # a length that leads back to the opcode
        b"\x8b\xfb\xff\xff\xff.",
        b"\x80\x06N.",
        b"\xff.",
        b"\x00",
    ],
)
def test_what_pickle_could_not_mean_is_refused(data: bytes) -> None:
    assert set(inert(data)) == {"$unreadable"}
    with pytest.raises(MalformedError):
        run(Machine(data))


def operand_of(opcode: pickletools.OpcodeInfo) -> bytes:
    arg = opcode.arg
    if arg is None:
        return b""
    if arg.n == pickletools.UP_TO_NEWLINE:
        return {"stringnl": b"'a'\n", "stringnl_noescape_pair": b"a\nb\n"}.get(arg.name, b"1\n")
    if arg.n > 0:
        return b"\x01".ljust(arg.n, b"\x00")
    sizes = {pickletools.TAKEN_FROM_ARGUMENT1: "<B", pickletools.TAKEN_FROM_ARGUMENT8U: "<Q"}
    return struct.pack(sizes.get(arg.n, "<I"), 1) + b"1"


@pytest.mark.parametrize("opcode", pickletools.opcodes, ids=lambda opcode: opcode.name)
def test_every_opcode_is_known_and_leaves_the_stack_as_pickletools_says(
    opcode: pickletools.OpcodeInfo,
) -> None:
    if opcode.name in {"STOP", "MARK"}:
        return
    before = {
        "list": b"]",
        "dict": b"}",
        "set": b"\x8f",
        "str": b"Va\n",
        "mark": b"(",
        "object": b"cx\ny\n)R",
    }
    pushed = b""
    for kind in opcode.stack_before:
        name = kind.name
        if name == "stackslice":
            pushed += b"K\x01K\x01" if opcode.name != "OBJ" else b""
        else:
            pushed += before.get(name, b"cx\ny\n)R")
    if opcode.name == "STACK_GLOBAL":
        pushed = b"Va\nVb\n"
    stored = b"K\x07q\x01" if "GET" in opcode.name else b""
    m = Machine(b"K\x09" + stored + pushed + opcode.code.encode("latin-1") + operand_of(opcode) + b".")
    run(m)
    assert m.stack[0] == 9
    marks = sum(kind is pickletools.markobject for kind in opcode.stack_after)
    assert len(m.outer) == marks


def test_every_byte_has_a_handler_or_is_refused() -> None:
    known = {ord(opcode.code) for opcode in pickletools.opcodes}
    assert set(SCALAR_OPS) | set(STRUCTURE_OPS) | {ord(".")} == known
    for byte in set(range(256)) - known:
        with pytest.raises(MalformedError, match="no pickle"):
            run(Machine(bytes([byte]) + b"." * 20))


@pytest.mark.parametrize("opcode", pickletools.opcodes, ids=lambda opcode: opcode.name)
def test_an_opcode_without_its_operand_is_a_cut(opcode: pickletools.OpcodeInfo) -> None:
    operand = operand_of(opcode)
    for length in range(len(operand)):
        with pytest.raises(CutError):
            run(Machine(b"K\x01q\x01((K\x01" + opcode.code.encode("latin-1") + operand[:length]))


# --- bombs ---


def test_a_billion_laughs_are_cut_short() -> None:
    laughs: Any = ["lol"] * 10
    for _ in range(30):
        laughs = [laughs] * 10
    form = inert(pickle.dumps(laughs))
    assert "$truncated" in json.dumps(form)


def test_a_billion_keys_are_cut_short() -> None:
    laughs: Any = ("lol",) * 10
    for _ in range(30):
        laughs = (laughs,) * 10
    inert(pickle.dumps(laughs)[:-1] + b"q\x01}h\x01h\x01s.")


def test_a_billion_objects_are_cut_short() -> None:
    level = b"cx\ny\n)R"
    again = b"q\x010cx\ny\n(h\x01h\x01h\x01tRh\x01b(h\x01h\x01u"
    inert(level + again * 60 + b".")
    chained = b"q\x010cx\ny\nh\x01h\x01\x92h\x01b"
    inert(level + chained * 60 + b".")


def test_a_long_text_that_is_shared_is_shown_a_few_times_only() -> None:
    inert(pickle.dumps(["x" * 8_000] * 5_000))
    inert(pickle.dumps(["🙂" * 8_000] * 5_000))
    inert(pickle.dumps(["\ud800" * 8_000] * 5_000))
    inert(pickle.dumps([b"x" * 8_000] * 5_000))
    inert(pickle.dumps([b"x" * 8_000] * 5_000, 2))


def test_a_long_name_that_is_shared_is_cut_each_time() -> None:
    name = "x" * 30_000
    data = b"\x80\x04" + b"X" + struct.pack("<I", len(name)) + name.encode() + b"\x940"
    form = inert(data + b"]" + b"(" + b"h\x00h\x00\x93" * 6_000 + b"e.")
    assert len(form[0]["$object"]) == 401


NESTERS = {
    "lists": (b"]" * 100_000, b"a" * 99_999),
    "tuples": (b")", b"\x85" * 100_000),
    "dicts": (b"N", b"q\x000}h\x00h\x00s" * 20_000),
    "marks": (b"(" * 100_000, b"t" * 100_000),
    "calls": (b"cx\ny\n", b")R" * 100_000),
    "arguments": (b"N", b"q\x000cx\ny\nh\x00\x81" * 20_000),
    "states": (b"N", b"q\x000cx\ny\n)Rh\x00b" * 20_000),
    "sets": (b"N", b"q\x000\x8f(h\x00\x90" * 20_000),
    "persistent ids": (b"N", b"Q" * 100_000),
    "getattrs": (b"cx\ny\n", b"q\x000cbuiltins\ngetattr\n(h\x00Vz\ntR" * 10_000),
}


@pytest.mark.parametrize("nester", NESTERS.values(), ids=NESTERS)
def test_nesting_without_end_is_cut(nester: tuple[bytes, bytes]) -> None:
    opening, closing = nester
    inert(opening + closing + b".")
    form = inert(opening + closing + b".", within_s=5, max_bytes=1 << 20)
    assert len(json.dumps(form)) < 20_000


@pytest.mark.parametrize("nester", NESTERS.values(), ids=NESTERS)
def test_a_key_that_is_nested_without_end_is_cut(nester: tuple[bytes, bytes]) -> None:
    opening, closing = nester
    form = inert(opening + closing + b"q\x00}h\x00K\x01s.", within_s=5, max_bytes=1 << 20)
    assert list(form.values()) == [1]
    assert len(next(iter(form))) <= 201


@pytest.mark.parametrize(
    "data",
    [
        b"]q\x00h\x00a.",
        b"]q\x00(h\x00h\x00h\x00e.",
        b"}q\x00Va\nh\x00s.",
        b"}q\x00h\x00h\x00s.",
        b"\x8fq\x00(h\x00\x90.",
        b"cx\ny\n)Rq\x00h\x00b.",
        b"cx\ny\n)Rq\x00h\x00a.",
        b"cx\ny\n)Rq\x00h\x00h\x00s.",
        b"ccollections\ndeque\n)Rq\x00h\x00a.",
        b"ccollections\nOrderedDict\n)Rq\x00h\x00h\x00s.",
        b"]q\x00(h\x00ta.",
        b"]q\x00cdatetime\ndatetime\nh\x00Ra.",
    ],
)
def test_what_contains_itself_says_so(data: bytes) -> None:
    assert "contains itself" in json.dumps(inert(data))


def test_a_million_memo_entries_are_read_in_bounded_time() -> None:
    data = b"N" + b"".join(b"r" + struct.pack("<I", n << 12) for n in range(1 << 20)) + b"."
    assert inert(data) == {"$truncated": f"{len(data):,} bytes, 65,536 of them read"}
    with nothing_happens():
        assert peek(data, max_bytes=len(data)) is None


def test_keys_with_one_hash_take_no_longer_than_others() -> None:
    same_hash = [n * ((1 << 61) - 1) for n in range(5_000)]
    inert(pickle.dumps(dict.fromkeys(same_hash[:100])))
    keys = b"".join(pickle.dumps(key, 2)[2:-1] + b"N" for key in same_hash)
    inert(b"}(" + keys + b"u.")


def test_false_lengths_are_a_cut() -> None:
    huge = b"\xff\xff\xff\xff\xff\xff\xff\x7f"
    for data in (
        b"\x8d" + huge,
        b"\x8e" + huge,
        b"\x96" + huge,
        b"X\xff\xff\xff\xff",
        b"\x8b\xff\xff\xff\x7f",
    ):
        assert set(inert(data + b"abc")) == {"$truncated"}


@pytest.mark.parametrize("size", [0, 1, 5, 1 << 40, (1 << 64) - 1])
def test_false_frame_sizes_change_nothing(size: int) -> None:
    assert inert(b"\x80\x04\x95" + struct.pack("<Q", size) + b"]K\x01a.") == [1]


def test_huge_integers_are_not_written_out() -> None:
    assert inert(b"\x8b" + struct.pack("<i", 60_000) + b"\x7f" * 60_000 + b".") == {
        "$truncated": "an integer of 479,999 bits"
    }
    assert inert(b"I" + b"9" * 60_000 + b"\n.") == {"$truncated": "an integer of 60,000 digits"}
    inert(b"L" + b"9" * 60_000 + b"L\n.")
    inert(b"F" + b"9" * 60_000 + b"\n.")
    inert(pickle.dumps([1 << 100_000] * 3_000))


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"\xed\xa0\x80", b"\xf0\x9f", b"\xc0\x80"])
def test_bad_utf_8_is_shown_as_well_as_can_be(raw: bytes) -> None:
    for data in (b"\x8c" + bytes([len(raw)]) + raw, b"X" + struct.pack("<I", len(raw)) + raw):
        assert isinstance(inert(data + b"."), str)
    inert(b"c" + raw + b"\n" + raw + b"\n.")
    inert(b"V\\ud800\\U00110000\\u12\n.")


READABLE = [
    "datetime.datetime", "datetime.date", "datetime.time", "datetime.timedelta", "datetime.timezone",
    "uuid.UUID", "decimal.Decimal", "fractions.Fraction", "builtins.complex", "builtins.bytes",
    "builtins.bytearray", "_codecs.encode", "builtins.set", "builtins.frozenset", "collections.deque",
    "collections.OrderedDict", "collections.defaultdict", "collections.Counter", "pathlib.PosixPath",
    "pathlib.PureWindowsPath", "builtins.getattr", "copyreg._reconstructor", "copyreg.__newobj__",
]  # fmt: skip
NAN = b"G\x7f\xf8\x00\x00\x00\x00\x00\x00"
ODD_PARTS = [
    b"N", b"K\x01", b"I-5\n", b"L" + b"9" * 300 + b"L\n", NAN,
    b"Vtext\n", b"V\\u1234\n", b"V" + b"x" * 5000 + b"\n",
    b"C\x04" + b"\xff" * 4, b"C\x06\x7f" + b"\xff" * 5, b"C\x0a" + b"\xff" * 10, b"C\x0a" + b"\x00" * 10,
    b"]", b"}", b"\x8f", b"]K\x01a", b"}Vint\nNs", b"}Vint\nI-1\ns", b"}Vint\n" + NAN + b"s",
    b"cx\ny\n", b"cx\ny\n)R", b"cbuiltins\nobject\n", b"c_codecs\nencode\n(Vx\nVlatin1\ntR",
    b"c_codecs\nencode\nNR", b"cdatetime\ntimezone\n)R", b"cdatetime\ntimedelta\n(I999999999\nK\x01K\x01tR",
]  # fmt: skip


@pytest.mark.parametrize("name", READABLE)
def test_value_types_with_odd_parts_are_shown_somehow(name: str) -> None:
    callee = "c{}\n{}\n".format(*name.rsplit(".", 1)).encode()
    calls = [callee + args + b"R" for args in ODD_PARTS]
    calls += [callee + b"(" + part + b"tR" for part in ODD_PARTS]
    calls += [callee + b"(" + part + other + b"tR" for part in ODD_PARTS for other in ODD_PARTS]
    calls += [callee + b"(" + part * 3 + b"tR" for part in ODD_PARTS]
    calls += [callee + b")R" + part + b"b" for part in ODD_PARTS]
    for call in calls:
        inert(call + b".")


def test_long_value_types_that_are_shared_are_read_in_bounded_time() -> None:
    part = "x" * 60_000
    for shared in (
        b"cpathlib\nPosixPath\n(" + b"V" + part.encode() + b"\ntR",
        b"c_codecs\nencode\n(V" + part.encode() + b"\nVlatin1\ntR",
        b"cdecimal\nDecimal\n(V" + part.encode() + b"\ntR",
        b"cuuid\nUUID\n)R}(" + b"K\x01K\x01" * 12_000 + b"ub",
        b"cx\ny\n)R(}(" + b"K\x01K\x01" * 6_000 + b"u}(" + b"K\x01K\x01" * 6_000 + b"utb",
        b"cpathlib\nPosixPath\n(" + b"Vx\n" * 15_000 + b"tR",
        b"cx\ny\n" + b"q\x000cbuiltins\ngetattr\n(h\x00Vz\ntR" * 2_000,
    ):
        inert(shared + b"q\x000(" + b"h\x00" * 3_900 + b"t.")


def test_the_handlers_name_no_way_to_import_or_run() -> None:
    """A guard for later changes: the reader's own modules must not come to use any of these."""
    from arqlight import payload

    folder = Path(payload.__file__).parent
    readers = [
        "live",
        "machine",
        "opcodes",
        "partial",
        "readable",
        "scalar_ops",
        "structure_ops",
        "values",
    ]
    for reader in readers:
        source = (folder / f"{reader}.py").read_text().replace("_is_getattr(", "").replace("a __reduce__", "")
        for word in (
            "import pickle",
            "importlib",
            "__import__",
            "eval(",
            "exec(",
            "getattr(",
            "repr(",
            "import sys",
        ):
            assert word not in source, (reader, word)
