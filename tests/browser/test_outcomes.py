"""What the page says of jobs that did not just succeed, and of results that are not just short."""

import json
import re
import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import cell, row, rows
from tests.browser.running import RunningSite, call

HOSTILE = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"


def test_a_failed_job_says_so_in_words_and_colour_with_its_error(page: Page, site: RunningSite) -> None:
    batch = site.show(page, call("fail_task", 0, "no such address"), call("echo_task", 1))
    failed, fine = (row(page, job) for job in batch["jobs"])
    expect(cell(failed, "status")).to_have_text("failed")
    expect(cell(failed, "result")).to_contain_text("ValueError: no such address")
    colour = "element => getComputedStyle(element).color"
    word, other = (cell(one, "status").locator(".status").evaluate(colour) for one in (failed, fine))
    assert word != other


def test_a_traceback_shows_on_demand(page: Page, site: RunningSite) -> None:
    batch = site.show(page, call("fail_task", 0, "no such address"))
    failed = row(page, batch["jobs"][0])
    expect(page.get_by_role("region", name="Traceback")).to_have_count(0)
    button = failed.get_by_role("button", name="Traceback")
    expect(button).to_have_attribute("aria-expanded", "false")
    button.click()
    expect(failed.get_by_role("button", name="Hide traceback")).to_have_attribute("aria-expanded", "true")
    traceback = page.get_by_role("region", name="Traceback")
    expect(traceback).to_contain_text("in fail_task")
    expect(traceback).to_contain_text("ValueError: no such address")
    button.click()
    expect(traceback).to_have_count(0)


def test_a_running_job_can_be_aborted_and_says_that_it_was(page: Page, site: RunningSite) -> None:
    batch = site.show(page, call("held_task", site.new_gate()))
    job = row(page, batch["jobs"][0])
    expect(cell(job, "status")).to_contain_text("in progress")
    job.get_by_role("button", name="Abort job").click()
    expect(cell(job, "status")).to_have_text("aborted")
    expect(page.locator("#task-progress-text")).to_have_text("1 of 1 done, 1 aborted")
    expect(job.get_by_role("button", name="Abort job")).to_have_count(0)


def test_a_deferred_job_says_when_it_starts_and_can_be_aborted(page: Page, site: RunningSite) -> None:
    batch = site.show(page, call("echo_task", 1, defer_by_s=3600))
    job = row(page, batch["jobs"][0])
    expect(cell(job, "status")).to_have_text(re.compile(r"deferred\s+starts in (59.min.\d\d.s|1.h.00.min)"))
    job.get_by_role("button", name="Abort job").click()
    expect(cell(job, "status")).to_have_text("aborted")


def test_an_expired_job_says_so(page: Page, own_site: RunningSite) -> None:
    batch = own_site.show(page, call("echo_task", 1, expires_s=0.2))
    expect(cell(row(page, batch["jobs"][0]), "status")).to_have_text("queued")
    time.sleep(0.3)  # what is tested: that this time goes by before a worker comes
    own_site.start_worker()
    expect(cell(row(page, batch["jobs"][0]), "status")).to_contain_text(re.compile("expired|failed"))


def test_a_retried_job_says_when_its_next_try_is_and_then_which_try_it_was(
    page: Page, site: RunningSite
) -> None:
    batch = site.show(page, call("retry_task", 0, 5))
    job = row(page, batch["jobs"][0])
    expect(cell(job, "status")).to_contain_text(re.compile(r"retrying in 1.s, try [2-5]"))
    expect(cell(job, "status")).to_have_text("succeeded")
    expect(cell(job, "result")).to_have_text("succeeded on try 5")
    expect(cell(job, "try")).to_have_text("5")


def test_a_job_whose_worker_is_killed_says_that_a_try_was_lost(page: Page, own_site: RunningSite) -> None:
    gate = own_site.new_gate()
    worker = own_site.start_worker()
    batch = own_site.show(page, call("held_task", gate))
    job = row(page, batch["jobs"][0])
    expect(cell(job, "status")).to_contain_text("in progress")
    worker.kill()
    own_site.start_worker()
    expect(cell(job, "status")).to_contain_text(
        re.compile("try 1 lost with its worker|try 2"), timeout=30_000
    )
    own_site.open_gate(gate)
    expect(cell(job, "status")).to_have_text("succeeded")
    expect(cell(job, "try")).to_have_text("2")


