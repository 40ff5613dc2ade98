"""What the page may load and run."""

import re
from urllib.parse import urlsplit

import httpx
from playwright.sync_api import Browser, Page, Request, expect

from tests.browser.looking import rows, start_tasks
from tests.browser.running import RunningSite


def test_the_policy_allows_no_inline_script_or_style(site: RunningSite) -> None:
    policies = [httpx.get(site.url).headers["content-security-policy"] for _ in range(2)]
    assert "unsafe-inline" not in policies[0]
    assert "unsafe-eval" not in policies[0]
    nonces = {nonce for policy in policies for nonce in re.findall(r"script-src[^;]*'nonce-([^']+)'", policy)}
    assert len(nonces) == 2


def test_an_injected_script_does_not_run(browser: Browser, site: RunningSite) -> None:
    page = browser.new_page()
    page.goto(site.url)
    refused = page.evaluate(
        """() => new Promise((resolve) => {
          document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
          const script = document.createElement("script");
          script.textContent = "document.title = 'owned'";
          document.body.append(script);
        })"""
    )
    assert refused.startswith("script-src")
    assert page.title() == "Background tasks"
    page.close()


def test_everything_comes_from_our_own_server(page: Page, site: RunningSite) -> None:
    hosts: set[str] = set()

    def note(request: Request) -> None:
        hosts.add(urlsplit(request.url).netloc)

    page.context.on("request", note)
    page.goto(site.url)
    start_tasks(page, 5)
    expect(rows(page, kind="succeeded")).to_have_count(5)
    assert hosts == {urlsplit(site.url).netloc}


def test_no_element_has_a_style_or_a_script_in_an_attribute(page: Page, site: RunningSite) -> None:
    page.goto(site.url)
    start_tasks(page, 5)
    expect(rows(page, kind="succeeded")).to_have_count(5)
    attributes = page.evaluate(
        "() => [...document.querySelectorAll('*')].flatMap((element) => element.getAttributeNames())"
    )
    assert not [name for name in attributes if name == "style" or name.startswith("on")]
