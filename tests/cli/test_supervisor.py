"""The supervisor, with small shell programs as its parts."""

import asyncio
import signal
import time

import click
import psutil
import pytest

from arqlight.demo.supervisor import PartSpec, Supervisor
from tests.helpers import eventually


def part(script: str, *, name: str = "the part", quiet: bool = False) -> PartSpec:
    return PartSpec(
        name=name, label=name.rsplit(maxsplit=1)[-1], command=["/bin/sh", "-c", script], quiet=quiet
    )


async def reason_of_end(*specs: PartSpec) -> str:
    """Run parts until the supervisor gives up, and give its reason."""
    supervisor = Supervisor()

    async def start(_: Supervisor) -> None:
        for spec in specs:
            await supervisor.start(spec)
        await asyncio.Event().wait()

    with pytest.raises(click.ClickException) as caught:
        async with supervisor:
            await supervisor.run(start)
    return caught.value.message


async def test_a_part_that_fails_is_named_with_its_exit_code_and_its_last_lines() -> None:
    lines = (await reason_of_end(part("echo one; echo two >&2; exit 3"))).splitlines()
    assert lines == [
        "The part ended by itself (exit code 3), after writing:",
        "  part | one",
        "  part | two",
    ]


async def test_a_part_that_ends_well_is_no_less_a_reason() -> None:
    assert await reason_of_end(part("exit 0")) == "The part ended by itself (exit code 0), without a word."


async def test_a_part_that_is_killed_is_named_with_the_signal() -> None:
    assert "(killed by SIGKILL)" in await reason_of_end(part("kill -9 $$"))


async def test_only_the_last_lines_of_a_talkative_part_are_shown() -> None:
    reason = await reason_of_end(part("for i in $(seq 500); do echo line $i; done"))
    assert len(reason.splitlines()) == 13
    assert reason.endswith("line 500")


async def test_a_line_of_a_megabyte_is_cut() -> None:
    reason = await reason_of_end(part("head -c 1000000 /dev/zero | tr '\\0' x; echo; echo end"))
    assert max(len(line) for line in reason.splitlines()) < 3_000
    assert reason.endswith("end")


async def test_escape_sequences_of_a_part_do_not_reach_the_terminal() -> None:
    assert "\x1b" not in await reason_of_end(part("printf '\\033[2Jboo\\n'"))


async def test_a_program_that_is_not_there_is_one_sentence() -> None:
    spec = PartSpec(name="the part", label="part", command=["/no/such/program"])
    assert (await reason_of_end(spec)).startswith("Cannot start the part: ")


async def test_the_others_are_stopped_in_the_reverse_order_of_their_start(
    capfd: pytest.CaptureFixture[str],
) -> None:
    say_end = "trap 'echo stopped; exit' TERM; while :; do sleep 0.05; done"
    names = ["the first", "the second"]
    await reason_of_end(*(part(say_end, name=name) for name in names), part("sleep 0.5"))
    assert [line.split()[0] for line in capfd.readouterr().out.splitlines()] == ["second", "first"]


async def test_what_a_part_started_ends_with_it() -> None:
    await reason_of_end(part("sleep 601 & sleep 601 & exit 1"))
    assert await eventually(lambda: not sleeping("601"))


def sleeping(seconds: str) -> list[psutil.Process]:
    """The `sleep` processes that sleep for so long."""
    named = psutil.process_iter(["name", "cmdline"])
    return [process for process in named if process.info["cmdline"] == ["sleep", seconds]]


async def test_warnings_are_shown_and_ordinary_lines_are_not(capfd: pytest.CaptureFixture[str]) -> None:
    await reason_of_end(part("echo INFO: fine; echo more; echo ERROR: bad; echo because; echo INFO: fine"))
    assert capfd.readouterr().out.splitlines() == ["  part | ERROR: bad", "  part | because"]


async def test_a_quiet_part_is_not_shown_at_all(capfd: pytest.CaptureFixture[str]) -> None:
    await reason_of_end(part("echo ERROR: bad", quiet=True))
    assert capfd.readouterr().out == ""


async def test_a_signal_is_no_reason() -> None:
    supervisor = Supervisor()

    async def start(_: Supervisor) -> None:
        await supervisor.start(part("sleep 600"))
        signal.raise_signal(signal.SIGTERM)

    began = time.monotonic()
    async with supervisor:
        await supervisor.run(start)
    assert time.monotonic() - began < 3


async def test_an_error_while_starting_is_raised_and_stops_what_runs() -> None:
    supervisor = Supervisor()

    async def start(_: Supervisor) -> None:
        await supervisor.start(part("sleep 602"))
        raise click.ClickException("it cannot be")

    with pytest.raises(click.ClickException, match="it cannot be"):
        async with supervisor:
            await supervisor.run(start)
    assert not sleeping("602")
