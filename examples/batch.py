"""Enqueue a batch from a script, and follow its jobs until all are complete.

Start the demo's worker first, then this:

    arqlight worker arqlight.demo.WorkerSettings
    python examples/batch.py
"""

import asyncio

from arqlight import JobRequest, Queue


async def main() -> None:
    """Start five jobs, print every event of theirs, then what became of them."""
    async with Queue.connect() as queue:
        batch = await queue.enqueue_batch([JobRequest("create_task", (seconds,)) for seconds in range(1, 6)])
        await follow(queue, set(batch.job_ids), batch.event_id)
        done = await queue.look_up_batch(batch.batch_id)
        if done is not None:
            print(f"{done.counts['succeeded']} of {done.total} succeeded:", [job.result for job in done.jobs])


async def follow(queue: Queue, job_ids: set[str | None], event_id: str) -> None:
    """Print the jobs' events that come after `event_id`, until the last job is complete."""
    waiting = set(job_ids)
    while waiting:
        for event in await queue.events.read(event_id, block_ms=1_000, count=100):
            event_id = event.id
            if event.job_id in job_ids:
                print(f"{event.job_id[:8]} {event.event} {event.data}")
            if event.event in {"succeeded", "failed", "aborted", "expired"}:
                waiting.discard(event.job_id)


if __name__ == "__main__":
    asyncio.run(main())
