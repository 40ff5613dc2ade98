"""Hides what the names of fields say is secret: in arguments, results, messages and tracebacks.

It goes by names, not by values: a secret that has no name beside it is not found. Work is linear in what is
read, and bounded.
"""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

__all__ = ["DEFAULT", "DEFAULT_NAMES", "HIDDEN", "NOTHING", "Redaction"]

HIDDEN = "[redacted]"
DEFAULT_NAMES = frozenset(
    [
        "access_key",
        "api_key",
        "auth",
        "authorization",
        "bearer",
        "cookie",
        "cookies",
        "credential",
        "credentials",
        "csrf",
        "cvc",
        "cvv",
        "encryption_key",
        "jwt",
        "otp",
        "passphrase",
        "passwd",
        "password",
        "passwords",
        "private_key",
        "pwd",
        "secret",
        "secrets",
        "session",
        "sessionid",
        "signature",
        "signing_key",
        "ssn",
        "token",
        "xsrf",
    ]
)
_MOST_NODES = 200_000
_MOST_DEPTH = 100
_LONGEST_NAME = 256
_PAIR = 2

# Where one word of a name ends and the next begins: at what is no letter, and as in apiKey and HTTPToken.
_BETWEEN_WORDS = re.compile(r"[\W_]+|(?<=[^\W\dA-Z_])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# In a text: a name and what follows it, `name=`, `"name": `. No part gives back what it took: that is linear.
_NAMED = re.compile(r"(?<![\w-])([\w-]++)(?:\\?[\"'])?+\s{0,8}+([=:])\s{0,8}+")
_TO_LINE_END = re.compile(r"[^\r\n]*+")
_VALUES = {
    '"': re.compile(r'"(?:[^"\\]|\\.)*+"?', re.DOTALL),
    "'": re.compile(r"'(?:[^'\\]|\\.)*+'?", re.DOTALL),
}
_ONE_VALUE = re.compile(r"[^\s,;&]*+")
_OPENING = frozenset("[({")
_TOKEN = re.compile(r"\S+")


class Redaction:
    """Hides the values of fields that have certain names.

    A name is compared word by word, without regard to case: ``api_key`` stands for ``API-Key``, ``apiKey``,
    ``apikey`` and ``stripe_api_key_2`` too, but not for ``monkey``.

    Args:
        names: which names; `DEFAULT_NAMES` unless said otherwise, none to hide nothing.
    """

    def __init__(self, names: Iterable[str] = DEFAULT_NAMES) -> None:
        self.names = frozenset(names)
        self._joined = frozenset("".join(_words(name)) for name in self.names) - {""}
        self._most_words = max((len(_words(name)) for name in self.names), default=0)

    @classmethod
    def parse(cls, setting: str) -> "Redaction":
        """The redaction that a setting describes.

        Args:
            setting: names between commas; ``default`` stands for all of `DEFAULT_NAMES`, ``none`` alone for
                no name.

        Raises:
            ValueError: it names nothing.
        """
        names = {name.strip() for name in setting.split(",")} - {""}
        if names == {"none"}:
            return NOTHING
        if not names:
            raise ValueError(
                "Names of fields to redact are missing: give some between commas, such as 'default,iban', "
                "or 'none'."
            )
        return cls((names - {"default"}) | (DEFAULT_NAMES if "default" in names else frozenset()))

    @classmethod
    def of_environment(cls) -> "Redaction":
        """The redaction that ``ARQLIGHT_REDACT`` describes; the default one where it is not set.

        Raises:
            ValueError: it names nothing.
        """
        return cls.parse(os.environ.get("ARQLIGHT_REDACT") or "default")

    def hides(self, name: str) -> bool:
        """Whether a field of that name is hidden."""
        words = _words(name)
        return any(self._is_name(words[start:]) for start in range(len(words)))

    def value(self, value: Any) -> Any:
        """Return plain data (what JSON can hold) with `HIDDEN` in the place of what is secret.

        None and booleans are never hidden. ``[name, value]`` counts as a field, as in a list of headers. What
        is too large or too deep to be looked at whole is replaced by ``{"$truncated": why}``.
        """
        return _Pass(self).value(value, 0) if self._joined else value

    def arguments(
        self, args: Sequence[Any], kwargs: Mapping[str, Any], parameters: Sequence[str] = ()
    ) -> tuple[list[Any], dict[str, Any]]:
        """Return a job's arguments, redacted.

        Args:
            args: by position.
            kwargs: by name.
            parameters: the names of the function's parameters, in order, as far as they are known: without
                them a secret that is passed by position is not found.
        """
        shown = [
            _hidden(arg) if index < len(parameters) and self.hides(parameters[index]) else self.value(arg)
            for index, arg in enumerate(args)
        ]
        return shown, self.value(dict(kwargs))

    def text(self, text: str) -> str:
        """Return a message or a traceback with the values hidden that stand behind a name in it.

        Those are ``name=value``, ``name: value`` and ``"name": "value"``, where the name ends with a hidden
        one, and what stands before the @ of a URL.
        """
        if not self._joined:
            return text
        return _without_credentials(self._without_named(text))

    def _is_name(self, words: Sequence[str]) -> bool:
        """Whether some of the words, from the first one on, are one of the names."""
        return any("".join(words[:end]) in self._joined for end in range(1, self._most_words + 1))

    def _ends_with_name(self, name: str) -> bool:
        # A type of exception may begin with one: TokenError.
        words = _words(name)
        return any("".join(words[-count:]) in self._joined for count in range(1, self._most_words + 1))

    def _without_named(self, text: str) -> str:
        parts: list[str] = []
        kept, position = 0, 0
        while found := _NAMED.search(text, position):
            position = found.end()
            if not self._ends_with_name(found[1]):
                continue
            end = _value_end(text, position, found[2])
            if end > position:
                parts += [text[kept:position], HIDDEN]
                kept = position = end
        return "".join([*parts, text[kept:]])


class _Pass:
    """One walk through a value; ``left`` is how many more nodes it looks at."""

    def __init__(self, redaction: Redaction) -> None:
        self.hides = redaction.hides
        self.left = _MOST_NODES

    def value(self, value: Any, depth: int) -> Any:
        self.left -= 1
        if not isinstance(value, dict | list | tuple):
            return value
        if self.left < 0:
            return {"$truncated": f"more than {_MOST_NODES:,} values"}
        if depth == _MOST_DEPTH:
            return {"$truncated": f"nests deeper than {_MOST_DEPTH}"}
        if isinstance(value, dict):
            return {key: self._field(key, item, depth) for key, item in value.items()}
        if len(value) == _PAIR and isinstance(value[0], str) and self.hides(value[0]):
            return [value[0], _hidden(value[1])]
        return [self.value(item, depth + 1) for item in value]

    def _field(self, key: object, item: Any, depth: int) -> Any:
        return _hidden(item) if isinstance(key, str) and self.hides(key) else self.value(item, depth + 1)


def _hidden(value: Any) -> Any:
    return value if value is None or isinstance(value, bool) else HIDDEN


@lru_cache(maxsize=4096)
def _words(name: str) -> tuple[str, ...]:
    words = (word.casefold().rstrip("0123456789") for word in _BETWEEN_WORDS.split(name[:_LONGEST_NAME]))
    return tuple(word for word in words if word)


def _value_end(text: str, start: int, separator: str) -> int:
    """Where the value ends that begins at ``start``.

    It is a quoted text; else, behind ``=``, it goes up to a space or a comma; else to the end of the line.
    """
    first = text[start : start + 1]
    bare = _ONE_VALUE if separator == "=" and first not in _OPENING else _TO_LINE_END
    shape = _VALUES.get(first, bare)
    found = shape.match(text, start)
    return found.end() if found else start


def _without_credentials(text: str) -> str:
    return _TOKEN.sub(_of_url, text) if "://" in text and "@" in text else text


def _of_url(token: re.Match[str]) -> str:
    """Text without spaces: what is between :// and the last @ is hidden if a password may be in it."""
    text = token[0]
    start, end = text.find("://") + len("://"), text.rfind("@")
    if start < len("://") or end <= start or ":" not in text[start:end]:
        return text
    return f"{text[:start]}{HIDDEN}{text[end:]}"


DEFAULT = Redaction()
NOTHING = Redaction(())
