"""Failures that belong together: their list, and the page of one group."""

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.console import expect_accessible, expect_fits, job_rows, open_console, said
from tests.browser.running import RunningSite, call

FUNCTION = "failing_as"


def fail(site: RunningSite, kind: str, *messages: str) -> dict[str, Any]:
    """Have jobs fail with an exception of Python's that is this test's alone, and wait until it is known."""
    batch = site.enqueue(*(call(FUNCTION, kind, message) for message in messages))
    site.wait_for_counts(batch, failed=len(messages))
    return batch


def group(page: Page, kind: str) -> Locator:
    """The row of a group of failures."""
    return page.locator("tr[data-failure]").filter(has=page.get_by_role("link", name=f"{kind} in {FUNCTION}"))


def open_group(page: Page, site: RunningSite, kind: str, function: str = FUNCTION) -> None:
    """Open the page of a group of failures."""
    failures = httpx.get(f"{site.url}/api/failures", params={"function": function}).json()["failures"]
    fingerprint = next(one["fingerprint"] for one in failures if one["type"].endswith(kind))
    open_console(page, site, f"/failures/{fingerprint}")
    expect(page.get_by_role("heading", name=f"{kind} in {function}")).to_be_visible()


def left(page: Page) -> Locator:
    """How many jobs of the group are failed still."""
    return page.locator(".failure-facts div").filter(has_text="Failed still").locator("dd")


def test_failures_are_grouped_by_function_exception_and_place(page: Page, site: RunningSite) -> None:
    fail(site, "LookupError", "no such order", "no such order either")
    open_console(page, site, "/failures", function=FUNCTION)
    row = group(page, "LookupError")
    expect(row).to_contain_text("no such order")
    expect(row).to_contain_text("browser/site.py:failing_as")
    expect(row.locator('[data-column="total"]')).to_have_text("2")
    expect(
        row.get_by_role("img", name=re.compile("LookupError in failing_as, last day: 2 in all"))
    ).to_be_visible()
    fail(site, "LookupError", "and one more")
    expect(row.locator('[data-column="total"]')).to_have_text("3")


def test_a_new_group_waits_until_it_is_asked_for(page: Page, site: RunningSite) -> None:
    fail(site, "ImportError", "not there")
    open_console(page, site, "/failures", function=FUNCTION)
    expect(group(page, "ImportError")).to_be_visible()
    before = page.locator("tr[data-failure]").count()
    fail(site, "BufferError", "full")
    fresh = page.get_by_role("button", name="1 new, show")
    expect(fresh).to_be_visible()
    assert page.locator("tr[data-failure]").count() == before
    fresh.click()
    expect(page.locator("tr[data-failure]").first).to_contain_text("BufferError")


def test_the_address_holds_the_filters(page: Page, site: RunningSite) -> None:
    fail(site, "EOFError", "the file ends here")
    open_console(page, site, "/failures", function=FUNCTION)
    page.keyboard.press("/")
    page.keyboard.type("file ends")
    expect(page.locator("tr[data-failure]")).to_have_count(1)
    expect(group(page, "EOFError")).to_be_visible()
    page.get_by_role("button", name="Hour").click()
    expect(page).to_have_url(re.compile(r"\?function=failing_as&q=file\+ends&span=hour$"))
    page.reload()
    expect(page.locator("tr[data-failure]")).to_have_count(1)
    page.get_by_role("searchbox", name="Search failures").fill("no failure says this")
    expect(page.get_by_text("No failure in the last hour matches.")).to_be_visible()
    page.get_by_role("button", name="Take the filter function failing_as away").click()
    expect(page).to_have_url(re.compile(r"\?q=no\+failure\+says\+this&span=hour$"))


