"""Builds the project and makes environments, as someone who has only its source would."""

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping
from pathlib import Path

__all__ = [
    "NO_REGISTRY",
    "ROOT",
    "build",
    "copy_source",
    "make_venv",
    "path_without_node",
    "run",
    "tracked_files",
]

ROOT = Path(__file__).parent.parent.parent
NO_REGISTRY = {"npm_config_registry": "http://127.0.0.1:9/", "npm_config_fetch_retries": "0"}
TIMEOUT_S = 300


def tracked_files() -> list[str]:
    """Every file that git has or would add, by its path in the repository."""
    listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", cwd=ROOT)
    return sorted(name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file())


def copy_source(target: Path) -> Path:
    """Copy what a clone of this checkout would hold, uncommitted work included."""
    for name in tracked_files():
        copy = target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy)
    return target


def build(source: Path, *options: str, env: Mapping[str, str] | None = None) -> Path:
    """Build what the options say (`--sdist`, `--wheel`) with `python -m build`, in an environment of its own.

    :return: the file that was built
    :raises AssertionError: when the build fails; shows what it wrote
    """
    target = source / "dist"
    before = set(target.glob("*"))
    done = run(sys.executable, "-m", "build", *options, str(source), cwd=source, env=env)
    assert done.returncode == 0, done.stdout
    (built,) = set(target.glob("*")) - before
    return built


def make_venv(directory: Path, *requirements: str | Path, env: Mapping[str, str] | None = None) -> Path:
    """Make a virtual environment with nothing in it but these requirements.

    :return: its folder of programs
    :raises AssertionError: when pip fails; shows what it wrote
    """
    venv.create(directory, with_pip=True)
    programs = directory / "bin"
    done = run(
        str(programs / "python"), "-m", "pip", "install", *map(str, requirements), cwd=directory, env=env
    )
    assert done.returncode == 0, done.stdout
    return programs


def path_without_node(directory: Path) -> str:
    """A PATH on which everything is that is on ours, but node and npm."""
    programs = directory / "programs"
    programs.mkdir()
    for folder in os.environ["PATH"].split(os.pathsep):
        for program in Path(folder).glob("*"):
            link = programs / program.name
            if program.name not in {"node", "npm", "npx"} and not link.is_symlink():
                link.symlink_to(program)
    return str(programs)


def run(*command: str, cwd: Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command outside of the tests' own environment.

    :return: its exit code, and its output and errors together in ``stdout``
    """
    ours = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    return subprocess.run(
        command,
        cwd=cwd,
        env={**ours, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )
