"""What a record tells of a job beyond its events: arguments, and a failure's traceback. Pure."""

import json
from typing import Any, NamedTuple

from arqlight import payload
from arqlight.redaction import Redaction

__all__ = ["LIMITS", "Facts", "facts_of", "json_of"]

# What is read of one record: a traceback has up to 20,000 characters.
LIMITS = payload.Limits(depth=8, nodes=600, text=20_000, total_text=40_000)
# What is kept of arguments.
_KEPT = payload.Limits(depth=6, nodes=200, text=1_000, total_text=3_000)
_MOST_CALL = 200
_MOST_JSON = 8_000


class Facts(NamedTuple):
    """What a job's or result's record told. ``finish_ms`` is None in a job's record."""

    function: str | None
    args: str
    kwargs: str
    call: str
    batch_id: str | None
    enqueue_ms: int | None
    finish_ms: int | None
    traceback: str | None


def facts_of(record: dict[str, Any], redaction: Redaction, parameters: dict[str, list[str]]) -> Facts:
    """What can be told of a record that was peeked at, without secrets.

    parameters: the names of each function's parameters, as far as they are known.
    """
    function = record.get("f")
    args, kwargs = record.get("a"), record.get("k")
    args = args if isinstance(args, list) else [] if args is None else [args]
    kwargs = kwargs if isinstance(kwargs, dict) else {}
    args, kwargs = redaction.arguments(args, kwargs, parameters.get(function or "", ()))
    args, kwargs = payload.plain(args, _KEPT), payload.plain(kwargs, _KEPT)
    extra = record.get("arqlight")
    extra = extra if isinstance(extra, dict) else {}
    error = extra.get("error")
    traceback = error.get("traceback") if isinstance(error, dict) else None
    batch_id = extra.get("batch_id")
    return Facts(
        function,
        json_of(args),
        json_of(kwargs),
        _call(function, args, kwargs),
        batch_id if isinstance(batch_id, str) else None,
        record.get("et"),
        record.get("ft"),
        redaction.text(traceback) if isinstance(traceback, str) else None,
    )


def json_of(value: Any) -> str:
    """Plain data as JSON; what is too long as a word that says so."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    # PostgreSQL's text holds no NUL; JSON needs none.
    text = text.replace("\\u0000", "\\ufffd")
    if len(text) <= _MOST_JSON:
        return text
    return json.dumps({"$truncated": f"{len(text):,} characters of JSON"})


def _call(function: str | None, args: Any, kwargs: Any) -> str:
    """The call in a line, as one would write it; cut where it is long."""
    parts = [_short(arg) for arg in args] if isinstance(args, list) else [_short(args)]
    if isinstance(kwargs, dict):
        parts += [f"{name}={_short(value)}" for name, value in kwargs.items()]
    text = f"{function or '?'}({', '.join(parts)})"
    text = text.replace("\\u0000", "\\ufffd").replace("\x00", "\ufffd")
    return text if len(text) <= _MOST_CALL else f"{text[: _MOST_CALL - 1]}…"


def _short(value: Any) -> str:
    if isinstance(value, str) and len(value) > _MOST_CALL:
        value = value[:_MOST_CALL]
    return json.dumps(value, ensure_ascii=False)
