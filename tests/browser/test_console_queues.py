"""The page about queues: what it tells, pause and resume, emptying one."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.console import expect_accessible, expect_fits, open_console, said
from tests.browser.running import RunningSite, call

QUEUE = "arq:queue"


def queue_row(page: Page, name: str) -> Locator:
    return page.locator(f'tr[data-queue="{name}"]')


def column(row: Locator, name: str) -> Locator:
    return row.locator(f'td[data-column="{name}"]')


@pytest.fixture
def resumed(operated: RunningSite) -> RunningSite:
    """The site, its queue not paused whatever a test before has done."""
    operated.api("POST", f"/queues/{QUEUE}/resume")
    return operated


def test_a_paused_queue_shows_so_at_once_and_no_worker_takes_a_job_of_it(
    page: Page, resumed: RunningSite
) -> None:
    open_console(page, resumed, "/queues")
    row = queue_row(page, QUEUE)
    row.get_by_role("button", name=f"Pause {QUEUE}").click()
    expect(row.get_by_text("paused", exact=True)).to_be_visible()
    expect(said(page)).to_contain_text(f"{QUEUE} is paused: no worker takes a job of it.")
    batch = resumed.enqueue(*(call("echo_task", number) for number in range(6)))
    resumed.wait_for_beats()
    assert resumed.api("GET", f"/batches/{batch['batch_id']}")["counts"]["queued"] == 6
    expect(column(row, "depth")).to_contain_text("oldest")
    row.get_by_role("button", name=f"Resume {QUEUE}").click()
    expect(row.get_by_text("paused", exact=True)).to_have_count(0)
    expect(row.get_by_role("button", name=f"Pause {QUEUE}")).to_be_focused()
    resumed.wait_for_counts(batch, succeeded=6)


def test_a_pause_by_somebody_else_shows_without_a_reload(page: Page, resumed: RunningSite) -> None:
    open_console(page, resumed, "/queues")
    row = queue_row(page, QUEUE)
    expect(row.get_by_role("button", name=f"Pause {QUEUE}")).to_be_visible()
    resumed.api("POST", f"/queues/{QUEUE}/pause")
    expect(row.get_by_text("paused", exact=True)).to_be_visible()
    resumed.api("POST", f"/queues/{QUEUE}/resume")
    expect(row.get_by_text("paused", exact=True)).to_have_count(0)


def test_a_queue_tells_its_workers_and_what_runs_and_ended(page: Page, resumed: RunningSite) -> None:
    gate = resumed.new_gate()
    ended = resumed.enqueue(call("echo_task", 1))
    held = resumed.enqueue(*(call("held_task", gate) for _ in range(3)))
    resumed.wait_for_counts(ended, succeeded=1)
    resumed.wait_for_counts(held, in_progress=3)
    open_console(page, resumed, "/queues")
    row = queue_row(page, QUEUE)
    expect(row.get_by_role("link", name="2 workers")).to_be_visible()
    expect(row).to_contain_text("40 slots")
    expect(column(row, "in_progress")).to_have_text("3")
    expect(row.get_by_role("img", name=f"Jobs of {QUEUE} that ended, last hour")).to_be_visible()
    column(row, "in_progress").get_by_role("link").click()
    expect(page.get_by_role("link", name=f'held_task("{gate}")')).to_have_count(3)
    resumed.open_gate(gate)
    resumed.wait_for_counts(held, succeeded=3)


def test_a_queue_is_emptied_after_asking_and_says_how_many_were_deleted(
    page: Page, resumed: RunningSite
) -> None:
    resumed.enqueue(*(call("echo_task", number) for number in range(3)), queue="unserved")
    resumed.enqueue(call("echo_task", 4, defer_by_s=3600), queue="unserved")
    open_console(page, resumed, "/queues", queue="unserved")
    row = queue_row(page, "unserved")
    expect(page.locator("tr[data-queue]")).to_have_count(1)
    expect(row.get_by_text("no worker", exact=True)).to_be_visible()
    expect(column(row, "depth")).to_contain_text("3")
    empty = row.get_by_role("button", name="Empty… unserved")
    empty.click()
    question = page.get_by_role("dialog", name="Empty unserved?")
    expect(question).to_contain_text("4 jobs of it wait at the moment, 1 of them deferred.")
    question.get_by_role("button", name="Cancel").click()
    expect(column(row, "deferred")).to_have_text("1")
    empty.click()
    question.get_by_role("button", name="Empty", exact=True).click()
    expect(said(page)).to_contain_text("4 jobs of unserved were deleted.")
    expect(column(row, "depth")).to_have_text("0")
    page.get_by_role("link", name="Show all queues").click()
    expect(queue_row(page, QUEUE)).to_be_visible()


def test_the_page_about_queues_is_accessible_and_fits_a_narrow_screen(
    page: Page, resumed: RunningSite
) -> None:
    open_console(page, resumed, "/queues")
    expect(queue_row(page, QUEUE)).to_be_visible()
    expect_accessible(page)
    expect_fits(page)
