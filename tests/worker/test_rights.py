"""A user of Redis with few rights."""

from collections.abc import Iterator

import pytest

from arqlight import Queue
from tests.servers import Valkey
from tests.worker.conftest import Start
from tests.worker.log import kinds, until_complete
from tests.worker.notes import Notes

# As the guide for operators says.
COMMANDS = ("+@read", "+@write", "+@scripting", "+@pubsub", "+@connection", "+@transaction", "+time")
KEYS = ("~arq:*", "~arqlight:*")
CHANNELS = ("&arqlight:*", "&__keyspace@*")


@pytest.fixture(params=[CHANNELS, ()], ids=["as in the guide", "without channels"])
def url(request: pytest.FixtureRequest, valkey: Valkey) -> Iterator[str]:
    """The address for such a user. Redis 7 gives new ones no channels."""
    with valkey._client_on(valkey.port) as client:
        rights = ("resetchannels", *KEYS, *request.param, *COMMANDS)
        client.execute_command("ACL", "SETUSER", "few", "on", ">pw", *rights)
        yield f"redis://few:pw@{valkey.host}:{valkey.port}/0"
        client.execute_command("ACL", "DELUSER", "few")


async def test_jobs_are_enqueued_run_tried_again_and_aborted(
    url: str, redis_url: str, start: Start, notes: Notes
) -> None:
    worker = start(redis_url=url)
    async with Queue.connect(url) as queue:
        await queue.enqueue("again", 2, 0.01, _job_id="again")
        await until_complete(queue, "again")
        assert await kinds(queue, "again") == ["enqueued", "started", "retrying", "started", "succeeded"]
        await queue.enqueue("hold", _job_id="hold")
        await notes.until(job_id="hold")
        assert await queue.abort("hold", wait=10) == "aborted"
    worker.stop()
