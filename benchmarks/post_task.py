"""POST /task with 100 tasks: how long until the answer is read.

    python benchmarks/post_task.py [--requests N] [--rounds N]

One client, one connection kept open, requests one after the other, a worker running beside. Goal: p50 under
10 ms.
"""

import argparse
import http.client
import json
import time
from urllib.parse import urlsplit

from harness import machine
from harness.rows import percentile
from harness.stack import running_stack
from harness.valkey import embedded_valkey
from harness.verdict import Line, publish

BODY = json.dumps({"count": 100})
HEADERS = {"Content-Type": "application/json"}
WARM_UP = 20
PAUSE_S = 0.02


def post(connection: http.client.HTTPConnection) -> tuple[float, int]:
    """One request: milliseconds until its answer is read, and the answer's size in bytes."""
    begin = time.perf_counter()
    connection.request("POST", "/task", BODY, HEADERS)
    answer = connection.getresponse()
    body = answer.read()
    taken = (time.perf_counter() - begin) * 1000
    if answer.status != http.client.CREATED or json.loads(body)["queued"] != 100:
        raise SystemExit(f"POST /task answered {answer.status}: {body[:200]!r}")
    return taken, len(body)


def measure(url: str, requests: int) -> tuple[list[float], int]:
    """The ordered times of `requests` requests, after a few that are not counted."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    size, times = 0, []
    for number in range(WARM_UP + requests):
        taken, size = post(connection)
        if number >= WARM_UP:
            times.append(taken)
        time.sleep(PAUSE_S)
    connection.close()
    return sorted(times), size


def main() -> None:
    """Measure some rounds, each on an empty server."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    facts = machine.facts()
    rounds, size = [], 0
    with embedded_valkey() as valkey:
        for _ in range(options.rounds):
            valkey.flush()
            with running_stack(valkey) as stack:
                times, size = measure(stack.url, options.requests)
                rounds.append(times)
    lines = [
        Line("p50", [percentile(times, 50) for times in rounds], "ms", at_most=10),
        Line("p99", [percentile(times, 99) for times in rounds], "ms"),
    ]
    notes = [
        f"{options.rounds} round(s) of {options.requests} requests, each of them 100 jobs in one round trip.",
        f"An answer is {size:,} bytes: the ids, and the jobs as the page shows them.",
        "Reproduce: `python benchmarks/post_task.py`.",
    ]
    publish("post_task", "POST /task with 100 tasks", lines, notes, facts)


if __name__ == "__main__":
    main()
