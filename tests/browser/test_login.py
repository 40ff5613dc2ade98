"""Logging in and out, and a session that ends while a page is open."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewContext
from tests.browser.looking import cell, row
from tests.browser.running import RunningSite, call
from tests.browser.test_access import LOW_CONTRAST, NAMELESS
from tests.servers import Valkey

PASSWORD = "open sesame"  # noqa: S105
LOGIN = {
    "ARQLIGHT_USER": "ada",
    "ARQLIGHT_PASSWORD": PASSWORD,
    "ARQLIGHT_TOKEN": "a-token-of-more-than-twenty-characters",
}


@pytest.fixture(scope="module")
def closed_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """A site that lets in who logs in. It has no secret of its own, so its sessions end as it does."""
    with Valkey() as valkey, RunningSite(valkey, tmp_path_factory.mktemp("site"), env=LOGIN) as running:
        running.start_worker()
        yield running


def log_in(page: Page, password: str = PASSWORD) -> None:
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


@pytest.mark.parametrize("java_script_enabled", [True, False])
def test_one_logs_in_sees_who_one_is_and_logs_out(
    new_context: NewContext, closed_site: RunningSite, *, java_script_enabled: bool
) -> None:
    page = new_context(java_script_enabled=java_script_enabled).new_page()
    page.goto(f"{closed_site.url}/console/jobs?state=failed")
    log_in(page, "wrong")
    expect(page.get_by_role("alert")).to_have_text("There is no such name with this password.")
    log_in(page)
    expect(page).to_have_url(f"{closed_site.url}/console/jobs?state=failed")
    expect(page.get_by_title("Logged in as ada")).to_be_visible()
    page.goto(closed_site.url)
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
    page.goto(f"{closed_site.url}/console/jobs")
    expect(page.get_by_label("Password")).to_be_visible()


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_the_login_can_be_read_and_used_by_keyboard(
    new_context: NewContext, closed_site: RunningSite, color_scheme: str
) -> None:
    page = new_context(color_scheme=color_scheme).new_page()
    page.goto(closed_site.url)
    expect(page.get_by_label("Name")).to_be_focused()
    assert page.evaluate(LOW_CONTRAST) == []
    assert page.evaluate(NAMELESS) == []
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    assert page.evaluate(LOW_CONTRAST) == []


def test_a_link_of_another_site_leads_in_although_the_cookie_did_not_come_along(
    new_context: NewContext, closed_site: RunningSite
) -> None:
    page = new_context().new_page()
    page.goto(closed_site.url)
    log_in(page)
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    # To a browser, another name is another site.
    page.goto(closed_site.url.replace("127.0.0.1", "localhost"))
    page.evaluate("address => location.assign(address)", f"{closed_site.url}/console/jobs")
    expect(page).to_have_url(f"{closed_site.url}/console/jobs")
    expect(page.get_by_role("button", name="Log out")).to_be_visible()


def test_a_console_whose_session_is_over_leads_to_the_login_and_back(
    new_context: NewContext, closed_site: RunningSite
) -> None:
    page = new_context().new_page()
    page.goto(f"{closed_site.url}/console/jobs?state=failed")
    log_in(page)
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    page.context.clear_cookies()
    expect(page.get_by_label("Password")).to_be_visible()
    log_in(page)
    expect(page).to_have_url(f"{closed_site.url}/console/jobs?state=failed")


def test_a_stream_whose_session_is_over_leads_to_the_login_and_back(
    new_context: NewContext, closed_site: RunningSite
) -> None:
    gate = closed_site.new_gate()
    batch = closed_site.enqueue(call("held_task", gate))
    page = new_context().new_page()
    page.goto(f"{closed_site.url}/?batch={batch['batch_id']}")
    log_in(page)
    job = row(page, batch["jobs"][0])
    expect(cell(job, "status")).to_contain_text("in progress")
    closed_site.web.kill()
    closed_site.web.start()
    expect(page.get_by_label("Password")).to_be_visible()
    log_in(page)
    closed_site.open_gate(gate)
    expect(cell(job, "status")).to_have_text("succeeded")
