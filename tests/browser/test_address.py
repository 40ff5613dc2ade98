"""The page's address: it names what is shown, here and on another computer."""

import httpx
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewContext
from tests.browser.looking import cell, row, rows, start_tasks
from tests.browser.running import RunningSite, call


def test_a_reload_shows_the_same_jobs_in_their_true_state_and_goes_on_live(
    page: Page, site: RunningSite
) -> None:
    gate = site.new_gate()
    batch = site.show(page, call("echo_task", 1), call("held_task", gate, "let go"))
    expect(rows(page, kind="succeeded")).to_have_count(1)
    page.reload()
    done, held = (row(page, job) for job in batch["jobs"])
    expect(cell(done, "status")).to_have_text("succeeded")
    expect(cell(held, "status")).to_have_text("in progress")
    site.open_gate(gate)
    expect(cell(held, "status")).to_have_text("succeeded")
    expect(cell(held, "result")).to_have_text("let go")


def test_the_same_link_shows_the_same_to_somebody_else(
    page: Page, site: RunningSite, new_context: NewContext
) -> None:
    page.goto(site.url)
    start_tasks(page, 3)
    expect(rows(page)).to_have_count(3)
    start_tasks(page, 2)
    expect(rows(page)).to_have_count(5)
    other = new_context().new_page()
    other.goto(page.url)
    expect(rows(other)).to_have_count(5)
    ids = "#rows td.job-id"
    assert other.locator(ids).all_text_contents() == page.locator(ids).all_text_contents()
    expect(rows(other, kind="succeeded")).to_have_count(5)


def test_a_single_job_has_an_address_too(page: Page, site: RunningSite) -> None:
    gate = site.new_gate()
    batch = site.enqueue(call("held_task", gate, 7), call("echo_task", 1))
    page.goto(f"{site.url}/?job={batch['jobs'][0]['job_id']}")
    expect(rows(page, status="in_progress")).to_have_count(1)
    site.open_gate(gate)
    expect(cell(rows(page), "result")).to_have_text("7")


def test_back_and_forward_go_through_what_was_shown(page: Page, site: RunningSite) -> None:
    page.goto(site.url)
    start_tasks(page, 3)
    expect(rows(page)).to_have_count(3)
    start_tasks(page, 2)
    expect(rows(page)).to_have_count(5)
    page.go_back()
    expect(rows(page)).to_have_count(3)
    page.go_back()
    expect(rows(page)).to_have_count(0)
    expect(page.get_by_text("Choose a number and start.")).to_be_visible()
    page.go_forward()
    page.go_forward()
    expect(rows(page, kind="succeeded")).to_have_count(5)


def test_a_batch_can_be_hidden_and_the_address_no_longer_names_it(page: Page, site: RunningSite) -> None:
    page.goto(site.url)
    start_tasks(page, 3)
    expect(rows(page)).to_have_count(3)
    start_tasks(page, 2)
    expect(rows(page)).to_have_count(5)
    page.get_by_role("button", name="Hide Batch").first.click()
    expect(rows(page)).to_have_count(3)
    page.reload()
    expect(rows(page)).to_have_count(3)
    page.get_by_role("button", name="Hide Batch").click()
    expect(page).to_have_url(f"{site.url}/")
    expect(page).to_have_title("Background tasks")


def test_a_batch_or_job_that_is_not_there_is_said_to_be_missing(page: Page, site: RunningSite) -> None:
    batch = site.enqueue(call("echo_task", 1))
    page.goto(f"{site.url}/?batch=no-such-batch&job=no-such-job&batch={batch['batch_id']}")
    lines = page.locator("#batches li")
    expect(lines).to_have_count(3)
    expect(lines.nth(0)).to_contain_text("There is no batch 'no-such-batch', or it is not kept any more.")
    expect(lines.nth(1)).to_contain_text("There is no job 'no-such-job', or its result is not kept any more.")
    expect(rows(page, kind="succeeded")).to_have_count(1)


def test_an_address_that_is_opened_while_the_server_has_trouble_loads_once_that_is_over(
    page: Page, site: RunningSite
) -> None:
    batch = site.enqueue(call("echo_task", 1))
    page.route("**/api/batches/*", lambda route: route.fulfill(status=503, json={"detail": "Redis is away."}))
    page.goto(f"{site.url}/?batch={batch['batch_id']}")
    expect(page.locator("#batches li")).to_contain_text("Loading…")
    page.unroute("**/api/batches/*")
    expect(rows(page, kind="succeeded")).to_have_count(1)


def test_the_page_works_under_a_prefix(page: Page, prefixed_site: RunningSite) -> None:
    page.goto(f"{prefixed_site.url}/ops/jobs/")
    start_tasks(page, 2)
    expect(rows(page, kind="succeeded")).to_have_count(2)
    assert page.url.startswith(f"{prefixed_site.url}/ops/jobs/?batch=")
    page.reload()
    expect(rows(page, kind="succeeded")).to_have_count(2)


def test_a_job_in_a_queue_that_nobody_serves_is_said_to_be_there(page: Page, site: RunningSite) -> None:
    job = {"function": "echo_task", "job_id": "elsewhere", "queue": "unserved"}
    assert httpx.post(f"{site.url}/api/jobs", json=job).status_code == httpx.codes.CREATED
    page.goto(f"{site.url}/?job=elsewhere")
    line = page.locator("#batches li")
    expect(line).to_contain_text("The job 'elsewhere' is in a queue that no worker serves now.")


def test_what_one_may_not_see_is_not_said_to_be_missing(page: Page, site: RunningSite) -> None:
    refusal = {"title": "Forbidden", "status": 403, "detail": "Only staff may see the jobs."}
    page.route("**/api/jobs/*", lambda route: route.fulfill(status=403, json=refusal))
    page.goto(f"{site.url}/?job=secret")
    line = page.locator("#batches li")
    expect(line).to_contain_text("You may not see this. Only staff may see the jobs.")
