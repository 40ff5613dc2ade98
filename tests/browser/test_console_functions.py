"""The pages about functions: all of them, and one."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.console import expect_accessible, expect_fits, open_console
from tests.browser.running import RunningSite, call


@pytest.fixture(scope="module")
def called(operated: RunningSite) -> RunningSite:
    """The site, with jobs that went well and jobs that failed."""
    batch = operated.enqueue(
        *(call("echo_task", number) for number in range(3)),
        *(call("fail_task", 0, "the bank is closed") for _ in range(2)),
    )
    operated.wait_for_counts(batch, succeeded=3, failed=2)
    return operated


def function_row(page: Page, name: str) -> Locator:
    return page.locator(f'tr[data-function="{name}"]')


def test_a_function_tells_how_often_it_is_called_and_fails(page: Page, called: RunningSite) -> None:
    open_console(page, called, "/functions")
    row = function_row(page, "fail_task")
    expect(row.locator('td[data-column="calls"]')).not_to_have_text("0")
    expect(row.locator('td[data-column="failed"]')).not_to_have_text("0")
    expect(row.locator('td[data-column="rate"]')).to_have_text("100\u00a0%")
    expect(row.locator('td[data-column="p95"]')).to_contain_text("s")
    expect(row.get_by_role("img", name="Jobs of fail_task that ended, last day")).to_be_visible()
    expect(function_row(page, "held_failure").locator('td[data-column="calls"]')).to_have_text("0")


def test_functions_are_ordered_by_any_figure_and_found_by_their_names(
    page: Page, called: RunningSite
) -> None:
    open_console(page, called, "/functions")
    page.get_by_role("button", name="Failed").click()
    expect(page.locator("tr[data-function]").first).to_have_attribute("data-function", "fail_task")
    assert "sort=failed" in page.url
    page.reload()
    expect(page.locator("tr[data-function]").first).to_have_attribute("data-function", "fail_task")
    page.get_by_role("searchbox", name="Search functions").fill("held_f")
    expect(page.locator("tr[data-function]")).to_have_count(1)
    page.get_by_role("searchbox", name="Search functions").fill("nothing of that name")
    expect(page.get_by_text("No function matches.")).to_be_visible()


def test_the_keyboard_leads_to_a_functions_own_page(page: Page, called: RunningSite) -> None:
    open_console(page, called, "/functions")
    expect(function_row(page, "fail_task")).to_be_visible()
    first = page.locator("tr[data-function]").first.get_attribute("data-function")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(str(first))


def test_one_function_tells_how_it_is_called_how_long_it_runs_and_how_it_fails(
    page: Page, called: RunningSite
) -> None:
    open_console(page, called, "/functions/fail_task")
    expect(page.get_by_role("heading", level=1)).to_have_text("fail_task")
    expect(page.locator(".signature")).to_have_text("fail_task(sleep_time: integer, message: text)")
    expect(page.get_by_role("region", name="How it is called and run")).to_contain_text("Up to 5 tries.")
    expect(page.get_by_role("img", name="How long jobs ran: from")).to_be_visible()
    page.get_by_text("As a table").first.click()
    expect(page.get_by_role("columnheader", name="Ran")).to_be_visible()
    expect(page.get_by_role("region", name="How it fails")).to_contain_text("the bank is closed")
    expect(page.get_by_role("region", name="Its latest jobs").locator("tr[data-job]").first).to_contain_text(
        "ValueError: the bank is closed"
    )
    page.get_by_role("link", name="New job").click()
    expect(page.locator("#field-function")).to_have_value("fail_task")


def test_a_function_that_there_is_not_is_told_of(page: Page, called: RunningSite) -> None:
    open_console(page, called, "/functions/nothing")
    expect(page.get_by_text("There is no such function.")).to_be_visible()
    page.get_by_role("link", name="All functions").click()
    expect(function_row(page, "fail_task")).to_be_visible()


@pytest.mark.parametrize("path", ["/functions", "/functions/fail_task"])
def test_the_pages_about_functions_are_accessible_and_fit_a_narrow_screen(
    page: Page, called: RunningSite, path: str
) -> None:
    open_console(page, called, path)
    expect(page.get_by_role("link", name="fail_task").first).to_be_visible()
    expect_accessible(page)
    expect_fits(page)
