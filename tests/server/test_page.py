import json
import re
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from arqlight.web import mount, mounting
from arqlight.web.static_files import HashedFiles
from tests.web import Web

ADDRESS = re.compile(r'(?:src|href)="([^"]+)"')


async def test_the_page_names_its_policy_and_every_inline_script_has_its_nonce(
    client: httpx.AsyncClient,
) -> None:
    first, second = await client.get("/"), await client.get("/")
    nonces = []
    for response in (first, second):
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-content-type-options"] == "nosniff"
        policy = response.headers["content-security-policy"]
        assert "unsafe" not in policy
        (nonce,) = re.findall(r"'nonce-([^']+)'", policy)
        nonces.append(nonce)
        for script in re.findall(r"<script[^>]*>", response.text):
            assert f'nonce="{nonce}"' in script
        assert " on" not in re.sub(r'"[^"]*"', "", "".join(re.findall(r"<[^>]+>", response.text)))
        assert "<style" not in response.text
        assert ' style="' not in response.text
    assert nonces[0] != nonces[1]


async def test_all_that_the_page_names_is_there_and_comes_from_here(client: httpx.AsyncClient) -> None:
    page = (await client.get("/")).text
    imports = json.loads(page.split('type="importmap"')[1].split(">", 1)[1].split("</script>")[0])["imports"]
    assert {"preact", "htm", "@preact/signals"} <= set(imports)
    addresses = {a for a in ADDRESS.findall(page) if not a.startswith("#")} | set(imports.values())
    assert len(addresses) > 10
    for address in addresses:
        assert address.startswith("/"), address
        response = await client.get(address)
        assert response.status_code == 200, address
        if "/static/" in address:
            assert response.headers["cache-control"] == "public, max-age=31536000, immutable"


async def test_modules_that_modules_import_are_there_under_the_same_hash(client: httpx.AsyncClient) -> None:
    page = (await client.get("/")).text
    main = page.split('<script type="module" src="')[1].split('"')[0]
    text = (await client.get(main)).text
    paths = re.findall(r'from "(\.\.?/[^"]+)"', text)
    assert paths
    for path in paths:
        response = await client.get(str(httpx.URL("http://x" + main).join(path).path))
        assert response.headers["cache-control"].endswith("immutable"), path


async def test_the_page_tells_its_scripts_where_everything_is(client: httpx.AsyncClient) -> None:
    page = (await client.get("/")).text
    data = json.loads(page.split('id="page-data"')[1].split(">", 1)[1].split("</script>")[0])
    assert data["urls"].pop("stream_worker").endswith("/js/core/stream-worker.js")
    assert data["urls"] == {
        "page": "/",
        "task": "/task",
        "job": "/api/jobs/",
        "batch": "/api/batches/",
        "events": "/api/events",
    }
    assert data["limits"] == {"min": 1, "max": 100}
    assert data["form"] is True


async def test_the_page_loads_ahead_each_module_that_it_needs_and_no_other(client: httpx.AsyncClient) -> None:
    page = (await client.get("/")).text
    loaded = re.findall(r'<link rel="modulepreload" href="/static/\w+/([^"]+)"', page)
    assert "js/pages/task.js" in loaded
    assert "vendor/preact.js" in loaded
    assert not [path for path in loaded if "uplot" in path or "stream-worker" in path]
    assert len(loaded) == len(set(loaded))


@pytest.mark.parametrize("path", ["/", "/favicon.ico"])
async def test_head_is_answered_as_get_is_without_a_body(client: httpx.AsyncClient, path: str) -> None:
    head, whole = await client.head(path), await client.get(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == whole.headers["content-type"]


async def test_browsers_that_ask_for_an_icon_by_themselves_get_one(client: httpx.AsyncClient) -> None:
    response = await client.get("/favicon.ico")
    assert response.headers["content-type"] == "image/svg+xml"
    assert response.headers["cache-control"] == "public, max-age=86400"
    assert "<svg" in response.text


async def test_the_page_and_its_files_are_compressed_for_whom_takes_that(client: httpx.AsyncClient) -> None:
    page = await client.get("/", headers={"Accept-Encoding": "gzip"})
    plain = await client.get("/", headers={"Accept-Encoding": "identity"})
    assert page.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert page.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert int(page.headers["content-length"]) < len(plain.content) / 2
    addresses = [address for address in ADDRESS.findall(page.text) if "/static/" in address]
    whole = sent = 0
    for address in set(addresses):
        file = await client.get(address, headers={"Accept-Encoding": "gzip"})
        whole, sent = whole + len(file.content), sent + int(file.headers["content-length"])
    assert sent < whole / 2


async def test_the_web_server_serves_its_page_without_redis_too(web: Web) -> None:
    async with httpx.AsyncClient(base_url=web.url) as client:
        assert (await client.get("/")).status_code == 200


def test_where_the_front_end_is_not_built_the_page_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mounting, "front_end", lambda: HashedFiles(tmp_path))
    app = FastAPI()
    mount(app)
    with TestClient(app) as client:
        response = client.get("/")
    assert response.status_code == 503
    assert "front end of arqlight is not built" in response.text
    assert response.headers["content-type"].startswith("text/html")
