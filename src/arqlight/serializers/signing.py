"""Signed records: a worker runs none that was not written by who has the key."""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Any, Literal

from arqlight.payload.sealed import MARK, SIGNATURE_BYTES
from arqlight.serializers.naming import Serializer, serializer_of

__all__ = ["Signed"]

_SHORTEST_KEY = 16


class Signed:
    """Signs records with HMAC-SHA256, and reads only those that are signed with one of its keys.

    Args:
        serializer: how records are written: ``"json"``, ``"msgpack"``, ``"pickle"``, or such an object.
        keys: secrets of 16 characters or more. The first signs; all are good to read, so that one follows
            another: put the new one last everywhere, then first, then drop the old one.

    Raises:
        ValueError: there is no key, or one is too short.
    """

    def __init__(
        self,
        serializer: Serializer | Literal["json", "msgpack", "pickle"],
        keys: Sequence[str | bytes],
    ) -> None:
        if isinstance(keys, str | bytes) or not keys:
            raise ValueError("keys is a list of secrets, the one that signs first: keys=[KEY]")
        self._keys = [key.encode() if isinstance(key, str) else key for key in keys]
        if short := [len(key) for key in self._keys if len(key) < _SHORTEST_KEY]:
            raise ValueError(
                f"A key has {short[0]} bytes, and {_SHORTEST_KEY} are the least. "
                "Make one with: python -c 'import secrets; print(secrets.token_urlsafe())'"
            )
        self.inner = serializer_of(serializer)

    def dumps(self, record: Any) -> bytes:
        """A record's bytes, signed."""
        return self.seal(self.inner.dumps(record))

    def loads(self, data: bytes) -> Any:
        """What was written.

        Raises:
            ValueError: it is not signed with one of the keys.
        """
        return self.inner.loads(self.open(data))

    def seal(self, data: bytes) -> bytes:
        """Sign bytes."""
        return MARK + _signature(self._keys[0], data) + data

    def open(self, data: bytes) -> bytes:
        """The bytes that were signed.

        Raises:
            ValueError: they are not, or with none of the keys.
        """
        if not data.startswith(MARK):
            raise ValueError("the record is not signed")
        signature = data[len(MARK) : len(MARK) + SIGNATURE_BYTES]
        signed = data[len(MARK) + SIGNATURE_BYTES :]
        if not any(hmac.compare_digest(_signature(key, signed), signature) for key in self._keys):
            raise ValueError("the record's signature is of no key that is known here")
        return signed


def _signature(key: bytes, data: bytes) -> bytes:
    return hmac.new(key, MARK + data, hashlib.sha256).digest()
