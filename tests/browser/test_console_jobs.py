"""The list of jobs: filters, order, pages, what moves live, what is kept."""

import json
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NewContext
from tests.browser.console import job_row, job_rows, open_jobs, said
from tests.browser.running import RunningSite, call


@pytest.fixture(scope="module")
def mixed(site: RunningSite) -> dict[str, Any]:
    """A batch of jobs that have ended in different ways, and one that is put off."""
    batch = site.enqueue(
        call("echo_task", "the first of them"),
        call("fail_task", 0, "the disk is full"),
        call("fail_task", 0, "the other side hung up"),
        call("create_task", 60, defer_by_s=3600),
    )
    site.wait_for_counts(batch, succeeded=1, failed=2, deferred=1)
    return batch


def column(row: Locator, name: str) -> Locator:
    return row.locator(f'td[data-column="{name}"]')


def type_filter(page: Page, text: str, choice: str) -> None:
    """Type into the field, and choose with Enter what it suggests first, which is ``choice``."""
    page.get_by_role("combobox", name="Filter").press_sequentially(text)
    expect(page.get_by_role("option").first).to_contain_text(choice)
    page.keyboard.press("Enter")


def state(page: Page, name: str) -> Locator:
    """The button that shows jobs of a state, with their number."""
    return page.get_by_role("list", name="Show jobs that are").get_by_role("button", name=name)


def test_a_row_tells_what_a_job_is_and_how_it_went(
    page: Page, site: RunningSite, mixed: dict[str, Any]
) -> None:
    job, failed, _, later = mixed["jobs"]
    open_jobs(page, site, batch=mixed["batch_id"])
    row = job_row(page, job)
    expect(column(row, "state")).to_have_text("succeeded")
    expect(column(row, "job").get_by_role("link")).to_have_text('echo_task("the first of them")')
    expect(column(row, "job")).to_contain_text(job["job_id"][:8])
    expect(column(row, "tries")).to_have_text("1")
    expect(column(row, "wait")).to_contain_text("s")
    expect(column(row, "run")).to_contain_text("s")
    expect(column(row, "age")).to_contain_text("s")
    expect(job_row(page, failed)).to_contain_text("ValueError: the disk is full")
    expect(column(job_row(page, later), "wait")).to_contain_text("in ")


def test_a_short_id_copies_the_whole_one(
    new_context: NewContext, site: RunningSite, mixed: dict[str, Any]
) -> None:
    page = new_context(permissions=["clipboard-read", "clipboard-write"]).new_page()
    job = mixed["jobs"][0]
    open_jobs(page, site, batch=mixed["batch_id"])
    job_row(page, job).get_by_title("Copy the id").click()
    expect(job_row(page, job).get_by_role("status")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == job["job_id"]


def test_filters_complete_while_one_types_and_the_address_holds_them(
    page: Page, site: RunningSite, mixed: dict[str, Any]
) -> None:
    open_jobs(page, site, batch=mixed["batch_id"])
    expect(job_rows(page)).to_have_count(4)
    page.get_by_role("combobox", name="Filter").press_sequentially("funct")
    page.get_by_role("option", name="function: its name").click()
    type_filter(page, "fail_t", "fail_task")
    expect(job_rows(page)).to_have_count(2)
    type_filter(page, "error: hung", "hung")
    expect(job_rows(page)).to_have_count(1)
    assert "function=fail_task" in page.url
    assert "error=hung" in page.url
    expect(page.get_by_role("list", name="Filters").get_by_role("listitem")).to_have_count(3)
    page.reload()
    expect(job_rows(page)).to_have_count(1)
    page.go_back()
    expect(job_rows(page)).to_have_count(2)
    page.go_forward()
    expect(job_rows(page)).to_have_count(1)
    page.get_by_role("button", name="Take the filter away: error: hung").click()
    expect(job_rows(page)).to_have_count(2)


def test_text_finds_jobs_by_their_arguments(page: Page, site: RunningSite, mixed: dict[str, Any]) -> None:
    open_jobs(page, site, batch=mixed["batch_id"])
    type_filter(page, "first of them", "first of them")
    expect(job_rows(page)).to_have_count(1)
    expect(job_row(page, mixed["jobs"][0])).to_be_visible()


def test_durations_and_times_are_typed_as_people_say_them(
    page: Page, site: RunningSite, mixed: dict[str, Any]
) -> None:
    open_jobs(page, site, batch=mixed["batch_id"])
    type_filter(page, "ran at most: 1 min", "1 min")
    expect(job_rows(page)).to_have_count(3)
    assert "max_run=60000" in page.url
    type_filter(page, "until: 1 d", "1 d")
    expect(page.get_by_text("No job matches.")).to_be_visible()


def test_each_state_has_its_count_and_shows_its_jobs(
    page: Page, site: RunningSite, mixed: dict[str, Any]
) -> None:
    open_jobs(page, site, batch=mixed["batch_id"])
    expect(state(page, "all")).to_contain_text("4")
    expect(state(page, "failed")).to_contain_text("2")
    state(page, "failed").click()
    expect(job_rows(page)).to_have_count(2)
    expect(state(page, "failed")).to_have_attribute("aria-pressed", "true")
    state(page, "deferred").click(modifiers=["Control"])
    expect(job_rows(page)).to_have_count(3)
    expect(state(page, "succeeded")).to_contain_text("1")


def test_a_column_sorts_and_turns_round(page: Page, site: RunningSite, mixed: dict[str, Any]) -> None:
    open_jobs(page, site, batch=mixed["batch_id"], sort="tries")
    heading = page.get_by_role("columnheader", name="Age")
    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "descending")
    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    assert "sort=-age" in page.url
    expect(job_rows(page)).to_have_count(4)
    oldest_first = page.locator("tr[data-job]").evaluate_all("rows => rows.map((row) => row.dataset.job)")
    page.get_by_role("columnheader", name="Age").get_by_role("button").click()
    expect(job_rows(page).first).to_have_attribute("data-job", oldest_first[-1])


