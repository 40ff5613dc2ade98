"""Handlers of the opcodes that arrange values: marks, the memo, containers, and objects never built."""

import struct
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from typing import Any

from arqlight.payload.machine import Handler, Machine, MalformedError, read_line, registrar
from arqlight.payload.values import RawDict, RawGlobal, RawObject, RawSet

HIGHEST_PROTOCOL = 5
_MAX_MEMO_INDEX = 2**32
_MAX_DIGITS = 10
_LAST_OF_PYTHON_2 = 2
_PERSISTENT = RawGlobal("", "persistent id")

_uint2 = struct.Struct("<H").unpack_from
_int4 = struct.Struct("<i").unpack_from
_uint4 = struct.Struct("<I").unpack_from

STRUCTURE_OPS: dict[int, Handler] = {}
opcode = registrar(STRUCTURE_OPS)


@opcode(b"\x80")
def _proto(m: Machine, position: int) -> int:
    m.protocol = m.data[position]
    if m.protocol > HIGHEST_PROTOCOL:
        raise MalformedError(f"pickle protocol {m.protocol}")
    return position + 1


@opcode(b"\x95")
def _frame(_: Machine, position: int) -> int:
    # The length is for buffering only; a false one changes nothing here.
    return position + 8


@opcode(b"(")
def _mark(m: Machine, position: int) -> int:
    m.outer.append(m.stack)
    m.stack = []
    return position


@opcode(b"1")
def _pop_mark(m: Machine, position: int) -> int:
    m.pop_mark()
    return position


@opcode(b"0")
def _pop(m: Machine, position: int) -> int:
    if not m.stack:
        m.pop_mark()
        return position
    dropped = m.stack.pop()
    if not m.stack and not m.outer and type(dropped) is RawDict:
        m.preface = dropped
    return position


@opcode(b"2")
def _dup(m: Machine, position: int) -> int:
    m.stack.append(m.stack[-1])
    return position


@opcode(b"\x94")
def _memoize(m: Machine, position: int) -> int:
    m.memo[len(m.memo)] = m.stack[-1]
    return position


@opcode(b"q")
def _binput(m: Machine, position: int) -> int:
    m.memo[m.data[position]] = m.stack[-1]
    return position + 1


@opcode(b"r")
def _long_binput(m: Machine, position: int) -> int:
    m.memo[_uint4(m.data, position)[0]] = m.stack[-1]
    return position + 4


@opcode(b"p")
def _put(m: Machine, position: int) -> int:
    text, position = read_line(m, position)
    m.memo[_memo_index(text)] = m.stack[-1]
    return position


@opcode(b"h")
def _binget(m: Machine, position: int) -> int:
    m.stack.append(m.memo[m.data[position]])
    return position + 1


@opcode(b"j")
def _long_binget(m: Machine, position: int) -> int:
    m.stack.append(m.memo[_uint4(m.data, position)[0]])
    return position + 4


@opcode(b"g")
def _get(m: Machine, position: int) -> int:
    text, position = read_line(m, position)
    m.stack.append(m.memo[_memo_index(text)])
    return position


def _memo_index(digits: bytes) -> int:
    # Bounded, so that no set of indexes can be made whose hashes collide.
    if len(digits) > _MAX_DIGITS or not 0 <= (index := int(digits)) < _MAX_MEMO_INDEX:
        raise MalformedError("a memo index out of range")
    return index


@opcode(b")")
def _empty_tuple(m: Machine, position: int) -> int:
    m.stack.append(())
    return position


@opcode(b"]")
def _empty_list(m: Machine, position: int) -> int:
    m.stack.append([])
    return position


@opcode(b"}")
def _empty_dict(m: Machine, position: int) -> int:
    m.stack.append(RawDict([]))
    return position


@opcode(b"\x8f")
def _empty_set(m: Machine, position: int) -> int:
    m.stack.append(RawSet([]))
    return position


@opcode(b"t")
def _tuple(m: Machine, position: int) -> int:
    items = m.pop_mark()
    m.stack.append(tuple(items))
    return position


@opcode(b"\x85")
def _tuple1(m: Machine, position: int) -> int:
    m.stack[-1] = (m.stack[-1],)
    return position


@opcode(b"\x86")
def _tuple2(m: Machine, position: int) -> int:
    last = m.stack.pop()
    m.stack[-1] = (m.stack[-1], last)
    return position


@opcode(b"\x87")
def _tuple3(m: Machine, position: int) -> int:
    last, middle = m.stack.pop(), m.stack.pop()
    m.stack[-1] = (m.stack[-1], middle, last)
    return position


@opcode(b"l")
def _list(m: Machine, position: int) -> int:
    items = m.pop_mark()
    m.stack.append(items)
    return position


@opcode(b"d")
def _dict(m: Machine, position: int) -> int:
    items = m.pop_mark()
    if len(items) % 2:
        raise MalformedError("a key without a value")
    m.stack.append(RawDict(items))
    return position


