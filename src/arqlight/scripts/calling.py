"""Calling a script: by its digest, at once or when a wait is over. Redis is taught it where it must be."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from redis.exceptions import NoScriptError

from arqlight.scripts.loading import digest, source

__all__ = ["ScriptCaller", "ScriptingRedis", "Wait"]


class Wait(NamedTuple):
    """Until when Redis holds a script call back: a token in one of the lists, or so many seconds."""

    signals: tuple[str, ...]
    seconds: float

    def command(self) -> tuple[str, ...]:
        """What is sent in front of the call."""
        return ("BLPOP", *self.signals, f"{self.seconds:.3f}")


class ScriptingRedis(Protocol):
    """What scripts are run on: `arqlight.redis.LightRedis`."""

    async def execute_command(self, *args: Any) -> Any:
        """Send a command and return its answer."""

    async def execute_after(self, first: tuple[Any, ...], second: tuple[Any, ...]) -> Any:
        """Send two commands at once and return the second one's answer."""

    def script_load(self, script: str) -> Any:
        """Teach Redis a script."""


class ScriptCaller:
    """Calls scripts on one client.

    Args:
        redis: the client.
        log_cap: about how many events the log keeps; 0 turns it off.
    """

    def __init__(self, redis: ScriptingRedis, log_cap: int) -> None:
        self.redis = redis
        self.log_cap = log_cap

    async def run(
        self, name: str, script_keys: Sequence[str], args: Iterable[Any], *, wait: Wait | None = None
    ) -> Any:
        """Run ``lua/{name}.lua``, and return its reply as it came."""
        command = ("EVALSHA", digest(name), len(script_keys), *script_keys, *args)
        try:
            if wait is not None:
                return await self.redis.execute_after(wait.command(), command)
            return await self.redis.execute_command(*command)
        except NoScriptError:
            await self.redis.script_load(source(name))
            return await self.redis.execute_command(*command)
