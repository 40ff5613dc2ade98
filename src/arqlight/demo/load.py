"""Made-up load for the development server: batches of every kind of job, at a gentle rate, for ever.

`python -m arqlight.demo.load` enqueues a show: one batch of each kind, whose jobs become due one after the
other over some minutes. It prints the address of the page that shows them, and begins the next show when they
are over. Beside the show it enqueues what a shop would, see `arqlight.demo.shop`. Redis is where `REDIS_URL`
says; `ARQLIGHT_URL` is the web server's address.
"""

import asyncio
import itertools
import os
import random
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from arqlight import BatchRef, JobRequest, Queue

SHOW_S = 300.0
JOBS_OF_A_BATCH = 20
ABORTED_AFTER_S = 4.0
BETWEEN_ORDERS_S = 2.0
CUSTOMERS = ("ada", "alan", "barbara", "edsger", "grace", "ken", "margaret", "niklaus")
HOSTILE_TEXTS = (
    "<script>document.title = 'hacked'</script>",
    '"><img src=x onerror="document.title=\'hacked\'">',
    "{{ 7 * 7 }} ${7 * 7} %(asctime)s",
    "'; DROP TABLE jobs; --",
    "\u202etxet siht\u202c runs backwards",
    "z\u0310\u0352\u0346a\u0351\u0303l\u0342\u0344g\u0313\u0307o \N{PILE OF POO} \N{ZERO WIDTH SPACE}",
    "\x00\x07\x1b[31mcontrol characters\x1b[0m",
    "a-word-without-any-end-" * 40,
)
STEPS = ("read the file", "check it", "convert it", "tell the others")

draw = random.Random()  # noqa: S311  # no secrets


def ordinary(number: int) -> JobRequest:
    """Jobs short and long."""
    return JobRequest("create_task", (draw.choice([0, 1, 2, 3, 5, 8, 13]),), defer_by=_due(number))


def talking(number: int) -> JobRequest:
    """Jobs that say what they are doing, and every fifth with a large result."""
    if number % 5 == 0:
        return JobRequest("large_task", (10 ** (number // 5 + 3),), defer_by=_due(number))
    return JobRequest("steps_task", (list(STEPS),), defer_by=_due(number))


def failing(number: int) -> JobRequest:
    """Jobs that fail, at once or at last, that need several tries, or whose result cannot be stored."""
    kinds: list[tuple[str, tuple[Any, ...]]] = [
        ("fail_task", (draw.randint(0, 4), "the other side hung up")),
        ("retry_task", (1, draw.randint(2, 4))),
        ("retry_task", (0, 100)),
        ("unstorable_task", ()),
        ("no_such_task", ()),
    ]
    function, args = kinds[number % len(kinds)]
    return JobRequest(function, args, defer_by=_due(number))


def hostile(number: int) -> JobRequest:
    """Jobs whose ids, results and errors try to break out of the page."""
    text = HOSTILE_TEXTS[number % len(HOSTILE_TEXTS)]
    job_id = f"{text[:200]}/{draw.getrandbits(32):x}" if number % 4 == 0 else None
    function, args = ("fail_task", (1, text)) if number % 2 else ("echo_task", ({text: [text, None, 1.5]},))
    return JobRequest(function, args, job_id=job_id, defer_by=_due(number))


def doomed(number: int) -> JobRequest:
    """Jobs that are aborted, while they run or before, and every fifth one that expires before it is due."""
    due = _due(number)
    if expires(number):
        return JobRequest("create_task", (5,), defer_by=due + 5, expires=due + 2)
    return JobRequest("create_task", (30,), defer_by=due)


def expires(number: int) -> bool:
    """Whether the doomed batch's job of this number expires; the others are aborted."""
    return number % 5 == 0


KINDS: tuple[Callable[[int], JobRequest], ...] = (ordinary, talking, failing, hostile, doomed)


def _due(number: int) -> float:
    """When the batch's job of this number is due, in seconds from now; the first ones at once."""
    return max(0, number - 1) * SHOW_S / JOBS_OF_A_BATCH


async def show(queue: Queue) -> list[BatchRef]:
    """Enqueue one batch of each kind."""
    return [await queue.enqueue_batch([make(n) for n in range(JOBS_OF_A_BATCH)]) for make in KINDS]


async def trade(queue: Queue) -> None:
    """Enqueue what a shop would: an order now and then with its mail, and longer work from time to time."""
    for number in itertools.count(1):
        order = draw.randint(10_000, 99_999)
        customer = draw.choice(CUSTOMERS)
        await queue.enqueue(
            "charge_card", order, round(draw.uniform(5, 300), 2), card_token="tok_" + customer
        )
        await queue.enqueue(
            "send_mail", f"{customer}@example.org", f"Your order {order}", template="order", _defer_by=2
        )
        if number % 10 == 0:
            pictures = [JobRequest("resize_image", (f"product-{order}-{n}.jpg", 640)) for n in range(8)]
            await queue.enqueue_batch(pictures)
        if number % 20 == 0:
            await queue.enqueue("import_orders", f"orders-{number}.csv", draw.randint(200, 3000))
            await queue.enqueue("build_report", f"2026-{draw.randint(1, 12):02}")
        if number % 15 == 0:
            await queue.enqueue("send_mail", f"{customer}@example.org", "How did you like it?", _defer_by=600)
        await asyncio.sleep(draw.expovariate(1 / BETWEEN_ORDERS_S))


async def abort_some(queue: Queue, batch: BatchRef) -> None:
    """Abort each job of a batch that does not expire: most a little after it began, every third before."""
    clock = asyncio.get_running_loop().time
    began = clock()
    for number, job_id in enumerate(batch.job_ids):
        if expires(number):
            continue
        early = number % 3 == 0
        at = _due(number) + (-ABORTED_AFTER_S if early else ABORTED_AFTER_S)
        await asyncio.sleep(max(0, began + at - clock()))
        if job_id is not None:
            await queue.abort(job_id)


def address(base: str, batches: list[BatchRef]) -> str:
    """The address of the page that shows these batches."""
    return f"{base}/?{urlencode([('batch', batch.batch_id) for batch in batches])}"


async def main() -> None:
    """Put on one show after the other."""
    base = os.environ.get("ARQLIGHT_URL", "http://127.0.0.1:8000")
    async with Queue.connect() as queue, asyncio.TaskGroup() as tasks:
        tasks.create_task(trade(queue))
        for number in itertools.count(1):
            batches = await show(queue)
            print(f"Made-up load, part {number}: {address(base, batches)}", flush=True)
            tasks.create_task(abort_some(queue, batches[-1]))
            await asyncio.sleep(SHOW_S)


if __name__ == "__main__":
    asyncio.run(main())
