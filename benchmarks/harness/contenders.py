"""Who is measured, with which settings, and why those."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Contender:
    """One line of the tables: an adapter with settings."""

    label: str
    adapter: str
    """The script's name in peers/, without .py."""
    environment: str
    requirements: tuple[str, ...]
    """What pip installs there; none for the environment that the runner itself is in."""
    settings: dict[str, Any] = field(default_factory=dict)
    why: str = ""
    """The settings in words, for the report."""

    @property
    def is_peer(self) -> bool:
        """Whether this is one that arqlight is compared with."""
        return self.adapter != "arqlight_"


CONTENDERS = (
    Contender(
        "arqlight",
        "arqlight_",
        "project",
        (),
        {"max_jobs": 1000},
        "max_jobs 1,000; event log on; jobs enqueued 1,000 a call",
    ),
    Contender(
        "arq",
        "arq_",
        "arq",
        ("arq",),
        {},
        "every setting at its default (max_jobs 10, poll_delay 0.5 s)",
    ),
    Contender(
        "arq tuned",
        "arq_",
        "arq",
        ("arq",),
        {"max_jobs": 1000, "poll_delay": 0.01, "queue_read_limit": 1000, "producers": 10},
        "max_jobs 1,000, queue_read_limit 1,000, poll_delay 10 ms; 10 producers at once",
    ),
    Contender(
        "SAQ",
        "saq_",
        "saq",
        # SAQ 0.26.4 imports typing_extensions without requiring it
        ("saq[redis,hiredis]", "typing_extensions", "orjson"),
        {"concurrency": 100, "orjson": True, "producers": 20, "max_concurrent_ops": 20},
        "concurrency 100, orjson; 20 producers at once",
    ),
    Contender(
        "streaq",
        "streaq_",
        "streaq",
        ("streaq",),
        {"concurrency": 64, "prefetch": 256, "chunk": 1000},
        "concurrency 64, prefetch 256; enqueue_many, 1,000 a call",
    ),
    Contender(
        "taskiq",
        "taskiq_",
        "taskiq",
        ("taskiq", "taskiq-redis"),
        {
            "broker": "stream",
            "xread_count": 100,
            "concurrency": 20,
            "json_formatter": True,
            "no_parse": True,
            "producers": 20,
        },
        "RedisStreamBroker (the one that acknowledges), max-async-tasks 20, JSONFormatter, no-parse;"
        " 20 producers at once",
    ),
)


def contenders(only: list[str] | None = None) -> list[Contender]:
    """All of them, or those whose label is in `only`."""
    chosen = [entry for entry in CONTENDERS if not only or entry.label in only]
    unknown = set(only or ()) - {entry.label for entry in chosen}
    if unknown:
        known = ", ".join(entry.label for entry in CONTENDERS)
        raise SystemExit(f"not a contender: {', '.join(sorted(unknown))} (there are: {known})")
    return chosen
