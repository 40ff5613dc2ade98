"""The page of one job: its life, its values, what can be done with it, and what came of that."""

import json
import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NewContext
from tests.browser.console import open_job, said
from tests.browser.running import RunningSite, call

NOBODY = "unserved"


@pytest.fixture(scope="module")
def failed(site: RunningSite) -> dict[str, Any]:
    batch = site.enqueue(call("fail_task", 0, "the disk is full"))
    site.wait_for_counts(batch, failed=1)
    job: dict[str, Any] = batch["jobs"][0]
    return job


def enqueue_one(site: RunningSite, function: str, *args: Any, **options: Any) -> str:
    response = httpx.post(f"{site.url}/api/jobs", json=call(function, *args, **options))
    assert response.status_code == httpx.codes.CREATED, response.text
    job_id: str = response.json()["job_id"]
    return job_id


def press(page: Page, action: str) -> None:
    page.get_by_role("button", name=action, exact=True).click()


def where_it_is(page: Page) -> Locator:
    return page.locator(".step[aria-current=step]")


def region(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=re.compile(f"^{name}"))


def stretches(page: Page) -> Locator:
    return region(page, "Timeline").locator("li")


def test_a_failed_job_tells_where_it_has_been_and_why_it_failed(
    page: Page, site: RunningSite, failed: dict[str, Any]
) -> None:
    open_job(page, site, failed)
    expect(page.get_by_role("heading", level=1)).to_have_text('fail_task(0, "the disk is full")')
    expect(where_it_is(page)).to_contain_text("failed")
    expect(page.locator(".step[data-visited=true]")).to_contain_text(["queued", "in progress", "failed"])
    error = region(page, "Error")
    expect(error).to_contain_text("ValueError: the disk is full")
    expect(error).to_contain_text("raise ValueError(message)")
    library = error.locator("details").first
    expect(library).to_contain_text("of libraries")
    expect(library.locator("pre")).to_be_hidden()
    expect(stretches(page).last).to_contain_text("Try 1 failed")
    expect(region(page, "Arguments")).to_contain_text('"the disk is full"')
    expect(region(page, "Facts")).to_contain_text(failed["job_id"])


def test_the_timeline_grows_while_the_job_goes_on(page: Page, site: RunningSite) -> None:
    gate = site.new_gate()
    job = enqueue_one(site, "held_task", gate, "it is done")
    open_job(page, site, job)
    expect(where_it_is(page)).to_contain_text("in progress")
    running = stretches(page).last
    expect(running).to_contain_text("Try 1")
    before = running.locator(".span-length").text_content()
    expect(running.locator(".span-length")).not_to_have_text(before or "")
    site.open_gate(gate)
    expect(where_it_is(page)).to_contain_text("succeeded")
    expect(stretches(page).last).to_contain_text("Try 1 succeeded")
    expect(region(page, "Result")).to_contain_text('"it is done"')


def test_each_try_has_its_stretch_and_so_has_the_pause_between(page: Page, site: RunningSite) -> None:
    job = enqueue_one(site, "retry_task", 0, 2)
    open_job(page, site, job)
    expect(where_it_is(page)).to_contain_text("succeeded")
    expect(stretches(page)).to_contain_text(["Try 1 retrying", "Retry pause", "Try 2 succeeded"])
    expect(region(page, "Tries").get_by_role("listitem")).to_have_count(2)


def test_a_job_that_nobody_can_run_says_why(page: Page, site: RunningSite) -> None:
    job = enqueue_one(site, "echo_task", 1, queue=NOBODY)
    open_job(page, site, job)
    expect(page.locator(".why")).to_contain_text(f"No arqlight worker of the queue {NOBODY} is up.")


def test_progress_is_shown_as_it_comes(page: Page, site: RunningSite) -> None:
    gates = [site.new_gate(), site.new_gate()]
    open_job(page, site, enqueue_one(site, "stepping_task", gates))
    expect(page.locator(".job-progress")).to_contain_text("step 1")
    site.open_gate(gates[0])
    expect(page.locator(".job-progress")).to_contain_text("step 2")
    site.open_gate(gates[1])
    expect(where_it_is(page)).to_contain_text("succeeded")


def test_retry_puts_the_job_into_its_queue_again(page: Page, site: RunningSite) -> None:
    job = enqueue_one(site, "fail_task", 0, "once more")
    open_job(page, site, job)
    expect(where_it_is(page)).to_contain_text("failed")
    press(page, "Retry")
    expect(said(page)).to_contain_text("The job is in its queue again.")
    earlier = region(page, "Earlier runs of this id")
    expect(earlier.get_by_role("listitem")).to_have_count(1)
    earlier.get_by_role("link").click()
    page.wait_for_url("**?key=*")
    expect(where_it_is(page)).to_contain_text("failed")


