"""The custom elements, in a page of another site, which sees by a signed link what that shows."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from arqlight.web.auth.links import Links
from tests.browser.conftest import NewContext
from tests.browser.other_site import other_site
from tests.browser.running import RunningSite, call
from tests.servers import Valkey

SECRET = "x" * 32
ENV = {"ARQLIGHT_TOKEN": "a-token-of-more-than-twenty-characters", "ARQLIGHT_SECRET": SECRET}
POLICY = "default-src 'none'; script-src {site}; connect-src {site}"
PAGE = f"""<!doctype html><html lang="en"><title>A shop</title>
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<script type="module" src="{{site}}/elements.js"></script>
{{elements}}
"""


@pytest.fixture(scope="module")
def linked_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    with Valkey() as valkey, RunningSite(valkey, tmp_path_factory.mktemp("site"), env=ENV) as running:
        running.start_worker()
        yield running


def element(site: RunningSite, kind: str, name: str, link: str | None = None) -> str:
    signed = Links(SECRET).sign("job" if kind == "job" else "batch", name, 600) if link is None else link
    return f'<arqlight-{kind} href="{site.url}/?{kind}={name}&amp;link={signed}"></arqlight-{kind}>'


def test_a_job_and_its_batch_move_in_another_sites_page(
    new_context: NewContext, linked_site: RunningSite
) -> None:
    gate = linked_site.new_gate()
    batch = linked_site.enqueue(call("held_task", gate), call("fail_task", 0, "no"))
    held = batch["jobs"][0]["job_id"]
    elements = element(linked_site, "job", held) + element(linked_site, "batch", batch["batch_id"])
    with other_site(PAGE.format(site=linked_site.url, elements=elements)) as address:
        page = new_context().new_page()
        page.goto(address)
        job, whole = page.locator("arqlight-job"), page.locator("arqlight-batch")
        expect(job.get_by_role("status")).to_have_text("in progress")
        expect(whole.get_by_role("status")).to_have_text("1 of 2 done, 1 not succeeded")
        expect(job.get_by_role("progressbar", name="held_task")).to_be_visible()
        linked_site.open_gate(gate)
        expect(job.get_by_role("status")).to_have_text("succeeded")
        expect(job).to_have_attribute("data-state", "succeeded")
        expect(whole.get_by_role("status")).to_have_text("2 of 2 done, 1 not succeeded")


def test_its_looks_are_the_pages(new_context: NewContext, linked_site: RunningSite) -> None:
    batch = linked_site.enqueue(call("echo_task", 1))
    shown = element(linked_site, "job", batch["jobs"][0]["job_id"])
    with other_site(PAGE.format(site=linked_site.url, elements=shown)) as address:
        page = new_context().new_page()
        page.goto(address)
        page.evaluate(
            """() => document.querySelector("arqlight-job")
              .style.setProperty("--arqlight-good", "rgb(1, 2, 3)")"""
        )
        expect(page.locator("arqlight-job").get_by_role("status")).to_have_css("color", "rgb(1, 2, 3)")


@pytest.mark.parametrize("link", ["", "forged"])
def test_without_a_good_link_it_says_so(new_context: NewContext, linked_site: RunningSite, link: str) -> None:
    job_id = linked_site.enqueue(call("echo_task", 1))["jobs"][0]["job_id"]
    shown = element(linked_site, "job", job_id, link)
    with other_site(PAGE.format(site=linked_site.url, elements=shown)) as address:
        page = new_context().new_page()
        page.goto(address)
        status = page.locator("arqlight-job").get_by_role("status")
        expect(status).to_have_text("This link is not good any more.")


def test_the_page_of_a_link_needs_no_login(new_context: NewContext, linked_site: RunningSite) -> None:
    job_id = linked_site.enqueue(call("echo_task", 1))["jobs"][0]["job_id"]
    signed = Links(SECRET).sign("job", job_id, 600)
    page = new_context().new_page()
    page.goto(f"{linked_site.url}/?job={job_id}&link={signed}")
    expect(page.locator("#rows tr.job").first).to_have_attribute("data-kind", "succeeded")
