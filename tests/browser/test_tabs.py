"""Many tabs of one browser: all live, over one stream."""

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import NewContext
from tests.browser.looking import rows, start_tasks
from tests.browser.running import RunningSite, call
from tests.helpers import wait_until


def open_tabs(context: BrowserContext, address: str, count: int) -> list[Page]:
    tabs = [context.new_page() for _ in range(count)]
    for tab in tabs:
        tab.goto(address)
        expect(tab.locator("#connection")).to_have_text("Live")
    return tabs


def test_ten_tabs_all_stay_live(site: RunningSite, new_context: NewContext) -> None:
    """A browser has six connections per host: with a stream each, the seventh tab would not even load."""
    gate = site.new_gate()
    batch = site.enqueue(*(call("held_task", gate) for _ in range(5)))
    tabs = open_tabs(new_context(), f"{site.url}/?batch={batch['batch_id']}", 10)
    for tab in tabs:
        expect(rows(tab, status="in_progress")).to_have_count(5)
    site.open_gate(gate)
    for tab in tabs:
        expect(rows(tab, kind="succeeded")).to_have_count(5)


def test_ten_tabs_share_one_stream_which_ends_with_the_last_of_them(
    site: RunningSite, new_context: NewContext
) -> None:
    batch = site.enqueue(call("held_task", site.new_gate()))
    before = site.open_connections()
    context = new_context()
    tabs = open_tabs(context, f"{site.url}/?batch={batch['batch_id']}", 10)
    # The others are idle ones that the browser keeps for later requests: six at the most, over all tabs.
    assert 1 <= site.open_connections() - before <= 6
    for tab in tabs[1:]:
        tab.close()
    expect(tabs[0].locator("#connection")).to_have_text("Live")
    context.close()
    wait_until(lambda: site.open_connections() <= before)


def test_each_tab_gets_the_events_of_what_it_shows(site: RunningSite, new_context: NewContext) -> None:
    gate, other_gate = site.new_gate(), site.new_gate()
    batch, other_batch = site.enqueue(call("held_task", gate)), site.enqueue(call("held_task", other_gate))
    context = new_context()
    (tab,) = open_tabs(context, f"{site.url}/?batch={batch['batch_id']}", 1)
    (other,) = open_tabs(context, f"{site.url}/?batch={other_batch['batch_id']}", 1)
    site.open_gate(gate)
    expect(rows(tab, kind="succeeded")).to_have_count(1)
    expect(rows(other, status="in_progress")).to_have_count(1)
    site.open_gate(other_gate)
    expect(rows(other, kind="succeeded")).to_have_count(1)


def test_a_tab_that_starts_tasks_costs_the_others_nothing(site: RunningSite, new_context: NewContext) -> None:
    gate = site.new_gate()
    batch = site.enqueue(call("held_task", gate))
    context = new_context()
    (watching,) = open_tabs(context, f"{site.url}/?batch={batch['batch_id']}", 1)
    starting = context.new_page()
    starting.goto(site.url)
    for count in (10, 20, 30):
        start_tasks(starting, count)
    expect(rows(starting)).to_have_count(60)
    site.open_gate(gate)
    expect(rows(watching, kind="succeeded")).to_have_count(1)
    expect(rows(starting, kind="succeeded")).to_have_count(60)


def test_closing_a_tab_leaves_the_others_live(site: RunningSite, new_context: NewContext) -> None:
    gate = site.new_gate()
    batch = site.enqueue(call("held_task", gate))
    first, second = open_tabs(new_context(), f"{site.url}/?batch={batch['batch_id']}", 2)
    first.close()
    site.open_gate(gate)
    expect(rows(second, kind="succeeded")).to_have_count(1)


def test_a_tab_that_is_left_and_come_back_to_is_live_again(page: Page, site: RunningSite) -> None:
    gate = site.new_gate()
    site.show(page, call("held_task", gate))
    page.goto("about:blank")
    page.go_back()
    expect(page.locator("#connection")).to_have_text("Live")
    site.open_gate(gate)
    expect(rows(page, kind="succeeded")).to_have_count(1)


def test_ten_tabs_survive_the_servers_end(own_site: RunningSite, new_context: NewContext) -> None:
    own_site.start_worker()
    gate = own_site.new_gate()
    batch = own_site.enqueue(call("held_task", gate))
    tabs = open_tabs(new_context(), f"{own_site.url}/?batch={batch['batch_id']}", 10)
    own_site.web.kill()
    for tab in tabs:
        expect(tab.locator("#connection")).to_contain_text("Reconnecting…")
    own_site.open_gate(gate)
    own_site.web.start()
    for tab in tabs:
        expect(rows(tab, kind="succeeded")).to_have_count(1)


def test_without_shared_workers_a_tab_has_a_stream_of_its_own(page: Page, site: RunningSite) -> None:
    page.add_init_script("delete window.SharedWorker")
    gate = site.new_gate()
    site.show(page, call("held_task", gate))
    expect(page.locator("#connection")).to_have_text("Live")
    site.open_gate(gate)
    expect(rows(page, kind="succeeded")).to_have_count(1)


def test_a_shared_worker_that_does_not_start_is_done_without(page: Page, site: RunningSite) -> None:
    page.add_init_script(
        "const Real = SharedWorker; window.SharedWorker = function (url, options) {"
        " return new Real('/no-such-worker.js', options); };"
    )
    gate = site.new_gate()
    site.show(page, call("held_task", gate))
    expect(page.locator("#connection")).to_have_text("Live")
    site.open_gate(gate)
    expect(rows(page, kind="succeeded")).to_have_count(1)
