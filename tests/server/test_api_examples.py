"""docs/api.md: each route with an example that was run. ``ARQLIGHT_WRITE_EXAMPLES=1`` writes it anew."""

import json
import os
import re
import shlex
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from tests.helpers import eventually
from tests.processes import StartWorker
from tests.server.apps import recorded
from tests.server.conftest import Serve
from tests.server.test_openapi import operations

GUIDE = Path(__file__).parents[2] / "docs" / "api.md"
INTRODUCTION = """\
# The API by examples

Each route with a request that was run, and what it was answered. They were run one after the other, on a
server with one worker; ids and times are made up, and long lists and texts are cut.
[http-api.md](http-api.md) tells what each route is for; the OpenAPI of the application (`/openapi.json`)
describes each field.
"""
LONGEST_LIST, LONGEST_TEXT = 2, 300
PRETENDED = {
    "worker": "web1-4242-5e884898",
    "action": "0f8a5d7c",
    "batch": "f2d1c0b9",
    "fingerprint": "9b2e7a41",
}
FIELDS = {"worker": "worker_id", "action": "action_id", "batch": "batch_id", "fingerprint": "fingerprint"}
# A stream does not end.
NOT_RUN = {("/api/events", "get")}


class Example(NamedTuple):
    """One request. ``{worker}`` and its like stand for what earlier ones answered."""

    method: str
    path: str
    body: dict[str, Any] | None = None

    @property
    def title(self) -> str:
        return f"{self.method} {self.path.partition('?')[0].format(**PRETENDED)}"


EXAMPLES = [
    Example("POST", "/api/jobs", {"function": "fail", "args": ["no such address"], "job_id": "mail-1"}),
    Example("GET", "/api/jobs/mail-1?wait=10"),
    Example("GET", "/api/jobs/mail-1/values"),
    Example("GET", "/api/jobs?outcome=failed&function=fail&limit=1"),
    Example("GET", "/api/counts?function=fail"),
    Example("GET", "/api/jobs/mail-1/history"),
    Example("GET", "/api/suggest?field=function&prefix=fa"),
    Example("GET", "/api/export?format=jsonl&outcome=failed"),
    Example("POST", "/api/jobs/mail-1/retry"),
    Example("POST", "/api/jobs/mail-1/duplicate"),
    Example("POST", "/api/jobs", {"function": "echo", "job_id": "later-1", "defer_by_s": 3600}),
    Example("POST", "/api/jobs/later-1/run-now"),
    Example("POST", "/api/jobs/later-1/abort"),
    Example("DELETE", "/api/jobs/later-1"),
    Example("POST", "/api/batches", {"jobs": [{"function": "echo", "args": [1]}]}),
    Example("GET", "/api/batches/{batch}"),
    Example("GET", "/api/batches?limit=1"),
    Example("POST", "/api/actions", {"action": "retry", "filter": {"outcome": ["failed"]}}),
    Example("GET", "/api/actions/{action}"),
    Example("DELETE", "/api/actions/{action}"),
    Example("GET", "/api/queues"),
    Example("POST", "/api/queues/arq:queue/pause"),
    Example("POST", "/api/queues/arq:queue/resume"),
    Example("POST", "/api/queues/arq:queue/empty"),
    Example("GET", "/api/workers"),
    Example("POST", "/api/workers/{worker}/drain"),
    Example("POST", "/api/workers/{worker}/undrain"),
    Example("GET", "/api/functions"),
    Example("GET", "/api/functions/fail"),
    Example("GET", "/api/schedules"),
    Example("POST", "/api/schedules/cron:tidy/run-now"),
    Example("POST", "/api/schedules/cron:tidy/off"),
    Example("POST", "/api/schedules/cron:tidy/on"),
    Example("GET", "/api/failures?limit=1"),
    Example("GET", "/api/failures/{fingerprint}"),
    Example("GET", "/api/stats?step=3600"),
    Example("GET", "/api/overview"),
    Example("GET", "/api/audit?limit=2"),
]


