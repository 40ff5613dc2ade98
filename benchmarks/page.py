"""A job's end to its row in the page saying so: 100 tasks in a real Chromium.

    python benchmarks/page.py [--rounds N]

The page's own script is not touched: an observer, put in before the page loads, stamps the moment at which
a row's status cell says `complete`. That is compared with the job's `finish_ms` in the API, on the same
machine's clock. Two cases: 100 tasks started with the page's form, which end as they do; and 100 that all
end at once.
Goal: p50 30 ms, p99 150 ms.
"""

import argparse
import http.client
import json
import os
import time
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

from harness import machine
from harness.rows import percentile
from harness.stack import running_stack
from harness.valkey import embedded_valkey
from harness.verdict import Line, publish

CHROMIUM = os.environ.get("ARQLIGHT_CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
FLAGS += ["--disable-background-networking", "--disable-component-update"]
TASKS = 100
LONGEST_S = 120

OBSERVER = """
window.__seen = {};
const rowsOf = ({target, addedNodes}) => {
  const element = target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement;
  const row = element?.closest("#table-status tbody tr");
  if (row) return [row];
  const cells = [...addedNodes].flatMap((node) => [...(node.querySelectorAll?.("td") ?? [])]);
  return cells.map((cell) => cell.parentElement);
};
const look = (changes) => {
  const now = performance.timeOrigin + performance.now();
  for (const row of new Set(changes.flatMap(rowsOf))) {
    const [id, status] = row.cells;
    if (!status?.textContent.trim().startsWith("complete")) continue;
    window.__seen[id.textContent.trim()] ??= now;
  }
};
new MutationObserver(look).observe(document, {subtree: true, childList: true, characterData: true});
"""


def by_form(page: Page, url: str) -> str:
    """Start 100 tasks with the form; the batch's id."""
    page.goto(url)
    page.select_option("#tasks", str(TASKS))
    with page.expect_response("**/task") as answered:
        page.click("#tasks_form button[type=submit]")
    return str(answered.value.json()["batch_id"])


def at_once(page: Page, url: str) -> str:
    """Start 100 tasks of three seconds, and open the page on them; the batch's id."""
    job = {"function": "create_task", "args": [3], "kwargs": {}}
    batch_id = str(ask(url, "POST", "/api/batches", {"jobs": [job] * TASKS})["batch_id"])
    page.goto(f"{url}/?batch={batch_id}")
    return batch_id


CASES = {"started with the form": by_form, "all ending at once": at_once}


def measure(browser: Browser, url: str, case: str) -> tuple[list[float], float]:
    """The ordered delays in ms, and how far the page's clock is from the machine's."""
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script(OBSERVER)
    batch_id = CASES[case](page, url)
    seen = wait_for_all(page)
    skew = clock_skew(page)
    context.close()
    jobs = ask(url, "GET", f"/api/batches/{batch_id}")["jobs"]
    delays = [seen[job["job_id"]] - job["finish_ms"] for job in jobs]
    return sorted(delays), skew


def wait_for_all(page: Page) -> dict[str, float]:
    """When each row was seen to be complete, once all are. The page is asked seldom, to leave it alone."""
    deadline = time.monotonic() + LONGEST_S
    while len(seen := dict(page.evaluate("window.__seen"))) < TASKS:
        if time.monotonic() > deadline:
            raise SystemExit(f"after {LONGEST_S} s the page shows {len(seen)} of {TASKS} tasks as complete")
        page.wait_for_timeout(500)
    return seen


def clock_skew(page: Page) -> float:
    """The page's timeOrigin clock minus this process's, in ms, good to about the time of one call."""
    before = time.time()
    page_ms = float(page.evaluate("performance.timeOrigin + performance.now()"))
    return page_ms - (before + time.time()) / 2 * 1000


def ask(url: str, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """One request to the API."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    headers = {"Content-Type": "application/json"} if body else {}
    connection.request(method, path, json.dumps(body) if body else None, headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if answer.status not in (http.client.OK, http.client.CREATED):
        raise SystemExit(f"{method} {path} answered {answer.status}: {text[:300]!r}")
    return dict(json.loads(text))


def main() -> None:
    """Measure both cases, some rounds each, interleaved."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    facts = machine.facts()
    found: dict[str, list[list[float]]] = {case: [] for case in CASES}
    skews = []
    with embedded_valkey() as valkey, running_stack(valkey) as stack, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for _ in range(options.rounds):
            for case, rounds in found.items():
                delays, skew = measure(browser, stack.url, case)
                rounds.append(delays)
                skews.append(skew)
        browser.close()
    lines = []
    for case, rounds in found.items():
        p50, p99 = ([percentile(delays, percent) for delays in rounds] for percent in (50, 99))
        lines += [Line(f"{case}, p50", p50, "ms", at_most=30), Line(f"{case}, p99", p99, "ms", at_most=150)]
    notes = [
        f"{options.rounds} round(s) of {TASKS} tasks each; a p99 is a round's second slowest row.",
        f"The page's clock and the machine's differed by {max(skews, key=abs):.1f} ms at most.",
        "`finish_ms` is cut to whole ms, which adds half a ms on average.",
        "Chromium, web process, worker and Valkey share the machine's cores.",
        "Reproduce: `python benchmarks/page.py`.",
    ]
    publish("page", "Job finished to visible in the page's DOM", lines, notes, facts)


if __name__ == "__main__":
    main()
