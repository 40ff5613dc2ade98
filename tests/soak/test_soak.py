"""The randomised crash test: a short round in ``make test``, rounds for many minutes in ``make soak``."""

import os
import sys
import time
from pathlib import Path

import pytest

from tests.soak.driver import run_round

SHORT_S = 20.0
ROUND_S = 60.0
SHORT_SEED = 1


@pytest.mark.soak
async def test_nothing_is_lost_or_overwritten_whatever_happens_to_workers_connections_and_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    minutes = float(os.environ.get("ARQLIGHT_SOAK_MINUTES", "0"))
    ends = time.monotonic() + 60 * minutes
    # A long one tries other seeds each time.
    seed = int(time.time()) if minutes else SHORT_SEED
    while True:
        folder = tmp_path / str(seed)
        folder.mkdir()
        report = await run_round(seed, ROUND_S if minutes else SHORT_S, folder=folder)
        with capsys.disabled():
            sys.stdout.write(f"\n{report.line}\n")
        assert not report.violations, report.failure()
        seed += 1
        if time.monotonic() >= ends:
            return
