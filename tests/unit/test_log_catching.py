"""What is logged is caught by its context, and `logging` is as it was afterwards."""

import asyncio
import contextvars
import logging
from collections.abc import Iterator
from functools import partial

import pytest

from arqlight.worker import catching

logger = logging.getLogger("tests.catching")


class Kept:
    """Keeps messages; one that is told to logs while it does."""

    def __init__(self, *, logs: bool = False) -> None:
        self.messages: list[str] = []
        self._logs = logs

    def take(self, record: logging.LogRecord) -> None:
        if self._logs:
            logger.warning("while taking")
        self.messages.append(record.getMessage())


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever other tests' workers have left in this process."""
    former = logging.getLogRecordFactory()
    logging.setLogRecordFactory(logging.LogRecord)
    monkeypatch.setattr(catching, "_FACTORY", type(vars(catching)["_FACTORY"])())
    yield
    logging.setLogRecordFactory(former)


@pytest.fixture
def caught() -> Iterator[None]:
    former = logging.getLogRecordFactory()
    catching.install()
    yield
    catching.uninstall()
    assert logging.getLogRecordFactory() is former


def logged_for(kept: Kept, message: str) -> None:
    def log() -> None:
        catching.catch_for(kept)
        logger.warning(message)

    contextvars.copy_context().run(log)


@pytest.mark.usefixtures("caught")
async def test_each_task_and_the_threads_it_begins_have_their_own_taker() -> None:
    one, two = Kept(), Kept()

    async def talk(kept: Kept, message: str) -> None:
        catching.catch_for(kept)
        await asyncio.sleep(0)
        logger.warning(message)
        await asyncio.to_thread(logger.warning, f"{message} below")

    await asyncio.gather(talk(one, "first"), talk(two, "second"))
    logger.warning("to nobody")
    assert (one.messages, two.messages) == (["first", "first below"], ["second", "second below"])


@pytest.mark.usefixtures("caught")
def test_what_is_logged_while_a_line_is_taken_is_not_caught_again() -> None:
    kept = Kept(logs=True)
    logged_for(kept, "once")
    assert kept.messages == ["once"]


@pytest.mark.usefixtures("caught")
def test_a_line_below_its_loggers_level_is_not_caught() -> None:
    kept = Kept()
    logger.setLevel(logging.ERROR)
    try:
        logged_for(kept, "too low")
    finally:
        logger.setLevel(logging.NOTSET)
    assert kept.messages == []


def test_it_is_caught_until_the_last_one_has_had_enough() -> None:
    former = logging.getLogRecordFactory()
    kept = Kept()
    catching.install()
    catching.install()
    catching.uninstall()
    logged_for(kept, "one is left")
    catching.uninstall()
    logged_for(kept, "nobody is left")
    assert kept.messages == ["one is left"]
    assert logging.getLogRecordFactory() is former


def test_a_factory_that_was_set_since_stays_and_catching_can_begin_anew() -> None:
    former = logging.getLogRecordFactory()
    kept = Kept()
    catching.install()
    ours = logging.getLogRecordFactory()
    logging.setLogRecordFactory(partial(ours))
    try:
        catching.uninstall()
        logged_for(kept, "not caught")
        catching.install()
        logged_for(kept, "caught once")
        assert kept.messages == ["caught once"]
    finally:
        logging.setLogRecordFactory(ours)
        catching.uninstall()
    assert logging.getLogRecordFactory() is former
