"""The task page with many jobs, several batches, and answers that are not what one asked for."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewContext
from tests.browser.looking import cell, row, rows
from tests.browser.running import RunningSite, call


def focused_row(page: Page) -> str:
    """The id of the job in whose row the focus is; "" where it is in none."""
    return str(page.evaluate("document.activeElement.closest('tr.job')?.querySelector('a').title ?? ''"))


def test_an_expired_job_is_not_dated_from_1970(page: Page, own_site: RunningSite) -> None:
    batch = own_site.show(page, call("echo_task", 1, expires_s=0.2))
    job = row(page, batch["jobs"][0])
    time.sleep(0.3)  # what is tested: that this time goes by before a worker comes
    own_site.start_worker()
    expect(cell(job, "status")).to_have_text("expired")
    page.reload()
    expect(cell(job, "status")).to_have_text("expired")
    expect(cell(job, "waited")).to_have_text("")
    expect(cell(job, "ran")).to_have_text("")
    job.get_by_role("button", name="Details of job").click()
    details = page.locator("tr.detail")
    expect(details).to_be_visible()
    expect(details).not_to_contain_text(re.compile("1970|unknown"))


def test_who_watched_and_who_came_later_see_the_same_times(
    page: Page, site: RunningSite, new_context: NewContext
) -> None:
    batch = site.show(page, call("echo_task", 1, defer_by_s=1.5), call("retry_task", 0, 2))
    expect(rows(page, kind="succeeded")).to_have_count(2)
    other = new_context().new_page()
    other.goto(page.url)
    expect(rows(other, kind="succeeded")).to_have_count(2)
    for job in batch["jobs"]:
        for column in ("waited", "ran"):
            text = cell(row(page, job), column).inner_text()
            expect(cell(row(other, job), column)).to_have_text(text)
            assert re.fullmatch(r"[\d.]+\sm?s", text)


def test_what_came_of_an_abort_is_seen(page: Page, site: RunningSite) -> None:
    batch = site.show(page, call("held_task", site.new_gate()))
    job = row(page, batch["jobs"][0])
    expect(cell(job, "status")).to_have_text("in progress")
    page.route("**/abort", lambda route: route.fulfill(status=503, json={"detail": "Redis is away."}))
    job.get_by_role("button", name="Abort job").click()
    expect(cell(job, "status")).to_contain_text("not aborted: Redis is away.")
    page.unroute("**/abort")
    job.get_by_role("button", name="Abort job").click()
    expect(cell(job, "status")).to_have_text("aborted")


def test_a_page_that_is_not_live_stands_still(page: Page, own_site: RunningSite) -> None:
    own_site.start_worker()
    batch = own_site.show(page, call("create_task", 60))
    job = row(page, batch["jobs"][0])
    expect(cell(job, "ran")).to_have_text(re.compile(r"[1-9].s"))
    own_site.web.kill()
    expect(page.locator("#connection")).to_have_text(re.compile("^Reconnecting… as of"))
    expect(page.locator("body[data-stale]")).to_have_count(1)
    assert page.locator("#task-progress-text").inner_text() == "0 of 1 done"
    assert job.locator(".mark").evaluate("mark => getComputedStyle(mark).animationName") == "none"
    before = cell(job, "ran").inner_text()
    page.wait_for_timeout(1_500)  # more than the second in which a live page counts on
    assert cell(job, "ran").inner_text() == before
    own_site.web.start()
    expect(page.locator("body[data-stale]")).to_have_count(0)


def test_of_a_long_table_only_what_is_near_is_in_the_page(page: Page, own_site: RunningSite) -> None:
    batch = own_site.show(page, *(call("echo_task", n) for n in range(2_000)))
    expect(page.get_by_role("table")).to_have_attribute("aria-rowcount", "2001")
    assert rows(page).count() < 400
    last = row(page, batch["jobs"][-1])
    expect(last).to_have_count(0)
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(last).to_have_count(1)
    expect(row(page, batch["jobs"][0])).to_have_count(0)
    assert rows(page).count() < 400


def test_the_focus_goes_on_to_the_next_row_when_a_filtered_one_leaves(page: Page, site: RunningSite) -> None:
    gates = [site.new_gate() for _ in range(3)]
    batch = site.show(page, *(call("held_task", gate) for gate in gates))
    page.get_by_role("button", name="in progress 3").click()
    first, second, third = batch["jobs"]
    row(page, first).get_by_role("button", name="Details of job").focus()
    site.open_gate(gates[0])
    expect(row(page, first)).to_have_count(0)
    assert focused_row(page) == second["job_id"]
    for gate in gates[1:]:
        site.open_gate(gate)
    expect(rows(page)).to_have_count(0)
    assert page.evaluate("document.activeElement.textContent.trim()").startswith("in progress")
    assert third


def test_hiding_a_batch_passes_the_focus_on_and_announces_nothing(page: Page, site: RunningSite) -> None:
    first = site.enqueue(call("echo_task", 1))
    second = site.enqueue(call("held_task", site.new_gate()))
    page.goto(f"{site.url}/?batch={second['batch_id']}&batch={first['batch_id']}")
    expect(rows(page)).to_have_count(2)
    page.get_by_role("button", name=f"Hide Batch {second['batch_id']}").click()
    expect(rows(page)).to_have_count(1)
    assert page.evaluate("document.activeElement.ariaLabel") == f"Hide Batch {first['batch_id']}"
    assert "All done" not in page.locator("#announcer").inner_text()
    page.get_by_role("button", name=f"Hide Batch {first['batch_id']}").click()
    expect(page.get_by_label("How many tasks?")).to_be_focused()


def test_while_it_loads_the_page_counts_nothing(page: Page, site: RunningSite) -> None:
    batch = site.enqueue(call("echo_task", 1))
    page.route("**/api/batches/*", lambda route: route.abort())
    page.goto(f"{site.url}/?batch={batch['batch_id']}")
    expect(page.locator("#task-progress-text")).to_have_text("Loading…")
    page.unroute("**/api/batches/*")
    expect(page.locator("#task-progress-text")).to_have_text("1 of 1 done")


def test_a_traceback_is_offered_where_there_is_one(page: Page, site: RunningSite) -> None:
    site.show(page, call("fail_task", 0, "no"), call("retry_task", 0, 100))
    expect(rows(page, kind="failed")).to_have_count(2)
    expect(page.get_by_role("button", name="Traceback")).to_have_count(1)


def test_details_and_the_filter_stay(page: Page, site: RunningSite) -> None:
    batch = site.show(page, call("fail_task", 0, "no"), call("echo_task", 1))
    row(page, batch["jobs"][1]).get_by_role("button", name="Details of job").click()
    page.get_by_role("button", name="failed 1").click()
    expect(page.locator("tr.detail")).to_have_count(0)
    assert page.url.endswith("&show=failed")
    page.get_by_role("button", name="all 2").click()
    expect(page.locator("tr.detail")).to_be_visible()
    page.get_by_role("button", name="hide finished").click()
    expect(rows(page)).to_have_count(0)
    assert page.url.endswith("&done=hidden")
    page.reload()
    expect(page.get_by_role("button", name="hide finished")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("None at the moment.")).to_be_visible()


def test_a_result_of_two_megabytes_can_be_had_whole(page: Page, site: RunningSite) -> None:
    batch = site.show(page, call("large_task", 2_000_000))
    row(page, batch["jobs"][0]).get_by_role("button", name="Show all").click()
    link = page.get_by_role("link", name="All of it, as JSON")
    answer = page.request.get(site.url + str(link.get_attribute("href")))
    assert answer.ok
    assert len(answer.json()["result"]) == 2_000_000


def test_failures_come_first_under_their_batch_and_the_bar_has_their_part(
    page: Page, site: RunningSite
) -> None:
    older = site.enqueue(call("echo_task", 1), call("fail_task", 0, "no"))
    newer = site.enqueue(call("echo_task", 2))
    page.goto(f"{site.url}/?batch={newer['batch_id']}&batch={older['batch_id']}")
    expect(rows(page, kind="failed")).to_have_count(1)
    ids = [newer["jobs"][0], older["jobs"][1], older["jobs"][0]]
    expect(page.locator("#rows td.job-id")).to_have_text([job["job_id"] for job in ids])
    groups = page.get_by_role("rowheader")
    expect(groups).to_have_text([re.compile(newer["batch_id"]), re.compile(older["batch_id"])])
    expect(groups.nth(1)).to_contain_text("2 of 2 done, 1 failed")
    widths = page.locator("#task-segments rect").evaluate_all(
        "parts => parts.map((part) => [part.dataset.kind, part.getBoundingClientRect().width])"
    )
    assert [kind for kind, _ in widths] == ["succeeded", "failed"]
    assert widths[0][1] == pytest.approx(2 * widths[1][1], rel=0.1)


def test_a_chip_without_jobs_does_not_turn(page: Page, site: RunningSite) -> None:
    site.show(page, call("echo_task", 1))
    expect(rows(page, kind="succeeded")).to_have_count(1)
    mark = page.get_by_role("button", name="in progress 0").locator(".mark")
    assert mark.evaluate("mark => getComputedStyle(mark).animationName") == "none"


def test_no_two_regions_have_one_name(page: Page, site: RunningSite) -> None:
    site.show(page, call("fail_task", 0, "no"), call("fail_task", 0, "yes"))
    for button in page.get_by_role("button", name="Details of job").all():
        button.click()
    expect(page.get_by_role("region", name="Traceback of job")).to_have_count(2)
    names = page.get_by_role("region").evaluate_all(
        "all => all.map((one) => one.ariaLabel ?? one.ariaLabelledByElements[0].textContent)"
    )
    assert len(names) == len(set(names))


def test_in_print_there_are_jobs_and_no_controls(page: Page, site: RunningSite) -> None:
    site.show(page, call("echo_task", 1))
    page.emulate_media(media="print")
    expect(rows(page)).to_be_visible()
    expect(page.locator("#tasks_form")).to_be_hidden()
    expect(page.locator("#filters")).to_be_hidden()


def test_the_demo_says_what_its_tasks_do(page: Page, demo_url: str) -> None:
    page.goto(demo_url)
    expect(page.locator("#empty")).to_contain_text("sleeps for 1 to 10 seconds")
