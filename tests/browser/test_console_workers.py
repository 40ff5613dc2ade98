"""The page about workers: what each runs, draining one, those that were lost."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.console import expect_accessible, expect_fits, open_console, said
from tests.browser.running import RunningSite, call


def worker_row(page: Page, worker_id: str) -> Locator:
    return page.locator(f'tr[data-worker="{worker_id}"]')


@pytest.fixture
def undrained(operated: RunningSite) -> Iterator[RunningSite]:
    """The site, all of its workers taking jobs before and after the test."""
    yield operated
    for worker_id in operated.workers_up():
        operated.api("POST", f"/workers/{worker_id}/undrain")


def workers_of(site: RunningSite, batch_id: str) -> set[str]:
    """The workers that run a batch's jobs."""
    return {job["worker_id"] for job in site.api("GET", f"/batches/{batch_id}")["jobs"]}


def test_a_worker_tells_how_it_is_and_names_the_jobs_it_runs(page: Page, undrained: RunningSite) -> None:
    one, other = undrained.workers_up()
    undrained.api("POST", f"/workers/{other}/drain")
    gate = undrained.new_gate()
    batch = undrained.enqueue(*(call("held_task", gate, number) for number in range(6)))
    undrained.wait_for_counts(batch, in_progress=6)
    open_console(page, undrained, "/workers")
    row = worker_row(page, one)
    expect(row.locator('td[data-column="state"]')).to_have_text("up")
    expect(row.locator('td[data-column="slots"]')).to_contain_text("6 of 20")
    expect(row.locator('td[data-column="memory"]')).to_contain_text("MB")
    expect(row.locator('td[data-column="running"]')).to_contain_text("2 more")
    expect(row.get_by_role("link", name=f'held_task("{gate}", ')).to_have_count(4)
    row.get_by_role("link", name=f'held_task("{gate}", ').first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f'held_task("{gate}", ')
    undrained.open_gate(gate)
    undrained.wait_for_counts(batch, succeeded=6)


def test_a_drained_worker_takes_no_more_jobs_until_it_is_told_to(page: Page, undrained: RunningSite) -> None:
    one, other = undrained.workers_up()
    open_console(page, undrained, "/workers")
    row = worker_row(page, one)
    row.get_by_role("button", name=f"Drain {one}").click()
    expect(row.locator('td[data-column="state"]')).to_have_text("draining")
    expect(said(page)).to_contain_text(f"{one} takes no more jobs.")
    gate = undrained.new_gate()
    held = undrained.enqueue(*(call("held_task", gate) for _ in range(8)))
    undrained.wait_for_counts(held, in_progress=8)
    assert workers_of(undrained, held["batch_id"]) == {other}
    row.get_by_role("button", name=f"Take jobs again {one}").click()
    expect(row.locator('td[data-column="state"]')).to_have_text("up")
    undrained.api("POST", f"/workers/{other}/drain")
    again = undrained.enqueue(*(call("held_task", gate) for _ in range(8)))
    undrained.wait_for_counts(again, in_progress=8)
    assert workers_of(undrained, again["batch_id"]) == {one}
    undrained.open_gate(gate)
    undrained.wait_for_counts(again, succeeded=8)


def test_a_lost_worker_stays_to_be_seen_after_others_have_its_jobs(
    page: Page, undrained: RunningSite
) -> None:
    others = undrained.workers_up()
    process = undrained.start_worker()
    lost = undrained.worker_id(process)
    open_console(page, undrained, "/workers")
    row = worker_row(page, lost)
    expect(row.locator('td[data-column="state"]')).to_have_text("up")
    for worker_id in others:
        undrained.api("POST", f"/workers/{worker_id}/drain")
    gate = undrained.new_gate()
    batch = undrained.enqueue(call("held_task", gate))
    undrained.wait_for_counts(batch, in_progress=1)
    assert workers_of(undrained, batch["batch_id"]) == {lost}
    process.kill()
    state = row.locator('td[data-column="state"]')
    expect(state).to_have_text("lost", timeout=30_000)
    for worker_id in others:
        undrained.api("POST", f"/workers/{worker_id}/undrain")
    undrained.open_gate(gate)
    undrained.wait_for_counts(batch, succeeded=1)
    page.reload()
    expect(state).to_have_text("lost")
    expect(row).to_contain_text("left jobs unfinished")
    expect(row.get_by_role("button", name="Drain")).to_have_count(0)


def test_the_address_names_the_workers_to_show(page: Page, undrained: RunningSite) -> None:
    one, other = undrained.workers_up()
    open_console(page, undrained, "/workers", worker=one)
    expect(worker_row(page, one)).to_be_visible()
    expect(worker_row(page, other)).to_have_count(0)
    page.get_by_role("link", name="Show all workers").click()
    expect(worker_row(page, other)).to_be_visible()
    open_console(page, undrained, "/workers", queue="another")
    expect(page.get_by_text("No worker is up, and none was within the last hour.")).to_be_visible()


def test_the_page_about_workers_is_accessible_and_fits_a_narrow_screen(
    page: Page, undrained: RunningSite
) -> None:
    open_console(page, undrained, "/workers")
    expect(worker_row(page, undrained.workers_up()[0])).to_be_visible()
    expect_accessible(page)
    expect_fits(page)
