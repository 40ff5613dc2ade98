"""A made-up shop: functions like those of a real application, for the development server's load.

They log, report progress, fail now and then in the ways that real ones do, and two run on a schedule, so that
each page of the console has something to show.
"""

import asyncio
import logging
import random
import time
from typing import Any

from arq import cron

from arqlight.functions import RetryPolicy, func
from arqlight.progress import report

__all__ = ["CRON_JOBS", "FUNCTIONS", "CardDeclinedError", "MailServerError"]

logger = logging.getLogger("shop")
draw = random.Random()  # noqa: S311  # no secrets

MAIL_FAILS, CARD_FAILS, BANK_IS_SLOW, STOCK_FAILS = 0.04, 0.08, 0.15, 0.2


class MailServerError(Exception):
    """The mail server refused a message."""


class CardDeclinedError(Exception):
    """The bank refused a payment."""


async def send_mail(ctx: dict[str, Any], to: str, subject: str, *, template: str = "plain") -> dict[str, str]:  # noqa: ARG001  # arq's ctx
    """Send a mail.

    Raises:
        MailServerError: the server has no such mailbox.
    """
    logger.info("connecting to the mail server")
    await asyncio.sleep(draw.uniform(0.05, 0.4))
    if draw.random() < MAIL_FAILS:
        logger.warning("the server answered 550")
        raise MailServerError(f"550 no mailbox of the name {to}")
    logger.info("sent %r with the template %s", subject, template)
    return {"to": to, "message_id": f"<{draw.getrandbits(48):x}@shop.example>"}


async def charge_card(ctx: dict[str, Any], order: int, amount: float, card_token: str) -> str:
    """Take the money for an order; tried again when the bank is slow, not when it refuses.

    Raises:
        CardDeclinedError: the bank refuses.
        TimeoutError: the bank does not answer.
    """
    del card_token
    logger.info("order %d: asking the bank for %.2f, try %d", order, amount, ctx["job_try"])
    await asyncio.sleep(draw.uniform(0.2, 1.2))
    if draw.random() < BANK_IS_SLOW:
        raise TimeoutError("the bank did not answer within 1 s")
    if draw.random() < CARD_FAILS:
        raise CardDeclinedError(f"order {order}: insufficient funds")
    return f"receipt-{order}"


async def import_orders(ctx: dict[str, Any], source: str, rows: int) -> int:
    """Read orders from a file, some rows a second, saying how far it is."""
    logger.info("reading %s", source)
    done = 0
    while done < rows:
        await asyncio.sleep(0.25)
        done = min(rows, done + draw.randint(10, 60))
        report(ctx, done, rows, f"row {done:,}")
        if draw.random() < 0.05:  # noqa: PLR2004  # now and then
            logger.warning("row %d has no address, passed over", done)
    return rows


def build_report(ctx: dict[str, Any], month: str) -> dict[str, Any]:
    """Add up a month: a plain function, which runs in a thread."""
    parts = ("orders", "returns", "payments", "stock")
    for number, part in enumerate(parts):
        report(ctx, number, len(parts), part)
        logger.info("adding up the %s of %s", part, month)
        time.sleep(draw.uniform(0.3, 1.5))
    return {"month": month, "orders": draw.randint(800, 2000), "total": round(draw.uniform(2e4, 9e4), 2)}


async def resize_image(ctx: dict[str, Any], path: str, width: int = 640) -> str:  # noqa: ARG001  # as above
    """Make a picture smaller."""
    await asyncio.sleep(draw.uniform(0.02, 0.2))
    return path.replace(".", f"-{width}.")


async def sync_stock(ctx: dict[str, Any]) -> int:  # noqa: ARG001  # as above
    """Ask the warehouse how much is left; run every minute.

    Raises:
        ConnectionError: the warehouse does not answer.
    """
    await asyncio.sleep(draw.uniform(0.5, 2))
    if draw.random() < STOCK_FAILS:
        raise ConnectionError("warehouse.example:443 refused the connection")
    return draw.randint(100, 5000)


async def close_the_day(ctx: dict[str, Any]) -> str:  # noqa: ARG001  # as above
    """End the day's books; run every night."""
    await asyncio.sleep(3)
    return "closed"


PATIENT = RetryPolicy(max_tries=4, delay=2, backoff=2, on=(TimeoutError,))
FUNCTIONS = [send_mail, func(charge_card, retry=PATIENT), import_orders, build_report, resize_image]
CRON_JOBS = [
    cron(sync_stock, second=0, keep_result=3600),
    cron(close_the_day, hour=23, minute=55, keep_result=86_400),
]
