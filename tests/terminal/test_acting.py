"""`arqlight retry`, `abort`, `delete`, `run-now`, `duplicate`, `pause`, `resume`, `empty`, `drain`."""

import json

from arqlight import Queue
from arqlight.models import JobStatus
from tests.helpers import eventually
from tests.terminal.conftest import Run, Shop


async def status(queue: Queue, job_id: str) -> JobStatus:
    return (await queue.look_up(job_id)).job.status


async def test_jobs_that_are_named_are_run_again(arqlight: Run, shop: Shop, queue: Queue) -> None:
    said = await arqlight("retry", *shop.bad)
    assert (said.code, said.out) == (0, "2 enqueued\n")


async def test_so_are_all_that_a_filter_means_after_asking(arqlight: Run, shop: Shop) -> None:
    refused = await arqlight("retry", "--state", "failed")
    assert refused.code == 1
    assert "Retry 2 jobs? Say --yes where nobody can be asked." in refused.err
    said = await arqlight("retry", "--state", "failed", "--yes")
    assert (said.code, said.out) == (0, "2 enqueued\n")


async def test_a_dry_run_says_how_many(arqlight: Run, shop: Shop, queue: Queue) -> None:
    said = await arqlight("delete", "--state", "failed", "--dry-run")
    assert said.out == "Delete 2 jobs: not done.\n"
    told = await arqlight("delete", "--state", "failed", "--dry-run", "--json")
    assert json.loads(told.out) == {"action": "delete", "count": 2, "exact": True}
    assert await status(queue, shop.bad[0]) == JobStatus.complete


async def test_which_jobs_must_be_said_in_one_way(arqlight: Run) -> None:
    assert (await arqlight("retry")).code == 2
    assert (await arqlight("retry", "some-id", "--state", "failed")).code == 2


async def test_what_did_not_go_as_asked_is_said_and_is_code_1(arqlight: Run, shop: Shop) -> None:
    said = await arqlight("abort", shop.good, "nobody")
    assert said.code == 1
    assert said.out == "1 finished, 1 unknown\n  aaaa-good: finished\n  nobody: unknown\n"


async def test_a_job_is_deleted_after_asking(arqlight: Run, shop: Shop, queue: Queue) -> None:
    assert (await arqlight("delete", shop.good)).code == 1
    said = await arqlight("delete", shop.good, "--yes")
    assert (said.code, said.out) == (0, "1 deleted\n")
    assert await status(queue, shop.good) == JobStatus.not_found


async def test_a_deferred_job_is_made_due_and_runs(arqlight: Run, shop: Shop, queue: Queue) -> None:
    await queue.enqueue("echo", _job_id="later", _defer_by=3600)
    assert (await arqlight("run-now", "later")).out == "1 due now\n"

    async def is_over() -> bool:
        return await status(queue, "later") == JobStatus.complete

    await eventually(is_over, timeout=20)


async def test_a_copy_is_a_new_job(arqlight: Run, shop: Shop, queue: Queue) -> None:
    said = await arqlight("duplicate", shop.good)
    assert await status(queue, said.out.strip()) != JobStatus.not_found
    unknown = await arqlight("duplicate", "nobody")
    assert unknown.code == 1
    assert "no record" in unknown.err


async def test_a_queue_is_paused_and_resumed(arqlight: Run, queue: Queue) -> None:
    assert (await arqlight("pause", "arq:queue")).out == "arq:queue is paused\n"
    assert await queue.paused_since() is not None
    assert "paused" in (await arqlight("queues")).out
    assert (await arqlight("resume", "arq:queue")).out == "arq:queue is resumed\n"
    assert await queue.paused_since() is None


async def test_a_queue_is_emptied_after_asking(arqlight: Run, queue: Queue) -> None:
    for _ in range(3):
        await queue.enqueue("echo")
    assert (await arqlight("empty", "arq:queue", "--dry-run")).out == (
        "Delete 3 jobs that wait in arq:queue: not done.\n"
    )
    assert (await arqlight("empty", "arq:queue")).code == 1
    assert (await arqlight("empty", "arq:queue", "-y")).out == "3 deleted\n"
    said = await arqlight("empty", "arq:quue", "-y")
    assert said.code == 1
    assert "There is no queue 'arq:quue'" in said.err


async def test_a_worker_is_drained_and_takes_jobs_again(arqlight: Run, shop: Shop) -> None:
    (worker,) = json.loads((await arqlight("workers", "--json")).out)["workers"]
    name = worker["worker_id"]
    assert (await arqlight("drain", name)).out == f"{name} takes no more jobs\n"

    async def state() -> str:
        return str(json.loads((await arqlight("workers", "--json")).out)["workers"][0]["state"])

    assert await state() == "draining"
    assert (await arqlight("undrain", name)).out == f"{name} takes jobs again\n"
    said = await arqlight("drain", "nobody")
    assert said.code == 1
    assert "No worker 'nobody' is up." in said.err
