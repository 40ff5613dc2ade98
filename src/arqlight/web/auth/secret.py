"""The secret that cookies and links are signed with."""

import secrets
from collections.abc import Mapping

from arqlight.web.auth.setting import setting

__all__ = ["secret_from"]

VARIABLE = "ARQLIGHT_SECRET"
SHORTEST = 32


def secret_from(environment: Mapping[str, str]) -> str:
    """The secret in ``ARQLIGHT_SECRET``, or a new one: then what it signs is good in this process only.

    Raises:
        ValueError: it is too short to be one.
    """
    given = setting(environment, VARIABLE)
    if not given:
        return secrets.token_urlsafe(SHORTEST)
    if len(given) < SHORTEST:
        raise ValueError(
            f"{VARIABLE} must have {SHORTEST} or more characters, and has {len(given)}. "
            "`arqlight token` makes one."
        )
    return given
