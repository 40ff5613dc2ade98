"""What is documented is there, and what is there is documented."""

import inspect
import re
from pathlib import Path

import pytest

import arqlight
from arqlight import keys, scripts
from arqlight.models import EventType
from arqlight.version import __version__

ROOT = Path(__file__).parents[2]
GUIDES = sorted(path.name for path in (ROOT / "docs").glob("*.md"))
LINKING = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", *[f"docs/{name}" for name in GUIDES]]
SCRIPTS = sorted(path.stem for path in (ROOT / "src/arqlight/lua").glob("[!_]*.lua"))


def read(name: str) -> str:
    return (ROOT / name).read_text()


def test_every_event_is_in_the_catalogue_of_events() -> None:
    documented = re.findall(r"^\| `(\w+)` \|", read("docs/events.md"), re.MULTILINE)
    assert documented == [event.value for event in EventType]


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_script_has_its_header_its_method_and_its_row(name: str) -> None:
    text = read(f"src/arqlight/lua/{name}.lua")
    header = text[: text.index("\nlocal")] if "\nlocal" in text else text
    assert all(word in header for word in ("-- KEYS ", "-- ARGV ", "-- Returns "))
    assert callable(getattr(scripts.Scripts, name))
    assert f"| `{name}.lua` |" in read("ARCHITECTURE.md")


def test_every_key_of_ours_is_in_the_list_of_keys() -> None:
    documented = read("docs/redis-keys.md")
    made = [
        function("{" + next(iter(inspect.signature(function).parameters)).removesuffix("_name") + "}")
        for function in vars(keys).values()
        if inspect.isfunction(function) and function.__module__ == keys.__name__
    ]
    assert made
    for name in [*made, keys.EVENTS, keys.WORKERS, keys.ARQ_ABORTS]:
        assert f"`{name}`" in documented, name


def test_every_module_of_the_worker_is_in_the_architecture() -> None:
    documented = read("ARCHITECTURE.md")
    for path in (ROOT / "src/arqlight/worker").glob("[!_]*.py"):
        assert f"`{path.name}`" in documented, path.name


def test_the_public_names_are_sorted_there_and_described() -> None:
    assert arqlight.__all__ == sorted(arqlight.__all__)
    for name in arqlight.__all__:
        assert getattr(arqlight, name).__doc__, name


def test_the_changelog_begins_with_this_version() -> None:
    latest = re.search(r"^## \[([\d.]+)\]", read("CHANGELOG.md"), re.MULTILINE)
    assert latest is not None
    assert latest[1] == __version__


@pytest.mark.parametrize("name", GUIDES)
def test_the_code_in_the_guides_runs(name: str) -> None:
    for block in re.findall(r"^```python\n(.*?)^```$", read(f"docs/{name}"), re.DOTALL | re.MULTILINE):
        exec(compile(block, name, "exec"), {"__name__": "guide"})  # noqa: S102  it is ours


def test_every_test_that_the_threat_model_names_is_there() -> None:
    named = re.findall(r"`(tests/[^`]+)`", read("SECURITY.md"))
    assert len(named) > 10
    assert [name for name in named if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("name", LINKING)
def test_links_lead_somewhere(name: str) -> None:
    folder = (ROOT / name).parent
    targets = re.findall(r"\]\(([^)#]+)\)", read(name))
    missing = [target for target in targets if "://" not in target and not (folder / target).exists()]
    assert not missing


def test_every_guide_can_be_found_from_the_readme() -> None:
    assert [name for name in GUIDES if f"(docs/{name})" not in read("README.md")] == []


def test_every_setting_of_the_worker_is_described() -> None:
    table = re.search(r"^## Settings\n(.*?)^## ", read("docs/worker.md"), re.DOTALL | re.MULTILINE)
    assert table is not None
    rows = re.findall(r"^\| (`.+?`) \|", table[1], re.MULTILINE)
    described = [name.strip("` ") for row in rows for name in row.split(",")]
    assert sorted(described) == sorted(inspect.signature(arqlight.Worker).parameters)
