"""The project's source and what is built of it, once for all tests."""

from pathlib import Path

import pytest

from tests.packaging.building import build, copy_source


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source, with nothing built in it yet."""
    return copy_source(tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="session")
def sdist(source: Path) -> Path:
    """The source distribution."""
    return build(source, "--sdist")


@pytest.fixture(scope="session")
def wheel(source: Path, sdist: Path) -> Path:
    """The wheel, built from the same copy of the source."""
    return build(source, "--wheel")
