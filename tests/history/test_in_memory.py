"""A history in memory, as the demo and the terminal have it: some read what another writes."""

import asyncio
import threading

from sqlalchemy import Connection, text

from arqlight.history import History

URL = "sqlite:///file:arqlight-test?mode=memory&cache=shared&uri=true"


async def test_it_is_read_while_it_is_written() -> None:
    """SQLite refuses a reader of a shared cache while another connection changes what it reads."""
    is_writing, may_end = threading.Event(), threading.Event()

    def change(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE another (id INTEGER)"))
        is_writing.set()
        may_end.wait(10)

    async with await History.open(URL) as writing, await History.open(URL) as reading:
        written = asyncio.create_task(writing.database.write(change))
        await asyncio.to_thread(is_writing.wait, 10)
        asked = asyncio.create_task(reading.jobs())
        await asyncio.sleep(0.2)  # so that it is asked while the other one writes
        may_end.set()
        await written
        assert (await asked).jobs == []
