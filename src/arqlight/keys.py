"""Every Redis key and channel name, in one place.

arq's own names are arq's (see ``arq.constants``); what arqlight adds lives under `PREFIX`, and each of
those keys has an expiry or a cap. docs/redis-keys.md says what each one holds.
"""

from arq.constants import (
    abort_jobs_ss,
    default_queue_name,
    health_check_key_suffix,
    in_progress_key_prefix,
    job_key_prefix,
    result_key_prefix,
    retry_key_prefix,
)

JOB_PREFIX = job_key_prefix
RESULT_PREFIX = result_key_prefix
RETRY_PREFIX = retry_key_prefix
IN_PROGRESS_PREFIX = in_progress_key_prefix
ARQ_ABORTS = abort_jobs_ss
DEFAULT_QUEUE = default_queue_name
HEALTH_CHECK_SUFFIX = health_check_key_suffix

PREFIX = "arqlight:"
EVENTS = PREFIX + "events"
WORKERS = PREFIX + "workers"
AUDIT = PREFIX + "audit"
PROGRESS_PREFIX = PREFIX + "progress:"
ENDED_PREFIX = PREFIX + "ended:"
LOST_PREFIX = PREFIX + "lost:"

# How long the event log may get while a recorder still has to read it: string, expires.
LOG_HARD_CAP = PREFIX + "recorder:cap"


def job(job_id: str) -> str:
    """arq's record of a job that is not complete: string, expires."""
    return JOB_PREFIX + job_id


def result(job_id: str) -> str:
    """arq's record of a complete job: string, expires after ``keep_result``."""
    return RESULT_PREFIX + job_id


def progress(job_id: str) -> str:
    """The last progress that a job reported: string (JSON), expires."""
    return PROGRESS_PREFIX + job_id


def ended(job_id: str) -> str:
    """Set when a job ended whose result is not kept, so that it does not end twice: string, expires."""
    return ENDED_PREFIX + job_id


def lost(job_id: str) -> str:
    """How many tries of a job were lost, with ``alone`` behind it while one runs alone: string, expires."""
    return LOST_PREFIX + job_id


def batch(batch_id: str) -> str:
    """The queue and the ids of the jobs that were enqueued together, in order: string (JSON), expires."""
    return f"{PREFIX}batch:{batch_id}"


def worker(worker_id: str) -> str:
    """What a worker process publishes about itself: JSON string, expires."""
    return f"{PREFIX}worker:{worker_id}"


def idle(queue_name: str) -> str:
    """Set while some worker of the queue is idle and wants to be woken: string, expires."""
    return f"{PREFIX}queue:{queue_name}:idle"


def signal(queue_name: str) -> str:
    """A token that sets off the claim of one worker that waits for it, see `WaitingClaim`: list, expires."""
    return f"{PREFIX}queue:{queue_name}:signal"


def poke(worker_id: str) -> str:
    """The same from a worker to itself: list, expires."""
    return f"{PREFIX}worker:{worker_id}:poke"


def wake(queue_name: str) -> str:
    """The channel on which workers of the queue are told ``wake`` or ``abort``."""
    return f"{PREFIX}queue:{queue_name}:wake"


def running(queue_name: str) -> str:
    """Which arqlight worker runs which try of which job: hash of job id to ``worker id:try``, expires."""
    return f"{PREFIX}queue:{queue_name}:running"


def aborts(queue_name: str) -> str:
    """Running jobs that ``Queue.abort`` asked to stop: sorted set of job id by server ms, expires."""
    return f"{PREFIX}queue:{queue_name}:aborts"


def recorder(history_id: str) -> str:
    """Which recorder keeps a history now: string (``id:fence``), expires."""
    return f"{PREFIX}recorder:{history_id}"


def recorder_fence(history_id: str) -> str:
    """The number of the last recorder that asked to keep a history: string, expires."""
    return f"{PREFIX}recorder:{history_id}:fence"


def paused(queue_name: str) -> str:
    """Set while the queue is paused: string (server ms), until it is resumed; one for a queue."""
    return f"{PREFIX}queue:{queue_name}:paused"


def crons_off(queue_name: str) -> str:
    """Names of the queue's cron jobs that are switched off: set, of 1,000 at the most."""
    return f"{PREFIX}queue:{queue_name}:crons-off"


def draining(worker_id: str) -> str:
    """Set while a worker is to claim nothing more: string (server ms), expires with its heartbeats."""
    return f"{PREFIX}worker:{worker_id}:draining"


def action(action_id: str) -> str:
    """How far an action on many jobs is: string (JSON), expires."""
    return f"{PREFIX}action:{action_id}"


def action_stop(action_id: str) -> str:
    """Set when an action on many jobs is to stop: string, expires."""
    return f"{PREFIX}action:{action_id}:stop"


def counters(queue_name: str) -> str:
    """How many jobs of the queue ended in which outcome: hash of outcome to count, of four fields."""
    return f"{PREFIX}queue:{queue_name}:counters"
