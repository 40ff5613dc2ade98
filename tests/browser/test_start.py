"""Starting tasks: the form, the rows, and how they move."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import cell, row, rows, start_tasks, watch_rows
from tests.browser.running import RunningSite, call


def test_the_page_keeps_the_element_ids_of_the_tutorial(page: Page, site: RunningSite) -> None:
    page.goto(site.url)
    assert page.locator("form#tasks_form select#tasks option").all_inner_texts() == [
        str(n) for n in range(1, 101)
    ]
    assert page.locator("progress#task-progress").count() == 1
    start_tasks(page, 1)
    expect(page.locator("table#table-status thead th").first).to_be_visible()
    headings = page.locator("table#table-status thead th").all_text_contents()
    assert headings[:3] == ["Job Id", "Status", "Result"]


def test_on_submit_all_rows_are_there_at_once_as_queued(page: Page, site: RunningSite) -> None:
    watch_rows(page)
    page.goto(site.url)
    start_tasks(page, 100)
    expect(rows(page)).to_have_count(100)
    assert page.evaluate("firstSeen") == [["queued"] * 100]


def test_a_job_turns_in_progress_with_its_own_bar_and_then_succeeded_with_its_result(
    page: Page, site: RunningSite
) -> None:
    batch = site.show(page, call("create_task", 3), call("create_task", 20))
    quick, slow = (row(page, job) for job in batch["jobs"])
    expect(cell(quick, "status")).to_contain_text("in progress")
    bar = slow.get_by_role("progressbar")
    expect(bar).to_be_visible()
    page.wait_for_function("bar => bar.value > 0.05 && bar.value < 0.9", arg=bar.element_handle())

    expect(cell(quick, "status")).to_have_text("succeeded")
    expect(cell(slow, "status")).to_have_text("in progress")
    expect(cell(quick, "result")).to_have_text("3")
    expect(cell(quick, "try")).to_have_text("1")
    expect(cell(quick, "waited")).to_have_text(re.compile(r"^[\d.]+\sm?s$"))
    expect(cell(quick, "ran")).to_have_text(re.compile(r"^3\.\d\ss$"))
    expect(quick.get_by_role("progressbar")).to_have_count(0)
    page.get_by_role("button", name="Abort job").click()


def test_the_whole_shows_done_of_total_failed_and_the_time_left(page: Page, site: RunningSite) -> None:
    gate = site.new_gate()
    site.show(
        page,
        call("echo_task", 1),
        call("fail_task", 0, "no"),
        call("create_task", 60),
        call("held_task", gate),
    )
    expect(page.locator("#task-progress-text")).to_have_text(
        re.compile(r"^2 of 4 done, 1 failed, about [\d\smin]+s left$")
    )
    bar = page.locator("#task-progress")
    expect(bar).to_be_visible()
    assert bar.evaluate("bar => [bar.value, bar.max]") == [2, 4]
    site.open_gate(gate)
    expect(page.locator("#task-progress-text")).to_contain_text("3 of 4 done, 1 failed")
    page.get_by_role("button", name="Abort job").click()


def test_the_title_counts(page: Page, site: RunningSite) -> None:
    gate = site.new_gate()
    site.show(page, call("echo_task", 1), call("fail_task", 0, "no"), call("held_task", gate))
    expect(page).to_have_title("2/3, 1 failed - Background tasks")
    site.open_gate(gate)
    expect(page).to_have_title("3/3, 1 failed - Background tasks")


def test_the_title_counts_in_a_tab_that_nobody_sees(page: Page, site: RunningSite) -> None:
    page.add_init_script(
        "Object.defineProperty(document, 'hidden', { get: () => true });"
        "window.requestAnimationFrame = () => 0;"
    )
    gate = site.new_gate()
    site.show(page, call("held_task", gate))
    expect(page).to_have_title("0/1 - Background tasks")
    site.open_gate(gate)
    expect(page).to_have_title("1/1 - Background tasks")


def test_several_submissions_stack_with_the_newest_on_top_and_a_line_for_each(
    page: Page, site: RunningSite
) -> None:
    page.goto(site.url)
    start_tasks(page, 3)
    expect(rows(page)).to_have_count(3)
    first = page.locator("#rows td.job-id").all_text_contents()
    start_tasks(page, 2)
    expect(rows(page)).to_have_count(5)
    assert page.locator("#rows td.job-id").all_text_contents()[2:] == first
    lines = page.locator("#batches li")
    expect(lines).to_have_count(2)
    expect(lines.nth(0)).to_contain_text("2 of 2 done")
    expect(lines.nth(1)).to_contain_text("3 of 3 done")
    expect(page.locator("#task-progress-text")).to_have_text("5 of 5 done")


def test_a_whole_page_of_tasks_succeeds(page: Page, site: RunningSite) -> None:
    page.goto(site.url)
    start_tasks(page, 100)
    expect(rows(page, kind="succeeded")).to_have_count(100, timeout=20_000)
    expect(page).to_have_title("100/100 - Background tasks")
    assert set(page.locator("td.job-result").all_inner_texts()) == {"0.6"}


def test_a_submission_that_fails_says_why_and_can_be_sent_again(page: Page, site: RunningSite) -> None:
    page.goto(site.url)
    page.route("**/task", lambda route: route.fulfill(status=503, json={"detail": "Redis is away."}))
    start_tasks(page, 2)
    expect(page.get_by_role("alert")).to_have_text("The tasks were not started. Redis is away.")
    page.unroute("**/task")
    start_tasks(page, 2)
    expect(rows(page)).to_have_count(2)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_filters_choose_rows_by_what_became_of_them(page: Page, site: RunningSite) -> None:
    site.show(page, call("echo_task", 1), call("fail_task", 0, "no"), call("echo_task", 2))
    failed = page.get_by_role("button", name="failed 1")
    failed.click()
    expect(rows(page)).to_have_count(1)
    expect(failed).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="queued 0").click()
    expect(page.get_by_text("None at the moment.")).to_be_visible()
    page.get_by_role("button", name="all 3").click()
    expect(rows(page)).to_have_count(3)


@pytest.mark.slow
def test_the_demo_itself_shows_tasks_that_take_up_to_ten_seconds(page: Page, demo_url: str) -> None:
    page.goto(demo_url)
    start_tasks(page, 5)
    expect(rows(page, status="in_progress")).to_have_count(5)
    expect(rows(page, kind="succeeded")).to_have_count(5, timeout=20_000)
