"""What each page of the console has around it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console import job_row, open_console, open_job, open_jobs
from tests.browser.running import RunningSite, call
from tests.servers import Valkey


@pytest.fixture(scope="module")
def lonely_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """A site that no worker serves."""
    with Valkey() as valkey, RunningSite(valkey, tmp_path_factory.mktemp("lonely")) as running:
        yield running


def test_ctrl_k_opens_a_palette_that_leads_to_pages_and_jobs(page: Page, site: RunningSite) -> None:
    (job,) = site.enqueue(call("echo_task", "found by its id"))["jobs"]
    open_jobs(page, site)
    page.keyboard.press("Control+k")
    search = page.get_by_role("combobox", name="Search, or jump to a page")
    expect(search).to_be_focused()
    search.fill("new jo")
    expect(page.get_by_role("option").first).to_contain_text("New job")
    search.fill(job["job_id"])
    page.get_by_role("option", name=f"Open the job {job['job_id']}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text('echo_task("found by its id")')


def test_escape_closes_the_palette_and_gives_the_focus_back(page: Page, site: RunningSite) -> None:
    open_jobs(page, site)
    page.get_by_role("combobox", name="Filter").focus()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("combobox", name="Filter")).to_be_focused()


def test_the_palette_finds_jobs_by_text(page: Page, site: RunningSite) -> None:
    batch = site.enqueue(call("echo_task", "palette needle"), call("echo_task", "hay"))
    open_console(page, site, "/new")
    page.keyboard.press("/")
    page.keyboard.type("palette needle")
    page.get_by_role("option", name="Find jobs with").click()
    expect(job_row(page, batch["jobs"][0])).to_be_visible()
    expect(page.get_by_role("row")).to_have_count(2)


def test_a_question_mark_lists_the_keys_which_may_be_switched_off(page: Page, site: RunningSite) -> None:
    open_jobs(page, site)
    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="Filter")).to_be_focused()
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("Select the row, or not")
    keys.get_by_role("switch", name="Single keys do something").uncheck()
    keys.get_by_role("button", name="Close").click()
    page.locator("h1").click()
    page.keyboard.press("?")
    page.keyboard.press("p")
    expect(page.locator("#connection")).to_have_text("Live")
    expect(keys).to_have_count(0)


def test_a_paused_page_stands_still_and_says_of_when_it_is(page: Page, site: RunningSite) -> None:
    gate = site.new_gate()
    batch = site.enqueue(call("held_task", gate), call("held_task", gate))
    held, _ = batch["jobs"]
    open_jobs(page, site, batch=batch["batch_id"])
    expect(job_row(page, held)).to_have_attribute("data-kind", "in_progress")
    page.keyboard.press("p")
    expect(page.locator("#connection")).to_contain_text("Paused, as of")
    site.open_gate(gate)
    site.wait_for_outcomes(2)
    expect(job_row(page, held)).to_have_attribute("data-kind", "in_progress")
    page.get_by_role("button", name="Go on").click()
    expect(job_row(page, held)).to_have_attribute("data-kind", "succeeded")
    expect(page.locator("#connection")).to_have_text("Live")


def test_the_chosen_theme_is_kept(page: Page, site: RunningSite) -> None:
    page.emulate_media(color_scheme="light")
    open_jobs(page, site)
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(ground)
    for name in ("Auto", "Light"):
        page.get_by_role("button", name=f"Theme: {name}").click()
    expect(page.get_by_role("button", name="Theme: Dark")).to_be_visible()
    dark = page.evaluate(ground)
    assert dark != light
    page.reload()
    expect(page.get_by_role("button", name="Theme: Dark")).to_be_visible()
    assert page.evaluate(ground) == dark


def test_a_bar_says_that_no_worker_runs_until_one_does(page: Page, lonely_site: RunningSite) -> None:
    (job,) = lonely_site.enqueue(call("echo_task", 1))["jobs"]
    open_job(page, lonely_site, job)
    warnings = page.get_by_role("status", name="Warnings")
    expect(warnings).to_contain_text("No worker is running.")
    expect(page.locator(".why")).to_contain_text("No arqlight worker of the queue arq:queue is up.")
    worker = lonely_site.start_worker()
    expect(warnings).to_have_text("")
    expect(page.locator(".step[aria-current=step]")).to_contain_text("succeeded")
    worker.stop()
    expect(warnings).to_contain_text("No worker is running.")


def test_a_page_without_its_server_says_of_when_it_is_and_comes_back(
    page: Page, lonely_site: RunningSite
) -> None:
    open_jobs(page, lonely_site)
    lonely_site.web.kill()
    expect(page.locator("#connection")).to_contain_text("Reconnecting…, as of")
    lonely_site.web.start()
    expect(page.locator("#connection")).to_have_text("Live")
