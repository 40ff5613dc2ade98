"""How records are written and read: JSON, msgpack, either of them or pickle signed, or functions of your own.

``Queue.connect(serializer="json")`` and a worker's ``serializer = "json"`` belong together.
"""

from arqlight.serializers.choosing import (
    Trusted,
    chosen,
    closed,
    inside,
    opened,
    to_read,
)
from arqlight.serializers.json import JobError, Json
from arqlight.serializers.msgpack import MsgPack
from arqlight.serializers.naming import Serializer, serializer_of
from arqlight.serializers.signing import Signed

__all__ = [
    "JobError",
    "Json",
    "MsgPack",
    "Serializer",
    "Signed",
    "Trusted",
    "chosen",
    "closed",
    "inside",
    "opened",
    "serializer_of",
    "to_read",
]
