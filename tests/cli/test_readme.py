"""The README's code runs as it is printed there."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from arqlight.cli import main
from arqlight.cli.operator import COMMANDS
from tests.cli.commands import ROOT, Command
from tests.helpers import wait_until

README = (ROOT / "README.md").read_text()
LISTENING = r"Listening on (http://\S+)"


def code(title: str) -> str:
    """The README's code block of that title."""
    pattern = rf'^```python title="{re.escape(title)}"\n(.*?)^```$'
    (block,) = re.findall(pattern, README, re.DOTALL | re.MULTILINE)
    return str(block)


@pytest.fixture(autouse=True)
def application(tmp_path: Path) -> None:
    """The files that the README has the reader write."""
    (tmp_path / "main.py").write_text(code("main.py imports") + code("main.py"))
    (tmp_path / "worker.py").write_text(code("worker.py"))


def test_the_app_takes_ten_lines() -> None:
    lines = [line for line in code("main.py").splitlines() if line.strip()]
    assert len(lines) == 10


def test_the_app_starts_a_job_that_can_be_watched(start: Callable[..., Command], redis_url: str) -> None:
    start("worker", "worker.WorkerSettings", REDIS_URL=redis_url).wait_for("Starting worker")
    command = start("web", "--app", "main:app", PORT="0", REDIS_URL=redis_url)
    assert_job_can_be_watched(command.wait_for(LISTENING))


def test_any_server_runs_the_app(tmp_path: Path, start: Callable[..., Command], redis_url: str) -> None:
    start("worker", "worker.WorkerSettings", REDIS_URL=redis_url).wait_for("Starting worker")
    words = (sys.executable, "-m", "uvicorn", "main:app", "--port", "0")
    with Command(*words, directory=tmp_path, env={"REDIS_URL": redis_url}) as command:
        assert_job_can_be_watched(command.wait_for(r"Uvicorn running on (http://\S+)"))


def test_the_code_passes_the_strictest_type_check(tmp_path: Path) -> None:
    check = (sys.executable, "-m", "mypy", "--strict", "main.py", "worker.py")
    # From here, where there is no configuration, and with a cache of its own that later runs use.
    cache = ("--config-file=", f"--cache-dir={ROOT / '.mypy_cache' / 'readme'}")
    done = subprocess.run([*check, *cache], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def assert_job_can_be_watched(url: str) -> None:
    page = httpx.post(f"{url}/welcome", params={"name": "Ada"}).json()
    assert httpx.get(url + page).status_code == 200
    job = f"{url}/jobs/api/jobs/{page.partition('=')[2]}"
    assert wait_until(lambda: httpx.get(job).json()["job"]["progress"])["message"].startswith("page ")
    assert wait_until(lambda: httpx.get(job).json()["job"]["result"]) == "Dear Ada, welcome!"


def test_the_commands_that_start_something_are_in_the_readme_and_the_others_in_their_guide() -> None:
    operators = {str(command.name) for command in COMMANDS}
    named = set(re.findall(r"`arqlight ([a-z-]+)", README))
    assert named <= set(main.commands)
    assert set(main.commands) - operators <= named
    guide = (ROOT / "docs/terminal.md").read_text()
    assert [name for name in operators if not re.search(rf"`(arqlight )?{name}[ `]", guide)] == []
