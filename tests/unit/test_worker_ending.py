"""How a try ended: the table of what each exception means, and of what must not be run."""

import asyncio
from typing import Any

import arq
import pytest
from arq.jobs import DeserializationError
from arq.worker import JobExecutionFailed, RetryJob

from arqlight import RetryPolicy
from arqlight.models import Outcome
from arqlight.scripts import Claimed
from arqlight.worker.attempt import Attempt, Stop
from arqlight.worker.ending import Ending, Finished, Lost, Released, Retry, judge, refuse
from arqlight.worker.plan import Plans
from tests.unit.worker_link import DEFAULTS, attempt, plan

WRONG = ValueError("no")
CANCELLED = asyncio.CancelledError()
TIMEOUT = TimeoutError()
LATER = arq.Retry(defer=3)
NOW = arq.Retry()
AGAIN = RetryJob()
PATIENT = RetryPolicy(max_tries=3, delay=2, backoff=2, jitter=0, on=(OSError,))
FORGIVEN = ConnectionError("for now")

CASES: list[tuple[BaseException, Stop | None, Ending]] = [
    (WRONG, None, Finished(Outcome.failed, WRONG)),
    (WRONG, Stop.shutdown, Finished(Outcome.failed, WRONG)),
    (WRONG, Stop.abort, Finished(Outcome.failed, WRONG)),
    (WRONG, Stop.lost, Lost()),
    (TIMEOUT, Stop.timeout, Finished(Outcome.failed, TIMEOUT)),
    (CANCELLED, Stop.abort, Finished(Outcome.aborted, CANCELLED)),
    (CANCELLED, Stop.shutdown, Released(CANCELLED)),
    (CANCELLED, Stop.lost, Lost()),
    (CANCELLED, None, Retry(0, CANCELLED)),
    (LATER, None, Retry(3000, LATER)),
    (LATER, Stop.abort, Retry(3000, LATER)),
    (LATER, Stop.lost, Lost()),
    (NOW, None, Retry(0, NOW)),
    (AGAIN, None, Retry(0, AGAIN)),
    (AGAIN, Stop.shutdown, Released(AGAIN)),
]


def stopped(stop: Stop | None, **settings: Any) -> Attempt:
    made = attempt(**settings)
    made.stop = stop
    return made


@pytest.mark.parametrize(("error", "stop", "ending"), CASES)
def test_what_an_exception_means(error: BaseException, stop: Stop | None, ending: Ending) -> None:
    assert judge(stopped(stop), error, retry_jobs=True) == ending


@pytest.mark.parametrize("error", [LATER, AGAIN, CANCELLED])
def test_without_retry_jobs_what_asks_for_another_try_fails_as_in_arq(error: BaseException) -> None:
    assert judge(stopped(None), error, retry_jobs=False) == Finished(Outcome.failed, error)


@pytest.mark.parametrize(
    ("job_try", "error", "ending"),
    [
        (1, FORGIVEN, Retry(2000, FORGIVEN)),
        (2, FORGIVEN, Retry(4000, FORGIVEN)),
        (3, FORGIVEN, Finished(Outcome.failed, FORGIVEN)),
        (1, WRONG, Finished(Outcome.failed, WRONG)),
    ],
)
def test_a_retry_policy_gives_another_try(job_try: int, error: Exception, ending: Ending) -> None:
    assert judge(stopped(None, job_try=job_try, retry=PATIENT), error, retry_jobs=True) == ending


def test_lost_tries_do_not_use_up_those_of_a_retry_policy() -> None:
    made = stopped(None, job_try=4, lost_tries=2, retry=PATIENT)
    assert judge(made, FORGIVEN, retry_jobs=True) == Retry(4000, FORGIVEN)


def refused(made: Attempt, *, unreadable: Exception | None = None, is_aborted: bool = False) -> Any:
    ending = refuse(made, unreadable=unreadable, is_aborted=is_aborted)
    return ending and (ending.outcome.value, repr(ending.result))


def test_a_job_that_may_run_is_not_refused() -> None:
    assert refused(attempt(job_try=5)) is None


def test_what_must_not_be_run_ends_with_its_reason() -> None:
    gone = Attempt(Claimed("job", 1.0, b"", 1), "me:1:1", 1.0, None, plan())
    unknown = attempt()
    unknown.plan = Plans({}, DEFAULTS).unknown
    assert refused(gone) == ("expired", repr(JobExecutionFailed("job expired")))
    broken = DeserializationError("unable to deserialize job")
    assert refused(gone, unreadable=broken) == ("failed", repr(broken))
    assert refused(attempt(), is_aborted=True) == ("aborted", repr(asyncio.CancelledError()))
    assert refused(unknown) == ("failed", repr(JobExecutionFailed("function 'work' not found")))
    tired = attempt(job_try=4, max_tries=3)
    assert refused(tired) == ("failed", repr(JobExecutionFailed("max 3 retries exceeded")))


@pytest.mark.parametrize(
    ("job_try", "lost_tries", "was_alone", "why"),
    [
        (5, 2, False, None),
        (6, 2, False, "max 3 retries exceeded"),
        (4, 3, False, None),
        (5, 4, False, None),
        (5, 4, True, "max 3 retries exceeded: 4 tries were lost, in the last of which it ran alone"),
    ],
)
def test_lost_tries_count_apart_from_failed_ones(
    job_try: int, lost_tries: int, was_alone: bool, why: str | None
) -> None:
    made = attempt(job_try=job_try, lost_tries=lost_tries, was_alone=was_alone, max_tries=3)
    assert refused(made) == (why and ("failed", repr(JobExecutionFailed(why))))
    assert made.runs_alone == (lost_tries >= 3)


def test_a_job_that_may_be_tried_once_is_given_up_when_it_is_lost() -> None:
    made = attempt(job_try=2, lost_tries=1, max_tries=1)
    why = "max 1 retries exceeded: it was lost with its worker"
    assert refused(made) == ("failed", repr(JobExecutionFailed(why)))
