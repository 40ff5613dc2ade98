"""arqlight in a FastAPI application: the JSON API, the stream of events, and the live page.

@asynccontextmanager
async def lifespan(app):
    async with Queue.connect() as app.state.queue:
        yield

app = FastAPI(lifespan=lifespan)
mount(app, prefix="/jobs")

@app.post("/send")
async def send(queue: QueueDep) -> dict[str, str]:
    job = await queue.enqueue("send_mail", "someone@example.org")
    return {"job_id": job.job_id}
"""

from arqlight.extras import explained

try:
    from arqlight.web.api.tasks import TaskPage
    from arqlight.web.auth.viewer import Right, Viewer
    from arqlight.web.dependencies import QueueDep
    from arqlight.web.links import batch_url, job_url
    from arqlight.web.mounting import mount
except ModuleNotFoundError as error:
    raise explained(error) from error

__all__ = ["QueueDep", "Right", "TaskPage", "Viewer", "batch_url", "job_url", "mount"]
