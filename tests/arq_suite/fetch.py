"""Gets arq's test suite, and what it is run with, into a cache that git ignores."""

import hashlib
import importlib.metadata
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

__all__ = ["FetchError", "suite", "tools"]

HERE = Path(__file__).parent
CACHE = HERE.parent.parent / ".cache" / "arq-suite"
REQUIREMENTS = HERE / "requirements.txt"


class FetchError(Exception):
    """Something could not be fetched; the message says what, and why."""


def suite() -> Path:
    """The folder with ``tests/`` and ``pyproject.toml`` of the arq that is installed, fetched when missing.

    :raises FetchError: when it is missing and cannot be fetched
    """
    version = importlib.metadata.version("arq")
    return _cached(f"arq-{version}", lambda target: _fetch_suite(version, target))


def tools() -> Path:
    """The folder with pytest and the plugins that the suite needs, installed when missing.

    :raises FetchError: when it is missing and cannot be installed
    """
    python = sys.implementation.cache_tag
    pinned = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
    return _cached(f"tools-{python}-{pinned}", _install_tools)


def _cached(name: str, fill: Callable[[Path], None]) -> Path:
    """The cache's folder of that name; filled elsewhere first, so that what is there is whole."""
    wanted = CACHE / name
    if not wanted.is_dir():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
            filled = Path(scratch) / name
            filled.mkdir()
            fill(filled)
            _move(filled, wanted)
    return wanted


def _move(filled: Path, wanted: Path) -> None:
    try:
        filled.rename(wanted)
    except OSError:
        # Another test process has put the same there in the meantime.
        if not wanted.is_dir():
            raise


def _fetch_suite(version: str, target: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        what = f"the source distribution of arq {version}, for its tests"
        _pip(what, "download", "--no-deps", "--no-binary=:all:", f"--dest={scratch}", f"arq=={version}")
        top = f"arq-{version}/"
        with tarfile.open(Path(scratch) / f"arq-{version}.tar.gz") as archive:
            for member in archive.getmembers():
                member.name = member.name.removeprefix(top)
                if member.name == "pyproject.toml" or member.name.startswith("tests/"):
                    archive.extract(member, target, filter="data")


def _install_tools(target: Path) -> None:
    _pip("what arq's tests are run with", "install", f"--target={target}", f"--requirement={REQUIREMENTS}")


def _pip(what: str, command: str, *args: str) -> None:
    words = [sys.executable, "-m", "pip", command, "--quiet", "--disable-pip-version-check", *args]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise FetchError(f"{what} could not be fetched; `{' '.join(words[1:])}` said:\n{done.stderr.strip()}")
