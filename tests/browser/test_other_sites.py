"""A malicious site in a browser on the inside: another origin, and a name of its own that leads here."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Playwright

from tests.browser.conftest import CHROMIUM
from tests.browser.other_site import other_site
from tests.browser.running import RunningSite, call

EVIL = "evil.example"

# What a page can send anywhere without asking first, and what it tries to read.
SEND = """
async (site) => {
  const job = JSON.stringify({ function: "create_task", args: [1], job_id: "evil" });
  const sent = [];
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/json", ""]) {
    const body = new Blob([job], type ? { type } : {});
    navigator.sendBeacon(`${site}/api/jobs`, body);
    for (const mode of ["no-cors", "cors"]) {
      const answer = await fetch(`${site}/api/jobs`, { method: "POST", mode, body, credentials: "include" })
        .catch((error) => error);
      sent.push(answer instanceof Error ? "refused" : answer.type === "opaque" ? "opaque" : answer.status);
    }
  }
  return sent;
}
"""
READ = """
async ([site, id]) => {
  const read = [];
  for (const path of ["/", `/api/jobs/${id}`, "/api/audit", "/api/overview", "/api/queues"]) {
    for (const credentials of ["include", "omit"]) {
      const answer = await fetch(site + path, { credentials }).catch(() => null);
      read.push(answer === null ? "refused" : answer.status);
    }
  }
  read.push(await new Promise((resolve) => {
    const source = new EventSource(`${site}/api/events`, { withCredentials: true });
    source.onopen = () => resolve("open");
    source.onerror = () => resolve("refused");
  }));
  return read;
}
"""
FORM = """
(action) => {
  const form = document.createElement("form");
  Object.assign(form, { method: "post", action, enctype: "text/plain" });
  const field = Object.assign(document.createElement("input"), { name: '{"count": 1, "x": "', value: '"}' });
  form.append(field);
  document.body.append(form);
  form.submit();
}
"""


@pytest.fixture
def evil_page(browser: Browser) -> Iterator[Page]:
    with other_site() as address:
        context = browser.new_context()
        page = context.new_page()
        page.goto(address)
        yield page
        context.close()


def jobs_of(site: RunningSite) -> set[bytes]:
    with site.redis() as redis:
        return set(redis.keys("arq:job:*")) | set(redis.keys("arq:result:*"))


def test_a_page_of_another_origin_starts_nothing(evil_page: Page, site: RunningSite) -> None:
    before = jobs_of(site)
    assert set(evil_page.evaluate(SEND, site.url)) == {"refused", "opaque"}
    with evil_page.expect_response(f"{site.url}/task") as answered:
        evil_page.evaluate(FORM, f"{site.url}/task")
    assert answered.value.status == 403
    assert jobs_of(site) == before


def test_a_page_of_another_origin_reads_nothing(evil_page: Page, site: RunningSite) -> None:
    job_id = site.enqueue(call("echo_task", "secret"))["jobs"][0]["job_id"]
    assert set(evil_page.evaluate(READ, [site.url, job_id])) == {"refused"}


def test_no_page_of_another_origin_frames_ours(evil_page: Page, site: RunningSite) -> None:
    evil_page.evaluate(
        """(address) => new Promise((resolve) => {
          const frame = document.createElement("iframe");
          frame.onload = resolve;
          frame.src = address;
          document.body.append(frame);
        })""",
        site.url,
    )
    assert [frame.url for frame in evil_page.frames[1:]] == ["chrome-error://chromewebdata/"]


def test_a_name_of_another_site_that_leads_here_gets_nothing(
    playwright: Playwright, site: RunningSite
) -> None:
    before = jobs_of(site)
    rule = f"--host-resolver-rules=MAP {EVIL} 127.0.0.1"
    browser = playwright.chromium.launch(**{**CHROMIUM, "args": [*CHROMIUM["args"], rule]})
    try:
        page = browser.new_page()
        here = f"http://{EVIL}:{urlsplit(site.url).port}"
        shown = page.goto(here)
        assert shown is not None
        assert shown.status == 400
        # The page is of our origin now, as far as the browser can tell: it may send and read what it likes.
        assert set(page.evaluate(READ, [here, "any"])) == {400, "refused"}
        assert set(page.evaluate(SEND, here)) <= {400, "opaque"}
    finally:
        browser.close()
    assert jobs_of(site) == before
