import gzip
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from arqlight.web.compression import accepts_gzip, gzipped
from arqlight.web.static_files import HashedFiles

LONG = "// a comment that says the same again and again\n" * 100


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "static"
    (folder / "js").mkdir(parents=True)
    (folder / "js" / "main.js").write_text("import './api.js'")
    (folder / "js" / "api.js").write_text(LONG)
    (folder / ".hidden").write_text("")
    (tmp_path / "secret").write_text("secret")
    return folder


async def ask(files: HashedFiles, path: str, method: str = "GET", encoding: str = "gzip") -> httpx.Response:
    app = Starlette(routes=[Route("/{digest}/{path:path}", files.serve)])
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.request(method, path, headers={"Accept-Encoding": encoding})


async def test_what_is_named_with_the_hash_of_all_files_is_kept_for_good(folder: Path) -> None:
    files = HashedFiles(folder)
    response = await ask(files, f"/{files.hash}/js/main.js")
    assert response.text == "import './api.js'"
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["content-type"].startswith("text/javascript")


async def test_an_outdated_hash_gives_what_is_there_now_and_nobody_keeps_it(folder: Path) -> None:
    outdated = HashedFiles(folder).hash
    (folder / "js" / "api.js").write_text("export const changed = 1")
    files = HashedFiles(folder)
    assert files.hash != outdated
    response = await ask(files, f"/{outdated}/js/api.js")
    assert response.text == "export const changed = 1"
    assert response.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/x/nothing.js", "/x/", "/x/..%2f..%2fsecret", "/x/%2e%2e/%2e%2e/secret"])
async def test_what_is_not_there_is_not_found_and_nobody_keeps_that(folder: Path, path: str) -> None:
    response = await ask(HashedFiles(folder), path)
    assert response.status_code == 404
    assert "secret" not in response.text
    assert response.headers["cache-control"] == "no-cache"


async def test_a_file_is_sent_compressed_to_whom_takes_that_and_as_it_is_to_others(folder: Path) -> None:
    files = HashedFiles(folder)
    path = f"/{files.hash}/js/api.js"
    small, plain = await ask(files, path), await ask(files, path, encoding="identity")
    assert small.text == plain.text == LONG
    assert small.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert int(small.headers["content-length"]) < len(LONG) / 10
    assert int(plain.headers["content-length"]) == len(LONG)
    assert small.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"


async def test_head_is_answered_with_the_headers_alone(folder: Path) -> None:
    files = HashedFiles(folder)
    response = await ask(files, f"/{files.hash}/js/api.js", "HEAD")
    assert response.status_code == 200
    assert int(response.headers["content-length"]) > 0


def test_the_hash_is_of_names_and_contents(folder: Path) -> None:
    first = HashedFiles(folder).hash
    (folder / "js" / "api.js").rename(folder / "js" / "other.js")
    assert HashedFiles(folder).hash != first
    (folder / "js" / "other.js").rename(folder / "js" / "api.js")
    assert HashedFiles(folder).hash == first


def test_hidden_files_are_none_of_them(folder: Path) -> None:
    assert list(HashedFiles(folder).files) == ["js/api.js", "js/main.js"]


@pytest.mark.parametrize("header", ["gzip", "br, GZIP;q=0.5", "*", "deflate, *;q=0.1", "gzip; q=0.001"])
def test_a_client_that_takes_gzip_is_known_by_its_header(header: str) -> None:
    assert accepts_gzip(header)


@pytest.mark.parametrize("header", ["", "identity", "br", "gzip;q=0", "gzip; q = 0.0", "*;q=0"])
def test_so_is_one_that_does_not(header: str) -> None:
    assert not accepts_gzip(header)


def test_compression_that_gains_nothing_is_left_out() -> None:
    assert gzipped(b"short", 9) is None
    assert gzipped(bytes(range(256)) * 5, 1) is not None
    assert gzipped(gzip.compress(bytes(range(256)) * 10), 9) is None
