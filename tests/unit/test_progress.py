"""What a job's function reports of its progress."""

import math
from typing import Any

import pytest

from arqlight import report_progress
from arqlight.progress import JOB_CONTEXT_KEY


class Sink:
    def __init__(self) -> None:
        self.reports: list[Any] = []

    def report_progress(self, progress: Any) -> None:
        self.reports.append(progress)


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
def ctx(sink: Sink) -> dict[Any, Any]:
    return {JOB_CONTEXT_KEY: sink}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ((0.25,), (0.25, None, None, None)),
        ((1, 4), (0.25, 1, 4, None)),
        ((3, 4, "nearly"), (0.75, 3, 4, "nearly")),
        ((5, 4), (1.0, 5, 4, None)),
        ((-1,), (0.0, None, None, None)),
        ((7,), (1.0, None, None, None)),
        ((0, 10), (0.0, 0, 10, None)),
    ],
)
def test_a_report_has_a_fraction_and_what_it_came_from(
    given: Any, told: Any, ctx: dict[Any, Any], sink: Sink
) -> None:
    report_progress(ctx, *given)
    assert sink.reports == [told]


@pytest.mark.parametrize("given", [(math.nan,), (math.inf,), (1, 0), (1, -2), (1, math.nan), (math.inf, 2)])
def test_numbers_that_make_no_sense_are_refused(given: Any, ctx: dict[Any, Any], sink: Sink) -> None:
    with pytest.raises(ValueError, match="finite"):
        report_progress(ctx, *given)
    assert sink.reports == []


def test_a_long_message_is_cut(ctx: dict[Any, Any], sink: Sink) -> None:
    report_progress(ctx, 1, 2, "x" * 10_000)
    assert len(sink.reports[0][3]) == 500


def test_under_plain_arq_it_does_nothing() -> None:
    report_progress({}, 1, 2, "whatever")
    with pytest.raises(ValueError, match="finite"):
        report_progress({}, math.nan)
