"""A setting of the environment that may stand in a file, as secrets of containers do."""

from collections.abc import Mapping
from pathlib import Path

__all__ = ["setting"]


def setting(environment: Mapping[str, str], name: str) -> str:
    """What ``name`` is set to, or what the file holds that ``{name}_FILE`` names; empty for neither.

    Raises:
        ValueError: both are set, or the file cannot be read.
    """
    value, path = environment.get(name, ""), environment.get(f"{name}_FILE", "")
    if value and path:
        raise ValueError(f"{name} and {name}_FILE are both set. Unset one of them.")
    if not path:
        return value
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise ValueError(f"{name}_FILE: cannot read {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{name}_FILE: {path} is not text.") from error
