"""New ids for jobs and batches."""

import os

__all__ = ["new_id", "new_ids"]


def new_id() -> str:
    """A new random id: 32 hex digits, as arq's job ids."""
    return os.urandom(16).hex()


def new_ids(count: int) -> list[str]:
    """New random ids, from one call to the system's source of randomness."""
    digits = os.urandom(16 * count).hex()
    return [digits[i : i + 32] for i in range(0, len(digits), 32)]
