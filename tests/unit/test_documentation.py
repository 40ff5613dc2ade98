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
