"""Histograms of durations that can be added up: buckets that grow by a fifth, kept as JSON."""

import json
import math
from collections import Counter
from collections.abc import Iterable

__all__ = [
    "Histogram",
    "bucket_of",
    "from_text",
    "from_texts",
    "lower_ms",
    "percentile",
    "to_text",
    "upper_ms",
]

# So many buckets for each doubling: a percentile is off by a tenth at most.
_PER_DOUBLING = 4

Histogram = Counter[int]
"""How many durations are in each bucket."""


def bucket_of(duration_ms: int) -> int:
    """The bucket of a duration; 0 is less than one ms."""
    return 0 if duration_ms < 1 else 1 + int(math.log2(duration_ms) * _PER_DOUBLING + 1e-9)


def lower_ms(bucket: int) -> float:
    """Where a bucket begins, in ms."""
    return 0.0 if bucket == 0 else upper_ms(bucket - 1)


def upper_ms(bucket: int) -> float:
    """Where a bucket ends, in ms."""
    return 2 ** (bucket / _PER_DOUBLING)


def _middle_ms(bucket: int) -> float:
    return 0.0 if bucket == 0 else 2 ** ((bucket - 0.5) / _PER_DOUBLING)


def to_text(histogram: Histogram) -> str:
    """As it is kept: a JSON object of buckets and counts, in the buckets' order."""
    return json.dumps(dict(sorted(histogram.items())), separators=(",", ":"))


def from_text(text: str) -> Histogram:
    """What `to_text` wrote."""
    return from_texts((text,))


def from_texts(texts: Iterable[str]) -> Histogram:
    """Several of them as one. A chart has thousands: their buckets become numbers only once."""
    total: dict[str, int] = {}
    for text in texts:
        for bucket, count in json.loads(text).items():
            total[bucket] = total.get(bucket, 0) + count
    return Counter({int(bucket): count for bucket, count in total.items()})


def percentile(histogram: Histogram, share: float) -> float | None:
    """The duration in ms below which a share (0 to 1) of all lie; None of no durations."""
    total = sum(histogram.values())
    if not total:
        return None
    below = 0
    for bucket, count in sorted(histogram.items()):
        below += count
        if below >= share * total:
            return _middle_ms(bucket)
    return _middle_ms(max(histogram))
