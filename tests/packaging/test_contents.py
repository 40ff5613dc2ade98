"""What the wheel and the sdist hold."""

import re
import tarfile
import zipfile
from pathlib import Path

import pytest

from hatch_build import FILES, STAMP, VENDOR
from tests.packaging.building import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

THIRD_PARTY = {f"{VENDOR}/{name}" for name in [*FILES, STAMP]}


@pytest.fixture(scope="session")
def ours(source: Path) -> set[str]:
    """The package's own files, by their path in the source."""
    files = {str(path.relative_to(source)) for path in (source / "src").rglob("*") if path.is_file()}
    return files - THIRD_PARTY


def test_the_wheel_holds_the_package_the_front_end_and_nothing_else(wheel: Path, ours: set[str]) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    package = {name for name in names if ".dist-info/" not in name}
    assert package == {name.removeprefix("src/") for name in ours | THIRD_PARTY}


@pytest.mark.parametrize(
    "pattern",
    [
        r"arqlight/py\.typed",
        r"arqlight/lua/claim\.lua",
        r"arqlight/web/templates/pages/.+\.html",
        r"arqlight/web/static/js/pages/task\.js",
        r"arqlight/web/static/css/.+\.css",
        r"arqlight/web/static/vendor/pico\.min\.css",
        r"arqlight-.+\.dist-info/licenses/LICENSE",
    ],
)
def test_the_wheel_holds_each_kind_of_file(wheel: Path, pattern: str) -> None:
    assert any(re.fullmatch(pattern, name) for name in zipfile.ZipFile(wheel).namelist())


def test_each_third_party_file_comes_with_its_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as files:
        licences = [files.read(name.removeprefix("src/")) for name in THIRD_PARTY if "/licenses/" in name]
    packages = {re.match(r"(@[^/]+/)?[^/]+", source) for source in FILES.values()}
    assert len(licences) == len({match[0] for match in packages if match})
    assert all(re.search(rb"(?i)permission is hereby granted|apache license", text) for text in licences)


def test_the_sdist_holds_the_front_end_and_what_builds_it(sdist: Path, ours: set[str]) -> None:
    with tarfile.open(sdist) as files:
        names = {name.partition("/")[2] for name in files.getnames()}
    assert names >= ours | THIRD_PARTY
    assert names >= {"pyproject.toml", "hatch_build.py", "package.json", "package-lock.json", "LICENSE"}


def test_the_wheel_says_who_can_run_it_and_what_it_needs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as files:
        (name,) = (name for name in files.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = files.read(name).decode()
    assert "\nRequires-Python: >=3.11\n" in metadata
    assert "\nRequires-Dist: arq<0.29,>=0.28\n" in metadata
    extras = {"all", "demo", "history", "msgpack", "postgres", "terminal", "watch", "web"}
    assert set(re.findall(r"^Provides-Extra: (\w+)$", metadata, re.MULTILINE)) == extras
    assert metadata.endswith((ROOT / "README.md").read_text())
