"""How the front end's packages come into the package: `hatch_build.py`."""

import shutil
import sys
from pathlib import Path

import pytest

import hatch_build
from hatch_build import FILES, FrontEndHook, copy_files, is_current, stamp, why
from tests.packaging.building import NO_REGISTRY, ROOT, build, copy_source, path_without_node, run


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with a lock file, and no front end yet."""
    shutil.copy(ROOT / "package-lock.json", tmp_path)
    return tmp_path


@pytest.fixture
def node_modules(tmp_path: Path) -> Path:
    """The files that the hook copies, as npm would lay them."""
    folder = tmp_path / "node_modules"
    for source in FILES.values():
        (folder / source).parent.mkdir(parents=True, exist_ok=True)
        (folder / source).write_text(source)
    return folder


@pytest.fixture
def vendor(checkout: Path, node_modules: Path) -> Path:
    """The vendor folder, filled."""
    folder = checkout / hatch_build.VENDOR
    copy_files(node_modules, folder, stamp(checkout))
    return folder


def hook(root: Path) -> FrontEndHook:
    """The hook as Hatch makes it."""
    return FrontEndHook(str(root), {}, None, None, "", "wheel")  # type: ignore[arg-type]


def program(folder: Path, name: str, prints: str) -> None:
    """Put a program into a folder that prints a line."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\necho {prints}\n")
    (folder / name).chmod(0o755)


def test_a_filled_vendor_folder_is_current(checkout: Path, vendor: Path) -> None:
    assert is_current(checkout)


def test_a_changed_lock_file_makes_it_stale(checkout: Path, vendor: Path) -> None:
    with (checkout / "package-lock.json").open("a") as lock:
        lock.write("\n")
    assert not is_current(checkout)


def test_a_missing_file_makes_it_stale(checkout: Path, vendor: Path) -> None:
    (vendor / "preact.js").unlink()
    assert not is_current(checkout)


def test_filling_it_anew_removes_what_is_no_longer_wanted(
    checkout: Path, vendor: Path, node_modules: Path
) -> None:
    (vendor / "jquery.js").touch()
    copy_files(node_modules, vendor, stamp(checkout))
    assert not (vendor / "jquery.js").exists()


def test_a_current_one_needs_neither_npm_nor_node(
    checkout: Path, vendor: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    assert hook(checkout).dependencies() == []
    hook(checkout).initialize("standard", {})


def test_without_node_it_asks_for_the_one_on_pypi(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert hook(checkout).dependencies() == [hatch_build.NODE_FROM_PYPI]


@pytest.mark.parametrize("version", ["v16.20.2", "v8.0.0", "nonsense"])
def test_a_node_too_old_counts_as_none(checkout: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    program(checkout / "bin", "node", version)
    program(checkout / "bin", "npm", "10.0.0")
    monkeypatch.setenv("PATH", str(checkout / "bin"))
    assert hook(checkout).dependencies() == [hatch_build.NODE_FROM_PYPI]


def test_a_node_new_enough_is_used(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(checkout / "bin", "node", "v18.0.0")
    program(checkout / "bin", "npm", "10.0.0")
    monkeypatch.setenv("PATH", str(checkout / "bin"))
    assert hook(checkout).dependencies() == []


def test_npms_own_word_is_passed_on() -> None:
    assert why("npm error code ENOTFOUND\nnpm error syscall x") == "npm cannot reach its registry (ENOTFOUND)"
    assert why("npm ERR! code EINTEGRITY\n") == "npm failed (EINTEGRITY): npm ERR! code EINTEGRITY"
    assert why("") == "npm failed (no code): it said nothing"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_an_unreachable_registry_is_one_plain_sentence(tmp_path: Path) -> None:
    source = copy_source(tmp_path / "source")
    done = run(sys.executable, "-m", "build", "--sdist", cwd=source, env=NO_REGISTRY)
    assert done.returncode != 0
    (sentence,) = (line for line in done.stdout.splitlines() if line.startswith("arqlight: "))
    assert "npm cannot reach its registry (ECONNREFUSED)" in sentence
    assert "Traceback" not in done.stdout


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_machine_without_node_builds_with_the_one_on_pypi(tmp_path: Path) -> None:
    source = copy_source(tmp_path / "source")
    build(source, "--wheel", env={"PATH": path_without_node(tmp_path)})
    assert is_current(source)
