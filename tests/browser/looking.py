"""What a page shows, as tests read it."""

from typing import Any

from playwright.sync_api import Locator, Page

__all__ = ["cell", "row", "rows", "start_tasks", "watch_rows"]

# Notes what each row's status was when it first was there, and how many came in the same moment.
WATCH_ROWS = """
window.firstSeen = [];
document.addEventListener("DOMContentLoaded", () => {
  new MutationObserver((records) => {
    const nodes = records.flatMap((record) => [...record.addedNodes]).filter((node) => node.matches);
    const jobs = (node) => node.matches("tr.job") ? [node] : [...node.querySelectorAll("tr.job")];
    const added = nodes.flatMap(jobs);
    if (added.length) window.firstSeen.push(added.map((row) => row.cells[1].textContent.trim()));
  }).observe(document.getElementById("rows"), { childList: true, subtree: true });
});
"""


def watch_rows(page: Page) -> None:
    """From the next load on, ``window.firstSeen`` has the statuses of the rows that each change added."""
    page.add_init_script(WATCH_ROWS)


def start_tasks(page: Page, count: int) -> None:
    """Fill in the form, and send it."""
    page.get_by_label("How many tasks?").select_option(str(count))
    page.get_by_role("button", name="Start").click()


def rows(page: Page, **data: str) -> Locator:
    """The table's rows, one per job; those with some data attribute: ``kind="failed"``."""
    return page.locator(
        "#table-status tbody tr.job" + "".join(f'[data-{name}="{value}"]' for name, value in data.items())
    )


def row(page: Page, job: dict[str, Any] | str) -> Locator:
    """The row of one job."""
    job_id = job if isinstance(job, str) else job["job_id"]
    return rows(page).filter(has=page.get_by_role("link", name=job_id, exact=True))


def cell(row: Locator, column: str) -> Locator:
    """A row's cell: ``status``, ``result``, ``progress``, ``try``, ``waited``, ``ran``."""
    return row.locator(f"td.job-{column}")