async def test_the_examples_are_answered_as_the_guide_says(serve: Serve, worker_process: StartWorker) -> None:
    worker_process("tests.server.work.CronSettings")
    known: dict[str, str] = {}
    async with httpx.AsyncClient(base_url=serve("recorded").url, timeout=30) as client:
        answers = [await answer_to(client, example, known) for example in EXAMPLES]
    if os.environ.get("ARQLIGHT_WRITE_EXAMPLES"):
        sections = [section(*pair, known) for pair in zip(EXAMPLES, answers, strict=True)]
        GUIDE.write_text("\n".join([INTRODUCTION, *sections]))
    found = re.findall(
        r"^## (.+?)$.*?^(\d{3})$.*?^```json\n(.*?)^```", GUIDE.read_text(), re.DOTALL | re.MULTILINE
    )
    assert [(title, int(status)) for title, status, _ in found] == [
        (example.title, answer.status_code) for example, answer in zip(EXAMPLES, answers, strict=True)
    ]
    for (title, _, text), answer in zip(found, answers, strict=True):
        gone = names_in(json.loads(text)) - names_in(shown(answer))
        assert not gone, f"{title} no longer tells {gone}; write the guide anew"


def test_every_route_has_an_example() -> None:
    names = r"mail-1|later-1|{\w+}|arq:queue|cron:tidy|(?<=functions/)fail"
    of_guide = {(re.sub(names, "*", one.path.partition("?")[0]), one.method.lower()) for one in EXAMPLES}
    every = {(re.sub(r"{\w+}", "*", path), method) for path, method in operations(recorded.openapi())}
    assert every - NOT_RUN == of_guide


async def answer_to(client: httpx.AsyncClient, example: Example, known: dict[str, str]) -> httpx.Response:
    """Ask until there is an answer that shows something: the history comes a moment later."""

    async def answered() -> httpx.Response:
        path = example.path.format(**known)
        answer = await client.request(example.method, path, json=example.body)
        assert answer.is_success, f"{example.method} {path}: {answer.text}"
        if example.method == "GET" and example.path != "/api/overview":
            told = shown(answer)
            assert told, path
            assert next(iter(told.values())) != [], path
            assert told.get("state") != "running", path
        return answer

    answer = await eventually(answered, 20)
    for name, field in FIELDS.items():
        if found := re.search(rf'"{field}":"([^"]+)"', answer.text):
            known[name] = found[1]
    return answer


def shown(answer: httpx.Response) -> dict[str, Any]:
    """An answer; of a file, its first line."""
    text = answer.text.partition("\n")[0] if "jsonl" in str(answer.url) else answer.text
    told: dict[str, Any] = json.loads(text or "{}")
    return told


def names_in(answer: dict[str, Any]) -> set[str]:
    """The names in an answer, and those in the first thing of each of its lists."""
    firsts = {name: value[0] for name, value in answer.items() if isinstance(value, list) and value}
    inner = {f"{name}.{one}" for name, first in firsts.items() if isinstance(first, dict) for one in first}
    return {*answer, *inner}


def section(example: Example, answer: httpx.Response, known: dict[str, str]) -> str:
    """How the guide shows it."""
    method = "" if example.method == ("POST" if example.body else "GET") else f" -X {example.method}"
    kind = " -H 'content-type: application/json'" if example.body else ""
    body = f" -d {shlex.quote(json.dumps(example.body))}" if example.body else ""
    address = shlex.quote("http://localhost:8000" + example.path.format(**PRETENDED))
    asked = f"curl{method}{kind}{body} {address}"
    told = pretended(json.dumps(cut(shown(answer)), indent=2, ensure_ascii=False), known)
    return f"## {example.title}\n\n```\n{asked}\n```\n\n{answer.status_code}\n\n```json\n{told}\n```\n"


def cut(value: Any) -> Any:
    """A value without the rest of long lists and texts."""
    if isinstance(value, dict):
        return {name: cut(item) for name, item in value.items()}
    if isinstance(value, list):
        return [cut(item) for item in value[:LONGEST_LIST]]
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return value[:LONGEST_TEXT] + "…"
    return value


def pretended(text: str, known: dict[str, str]) -> str:
    """A text with ids, times and places that are nobody's."""
    for name, value in known.items():
        text = text.replace(value, PRETENDED[name])
    text = re.sub(
        r"\b1[5-9]\d{11}(-\d+)?\b", lambda found: "1764000000000" + ("-0" if found[1] else ""), text
    )
    text = re.sub(r"\b[0-9a-f]{20,40}\b", "6c1f0b9e3f0d4a7b8e21", text)
    text = re.sub(r'("host": )"[^"]*"', r'\1"web1"', text)
    text = re.sub(r'("pid": )\d+', r"\g<1>4242", text)
    return re.sub(r'(File \\")[^"]*?/(\w+\.py)', r"\1/app/\2", text)
