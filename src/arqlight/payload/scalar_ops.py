"""Handlers of the opcodes that push one scalar: constants, numbers, text and bytes."""

import codecs
import re
import struct

from arqlight.payload.machine import Handler, Machine, MalformedError, read_line, read_sized, registrar
from arqlight.payload.values import RawCut, RawGlobal

_MAX_DIGITS = 400

_uint2 = struct.Struct("<H").unpack_from
_int4 = struct.Struct("<i").unpack_from
_uint4 = struct.Struct("<I").unpack_from
_uint8 = struct.Struct("<Q").unpack_from
_float8 = struct.Struct(">d").unpack_from

# Looked up now: the first use of a codec by name imports it.
_decode_escaped = codecs.getdecoder("raw-unicode-escape")

SCALAR_OPS: dict[int, Handler] = {}
opcode = registrar(SCALAR_OPS)


@opcode(b"N")
def _none(m: Machine, position: int) -> int:
    m.stack.append(None)
    return position


@opcode(b"\x88")
def _true(m: Machine, position: int) -> int:
    m.stack.append(True)
    return position


@opcode(b"\x89")
def _false(m: Machine, position: int) -> int:
    m.stack.append(False)
    return position


@opcode(b"K")
def _binint1(m: Machine, position: int) -> int:
    m.stack.append(m.data[position])
    return position + 1


@opcode(b"M")
def _binint2(m: Machine, position: int) -> int:
    m.stack.append(_uint2(m.data, position)[0])
    return position + 2


@opcode(b"J")
def _binint(m: Machine, position: int) -> int:
    m.stack.append(_int4(m.data, position)[0])
    return position + 4


@opcode(b"\x8a")
def _long1(m: Machine, position: int) -> int:
    raw, position = read_sized(m, position + 1, m.data[position], "bytes")
    m.stack.append(int.from_bytes(raw, "little", signed=True))
    return position


@opcode(b"\x8b")
def _long4(m: Machine, position: int) -> int:
    raw, position = read_sized(m, position + 4, _int4(m.data, position)[0], "bytes")
    m.stack.append(int.from_bytes(raw, "little", signed=True))
    return position


@opcode(b"I")
def _int(m: Machine, position: int) -> int:
    text, position = read_line(m, position)
    m.stack.append(_BOOLS[text] if text in _BOOLS else _decimal(text))
    return position


@opcode(b"L")
def _long(m: Machine, position: int) -> int:
    text, position = read_line(m, position)
    m.stack.append(_decimal(text.removesuffix(b"L")))
    return position


@opcode(b"G")
def _binfloat(m: Machine, position: int) -> int:
    m.stack.append(_float8(m.data, position)[0])
    return position + 8


@opcode(b"F")
def _float(m: Machine, position: int) -> int:
    text, position = read_line(m, position)
    if len(text) > _MAX_DIGITS:
        raise MalformedError(f"a number of {len(text):,} digits")
    m.stack.append(float(text))
    return position


_BOOLS = {b"00": False, b"01": True}


def _decimal(digits: bytes) -> int | RawCut:
    # Reading decimal digits takes quadratic time.
    if len(digits) > _MAX_DIGITS:
        return RawCut(f"an integer of {len(digits):,} digits")
    return int(digits)


@opcode(b"\x8c")
def _short_binunicode(m: Machine, position: int) -> int:
    # The most frequent opcode: no helper that is not needed.
    start = position + 1
    end = start + m.data[position]
    if end > m.size:
        read_sized(m, start, end - start, "text")
    try:
        m.stack.append(m.data[start:end].decode())
    except UnicodeDecodeError:
        m.stack.append(_decode(m.data[start:end]))
    return end


@opcode(b"X")
def _binunicode(m: Machine, position: int) -> int:
    raw, position = read_sized(m, position + 4, _uint4(m.data, position)[0], "text")
    m.stack.append(_decode(raw))
    return position


@opcode(b"\x8d")
def _binunicode8(m: Machine, position: int) -> int:
    raw, position = read_sized(m, position + 8, _uint8(m.data, position)[0], "text")
    m.stack.append(_decode(raw))
    return position


@opcode(b"V")
def _unicode(m: Machine, position: int) -> int:
    text, position = read_line(m, position)
    m.stack.append(_decode_escaped(text, "replace")[0])
    return position


@opcode(b"S")
def _string(m: Machine, position: int) -> int:
    # Python 2's str, as its repr.
    text, position = read_line(m, position)
    quoted = _QUOTED.fullmatch(text)
    if quoted is None:
        raise MalformedError("a string without quotes")
    m.stack.append(_ESCAPE.sub(_unescape, quoted[2]).decode("latin-1"))
    return position


@opcode(b"T")
def _binstring(m: Machine, position: int) -> int:
    raw, position = read_sized(m, position + 4, _int4(m.data, position)[0], "text")
    m.stack.append(raw.decode("latin-1"))
    return position


@opcode(b"U")
def _short_binstring(m: Machine, position: int) -> int:
    raw, position = read_sized(m, position + 1, m.data[position], "text")
    m.stack.append(raw.decode("latin-1"))
    return position


@opcode(b"C")
def _short_binbytes(m: Machine, position: int) -> int:
    raw, position = read_sized(m, position + 1, m.data[position], "bytes")
    m.stack.append(raw)
    return position


@opcode(b"B")
def _binbytes(m: Machine, position: int) -> int:
    raw, position = read_sized(m, position + 4, _uint4(m.data, position)[0], "bytes")
    m.stack.append(raw)
    return position


@opcode(b"\x8e\x96")
def _binbytes8_or_bytearray8(m: Machine, position: int) -> int:
    raw, position = read_sized(m, position + 8, _uint8(m.data, position)[0], "bytes")
    m.stack.append(raw)
    return position


@opcode(b"\x97")
def _next_buffer(m: Machine, position: int) -> int:
    m.stack.append(RawGlobal("", "out-of-band buffer"))
    return position


@opcode(b"\x98")
def _readonly_buffer(_: Machine, position: int) -> int:
    return position


_QUOTED = re.compile(rb"(['\"])(.*)\1", re.DOTALL)
_ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|.)", re.DOTALL)
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}


def _unescape(match: re.Match[bytes]) -> bytes:
    escape: bytes = match[1]
    if escape[1:]:
        return bytes.fromhex(escape[1:].decode())
    return _ESCAPES.get(escape, escape)


def _decode(raw: bytes) -> str:
    try:
        return raw.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace")
