"""The list of batches: how far each is, and the way to its jobs."""

from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.console import expect_accessible, expect_fits, job_rows, open_console
from tests.browser.running import RunningSite, call


def batch_row(page: Page, batch: dict[str, Any]) -> Locator:
    return page.locator(f'tr[data-batch="{batch["batch_id"]}"]')


def mixed_batch(site: RunningSite) -> dict[str, Any]:
    batch = site.enqueue(
        call("echo_task", 1), call("fail_task", 0, "one of them"), call("echo_task", 2, defer_by_s=3600)
    )
    site.wait_for_counts(batch, succeeded=1, failed=1, deferred=1)
    return batch


def test_a_batch_has_a_bar_by_outcome_and_opens_its_jobs(page: Page, operated: RunningSite) -> None:
    batch = mixed_batch(operated)
    open_console(page, operated, "/batches")
    row = batch_row(page, batch)
    bar = row.get_by_role("img", name=f"Jobs of the batch {batch['batch_id']}")
    expect(bar).to_have_accessible_name(
        f"Jobs of the batch {batch['batch_id']}: 1 succeeded, 1 failed, 1 deferred"
    )
    expect(bar.locator(".segment")).to_have_count(3)
    expect(row.locator('td[data-column="done"]')).to_have_text("2 of 3")
    row.get_by_role("link", name="echo_task").click()
    expect(job_rows(page)).to_have_count(3)
    page.go_back()
    batch_row(page, batch).locator('td[data-column="failed"]').get_by_role("link", name="1").click()
    expect(job_rows(page)).to_have_count(1)
    expect(job_rows(page)).to_contain_text("one of them")


def test_a_batch_moves_live_and_new_ones_wait_until_they_are_asked_for(
    page: Page, operated: RunningSite
) -> None:
    gate = operated.new_gate()
    held = operated.enqueue(*(call("held_task", gate) for _ in range(2)))
    operated.wait_for_counts(held, in_progress=2)
    open_console(page, operated, "/batches")
    row = batch_row(page, held)
    expect(row.locator('td[data-column="state"]')).to_have_text("in progress")
    expect(row.locator('td[data-column="done"]')).to_have_text("0 of 2")
    new = operated.enqueue(call("echo_task", "new"))
    page.get_by_role("button", name="1 new, show").wait_for()
    expect(batch_row(page, new)).to_have_count(0)
    operated.open_gate(gate)
    expect(row.locator('td[data-column="done"]')).to_have_text("2 of 2")
    expect(row.locator('td[data-column="state"]')).to_have_text("done")
    page.get_by_role("button", name="1 new, show").click()
    expect(page.locator("tr[data-batch]").first).to_have_attribute("data-batch", new["batch_id"])


def test_the_list_of_batches_comes_in_pages(page: Page, operated: RunningSite) -> None:
    first, *_, last = [operated.enqueue(call("echo_task", number)) for number in range(51)]
    operated.wait_for_counts(last, succeeded=1)
    open_console(page, operated, "/batches")
    expect(page.locator("tr[data-batch]")).to_have_count(50)
    expect(batch_row(page, first)).to_have_count(0)
    page.get_by_role("button", name="Next").click()
    expect(batch_row(page, first)).to_be_visible()
    page.go_back()
    expect(batch_row(page, last)).to_be_visible()


def test_the_list_of_batches_is_accessible_and_fits_a_narrow_screen(
    page: Page, operated: RunningSite
) -> None:
    batch = mixed_batch(operated)
    open_console(page, operated, "/batches")
    expect(batch_row(page, batch)).to_be_visible()
    expect_accessible(page)
    expect_fits(page)
