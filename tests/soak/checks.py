"""What must be true of a round that is over: each check gives the promises that it finds broken."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from arqlight import keys
from arqlight.models import FINAL_EVENTS, EventType
from tests.soak.evidence import QUEUE, Evidence, Violation
from tests.soak.notes import Run
from tests.soak.settings import LEASE_S, MAX_TRIES

__all__ = ["check"]

# After a stall a worker learns with its next heartbeat that it lost a lease, on a loaded machine too.
LEARN_S = 4.0
# What asyncio writes of errors that nobody took.
UNHANDLED = re.compile("never retrieved|was destroyed|never awaited|Unhandled exception")
CAPPED = {keys.EVENTS, keys.counters(QUEUE)}
# Plain arq does not know these, so they may outlive a job that it ended, until they expire.
NOT_ARQS = {keys.running(QUEUE), keys.aborts(QUEUE), keys.PROGRESS_PREFIX}
TRY_EVENTS = {
    EventType.started,
    EventType.retrying,
    EventType.lost,
    EventType.released,
    *FINAL_EVENTS,
}
TRY_ENDS = {EventType.retrying, EventType.lost, EventType.released}

Violations = Iterator[Violation]


def check(evidence: Evidence) -> list[Violation]:
    """All that is wrong."""
    return [violation for one in CHECKS for violation in one(evidence)]


def workers_stay(evidence: Evidence) -> Violations:
    yield from (Violation("", fault) for fault in evidence.fleet.faults)
    for member in evidence.fleet.members:
        found = [line for line in member.process.output().splitlines() if UNHANDLED.search(line)]
        if found and member.kind == "arqlight":
            yield Violation("", f"{member.process} wrote: {found[0]}")


def every_job_is_complete_once(evidence: Evidence) -> Violations:
    for job_id, job in evidence.jobs.items():
        if job.status != "complete" and (
            job_id in evidence.ledger.accepted or was_enqueued(evidence, job_id)
        ):
            yield Violation(job_id, f"was accepted, and is {job.status}")
    for job_id in evidence.ledger.accepted_twice:
        yield Violation(job_id, "was accepted again while it was there")


def was_enqueued(evidence: Evidence, job_id: str) -> bool:
    """Whether a job whose producer was cut off left any trace."""
    traces = (evidence.events, evidence.runs, evidence.results)
    return any(job_id in trace for trace in traces)


def nothing_is_left(evidence: Evidence) -> Violations:
    for place, job_ids in evidence.left.items():
        for job_id in job_ids:
            if place in NOT_ARQS and job_id in evidence.results and not evidence.is_ours(job_id):
                continue
            yield Violation(job_id, f"is left in {place}")
    for key in evidence.without_expiry:
        if key not in CAPPED:
            yield Violation("", f"{key} has no expiry")


def no_result_changed(evidence: Evidence) -> Violations:
    for job_id, first_seen in evidence.ledger.results.items():
        if evidence.raw_results.get(job_id) != first_seen:
            yield Violation(job_id, f"its result was overwritten; first it was {first_seen!r}")


def abort_answers_are_true(evidence: Evidence) -> Violations:
    for job_id, answer in evidence.ledger.abort_answers:
        outcome = evidence.jobs[job_id].outcome
        if answer == "aborted" and outcome != "aborted":
            yield Violation(job_id, f"abort answered {answer}, and it {outcome}")
        if answer == "unknown":
            yield Violation(job_id, "abort answered that it is unknown")


def the_log_agrees_with_the_state(evidence: Evidence) -> Violations:
    for job_id in evidence.results:
        finals = [e for e in evidence.events.get(job_id, []) if e["event"] in FINAL_EVENTS]
        if not evidence.is_ours(job_id):
            if finals:
                yield Violation(job_id, "plain arq ended it, and so did arqlight")
            continue
        if len(finals) != 1:
            yield Violation(job_id, f"has {len(finals)} final events")
            continue
        job = evidence.jobs[job_id]
        told = (finals[0]["event"], finals[0]["job_try"])
        if told != (job.outcome, job.job_try):
            yield Violation(job_id, f"its event says {told}, its result {(job.outcome, job.job_try)}")


def the_log_makes_sense(evidence: Evidence) -> Violations:
    for job_id, events in evidence.events.items():
        tries = [event["job_try"] for event in events if event["event"] in TRY_EVENTS]
        if aborted_after_release(events):
            tries.pop()
        if tries != sorted(tries):
            yield Violation(job_id, f"its tries decrease: {tries}")
        names = [event["event"] for event in events]
        final = next((i for i, name in enumerate(names) if name in FINAL_EVENTS), len(names))
        if names[final + 1 :]:
            yield Violation(job_id, f"has events after its final one: {names[final + 1 :]}")
        if names.count(EventType.enqueued) > 1:
            yield Violation(job_id, "was enqueued more than once")
        yield from _each_try_ends(job_id, events)


def aborted_after_release(events: Sequence[dict[str, Any]]) -> bool:
    """Whether the job was aborted while it waited after its last try had been taken back."""
    names = [event["event"] for event in events if event["event"] in TRY_EVENTS]
    return names[-2:] == [EventType.released, EventType.aborted]


def _each_try_ends(job_id: str, events: Sequence[dict[str, Any]]) -> Violations:
    steps = [e for e in events if e["event"] == EventType.started or e["event"] in TRY_ENDS]
    for one, other in pairwise(steps):
        # Plain arq's tries, which are in no log, may lie between those that are.
        both_start = one["event"] == other["event"] == EventType.started
        if both_start and other["job_try"] < one["job_try"] + 2:
            yield Violation(job_id, f"try {one['job_try']} started and never ended, and the next one started")


def the_last_run_made_the_result(evidence: Evidence) -> Violations:
    for job_id, result in evidence.results.items():
        runs = evidence.runs.get(job_id, [])
        last_try = max((run.job_try for run in runs), default=0)
        last_try -= aborted_after_release(evidence.events.get(job_id, []))
        # Lost tries count apart.
        losses = sum(event["event"] == EventType.lost for event in evidence.events.get(job_id, []))
        if not last_try <= result["t"] <= MAX_TRIES + losses + 1:
            yield Violation(job_id, f"its result is of try {result['t']}; try {last_try} was the last to run")
        run_id = run_of(result["r"])
        if run_id is None:
            continue
        author = next((run for run in runs if run.run_id == run_id), None)
        if author is None or author.job_try != result["t"]:
            yield Violation(job_id, f"its result is of try {result['t']}, and made by {author}")
        elif any(_came_after(evidence, author, run) for run in runs):
            yield Violation(job_id, f"its result was made by {author}, and later runs began")


def run_of(value: object) -> str | None:
    """The run that a result or an error names."""
    if isinstance(value, dict):
        return str(value["run"])
    found = re.fullmatch(r"run (\w+)", str(value)) if isinstance(value, ValueError) else None
    return found[1] if found else None


def _came_after(evidence: Evidence, author: Run, run: Run) -> bool:
    """Whether a run took the job over; one that began late since its worker was frozen did not."""
    if run.start <= author.start or run.job_try < author.job_try:
        return False
    return not evidence.members[run.pid].stalled_between(author.start - LEARN_S, run.start)


def no_two_hold_a_job(evidence: Evidence) -> Violations:
    for job_id, runs in evidence.runs.items():
        for i, former in enumerate(runs):
            for later in runs[i + 1 :]:
                fault = _overlap(evidence, former, later)
                if fault:
                    yield Violation(job_id, f"{fault}:\n  {former}\n  {later}")


def _overlap(evidence: Evidence, former: Run, later: Run) -> str:
    end = _end(evidence, former)
    if later.start >= end:
        return ""
    begin = former.start - LEASE_S
    for run, other in ((former, later), (later, former)):
        stall = evidence.members[run.pid].stalled_between(begin, max(later.start, other.start))
        if stall and stall[1] - stall[0] >= LEASE_S / 2:
            return (
                "" if _end(evidence, run) <= stall[1] + LEARN_S else "a run went on after it lost its lease"
            )
    return "two runs at once, and neither worker was frozen"


def _end(evidence: Evidence, run: Run) -> float:
    if run.end is not None:
        return run.end
    member = evidence.members[run.pid]
    ends = [at for at in (member.killed_at, member.ended_at) if at is not None]
    return min(ends, default=float("inf"))


def every_run_of_ours_is_in_the_log(evidence: Evidence) -> Violations:
    for job_id, runs in evidence.runs.items():
        ours = Counter(run.job_try for run in runs if evidence.members[run.pid].kind == "arqlight")
        events = evidence.events.get(job_id, [])
        told = Counter(e["job_try"] for e in events if e["event"] == EventType.started)
        if ours - told:
            yield Violation(job_id, f"ran without an event: tries {sorted((ours - told).elements())}")


CHECKS: Sequence[Callable[[Evidence], Violations]] = (
    workers_stay,
    every_job_is_complete_once,
    nothing_is_left,
    no_result_changed,
    abort_answers_are_true,
    the_log_agrees_with_the_state,
    the_log_makes_sense,
    the_last_run_made_the_result,
    no_two_hold_a_job,
    every_run_of_ours_is_in_the_log,
)
