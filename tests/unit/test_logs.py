"""Log lines: what comes from jobs forges none, secrets are hidden, and JSON has a field for each fact."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arqlight import Queue, Worker, func
from arqlight.logs import FIELDS, JsonLines, as_json, escaped, get_logger, set_redaction
from arqlight.redaction import DEFAULT, NOTHING, Redaction

EVIL = "x\n12:00:00: 0.10s \x1b[2K← job:f ● \u202eforged\r\u2028"


def raised() -> ValueError:
    """An exception with a traceback."""
    try:
        int(EVIL)
    except ValueError as error:
        return ValueError(EVIL).with_traceback(error.__traceback__)
    raise AssertionError


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What a handler writes of the loggers of this test."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    logger = get_logger("arqlight.tests")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    yield written
    logger.removeHandler(handler)


def test_an_id_or_a_message_stays_on_its_line(lines: io.StringIO) -> None:
    get_logger("arqlight.tests").error("%s failed, %s: %s", EVIL, "ValueError", ValueError(EVIL))
    (line,) = lines.getvalue().splitlines()
    assert line.count("\\n12:00:00") == 2
    assert line.isprintable()


def test_a_line_that_a_traceback_makes_up_is_indented_as_all_of_its_lines(lines: io.StringIO) -> None:
    get_logger("arqlight.tests").error("failed", exc_info=raised())
    first, *others = lines.getvalue().splitlines()
    assert first == "failed"
    assert any("forged" in line for line in others)
    assert all(line.startswith("    ") and line.isprintable() for line in others)


@given(st.text(st.characters(), max_size=50))
def test_every_text_is_one_printable_line_and_ordinary_text_stays(text: str) -> None:
    shown = escaped(text)
    assert len(shown.splitlines()) <= 1
    shown.encode()
    assert shown == text or not text.isprintable()


def test_an_exception_without_a_text_is_told_of(lines: io.StringIO) -> None:
    class MuteError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no text")

    get_logger("arqlight.tests").error("failed: %s", MuteError(), exc_info=MuteError())
    assert lines.getvalue().startswith("failed: (it has no text: RuntimeError)\n    ")


@pytest.fixture
def names() -> Iterator[None]:
    yield
    set_redaction(DEFAULT)


@pytest.mark.usefixtures("names")
def test_the_names_whose_values_are_hidden_are_a_setting(lines: io.StringIO) -> None:
    error = ValueError("iban=DE89 password=hunter2")
    for redaction, shown in (
        (DEFAULT, "iban=DE89 password=[redacted]"),
        (Redaction({"iban"}), "iban=[redacted] password=hunter2"),
        (NOTHING, "iban=DE89 password=hunter2"),
    ):
        set_redaction(redaction)
        get_logger("arqlight.tests").error("%s", error)
        assert lines.getvalue().splitlines()[-1] == shown


# -- the worker's own lines


async def pay(ctx: dict[str, Any], token: str, amount: int, **more: Any) -> dict[str, Any]:
    if amount < 0:
        raise ValueError(f"refused, token={token!r}")
    return {"amount": amount, "api_key": "key-of-the-result"}


SECRETS: dict[str, Any] = {"password": "hunter2", "nested": {"secret": "s3cret"}}


async def run_one(queue: Queue, caplog: pytest.LogCaptureFixture, amount: int) -> list[logging.LogRecord]:
    caplog.set_level(logging.INFO, "arq.worker")
    await queue.enqueue("pay", "tok-by-position", amount, **SECRETS)
    worker = Worker([func(pay)], redis_pool=queue.redis, burst=True, handle_signals=False)
    await worker.main()
    return [record for record in caplog.records if record.name == "arq.worker"]


@pytest.mark.parametrize("amount", [5, -5])
async def test_secrets_are_not_in_the_lines_of_a_job(
    queue: Queue, caplog: pytest.LogCaptureFixture, amount: int
) -> None:
    await run_one(queue, caplog, amount)
    shown = caplog.text
    for secret in ("tok-by-position", "hunter2", "s3cret", "key-of-the-result"):
        assert secret not in shown
    assert f"pay('[redacted]', {amount}, nested={{'secret': [redacted]}}, password=[redacted])" in shown


async def test_lines_of_a_job_have_its_facts_as_fields(
    queue: Queue, caplog: pytest.LogCaptureFixture
) -> None:
    records = [vars(record) for record in await run_one(queue, caplog, 5) if hasattr(record, "job_id")]
    assert len(records) == 2
    for record in records:
        assert {name: record[name] for name in ("function", "job_try", "queue", "batch_id")} == {
            "function": "pay",
            "job_try": 1,
            "queue": "arq:queue",
            "batch_id": None,
        }
    assert [record["outcome"] for record in records] == [None, "succeeded"]


def test_json_lines_have_the_fields_and_the_exception() -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines())
    logger = get_logger("arqlight.tests")
    logger.addHandler(handler)
    logger.error("%s failed", EVIL, exc_info=raised(), extra=dict.fromkeys(FIELDS, "x\ny"))
    logger.removeHandler(handler)
    (line,) = written.getvalue().splitlines()
    told = json.loads(line)
    assert (told["level"], told["logger"]) == ("error", "arqlight.tests")
    assert all(told[name] == "x\\ny" for name in FIELDS)
    assert "ValueError" in told["exception"]


def test_every_formatter_of_a_configuration_writes_json() -> None:
    config = as_json({"version": 1, "formatters": {"a": {"format": "%(message)s"}, "b": {}}})
    assert {name: found["()"] for name, found in config["formatters"].items()} == {
        "a": "arqlight.logs.JsonLines",
        "b": "arqlight.logs.JsonLines",
    }
