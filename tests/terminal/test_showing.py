"""`arqlight jobs`, `job`, `queues`, `workers`, `functions`, `failures`, `schedules`, `batches`."""

import json
from pathlib import Path

import pytest

from arqlight import Queue
from arqlight.history import History, follow
from arqlight.models import JobRequest
from tests.helpers import eventually
from tests.servers import Valkey
from tests.terminal.conftest import Run, Shop
from tests.web import Web


async def test_jobs_are_a_table_with_the_youngest_first(arqlight: Run, shop: Shop) -> None:
    said = await arqlight("jobs")
    heading, *rows = said.out.splitlines()
    assert heading.split() == ["STATE", "JOB", "ID", "TRY", "WAIT", "RUN", "AGE"]
    assert [row.split()[0] for row in rows] == ["failed", "failed", "succeeded"]
    assert 'fail("no such address")  ValueError: no such address' in rows[0]
    assert "echo(1)" in rows[2]
    assert said.code == 0


async def test_where_no_history_is_kept_they_say_so_and_tell_what_the_log_does(
    arqlight: Run, shop: Shop
) -> None:
    assert "No history is kept here" in (await arqlight("jobs")).err
    assert len((await arqlight("jobs", "--json")).lines) == 3


async def test_a_history_that_is_kept_is_asked(
    arqlight: Run, shop: Shop, queue: Queue, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/kept.db"
    async with await History.open(url) as history, follow(queue, history):
        pass
    await queue.redis.delete("arqlight:events")
    said = await arqlight("jobs", "--json", "--history-url", url)
    assert {job["job_id"] for job in said.lines} == {shop.good, *shop.bad}
    assert not said.err


async def test_json_is_what_the_api_answers(arqlight: Run, shop: Shop) -> None:
    failed = (await arqlight("jobs", "--state", "failed", "--json")).lines
    assert {job["job_id"] for job in failed} == set(shop.bad)
    assert failed[0]["error"] == {"type": "ValueError", "message": "no such address"}


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (["--function", "echo"], 1),
        (["-q", "address"], 2),
        (["--error", "ValueError"], 2),
        (["--since", "1h"], 3),
        (["--until", "1h"], 0),
        (["--state", "succeeded", "--state", "failed"], 3),
        (["--queue", "elsewhere"], 0),
        (["--limit", "2"], 2),
        (["--max-run", "1h"], 3),
        (["--min-run", "1h"], 0),
    ],
)
async def test_filters_say_which(arqlight: Run, shop: Shop, words: list[str], count: int) -> None:
    assert len((await arqlight("jobs", "--json", *words)).lines) == count


async def test_an_empty_list_says_so(arqlight: Run) -> None:
    assert (await arqlight("jobs")).out == "No jobs.\n"


async def test_one_job_is_shown_with_its_traceback(arqlight: Run, shop: Shop) -> None:
    said = await arqlight("job", shop.bad[0])
    assert "ValueError: no such address" in said.out
    assert "raise ValueError(message)" in said.out


async def test_its_id_may_be_typed_short(arqlight: Run, shop: Shop) -> None:
    assert json.loads((await arqlight("job", "aaaa", "--json")).out)["job"]["job_id"] == shop.good


async def test_one_that_several_ids_begin_with_is_refused(arqlight: Run, shop: Shop) -> None:
    said = await arqlight("job", "bbbb")
    assert said.code == 1
    assert said.err.splitlines()[-1].startswith("Error: 2 jobs have ids that begin with bbbb: bbbb-bad-")


async def test_a_job_says_why_it_does_not_run(arqlight: Run, queue: Queue) -> None:
    await queue.enqueue("echo", _job_id="waits-for-ever")
    said = await arqlight("job", "waits-for-ever")
    assert "does not run" in said.out
    assert "worker" in said.out


async def test_the_other_lists(arqlight: Run, shop: Shop, queue: Queue) -> None:
    await queue.enqueue_batch([JobRequest("echo", (n,)) for n in range(3)])
    queues = await arqlight("queues")
    assert "arq:queue" in queues.out
    assert "arqlight" in queues.out
    workers = await arqlight("workers")
    assert "up" in workers.out
    functions = await arqlight("functions")
    assert "retry_once" in functions.out
    assert "2 (100.0%)" in functions.out
    failures = await arqlight("failures")
    assert "ValueError: no such address" in failures.out
    assert (await arqlight("schedules")).out == "No cron jobs are known.\n"
    batches = await arqlight("batches")
    assert "echo" in batches.out


async def test_a_server_is_asked_by_its_address(
    arqlight: Run, shop: Shop, valkey: Valkey, tmp_path: Path
) -> None:
    with Web("tests.server.apps:recorded", redis_url=valkey.url, log=tmp_path / "web.log") as web:

        async def told() -> bool:
            said = await arqlight("jobs", "--json", "--server", web.url, REDIS_URL="")
            return len(said.lines) == 3

        await eventually(told, timeout=30)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["jobs", "--server", "ftp://x"], "'ftp://x' is not the address of a server"),
        (["jobs", "--server", "http://127.0.0.1:1"], "No answer from http://127.0.0.1:1/api/"),
        (["jobs", "--redis-url", "redis://127.0.0.1:1"], "Redis cannot be had"),
        (["jobs", "--history-url", "mysql://x"], "is not the URL of a history"),
    ],
)
async def test_what_cannot_be_reached_is_one_sentence(arqlight: Run, words: list[str], sentence: str) -> None:
    said = await arqlight(*words)
    assert said.code == 1
    assert sentence in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    "words", [["jobs", "--since", "soon"], ["jobs", "--min-run", "long"], ["jobs", "--state", "done"]]
)
async def test_a_wrong_command_line_is_code_2(arqlight: Run, words: list[str]) -> None:
    assert (await arqlight(*words)).code == 2


async def test_what_a_job_says_cannot_move_the_cursor(arqlight: Run, queue: Queue) -> None:
    await queue.enqueue("echo", "\x1b[2Jgone", _job_id="hostile")
    assert "\x1b" not in (await arqlight("jobs")).out
    assert "\x1b" not in (await arqlight("job", "hostile")).out
