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
    for path in re.findall(r'from "(\./[^"]+)"', text):
        response = await client.get(str(httpx.URL("http://x" + main).join(path).path))
        assert response.headers["cache-control"].endswith("immutable"), path


async def test_the_page_tells_its_scripts_where_everything_is(client: httpx.AsyncClient) -> None:
    page = (await client.get("/")).text
    data = json.loads(page.split('id="page-data"')[1].split(">", 1)[1].split("</script>")[0])
    assert data["urls"] == {
        "page": "/",
        "task": "/task",
        "job": "/api/jobs/",
        "batch": "/api/batches/",
        "events": "/api/events",
        "docs": "/docs",
    }
    assert data["limits"] == {"min": 1, "max": 100}
    assert data["form"] is True


async def test_the_web_server_serves_its_page_without_redis_too(web: Web) -> None:
    async with httpx.AsyncClient(base_url=web.url) as client:
        assert (await client.get("/")).status_code == 200


def test_where_the_front_end_is_not_built_the_page_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mounting, "HashedFiles", lambda: HashedFiles(tmp_path))
    app = FastAPI()
    mount(app)
    with TestClient(app) as client:
        response = client.get("/")
    assert response.status_code == 503
    assert "front end of arqlight is not built" in response.text
    assert response.headers["content-type"].startswith("text/html")
