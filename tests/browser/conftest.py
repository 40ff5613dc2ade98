"""Fixtures of the browser tests: the site, as real processes, and real Chromium to look at it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from tests.browser import site as served
from tests.browser.running import RunningSite
from tests.servers import Valkey

CHROMIUM: dict[str, Any] = {
    "executable_path": os.environ.get("ARQLIGHT_CHROMIUM") or "/usr/bin/chromium",
    "args": [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ],
}
# What the browser itself writes when a server is away, as some tests want it to be.
EXPECTED_MESSAGES = ("net::ERR_", "Failed to load resource")

# Generous: these tests share a small machine with many others.
expect.set_options(timeout=15_000)

NewContext = Callable[..., BrowserContext]


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(**CHROMIUM)
    yield browser
    browser.close()


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """The site that most tests share: each has jobs of its own."""
    with Valkey() as valkey, RunningSite(valkey, tmp_path_factory.mktemp("site")) as running:
        running.start_worker()
        yield running


@pytest.fixture(scope="package")
def operated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """A site with two workers and with cron jobs, for tests of what operators do to all of it."""
    settings = f"{served.__name__}.{served.CronSettings.__name__}"
    directory = tmp_path_factory.mktemp("operated")
    with Valkey() as valkey, RunningSite(valkey, directory, settings=settings) as running:
        running.start_worker()
        running.start_worker()
        yield running


@pytest.fixture
def demo_url(tmp_path: Path) -> Iterator[str]:
    """The address of the demo as it is, with its worker."""
    parts = "arqlight.demo.app:app", "arqlight.demo.WorkerSettings"
    with Valkey() as valkey, RunningSite(valkey, tmp_path, *parts) as running:
        running.start_worker()
        yield running.url


@pytest.fixture
def prefixed_site(site: RunningSite, tmp_path: Path) -> Iterator[RunningSite]:
    """A server of the same jobs, whose page is mounted under ``/ops/jobs``."""
    with RunningSite(site.valkey, tmp_path, "tests.browser.site:prefixed") as running:
        yield running


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[RunningSite]:
    """A site for a test that kills its parts. It has no worker yet."""
    with Valkey(appendonly="yes") as valkey, RunningSite(valkey, tmp_path) as running:
        yield running


@pytest.fixture
def new_context(browser: Browser) -> Iterator[NewContext]:
    """Makes browser contexts, whose pages must have nothing to complain of: no error, no refusal."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def make(**options: object) -> BrowserContext:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})  # type: ignore[arg-type]
        context.set_default_timeout(20_000)
        context.on("console", lambda message: complaints.extend(_complaints_in(message)))
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


def _complaints_in(message: ConsoleMessage) -> list[str]:
    is_expected = any(expected in message.text for expected in EXPECTED_MESSAGES)
    return [message.text] if message.type in ("error", "warning") and not is_expected else []


@pytest.fixture
def page(new_context: NewContext) -> Page:
    return new_context().new_page()
