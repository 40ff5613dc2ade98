from pathlib import Path

import httpx
import pytest

from arqlight.web.static_files import HashedFiles


@pytest.fixture
def files(tmp_path: Path) -> HashedFiles:
    (tmp_path / "js").mkdir()
    (tmp_path / "js" / "main.js").write_text("import './api.js'")
    (tmp_path / "js" / "api.js").write_text("export {}")
    (tmp_path / ".hidden").write_text("")
    return HashedFiles(tmp_path)


async def get(files: HashedFiles, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(files)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.get(path)


async def test_what_is_named_with_the_hash_of_all_files_is_kept_for_good(files: HashedFiles) -> None:
    response = await get(files, f"/{files.hash()}/js/main.js")
    assert response.text == "import './api.js'"
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["content-type"].startswith("text/javascript")


async def test_an_outdated_hash_gives_what_is_there_now_and_nobody_keeps_it(files: HashedFiles) -> None:
    outdated = files.hash()
    (files.folder / "js" / "api.js").write_text("export const changed = 1")
    assert files.hash() != outdated
    response = await get(files, f"/{outdated}/js/api.js")
    assert response.text == "export const changed = 1"
    assert response.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/x/nothing.js", "/x", "/", "/x/../../secret", "/x/%2e%2e/%2e%2e/secret"])
async def test_what_is_not_there_is_not_found_and_nobody_keeps_that(files: HashedFiles, path: str) -> None:
    (files.folder.parent / "secret").write_text("secret")
    response = await get(files, path)
    assert response.status_code == 404
    assert response.headers["cache-control"] == "no-cache"


def test_the_hash_is_of_names_and_contents(files: HashedFiles) -> None:
    first = files.hash()
    (files.folder / "js" / "api.js").rename(files.folder / "js" / "other.js")
    assert files.hash() != first
    (files.folder / "js" / "other.js").rename(files.folder / "js" / "api.js")
    assert files.hash() == first


def test_hidden_files_are_none_of_them(files: HashedFiles) -> None:
    assert [path.as_posix() for path in files.paths()] == ["js/api.js", "js/main.js"]