def test_a_job_whose_records_are_gone_says_so(page: Page, site: RunningSite) -> None:
    batch = site.show(page, call("echo_task", 1), call("echo_task", 2))
    expect(rows(page, kind="succeeded")).to_have_count(2)
    with site.redis() as redis:
        redis.delete(f"arq:result:{batch['jobs'][0]['job_id']}")
    page.reload()
    expect(cell(row(page, batch["jobs"][0]), "status")).to_have_text(
        re.compile("not found its record has expired")
    )
    expect(page.locator("#task-progress-text")).to_have_text("2 of 2 done, 1 not found")


def test_a_result_of_any_shape_is_shown_as_compact_json(page: Page, site: RunningSite) -> None:
    values: list[Any] = [{"a": [1, None]}, "text", None, 0, [], True]
    batch = site.show(page, *(call("echo_task", value) for value in values))
    shown = [cell(row(page, job), "result") for job in batch["jobs"]]
    for result, text in zip(shown, ['{"a":[1,null]}', "text", "null", "0", "[]", "true"], strict=True):
        expect(result).to_have_text(text)


def test_a_long_result_is_fetched_and_cut_and_shown_whole_on_demand(page: Page, site: RunningSite) -> None:
    lines = [f"{number} " + "x" * 100 for number in range(60)]
    gate = site.new_gate()
    batch = site.show(page, call("held_task", gate, lines))
    job = row(page, batch["jobs"][0])
    expect(cell(job, "status")).to_have_text("in progress")
    site.open_gate(gate)  # so that the page has it from an event, which leaves long results out
    expect(cell(job, "result").locator(".value")).to_have_text(re.compile(r'^\["0 x{100}","1 x+…$'))
    job.get_by_role("button", name="Show all").click()
    whole = page.get_by_role("region", name="Result").text_content()
    assert whole is not None
    assert json.loads(whole) == lines
    job.get_by_role("button", name="Show less").click()
    expect(page.get_by_role("region", name="Result")).to_have_count(0)


def test_of_a_result_that_is_too_long_to_send_the_beginning_is_shown(page: Page, site: RunningSite) -> None:
    batch = site.show(page, call("large_task", 2_000_000))
    row(page, batch["jobs"][0]).get_by_role("button", name="Show all").click()
    expect(page.get_by_role("region", name="Result")).to_have_text(re.compile("^arqlight arqlight"))
    expect(page.get_by_text("This is the beginning.")).to_be_visible()


def test_details_show_the_call_and_the_times(page: Page, site: RunningSite) -> None:
    batch = site.show(page, call("echo_task", "x"))
    row(page, batch["jobs"][0]).get_by_role("button", name="Details of job").click()
    details = page.locator("tr.detail")
    expect(details).to_contain_text('echo_task("x")')
    for name in ("Enqueued", "Started", "Finished", "Worker"):
        expect(details.get_by_text(name, exact=True)).to_be_visible()


@pytest.mark.parametrize("job_id", [HOSTILE, "a/b/../c?d=e#f", "quote\"'`", "percent%2Fsigned", "x" * 2000])
def test_hostile_job_ids_are_text_and_lead_to_their_job(page: Page, site: RunningSite, job_id: str) -> None:
    site.show(page, call("echo_task", 1, job_id=job_id))
    expect(rows(page, kind="succeeded")).to_have_count(1)
    expect(cell(rows(page), "id")).to_have_text(job_id)
    page.get_by_role("link", name=job_id, exact=True).last.click()
    expect(rows(page, kind="succeeded")).to_have_count(1)
    expect(page.locator("#batches li")).to_contain_text(f"Job {job_id}")
    expect(page).to_have_title("1/1 - Background tasks")


def test_hostile_results_and_errors_are_text(page: Page, site: RunningSite) -> None:
    site.show(
        page, call("echo_task", HOSTILE), call("fail_task", 0, HOSTILE), call("steps_task", [HOSTILE] * 20)
    )
    expect(page.locator(".progress-text", has_text=HOSTILE)).to_be_visible()
    expect(page.locator(".job-result .value", has_text=HOSTILE)).to_be_visible()
    expect(page.locator(".job-result .error", has_text=HOSTILE)).to_be_visible()
    page.get_by_role("button", name="Traceback").click()
    expect(page.get_by_role("region", name="Traceback")).to_contain_text(HOSTILE)
    expect(page).to_have_title(re.compile("- Background tasks$"))
    assert page.locator("#rows :is(img, script)").count() == 0
