"""The console, as tests open it and read it."""

from typing import Any
from urllib.parse import quote, urlencode

from playwright.sync_api import Locator, Page, expect

from tests.browser.running import RunningSite
from tests.helpers import wait_until
from tests.processes import ROOT

__all__ = [
    "accessibility_findings",
    "expect_accessible",
    "expect_fits",
    "job_row",
    "job_rows",
    "open_console",
    "open_job",
    "open_jobs",
    "said",
]

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RUN_AXE = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, html }) => `${id}: ${help}: ${target.join(" ")}: ${html.slice(0, 200)}`));
}"""
COLOURS_THAT_CHANGE = "document.getAnimations().filter((one) => one instanceof CSSTransition).length"
TOO_WIDE = """(width) => [...document.querySelectorAll("body *")]
  .filter((element) => element.getBoundingClientRect().right > width && !element.closest("nav, thead"))
  .map((element) => `${element.tagName}.${element.className} ${element.textContent.slice(0, 30)}`)"""
NARROW = 320


def open_console(page: Page, site: RunningSite, path: str, **query: Any) -> None:
    """Open a page of the console, such as ``/jobs``, and wait until it is live."""
    page.goto(f"{site.url}/console{path}?{urlencode(query, doseq=True)}")
    expect(page.locator("#connection")).to_have_text("Live")


def open_jobs(page: Page, site: RunningSite, **filters: Any) -> None:
    """Open the list of jobs with these filters, and wait until it is live."""
    open_console(page, site, "/jobs", **filters)


def open_job(page: Page, site: RunningSite, job: dict[str, Any] | str) -> None:
    """Open the page of one job, and wait until it shows what is known of it."""
    job_id = job if isinstance(job, str) else job["job_id"]
    page.goto(f"{site.url}/console/jobs/{quote(job_id, safe='')}")
    page.get_by_role("list", name="The way of this job").wait_for()


def job_rows(page: Page, **data: str) -> Locator:
    """The rows of a list of jobs; those with some data attribute: ``kind="failed"``."""
    return page.locator("tr[data-job]" + "".join(f'[data-{name}="{value}"]' for name, value in data.items()))


def job_row(page: Page, job: dict[str, Any] | str) -> Locator:
    """The row of one job."""
    job_id = job if isinstance(job, str) else job["job_id"]
    return page.locator(f'tr[data-job="{job_id}"]')


def said(page: Page) -> Locator:
    """What the page says came of what one did."""
    return page.get_by_role("status", name="What has just been done")


def accessibility_findings(page: Page) -> list[str]:
    """What axe-core finds wrong with the page as it stands, in light and in dark."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    findings = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        wait_until(lambda: not page.evaluate(COLOURS_THAT_CHANGE))
        findings += [f"{scheme}: {finding}" for finding in page.evaluate(RUN_AXE)]
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    return findings


def expect_accessible(page: Page) -> None:
    """Fail with what axe-core finds wrong, in either theme."""
    findings = accessibility_findings(page)
    assert not findings, "\n".join(findings)


def expect_fits(page: Page, width: int = NARROW) -> None:
    """Fail when the page, so wide, has to be scrolled sideways."""
    page.set_viewport_size({"width": width, "height": 800})
    needed = page.evaluate("document.documentElement.scrollWidth")
    assert needed <= width, f"the page is {needed} px wide: {page.evaluate(TOO_WIDE, width)}"