def test_duplicate_leads_to_the_new_job(page: Page, site: RunningSite, failed: dict[str, Any]) -> None:
    open_job(page, site, failed)
    press(page, "Duplicate")
    page.wait_for_url(lambda url: failed["job_id"] not in url)
    expect(page.get_by_role("heading", level=1)).to_have_text('fail_task(0, "the disk is full")')
    expect(where_it_is(page)).to_contain_text("failed")


def test_edit_and_retry_begins_with_what_the_job_had(
    page: Page, site: RunningSite, failed: dict[str, Any]
) -> None:
    open_job(page, site, failed)
    page.get_by_role("link", name="Edit and retry").click()
    message = page.get_by_label("message", exact=True)
    expect(message).to_have_value("the disk is full")
    message.fill("the disk is still full")
    press(page, "Enqueue")
    expect(page.get_by_role("heading", level=1)).to_contain_text("the disk is still full")
    expect(region(page, "Error")).to_contain_text("ValueError: the disk is still full")


def test_a_deferred_job_is_run_now(page: Page, site: RunningSite) -> None:
    job = enqueue_one(site, "echo_task", 1, defer_by_s=3600)
    open_job(page, site, job)
    expect(page.locator(".why")).to_contain_text("not due yet")
    press(page, "Run now")
    expect(said(page)).to_contain_text("The job is due now: the next free worker takes it.")
    expect(where_it_is(page)).to_contain_text("succeeded")


def test_a_running_job_is_aborted(page: Page, site: RunningSite) -> None:
    job = enqueue_one(site, "held_task", site.new_gate())
    open_job(page, site, job)
    expect(where_it_is(page)).to_contain_text("in progress")
    press(page, "Abort")
    expect(said(page)).to_contain_text(re.compile("The job was (aborted|told to stop)"))
    expect(where_it_is(page)).to_contain_text("aborted")


def test_an_action_that_comes_too_late_says_so(page: Page, site: RunningSite) -> None:
    gate = site.new_gate()
    job = enqueue_one(site, "held_task", gate)
    open_job(page, site, job)
    expect(where_it_is(page)).to_contain_text("in progress")
    press(page, "Pause")
    site.open_gate(gate)
    httpx.get(f"{site.url}/api/jobs/{job}", params={"wait": 10}).raise_for_status()
    press(page, "Abort")
    expect(said(page)).to_contain_text("Not aborted: the job had already finished.")


def test_a_job_is_deleted_after_a_question(page: Page, site: RunningSite) -> None:
    job = enqueue_one(site, "echo_task", "to be forgotten")
    open_job(page, site, job)
    expect(where_it_is(page)).to_contain_text("succeeded")
    press(page, "Delete…")
    question = page.get_by_role("dialog", name="Delete this job?")
    expect(question.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(question).to_have_count(0)
    press(page, "Delete…")
    question.get_by_role("button", name="Delete", exact=True).click()
    expect(said(page)).to_contain_text("The job was deleted.")
    expect(page.get_by_text("There is no such job.")).to_be_visible()


def test_an_unknown_job_is_not_found(page: Page, site: RunningSite) -> None:
    page.goto(f"{site.url}/console/jobs/nobody-knows-it")
    expect(page.get_by_text("There is no such job.")).to_be_visible()


def test_what_is_copied_works_elsewhere(
    new_context: NewContext, site: RunningSite, failed: dict[str, Any]
) -> None:
    page = new_context(permissions=["clipboard-read", "clipboard-write"]).new_page()
    open_job(page, site, failed)

    def copied(what: str) -> str:
        page.get_by_role("button", name="Copy", exact=True).click()
        item = page.locator(".menu-panel").get_by_title(f"Copy {what}")
        item.click()
        expect(item.get_by_role("status")).to_have_text("Copied")
        page.keyboard.press("Escape")
        text: str = page.evaluate("navigator.clipboard.readText()")
        return text

    assert copied("the id") == failed["job_id"]
    assert copied("the call") == 'fail_task(0, "the disk is full")'
    assert copied("the traceback").startswith("Traceback (most recent call last):")
    curl = copied("a curl command that enqueues the same")
    assert curl.startswith(f"curl -X POST '{site.url}/api/jobs'")
    asked = json.loads(curl.split("-d '")[1].rstrip("'"))
    assert asked == {
        "function": "fail_task",
        "args": [0, "the disk is full"],
        "kwargs": {},
        "queue": "arq:queue",
    }
    python = copied("Python that enqueues the same")
    assert python == 'await queue.enqueue("fail_task", 0, "the disk is full", _queue_name="arq:queue")'


def test_a_large_result_is_cut_and_can_be_fetched(page: Page, site: RunningSite) -> None:
    job = enqueue_one(site, "large_task", 2_000_000)
    open_job(page, site, job)
    result = region(page, "Result")
    expect(result).to_contain_text("This is the beginning")
    link = result.get_by_role("link", name="All there is, as JSON")
    address = link.get_attribute("href")
    assert address is not None
    answer = httpx.get(httpx.URL(site.url).join(address))
    assert len(answer.json()["result"]) == 2_000_000