def test_a_group_shows_why_and_which_jobs(page: Page, site: RunningSite) -> None:
    batch = site.enqueue(call("reading", "no JSON"))
    site.wait_for_counts(batch, failed=1)
    open_group(page, site, "JSONDecodeError", "reading")
    traceback = page.get_by_role("region", name="Traceback", exact=True)
    expect(traceback).to_contain_text("return json.loads(text)")
    library = traceback.locator("details")
    expect(library.locator("pre").first).not_to_be_visible()
    library.first.locator("summary").click()
    expect(library.locator("pre").first).to_be_visible()
    expect(job_rows(page, kind="failed")).to_have_count(1)
    expect(page.get_by_role("figure", name="Failed per 10 minutes").locator("canvas")).to_be_visible()
    left(page).get_by_role("link").click()
    expect(page).to_have_url(re.compile(r"/console/jobs\?fingerprint=\w+&outcome=failed$"))
    expect(page.locator(f'tr[data-job="{batch["jobs"][0]["job_id"]}"]')).to_be_visible()


def test_a_later_sample_is_offered_and_does_not_take_the_place_of_what_one_reads(
    page: Page, site: RunningSite
) -> None:
    fail(site, "MemoryError", "the first")
    open_group(page, site, "MemoryError")
    traceback = page.get_by_role("region", name="Traceback", exact=True)
    expect(traceback).to_contain_text("MemoryError: the first")
    fail(site, "MemoryError", "the second")
    later = page.get_by_role("button", name="Show a later one")
    expect(later).to_be_visible()
    expect(traceback).to_contain_text("MemoryError: the first")
    later.click()
    expect(traceback).to_contain_text("MemoryError: the second")
    expect(later).to_have_count(0)


def test_all_of_a_group_are_retried_after_asking_with_their_number(page: Page, site: RunningSite) -> None:
    fail(site, "BlockingIOError", "busy", "busy")
    open_console(page, site, "/failures", function=FUNCTION)
    row = group(page, "BlockingIOError")
    row.get_by_role("button", name="Retry all").click()
    question = page.get_by_role("dialog", name="Retry 2 failed jobs?")
    question.get_by_role("button", name="Retry").click()
    expect(said(page)).to_contain_text("Retry: 2 enqueued.")
    expect(row.locator('[data-column="total"]')).to_have_text("4")
    expect(row.get_by_role("button", name="Retry all")).to_be_focused()


def test_all_of_a_group_are_deleted_after_asking(page: Page, site: RunningSite) -> None:
    fail(site, "ProcessLookupError", "gone", "gone", "gone")
    open_group(page, site, "ProcessLookupError")
    expect(left(page)).to_have_text("3")
    page.get_by_role("button", name="Delete all").click()
    question = page.get_by_role("dialog", name="Delete 3 failed jobs?")
    question.get_by_role("button", name="Cancel").click()
    expect(question).to_have_count(0)
    expect(left(page)).to_have_text("3")
    page.get_by_role("button", name="Delete all").click()
    question.get_by_role("button", name="Delete").click()
    expect(said(page)).to_contain_text("Delete: 3 deleted.")
    expect(left(page)).to_have_text("0")
    page.get_by_role("button", name="Retry all").click()
    expect(said(page)).to_contain_text("There is no failed job any more.")


def test_an_unknown_group_says_so(page: Page, site: RunningSite) -> None:
    open_console(page, site, "/failures/0123456789abcdef")
    expect(page.get_by_text("There is no such group of failures.")).to_be_visible()
    page.get_by_role("link", name="All failures").click()
    expect(page.get_by_role("heading", name="Failures", exact=True)).to_be_visible()


@pytest.mark.parametrize("where", ["list", "group"])
def test_the_pages_are_accessible_and_fit_a_narrow_screen(page: Page, site: RunningSite, where: str) -> None:
    fail(site, "NotImplementedError", "a long story " * 30)
    if where == "list":
        open_console(page, site, "/failures")
        expect(group(page, "NotImplementedError")).to_be_visible()
    else:
        open_group(page, site, "NotImplementedError")
        expect(job_rows(page)).not_to_have_count(0)
    expect_accessible(page)
    expect_fits(page)
