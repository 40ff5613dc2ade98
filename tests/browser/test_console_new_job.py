"""The form for a new job: fields of what the workers published, checked before anything is sent."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.console import job_rows, open_console
from tests.browser.running import RunningSite, call


def open_form(page: Page, site: RunningSite, function: str) -> None:
    open_console(page, site, "/new")
    page.get_by_label("Function", exact=True).select_option(function)


def field(page: Page, name: str) -> Locator:
    return page.get_by_label(name, exact=True)


def enqueue(page: Page) -> None:
    page.get_by_role("button", name="Enqueue").click()


def heading(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def test_the_form_follows_the_function_and_leads_to_the_new_job(page: Page, site: RunningSite) -> None:
    open_form(page, site, "fail_task")
    field(page, "sleep_time").fill("0")
    field(page, "message").fill("asked for by hand")
    enqueue(page)
    expect(heading(page)).to_contain_text("fail_task(")
    expect(page.locator(".step[aria-current=step]")).to_contain_text("failed")


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_sent(page: Page, site: RunningSite) -> None:
    open_form(page, site, "fail_task")
    field(page, "sleep_time").fill("soon")
    field(page, "message").fill("never sent")
    field(page, "Start in").fill("a while")
    field(page, "How often").fill("0")
    enqueue(page)
    alerts = page.get_by_role("alert")
    expect(alerts).to_have_text(
        [
            "This has to be a whole number.",
            "This has to be a time, such as 30 s or 5 min.",
            re.compile("from 1 to 1000"),
        ]
    )
    expect(field(page, "sleep_time")).to_be_focused()
    field(page, "sleep_time").fill("0")
    expect(alerts).to_have_count(2)
    assert page.url.rstrip("?").endswith("/console/new")


def test_lists_are_typed_as_json(page: Page, site: RunningSite) -> None:
    open_form(page, site, "steps_task")
    steps = field(page, "steps")
    steps.fill("one, two")
    enqueue(page)
    expect(page.get_by_role("alert")).to_contain_text("This has to be JSON")
    steps.fill('["one"]')
    enqueue(page)
    expect(heading(page)).to_contain_text('["one"]')


def test_a_job_of_ones_own_id_is_put_off(page: Page, site: RunningSite) -> None:
    open_form(page, site, "echo_task")
    field(page, "value").fill('{"a": 1}')
    field(page, "Start in").fill("2 h")
    field(page, "Id").fill("test/by hand")
    enqueue(page)
    page.wait_for_url("**/console/jobs/test%2Fby%20hand")
    expect(page.locator(".step[aria-current=step]")).to_contain_text("deferred")
    expect(page.locator(".facts")).to_contain_text("in 1 h")


def test_several_times_make_a_batch_that_one_can_watch(page: Page, site: RunningSite) -> None:
    open_form(page, site, "echo_task")
    field(page, "value").fill("7")
    field(page, "How often").fill("3")
    enqueue(page)
    page.wait_for_url("**/console/jobs?batch=*")
    expect(job_rows(page, kind="succeeded")).to_have_count(3)


def test_what_the_server_refuses_is_said(page: Page, site: RunningSite) -> None:
    site.enqueue(call("echo_task", 1, job_id="taken", defer_by_s=3600))
    open_form(page, site, "echo_task")
    field(page, "value").fill("1")
    field(page, "Id").fill("taken")
    enqueue(page)
    expect(page.get_by_role("alert")).to_have_text(
        "A job with the id 'taken' waits, runs or has succeeded already."
    )


def test_a_secret_that_was_hidden_is_asked_for_and_its_stand_in_is_not_enqueued(
    page: Page, site: RunningSite
) -> None:
    batch = site.enqueue(call("echo_task", {"password": "open sesame"}))
    page.goto(f"{site.url}/console/new?from={batch['jobs'][0]['job_id']}")
    expect(field(page, "value")).to_have_value(re.compile("redacted"))
    enqueue(page)
    expect(page.get_by_role("alert")).to_contain_text("A secret was hidden here")
    assert "/console/new" in page.url
