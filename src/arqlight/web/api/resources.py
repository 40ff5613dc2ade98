"""All resources of the API, in the order in which a path is looked for."""

from arqlight.web.api import (
    actions,
    audit,
    batches,
    events,
    failures,
    functions,
    job_actions,
    job_history,
    jobs,
    listing,
    queues,
    schedules,
    stats,
    workers,
)

__all__ = ["ROUTERS"]

# What has more behind a job's id goes before what takes all of the path for one.
ROUTERS = (
    listing.router,
    job_history.router,
    job_actions.router,
    jobs.router,
    batches.router,
    events.router,
    queues.router,
    workers.router,
    functions.router,
    schedules.router,
    failures.router,
    stats.router,
    actions.router,
    audit.router,
)