def test_pages_follow_each_other_without_a_job_twice(page: Page, site: RunningSite) -> None:
    batch = site.enqueue(*(call("echo_task", number, defer_by_s=3600) for number in range(70)))
    site.wait_for_counts(batch, deferred=70)
    open_jobs(page, site, batch=batch["batch_id"])
    expect(job_rows(page)).to_have_count(50)
    first = shown_ids(page)
    page.get_by_role("button", name="Next").click()
    expect(job_rows(page)).to_have_count(20)
    assert {*first, *shown_ids(page)} == {job["job_id"] for job in batch["jobs"]}
    assert "cursor=" in page.url
    page.reload()
    expect(job_rows(page)).to_have_count(20)
    page.get_by_role("button", name="First page").click()
    expect(job_rows(page)).to_have_count(50)
    assert shown_ids(page) == first


def shown_ids(page: Page) -> list[str]:
    ids: list[str] = page.locator("tr[data-job]").evaluate_all("rows => rows.map((row) => row.dataset.job)")
    return ids


def test_rows_change_in_place_and_new_jobs_wait_until_asked_for(page: Page, site: RunningSite) -> None:
    gate = site.new_gate()
    batch = site.enqueue(call("held_task", gate), call("held_task", gate))
    open_jobs(page, site, q=gate)
    expect(job_rows(page, kind="in_progress")).to_have_count(2)
    before = shown_ids(page)
    later = site.enqueue(call("held_task", gate))
    fresh = page.get_by_role("button", name="1 new, show")
    expect(fresh).to_be_visible()
    site.open_gate(gate)
    expect(job_rows(page, kind="succeeded")).to_have_count(2)
    assert shown_ids(page) == before
    fresh.click()
    expect(job_row(page, later["jobs"][0])).to_have_attribute("data-kind", "succeeded")
    assert shown_ids(page) == [later["jobs"][0]["job_id"], *before]
    assert {job["job_id"] for job in batch["jobs"]} == set(before)


def test_a_view_is_kept_in_the_browser_until_it_is_forgotten(
    page: Page, site: RunningSite, mixed: dict[str, Any]
) -> None:
    open_jobs(page, site, batch=mixed["batch_id"], outcome="failed")
    page.get_by_role("button", name="Views").click()
    page.get_by_placeholder("Name").fill("Broken ones")
    page.get_by_role("button", name="Save this view").click()
    expect(said(page)).to_contain_text("The view “Broken ones” is saved in this browser.")
    open_jobs(page, site, batch=mixed["batch_id"])
    expect(job_rows(page)).to_have_count(4)
    page.get_by_role("button", name="Views").click()
    page.get_by_role("button", name="Broken ones", exact=True).click()
    expect(job_rows(page)).to_have_count(2)
    page.get_by_role("button", name="Forget the view Broken ones").click()
    expect(page.get_by_role("button", name="Broken ones", exact=True)).to_have_count(0)


def test_the_list_is_exported_as_it_is_filtered(page: Page, site: RunningSite, mixed: dict[str, Any]) -> None:
    open_jobs(page, site, batch=mixed["batch_id"], outcome="failed")
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as csv:
        page.get_by_role("link", name="CSV, for spreadsheets").click()
    assert len(csv.value.path().read_text().splitlines()) == 3
    with page.expect_download() as lines:
        page.get_by_role("link", name="JSON Lines, for programs").click()
    jobs = [json.loads(line) for line in lines.value.path().read_text().splitlines()]
    assert {job["error"]["message"] for job in jobs} == {"the disk is full", "the other side hung up"}


def test_the_list_is_walked_with_the_keys_alone(page: Page, site: RunningSite, mixed: dict[str, Any]) -> None:
    open_jobs(page, site, batch=mixed["batch_id"])
    expect(job_rows(page)).to_have_count(4)
    ids = shown_ids(page)
    for key in ("j", "j", "k", "x", "j", "x"):
        page.keyboard.press(key)
    expect(page.get_by_text("2 selected")).to_be_visible()
    expect(job_row(page, ids[0])).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/console/jobs/{ids[1]}")


def test_a_refused_filter_says_why(page: Page, site: RunningSite) -> None:
    open_jobs(page, site, min_run="fast")
    expect(page.get_by_role("alert")).to_contain_text("min_run")


def test_the_list_asks_for_nothing_but_the_documented_api(
    page: Page, site: RunningSite, mixed: dict[str, Any]
) -> None:
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url.removeprefix(site.url).split("?")[0]))
    open_jobs(page, site, batch=mixed["batch_id"])
    expect(job_rows(page)).to_have_count(4)
    documented = set(httpx.get(f"{site.url}/openapi.json").json()["paths"])
    assert {path for path in asked if path.startswith("/api")} <= documented
