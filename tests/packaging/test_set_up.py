"""How a checkout gets its Python, its environment and its browser: the scripts behind `make`."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import browser
from scripts.setup import reason
from tests.packaging.building import ROOT, run

FIND_PYTHON = str(ROOT / "scripts" / "find-python.sh")
TOO_OLD = 'exec "{python}" -c "import sys; sys.version_info = (3, 10)\n$2"'
WITHOUT_VENV = "exit 3"  # what the script's own check ends with where ensurepip or venv cannot be imported


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A folder of programs, to be the only one on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


def program(folder: Path, name: str, *lines: str) -> Path:
    """Put a shell script into a folder of programs."""
    file = folder / name
    file.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    file.chmod(0o755)
    return file


def find_python(path: Path, **env: str) -> tuple[int, str]:
    """Run the script with nothing but these programs on PATH."""
    done = run("/bin/sh", FIND_PYTHON, cwd=path, env={"PATH": str(path), "PYTHON": "", **env})
    return done.returncode, done.stdout.strip()


def test_a_python_new_enough_is_found_under_any_of_its_names(path: Path) -> None:
    program(path, "python3", TOO_OLD.format(python=sys.executable))
    program(path, "python3.12", f'exec "{sys.executable}" "$@"')
    assert find_python(path) == (0, sys.executable)


@pytest.mark.parametrize("there", [False, True])
def test_no_python_new_enough_is_one_sentence(path: Path, there: bool) -> None:
    if there:
        program(path, "python3", TOO_OLD.format(python=sys.executable))
    assert find_python(path) == (1, "arqlight: needs Python 3.11 or newer, and found none.")


def test_a_python_without_venv_is_one_sentence(path: Path) -> None:
    program(path, "python3", WITHOUT_VENV)
    code, said = find_python(path)
    assert code == 1
    assert said.startswith("arqlight: python3 has no venv module: install it")


def test_a_named_python_is_the_only_one_looked_at(path: Path) -> None:
    program(path, "python3", f'exec "{sys.executable}" "$@"')
    code, said = find_python(path, PYTHON="/nowhere/python")
    assert (code, said) == (
        1,
        "arqlight: needs Python 3.11 or newer, and found none at PYTHON=/nowhere/python.",
    )


def test_a_failed_set_up_tells_the_build_hooks_sentence_first() -> None:
    output = "error: subprocess-exited-with-error\n      arqlight: no npm.\nERROR: no match\n"
    assert reason(output) == "arqlight: no npm."


def test_a_failed_set_up_tells_what_pip_could_not_find() -> None:
    output = "error: subprocess-exited-with-error\n    ERROR: No matching distribution\n"
    assert "the set-up failed: ERROR: No matching distribution (all of it: " in reason(output)


def test_the_browser_named_in_the_environment_is_used(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = program(path, "mine", "echo Chromium 1")
    monkeypatch.setenv(browser.VARIABLE, str(mine))
    assert browser.look_for_browser() == str(mine)


def test_a_named_browser_that_does_not_run_is_one_sentence(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(browser.VARIABLE, str(path / "missing"))
    with pytest.raises(browser.NoBrowserError, match="which does not run"):
        browser.look_for_browser()


def test_a_browser_on_path_that_does_not_run_is_passed_over(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(path, "chromium", "exit 1")
    good = program(path, "google-chrome", "echo Google Chrome 1")
    monkeypatch.delenv(browser.VARIABLE, raising=False)
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(path))
    monkeypatch.setenv("PATH", str(path))
    assert browser.look_for_browser() == str(good)


def test_every_make_target_is_in_its_help() -> None:
    make = shutil.which("make")
    assert make
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    told = subprocess.run([make], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.findall(r"make ([a-z-]+)", told) == targets
