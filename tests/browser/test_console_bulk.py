"""Many jobs at once: the count first, then how far it is, then what came of it."""

import httpx
from playwright.sync_api import Page, expect

from tests.browser.console import job_row, job_rows, open_jobs, said
from tests.browser.running import RunningSite, call


def press_and_confirm(page: Page, action: str, question: str) -> None:
    bar = page.get_by_role("region", name="What to do with the selected jobs")
    bar.get_by_role("button", name=f"{action}…").click()
    dialog = page.get_by_role("dialog", name=question)
    dialog.get_by_role("button", name=action, exact=True).click()


def test_rows_are_selected_one_by_one_and_in_ranges(page: Page, site: RunningSite) -> None:
    batch = site.enqueue(*(call("echo_task", number, defer_by_s=3600) for number in range(5)))
    site.wait_for_counts(batch, deferred=5)
    open_jobs(page, site, batch=batch["batch_id"])
    boxes = page.get_by_role("checkbox", name="Select echo_task")
    boxes.nth(0).click()
    boxes.nth(3).click(modifiers=["Shift"])
    bar = page.get_by_role("region", name="What to do with the selected jobs")
    expect(bar).to_contain_text("4 selected")
    boxes.nth(1).click()
    expect(bar).to_contain_text("3 selected")
    page.get_by_role("checkbox", name="Select all rows").click()
    expect(bar).to_contain_text("5 selected")
    bar.get_by_role("button", name="Clear the selection").click()
    expect(bar).to_have_count(0)


def test_selected_jobs_are_deleted_after_a_question(page: Page, site: RunningSite) -> None:
    batch = site.enqueue(*(call("echo_task", number, defer_by_s=3600) for number in range(3)))
    site.wait_for_counts(batch, deferred=3)
    open_jobs(page, site, batch=batch["batch_id"])
    chosen = [job_rows(page).nth(at).get_attribute("data-job") for at in range(2)]
    for at in range(2):
        page.get_by_role("checkbox", name="Select echo_task").nth(at).click()
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("dialog", name="Delete: 2 jobs?").get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Delete…")).to_be_focused()
    press_and_confirm(page, "Delete", "Delete: 2 jobs?")
    expect(said(page)).to_contain_text("Delete: 2 deleted.")
    for job_id in chosen:
        assert httpx.get(f"{site.url}/api/jobs/{job_id}").status_code == httpx.codes.NOT_FOUND
    expect(job_rows(page)).to_have_count(1)


def test_all_that_match_are_retried_and_a_summary_says_what_came_of_it(page: Page, site: RunningSite) -> None:
    batch = site.enqueue(*(call("fail_task", 0, f"number {number}") for number in range(60)))
    site.wait_for_counts(batch, failed=60)
    open_jobs(page, site, batch=batch["batch_id"], outcome="failed")
    expect(job_rows(page)).to_have_count(50)
    page.get_by_role("checkbox", name="Select all rows").click()
    page.get_by_role("button", name="Select all that match").click()
    expect(page.get_by_text("All 60 that match")).to_be_visible()
    press_and_confirm(page, "Retry", "Retry: all 60 jobs that match?")
    expect(said(page)).to_contain_text("Retry: 60 enqueued.")
    expect(page.get_by_role("region", name="What is being done")).to_have_count(0)


def test_jobs_that_wait_are_run_now_and_those_that_run_are_aborted(page: Page, site: RunningSite) -> None:
    gate = site.new_gate()
    batch = site.enqueue(*(call("held_task", gate, defer_by_s=3600) for _ in range(2)))
    site.wait_for_counts(batch, deferred=2)
    open_jobs(page, site, batch=batch["batch_id"])
    page.get_by_role("checkbox", name="Select all rows").click()
    press_and_confirm(page, "Run now", "Run now: 2 jobs?")
    expect(said(page)).to_contain_text("Run now: 2 due now.")
    expect(job_rows(page, kind="in_progress")).to_have_count(2)
    page.get_by_role("checkbox", name="Select all rows").click()
    press_and_confirm(page, "Abort", "Abort: 2 jobs?")
    expect(said(page)).to_contain_text("Abort: ")
    expect(job_rows(page, kind="aborted")).to_have_count(2)


def test_what_cannot_be_done_is_said_with_an_example(page: Page, site: RunningSite) -> None:
    gate = site.new_gate()
    batch = site.enqueue(call("held_task", gate), call("echo_task", 1))
    site.wait_for_counts(batch, in_progress=1, succeeded=1)
    held = batch["jobs"][0]
    open_jobs(page, site, batch=batch["batch_id"])
    page.get_by_role("checkbox", name="Select all rows").click()
    press_and_confirm(page, "Delete", "Delete: 2 jobs?")
    expect(said(page)).to_contain_text("1 deleted")
    expect(said(page)).to_contain_text(f"For example {held['job_id']}: running.")
    expect(job_row(page, held)).to_have_attribute("data-kind", "in_progress")
    site.open_gate(gate)
