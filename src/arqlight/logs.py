"""Log lines that others cannot forge, without secrets, and as JSON where that is wanted.

What comes from jobs (ids, messages, tracebacks) is escaped before any handler sees it, so that it neither
begins a line of its own nor moves a terminal's cursor. Each line about a job has `FIELDS` as attributes.
"""

import json
import logging
import re
import traceback
from typing import Any

from arqlight.redaction import DEFAULT, Redaction

__all__ = ["FIELDS", "JsonLines", "as_json", "escaped", "get_logger", "redaction", "set_redaction"]

FIELDS = ("job_id", "function", "job_try", "queue", "batch_id", "outcome")
"""What a line about a job has as attributes, as far as it is known."""

# All that a terminal, or who reads a log line by line, might take for more than a character: controls,
# separators of lines, changes of the direction of writing, and halves of characters.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
# Lines of a traceback begin so: a line that a message makes up does too.
_INDENT = "    "


def escaped(text: str) -> str:
    """A text on one line: what is no plain character is escaped as in Python."""
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode(), text)


class _Safe(logging.Filter):
    """Lets every line pass, its arguments escaped and its exceptions redacted."""

    def __init__(self) -> None:
        super().__init__()
        self.redaction = DEFAULT

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(map(self._safe, record.args))
        if record.exc_info and record.exc_info[1] is not None and record.exc_text is None:
            record.exc_text = self._traceback(record.exc_info[1])
        for name in FIELDS:
            value = getattr(record, name, None)
            if type(value) is str:
                setattr(record, name, escaped(value))
        return True

    def _safe(self, argument: object) -> object:
        if isinstance(argument, str):
            return escaped(argument)
        if isinstance(argument, BaseException):
            return escaped(self.redaction.text(_text_of(argument)))
        return argument

    def _traceback(self, error: BaseException) -> str:
        try:
            text = "".join(traceback.format_exception(error))
        except Exception as broken:  # noqa: BLE001  its own __str__ may raise anything
            text = f"{type(error).__name__}, of which no traceback can be made ({type(broken).__name__})"
        lines = self.redaction.text(text).rstrip("\n").split("\n")
        return "\n".join(_INDENT + escaped(line) for line in lines)


_safe = _Safe()


def _text_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as broken:  # noqa: BLE001  it is the application's: it may raise anything
        return f"(it has no text: {type(broken).__name__})"


def get_logger(name: str) -> logging.Logger:
    """A logger whose lines nothing in them can forge."""
    logger = logging.getLogger(name)
    logger.addFilter(_safe)
    return logger


def redaction() -> Redaction:
    """Which names of fields hide their values in log lines."""
    return _safe.redaction


def set_redaction(names: Redaction) -> None:
    """Say which names of fields hide their values in log lines."""
    _safe.redaction = names


class JsonLines(logging.Formatter):
    """One JSON object a line: ``time``, ``level``, ``logger``, ``message``, `FIELDS`, ``exception``."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        line: dict[str, Any] = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S") + f".{int(record.msecs):03}",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        for name in FIELDS:
            value = getattr(record, name, None)
            if value is not None:
                line[name] = value
        if record.exc_info and not record.exc_text:
            record.exc_text = self.formatException(record.exc_info)
        if record.exc_text:
            line["exception"] = record.exc_text
        return json.dumps(line, default=str)


def as_json(config: dict[str, Any]) -> dict[str, Any]:
    """A dict for `logging.config.dictConfig` whose formatters all write JSON."""
    formatters = {name: {"()": f"{__name__}.{JsonLines.__name__}"} for name in config.get("formatters", {})}
    return {**config, "formatters": formatters}
