"""The pages of jobs with hostile data, on narrow screens, in other colours, by keyboard, under axe-core."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console import (
    expect_accessible,
    expect_fits,
    job_rows,
    open_console,
    open_job,
    open_jobs,
)
from tests.browser.running import RunningSite, call

HOSTILE = (
    "<script>document.title = 'hacked'</script>",
    '"><img src=x onerror="document.title=\'hacked\'">',
    "\u202etxet siht\u202c runs backwards",
    "\x07\x1b[31mcontrol characters\x1b[0m",
    "a-word-without-any-end-" * 100,
)
# Ids may not have them.
CONTROLS = dict.fromkeys(range(32))
MEGABYTE = "x" * 1_000_000


@pytest.fixture(scope="module")
def hostile(site: RunningSite) -> dict[str, Any]:
    """Jobs with such texts as id, argument, name of an argument, result, error."""
    ids = [f"{text.translate(CONTROLS)[:100]}/{at}" for at, text in enumerate(HOSTILE)]
    batch = site.enqueue(
        *(
            call("echo_task", {text: [text]}, job_id=job_id)
            for text, job_id in zip(HOSTILE, ids, strict=True)
        ),
        *(call("fail_task", 0, text) for text in HOSTILE),
        call("echo_task", MEGABYTE),
    )
    site.wait_for_counts(batch, succeeded=6, failed=5)
    return batch


def test_the_list_shows_hostile_data_as_text(page: Page, site: RunningSite, hostile: dict[str, Any]) -> None:
    open_jobs(page, site, batch=hostile["batch_id"])
    expect(job_rows(page)).to_have_count(11)
    expect(page).to_have_title("Jobs")
    assert page.locator("#content img, #content script").count() == 0
    expect_accessible(page)
    expect_fits(page)


def test_a_jobs_page_shows_hostile_data_as_text(
    page: Page, site: RunningSite, hostile: dict[str, Any]
) -> None:
    for job in hostile["jobs"]:
        open_job(page, site, job)
        expect(page.locator("#arguments-title")).to_be_visible()
        assert page.title() != "hacked"
        assert page.locator("#content img, #content script").count() == 0
        expect_fits(page)


def test_a_job_that_failed_is_accessible(page: Page, site: RunningSite, hostile: dict[str, Any]) -> None:
    open_job(page, site, hostile["jobs"][5])
    expect(page.locator(".traceback")).to_be_visible()
    expect_accessible(page)
    page.get_by_role("button", name="Copy", exact=True).click()
    expect_accessible(page)
    page.get_by_role("button", name="Delete…").click()
    expect_accessible(page)


def test_a_job_that_runs_and_one_that_waits_are_accessible(page: Page, site: RunningSite) -> None:
    gate = site.new_gate()
    running, waiting = site.enqueue(call("held_task", gate), call("echo_task", 1, defer_by_s=3600))["jobs"]
    open_job(page, site, running)
    expect(page.locator(".step[aria-current=step]")).to_contain_text("in progress")
    expect_accessible(page)
    open_job(page, site, waiting)
    expect(page.locator(".why")).to_be_visible()
    expect_accessible(page)
    site.open_gate(gate)


def test_the_form_is_accessible_also_when_something_is_wrong(page: Page, site: RunningSite) -> None:
    open_console(page, site, "/new")
    page.get_by_label("Function", exact=True).select_option("fail_task")
    page.get_by_role("button", name="Enqueue").click()
    expect(page.get_by_role("alert")).to_have_count(1)
    expect_accessible(page)
    expect_fits(page)


def test_what_opens_over_a_page_is_accessible(page: Page, site: RunningSite, hostile: dict[str, Any]) -> None:
    open_jobs(page, site, batch=hostile["batch_id"])
    page.keyboard.press("Control+k")
    expect_accessible(page)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect_accessible(page)
    page.keyboard.press("Escape")
    page.get_by_role("combobox", name="Filter").press_sequentially("function:")
    page.get_by_role("option", name="echo_task").wait_for()
    expect_accessible(page)
    page.keyboard.press("Escape")
    page.get_by_role("checkbox", name="Select all rows").click()
    page.get_by_role("button", name="Views").click()
    expect_accessible(page)
    expect_fits(page)


def test_in_forced_colours_marks_bars_and_what_is_chosen_are_seen(
    page: Page, site: RunningSite, hostile: dict[str, Any]
) -> None:
    page.emulate_media(forced_colors="active")
    open_jobs(page, site, batch=hostile["batch_id"], outcome="failed")
    expect(job_rows(page)).to_have_count(5)
    assert_seen(page, "tr[data-job] .mark", ".state-tabs [aria-pressed=true]")
    open_job(page, site, hostile["jobs"][5])
    expect(page.locator(".span-bar").last).to_be_visible()
    assert_seen(page, ".span-bar", ".step[aria-current] .mark", ".console-navigation [aria-current]")


SEEN = """(selectors) => selectors.filter((selector) => {
  const ground = getComputedStyle(document.documentElement).backgroundColor;
  const style = getComputedStyle(document.querySelector(selector));
  const drawn = [style.backgroundColor];
  if (style.borderTopStyle !== "none") drawn.push(style.borderTopColor);
  if (style.outlineStyle !== "none") drawn.push(style.outlineColor);
  return drawn.every((colour) => colour === ground || colour === "rgba(0, 0, 0, 0)");
})"""


def assert_seen(page: Page, *selectors: str) -> None:
    """Fail with those whose first element has neither a ground, a border nor an outline that can be seen."""
    assert page.evaluate(SEEN, list(selectors)) == []


def test_a_job_is_deleted_by_the_keyboard_alone(page: Page, site: RunningSite) -> None:
    (job,) = site.enqueue(call("echo_task", 1, defer_by_s=3600))["jobs"]
    open_job(page, site, job)
    delete = page.get_by_role("button", name="Delete…")
    expect(delete).to_be_visible()
    for _ in range(60):
        if delete.evaluate("(button) => button === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("There is no such job.")).to_be_visible()
