"""The page about cron jobs: when they run, their last runs; run one now, switch one off and on."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.console import expect_accessible, expect_fits, open_console, said
from tests.browser.running import RunningSite, call
from tests.helpers import wait_until


def schedule_row(page: Page, name: str) -> Locator:
    return page.locator(f'tr[data-schedule="{name}"]')


def enqueued_since(site: RunningSite, name: str, since_ms: int) -> int:
    """How many runs of a cron job the history knows that were enqueued since."""
    return len(site.api("GET", "/jobs", function=name, since=since_ms)["jobs"])


def test_a_cron_job_is_told_in_words_with_its_next_run_and_its_last_ones(
    page: Page, operated: RunningSite
) -> None:
    open_console(page, operated, "/schedules")
    row = schedule_row(page, "cron:tidy")
    expect(row).to_contain_text("every day at 23:55")
    expect(row.locator('td[data-column="next"]')).to_contain_text("in ")
    ticking = schedule_row(page, "cron:tick")
    expect(ticking).to_contain_text("every second")
    runs = ticking.get_by_role("list", name="The last runs of cron:tick")
    expect(runs.get_by_role("link", name="succeeded").first).to_be_visible()
    expect(ticking.locator('td[data-column="last"]').locator("time")).to_be_visible()
    runs.get_by_role("link", name="succeeded").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("cron:tick")


def test_a_cron_job_that_is_off_does_not_run_and_on_again_does(page: Page, operated: RunningSite) -> None:
    open_console(page, operated, "/schedules")
    row = schedule_row(page, "cron:tick")
    switch = row.get_by_role("switch", name="cron:tick runs at its times")
    expect(switch).to_be_checked()
    switch.click()
    expect(said(page)).to_contain_text("cron:tick is off")
    expect(row.locator('td[data-column="next"]')).to_have_text("off")
    off_ms = operated.now_ms() + 1
    operated.wait_for_beats()
    # Whatever was enqueued before this job is in the history when this is.
    operated.wait_for_counts(operated.enqueue(call("echo_task", "after it")), succeeded=1)
    assert enqueued_since(operated, "cron:tick", off_ms) == 0
    expect(switch).not_to_be_checked()
    switch.press("Space")
    expect(said(page)).to_contain_text("cron:tick is on")
    expect(switch).to_be_checked()
    on_ms = operated.now_ms()
    wait_until(lambda: enqueued_since(operated, "cron:tick", on_ms) > 0, timeout=20)


def test_a_cron_job_runs_now_when_it_is_told_to(page: Page, operated: RunningSite) -> None:
    open_console(page, operated, "/schedules")
    row = schedule_row(page, "cron:tidy")
    row.get_by_role("button", name="Run now cron:tidy").click()
    expect(said(page)).to_contain_text("cron:tidy was enqueued, as the job ")
    expect(row.locator('td[data-column="last"]')).to_contain_text("succeeded")


def test_the_page_about_schedules_is_accessible_and_fits_a_narrow_screen(
    page: Page, operated: RunningSite
) -> None:
    open_console(page, operated, "/schedules")
    expect(schedule_row(page, "cron:tidy")).to_be_visible()
    expect_accessible(page)
    expect_fits(page)
