"""The console's first page: what needs attention, the charts, the queues, what runs."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NewContext
from tests.browser.console import expect_accessible, expect_fits, job_row, job_rows, open_console
from tests.browser.running import RunningSite, call


@pytest.fixture(scope="module")
def past(site: RunningSite) -> dict[str, Any]:
    """A batch of jobs that have ended: some well, one function always badly."""
    batch = site.enqueue(
        *(call("echo_task", number) for number in range(3)),
        *(call("failing_as", "OverflowError", "too many") for _ in range(6)),
    )
    site.wait_for_counts(batch, succeeded=3, failed=6)
    return batch


def chart(page: Page, title: str) -> Locator:
    return page.get_by_role("figure", name=title)


@pytest.mark.usefixtures("past")
def test_what_needs_attention_comes_first_and_leads_to_the_page_that_shows_why(
    page: Page, site: RunningSite
) -> None:
    open_console(page, site, "")
    first = page.locator("#content > *").first
    expect(first).to_contain_text("Needs attention")
    first.get_by_role("link", name=re.compile(r"^failing_as failed \d+ of \d+ times")).click()
    expect(page.get_by_role("heading", name="Failures", exact=True)).to_be_visible()
    assert "function=failing_as" in page.url
    expect(page.get_by_role("link", name="OverflowError in failing_as")).to_be_visible()


@pytest.mark.usefixtures("past")
def test_the_charts_say_the_same_as_tables(page: Page, site: RunningSite) -> None:
    open_console(page, site, "")
    for title in ("Ended per minute", "Wait", "Run"):
        figure = chart(page, title)
        expect(figure.locator("canvas")).to_be_visible()
        figure.get_by_text("As a table").click()
        expect(figure.get_by_role("table").get_by_role("row").nth(1)).to_be_visible()
    table = chart(page, "Ended per minute").get_by_role("table")
    expect(table.get_by_role("columnheader")).to_have_text(
        ["Time", "succeeded", "failed", "aborted", "expired", "Besides"]
    )
    failed = [int(cell) for cell in table.locator("tbody tr td:nth-child(3)").all_inner_texts()]
    assert sum(failed) >= 6
    expect(chart(page, "Wait").get_by_role("columnheader")).to_have_text(
        ["Time", "p50", "p95", "p99", "Besides"]
    )


@pytest.mark.usefixtures("past")
def test_a_chart_tells_what_was_where_the_pointer_is(page: Page, site: RunningSite) -> None:
    open_console(page, site, "")
    figure = chart(page, "Ended per minute")
    plot = figure.locator(".u-over")
    box = plot.bounding_box()
    assert box is not None
    plot.hover(position={"x": box["width"] - 4, "y": box["height"] / 2})
    tip = figure.locator(".chart-tip")
    expect(tip).to_contain_text(re.compile(r"\d\d:\d\d . \d\d:\d\d.*failed"))
    page.get_by_role("heading", name="Overview").hover()
    expect(tip).to_have_count(0)


def test_the_span_of_time_is_in_the_address(page: Page, site: RunningSite) -> None:
    open_console(page, site, "")
    expect(chart(page, "Ended per minute")).to_be_visible()
    page.get_by_role("button", name="Week").click()
    expect(chart(page, "Ended per hour")).to_be_visible()
    assert page.url.endswith("?span=week")
    page.reload()
    expect(chart(page, "Ended per hour")).to_be_visible()
    expect(page.get_by_role("button", name="Week")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Day").click()
    expect(chart(page, "Ended per 10 minutes")).to_be_visible()
    page.go_back()
    expect(chart(page, "Ended per hour")).to_be_visible()


def test_a_job_that_ends_keeps_its_place_while_somebody_reads(page: Page, site: RunningSite) -> None:
    gates = [site.new_gate() for _ in range(2)]
    open_console(page, site, "")
    first, second = site.enqueue(*(call("held_task", gate) for gate in gates))["jobs"]
    for job in (first, second):
        expect(job_row(page, job)).to_have_attribute("data-kind", "in_progress")
    job_row(page, second).hover()
    before = [row.get_attribute("data-job") for row in job_rows(page).all()]
    site.open_gate(gates[0])
    expect(job_row(page, first)).to_have_attribute("data-kind", "succeeded")
    expect(job_row(page, second)).to_have_attribute("data-kind", "in_progress")
    assert [row.get_attribute("data-job") for row in job_rows(page).all()][: len(before)] == before
    page.get_by_role("heading", name="Overview").hover()
    expect(job_row(page, first)).to_have_count(0)
    site.open_gate(gates[1])
    expect(job_row(page, second)).to_have_count(0)


def test_queues_are_shown_as_deep_as_they_are(page: Page, own_site: RunningSite) -> None:
    own_site.enqueue(
        *(call("echo_task", number) for number in range(3)), call("echo_task", 4, defer_by_s=3600)
    )
    open_console(page, own_site, "")
    queue = page.get_by_role("region", name="Queues").get_by_role("row", name=re.compile("arq:queue"))
    expect(queue.locator('[data-column="depth"]')).to_have_text("3")
    expect(queue).to_contain_text("no worker")
    expect(queue.locator('[data-column="drain"]')).to_have_text("never")
    expect(page.get_by_text("No worker serves the queue arq:queue, and 3 jobs wait.")).to_be_visible()
    own_site.start_worker()
    expect(queue.locator('[data-column="depth"]')).to_have_text("0")
    expect(queue).not_to_contain_text("no worker")


@pytest.mark.usefixtures("past")
def test_the_overview_is_accessible_and_fits_a_narrow_screen(page: Page, site: RunningSite) -> None:
    open_console(page, site, "")
    expect(chart(page, "Run")).to_be_visible()
    chart(page, "Run").get_by_text("As a table").click()
    expect_accessible(page)
    expect_fits(page)


@pytest.mark.usefixtures("past")
def test_the_charts_are_drawn_in_the_readers_own_colours(site: RunningSite, new_context: NewContext) -> None:
    page = new_context(forced_colors="active").new_page()
    open_console(page, site, "")
    swatches = chart(page, "Ended per minute").locator(".chart-swatch")
    expect(swatches).to_have_count(4)
    colours = swatches.evaluate_all("all => all.map((one) => getComputedStyle(one).backgroundColor)")
    assert len(set(colours)) == len(colours)
