"""A lost connection: the page says so, comes back by itself, and misses nothing."""

import re
import signal

import httpx
from playwright.sync_api import Page, expect

from tests.browser.looking import cell, row, rows
from tests.browser.running import RunningSite, call
from tests.helpers import wait_until

CLOSED = 2  # EventSource.CLOSED
RECONNECTING = re.compile(r"^Reconnecting… as of \d")


def test_the_page_says_that_it_is_live(page: Page, site: RunningSite) -> None:
    page.goto(site.url)
    connection = page.locator("#connection")
    expect(connection).to_have_text("")
    site.show(page, call("echo_task", 1))
    expect(connection).to_have_text("Live")


def test_killing_the_web_server_mid_run_and_starting_it_again_ends_in_the_right_state_without_a_reload(
    page: Page, own_site: RunningSite
) -> None:
    own_site.start_worker()
    gates = [own_site.new_gate() for _ in range(3)]
    batch = own_site.show(
        page,
        call("held_task", gates[0], "before"),
        call("held_task", gates[1], "while away"),
        call("held_failure", gates[1], "while away"),
        call("held_task", gates[2], "after"),
    )
    before, meanwhile, failed, after = (row(page, job) for job in batch["jobs"])
    page.evaluate("window.isTheSamePage = true")
    own_site.open_gate(gates[0])
    expect(cell(before, "status")).to_have_text("succeeded")

    own_site.web.kill()
    expect(page.locator("#connection")).to_have_text(RECONNECTING)
    own_site.open_gate(gates[1])
    own_site.wait_for_outcomes(3)
    expect(cell(meanwhile, "status")).to_have_text("in progress")

    own_site.web.start()
    expect(page.locator("#connection")).to_have_text("Live")
    expect(cell(meanwhile, "result")).to_have_text("while away")
    expect(cell(failed, "status")).to_have_text("failed")
    own_site.open_gate(gates[2])
    expect(cell(after, "result")).to_have_text("after")
    expect(page).to_have_title("4/4, 1 failed - Background tasks")
    assert page.evaluate("window.isTheSamePage")


def test_it_comes_back_from_a_proxy_that_answers_in_the_servers_place(
    page: Page, own_site: RunningSite
) -> None:
    """An EventSource gives up for good on a 502; the page does not."""
    own_site.start_worker()
    gate = own_site.new_gate()
    page.add_init_script("delete window.SharedWorker")  # so that the test can answer in its place
    own_site.show(page, call("held_task", gate))
    page.route("**/api/events*", lambda route: route.fulfill(status=502, body="Bad Gateway"))
    own_site.web.kill()
    expect(page.locator("#connection")).to_have_text(RECONNECTING)
    for _ in range(2):
        page.wait_for_event("response", lambda response: response.status == httpx.codes.BAD_GATEWAY)
    own_site.web.start()
    page.unroute("**/api/events*")
    expect(page.locator("#connection")).to_have_text("Live")
    own_site.open_gate(gate)
    expect(rows(page, kind="succeeded")).to_have_count(1)


PLAIN = """
(address) => {
  window.heard = [];
  window.plain = new EventSource(address);
  for (const name of ["succeeded", "reset"]) {
    plain.addEventListener(name, (message) => heard.push([name, JSON.parse(message.data).job_id]));
  }
}
"""


def test_a_plain_event_source_of_ones_own_page_outlives_a_restart(page: Page, own_site: RunningSite) -> None:
    """It gives up for good when it is refused; Redis is slow meanwhile, as after a power cut."""
    own_site.start_worker()
    page.goto(own_site.url)
    gate = own_site.new_gate()
    batch = own_site.enqueue(call("echo_task", 1), call("held_task", gate))
    first, second = (job["job_id"] for job in batch["jobs"])
    page.evaluate(PLAIN, f"/api/events?batch={batch['batch_id']}&after={batch['event_id']}")
    wait_until(lambda: page.evaluate("heard") == [["succeeded", first]])
    with own_site.valkey.stalled():
        own_site.web.signal(signal.SIGTERM)
        own_site.web.wait(10)
        own_site.web.start()
        page.wait_for_timeout(7_000)  # longer than the time after which Redis counts as away
    assert page.evaluate("plain.readyState") != CLOSED
    own_site.open_gate(gate)
    wait_until(lambda: page.evaluate("heard") == [["succeeded", first], ["succeeded", second]])


def test_events_that_the_log_no_longer_has_are_made_up_for_by_fresh_snapshots(
    page: Page, own_site: RunningSite
) -> None:
    own_site.start_worker()
    gate = own_site.new_gate()
    batch = own_site.show(page, call("held_task", gate, "while away"), call("echo_task", 1))
    expect(rows(page, kind="succeeded")).to_have_count(1)
    own_site.web.kill()
    own_site.open_gate(gate)
    own_site.wait_for_outcomes(2)
    with own_site.redis() as redis:
        redis.xtrim("arqlight:events", maxlen=0, approximate=False)
    own_site.web.start()
    expect(cell(row(page, batch["jobs"][0]), "result")).to_have_text("while away")


def test_jobs_that_went_with_their_redis_are_not_found_any_more(page: Page, own_site: RunningSite) -> None:
    own_site.show(page, call("echo_task", 1), call("echo_task", 2))
    expect(rows(page, status="queued")).to_have_count(2)
    own_site.web.kill()
    own_site.valkey.flush()
    own_site.web.start()
    expect(rows(page, status="not_found")).to_have_count(2)


def test_the_page_goes_on_after_redis_did_not_answer_for_a_while(page: Page, own_site: RunningSite) -> None:
    own_site.start_worker()
    gate = own_site.new_gate()
    own_site.show(page, call("held_task", gate))
    expect(rows(page, status="in_progress")).to_have_count(1)
    with own_site.valkey.stalled():
        page.wait_for_timeout(1_000)
    own_site.open_gate(gate)
    expect(rows(page, kind="succeeded")).to_have_count(1)


def test_a_plain_arq_worker_serves_the_page_too(page: Page, own_site: RunningSite) -> None:
    own_site.start_worker(kind="arq")
    gate = own_site.new_gate()
    batch = own_site.show(page, call("held_task", gate, "by arq"), call("fail_task", 0, "no"))
    held, failed = (row(page, job) for job in batch["jobs"])
    expect(cell(held, "status")).to_contain_text("in progress")
    own_site.open_gate(gate)
    expect(cell(held, "result")).to_have_text("by arq")
    expect(cell(held, "status")).to_have_text("succeeded")
    expect(cell(failed, "status")).to_have_text("failed")
    expect(cell(failed, "result")).to_contain_text("no")