@opcode(b"\x91")
def _frozenset(m: Machine, position: int) -> int:
    items = m.pop_mark()
    m.stack.append(RawSet(items))
    return position


@opcode(b"a")
def _append(m: Machine, position: int) -> int:
    item = m.stack.pop()
    _extend(m.stack[-1], [item])
    return position


@opcode(b"e")
def _appends(m: Machine, position: int) -> int:
    items = m.pop_mark()
    _extend(m.stack[-1], items)
    return position


@opcode(b"\x90")
def _additems(m: Machine, position: int) -> int:
    items = m.pop_mark()
    target = m.stack[-1]
    if type(target) is RawSet:
        target.items.extend(items)
    elif type(target) is RawObject:
        target.add_items(items)
    else:
        raise MalformedError("items for what is no set")
    return position


@opcode(b"s")
def _setitem(m: Machine, position: int) -> int:
    value, key = m.stack.pop(), m.stack.pop()
    _set(m.stack[-1], [key, value])
    return position


@opcode(b"u")
def _setitems(m: Machine, position: int) -> int:
    items = m.pop_mark()
    _set(m.stack[-1], items)
    return position


def _extend(target: Any, items: list[Any]) -> None:
    """Add items to a list, or note that an object is to be given them."""
    if type(target) is list:
        target.extend(items)
    elif type(target) is RawObject:
        target.add_items(items)
    else:
        raise MalformedError("items for what is no list")


def _set(target: Any, pairs: list[Any]) -> None:
    """Set a dict's items, or note that an object is to be given them."""
    if len(pairs) % 2:
        raise MalformedError("a key without a value")
    if type(target) is RawDict:
        target.items.extend(pairs)
    elif type(target) is RawObject:
        target.add_pairs(pairs)
    else:
        raise MalformedError("keys for what is no dict")


# --- objects ---


@opcode(b"c")
def _global(m: Machine, position: int) -> int:
    module, position = read_line(m, position)
    name, position = read_line(m, position)
    m.stack.append(_named(m, module, name))
    return position


@opcode(b"\x93")
def _stack_global(m: Machine, position: int) -> int:
    name, module = m.stack.pop(), m.stack.pop()
    if type(name) is not str or type(module) is not str:
        raise MalformedError("a class without a name")
    m.stack.append(RawGlobal(module, name))
    return position


@opcode(b"\x82")
def _ext1(m: Machine, position: int) -> int:
    m.stack.append(_extension(m.data[position]))
    return position + 1


@opcode(b"\x83")
def _ext2(m: Machine, position: int) -> int:
    m.stack.append(_extension(_uint2(m.data, position)[0]))
    return position + 2


@opcode(b"\x84")
def _ext4(m: Machine, position: int) -> int:
    m.stack.append(_extension(_int4(m.data, position)[0]))
    return position + 4


@opcode(b"P")
def _persid(m: Machine, position: int) -> int:
    text, position = read_line(m, position)
    m.stack.append(RawObject(_PERSISTENT, (text.decode("utf-8", "replace"),)))
    return position


@opcode(b"Q")
def _binpersid(m: Machine, position: int) -> int:
    m.stack[-1] = RawObject(_PERSISTENT, (m.stack[-1],))
    return position


@opcode(b"R\x81")
def _reduce_or_newobj(m: Machine, position: int) -> int:
    args = m.stack.pop()
    m.stack[-1] = RawObject(m.stack[-1], args)
    return position


@opcode(b"\x92")
def _newobj_ex(m: Machine, position: int) -> int:
    kwargs, args = m.stack.pop(), m.stack.pop()
    m.stack[-1] = RawObject(m.stack[-1], args, kwargs)
    return position


@opcode(b"i")
def _inst(m: Machine, position: int) -> int:
    module, position = read_line(m, position)
    name, position = read_line(m, position)
    args = m.pop_mark()
    m.stack.append(RawObject(_named(m, module, name), tuple(args)))
    return position


@opcode(b"o")
def _obj(m: Machine, position: int) -> int:
    values = m.pop_mark()
    if not values:
        raise MalformedError("an object without a class")
    m.stack.append(RawObject(values[0], tuple(values[1:])))
    return position


@opcode(b"b")
def _build(m: Machine, position: int) -> int:
    state = m.stack.pop()
    if type(m.stack[-1]) is not RawObject:
        raise MalformedError("a state for what is no object")
    m.stack[-1].state = state
    return position


def _named(m: Machine, module: bytes, name: bytes) -> RawGlobal:
    named = module.decode("utf-8", "replace"), name.decode("utf-8", "replace")
    if m.protocol <= _LAST_OF_PYTHON_2:
        # These protocols have Python 2's names, as pickle writes and reads them.
        named = NAME_MAPPING.get(named) or (IMPORT_MAPPING.get(named[0], named[0]), named[1])
    return RawGlobal(*named)


def _extension(code: int) -> RawGlobal:
    return RawGlobal("", f"copyreg extension {code}")
