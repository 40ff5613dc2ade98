"""`arqlight top`: queues, what runs and what failed last, live, with keys to act on them."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar

import click
from rich.text import Text
from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import DataTable, Footer, Label, Sparkline, Static

from arqlight.terminal.api import Api, quoted
from arqlight.terminal.lists import error_of, now_ms, queue_columns
from arqlight.terminal.tables import Column, Row, cell
from arqlight.terminal.words import ago, duration, short, style_of

__all__ = ["Top"]

_EVERY_S = 1.0
_MOST_FAILED = 50
_MINUTE_MS = 60_000
_MINUTES = 60
# What a table's other columns need; the call and the error share the rest.
_OTHER_COLUMNS = 30
_NARROWEST = 16


class Top(App[None]):
    """The live view.

    Args:
        api: what it asks.
    """

    TITLE = "arqlight top"
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    #now { height: 1; padding: 0 1; background: $panel; }
    #done { height: 2; padding: 0 1; }
    #said { height: 1; padding: 0 1; color: $text-muted; }
    .title { height: 1; padding: 0 1; text-style: bold; }
    #queues { height: auto; max-height: 30%; min-height: 2; }
    #running { height: 1fr; min-height: 2; }
    #failed { height: 1fr; min-height: 2; }
    Asking { align: center middle; }
    Asking > Label { padding: 1 3; border: round $warning; background: $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        ("q", "quit", "Quit"),
        ("p", "pause", "Pause or resume"),
        ("a", "abort", "Abort"),
        ("r", "retry", "Retry"),
        Binding("ctrl+c", "quit", show=False, priority=True),
    ]

    def __init__(self, api: Api) -> None:
        super().__init__()
        self._api = api
        self._queue_rows = _Rows("queues", "name", _queue_columns)
        self._running_rows = _Rows("running", "job_id", _running_columns)
        self._failed_rows = _Rows("failed", "job_id", _failed_columns)

    def compose(self) -> ComposeResult:
        """The parts, from the top to the bottom."""
        yield Static(id="now", markup=False)
        yield Sparkline([], id="done")
        with Vertical():
            for title, rows in (
                ("Queues", self._queue_rows),
                ("Running", self._running_rows),
                ("Failed", self._failed_rows),
            ):
                yield Label(title, classes="title")
                yield rows.table
        yield Static(id="said", markup=False)
        yield Footer()

    def on_mount(self) -> None:
        """Begin to ask."""
        self._queue_rows.table.focus()
        self._watch()

    @work(exclusive=True)
    async def _watch(self) -> None:
        while True:
            await self._look()
            await asyncio.sleep(_EVERY_S)

    async def _look(self) -> None:
        try:
            overview = await self._api.get("overview")
            failed = await self._api.get("jobs", {"outcome": "failed", "limit": _MOST_FAILED})
        except click.ClickException as error:
            self.query_one("#now", Static).update(Text(f"not live: {error.message}", style="bold red"))
            return
        self._queue_rows.show(overview["queues"])
        self._running_rows.show(overview["running"])
        self._failed_rows.show(sorted(failed["jobs"], key=lambda row: -(row["finish_ms"] or 0)))
        self.query_one("#now", Static).update(_now(overview))
        self.query_one("#done", Sparkline).data = _done(overview["queues"], now_ms())

    # -- keys

    async def action_pause(self) -> None:
        """Pause the queue at the cursor, or resume it."""
        row = self._queue_rows.chosen()
        if row is None:
            return
        verb = "resume" if row["paused"] else "pause"
        await self._do(
            lambda: self._api.post(f"queues/{quoted(row['name'])}/{verb}"), f"{row['name']}: {verb}d"
        )

    @work
    async def action_abort(self) -> None:
        """Abort the running job at the cursor, after asking."""
        row = self._running_rows.chosen()
        if row is not None and await self.push_screen_wait(Asking(f"Abort {_name(row)}?")):
            await self._do(lambda: self._api.post(f"jobs/{quoted(row['job_id'])}/abort"))

    async def action_retry(self) -> None:
        """Run the failed job at the cursor again."""
        row = self._failed_rows.chosen()
        if row is not None:
            await self._do(lambda: self._api.post(f"jobs/{quoted(row['job_id'])}/retry"))

    async def _do(self, ask: Callable[[], Any], words: str = "") -> None:
        """Ask for something, and say what truly came of it."""
        try:
            told = await ask()
        except click.ClickException as error:
            words = error.message
        else:
            words = words or f"{short(told['job_id'])}: {told['answer'].replace('_', ' ')}"
        self.query_one("#said", Static).update(Text(words))
        await self._look()


class Asking(ModalScreen[bool]):
    """Asks yes or no.

    Args:
        question: what.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        ("y", "answer(True)", "Yes"),
        ("n", "answer(False)", "No"),
        ("escape", "answer(False)", "No"),
    ]

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        """The question, and the keys that answer it."""
        yield Label(f"{self._question}  y / n", markup=False)

    def action_answer(self, said: bool) -> None:  # noqa: FBT001  textual calls it so
        """Close with the answer."""
        _ = self.dismiss(said)  # a key may not wait for it


_Columns = Callable[[list[Row], int], list[Column]]


class _Rows:
    """A table that keeps its cursor on the same row while rows come and go.

    Args:
        name: the table's.
        key: the field that tells rows apart.
        columns: its columns, made for the rows that it shows and the width that a long text may have.
    """

    def __init__(self, name: str, key: str, columns: _Columns) -> None:
        self.table: DataTable[Text] = DataTable(id=name, cursor_type="row", zebra_stripes=True)
        self._key = key
        self._columns = columns
        self._rows: list[Row] = []

    def show(self, rows: list[Row]) -> None:
        """Show these rows."""
        chosen = self.chosen()
        at = self.table.cursor_row
        columns = self._columns(rows, max(_NARROWEST, (self.table.app.size.width - _OTHER_COLUMNS) // 2))
        self._rows = rows
        self.table.clear(columns=not self.table.columns)
        if not self.table.columns:
            self.table.add_columns(*(Text(column.title) for column in columns))
        for row in rows:
            self.table.add_row(*(cell(column.of(row)) for column in columns))
        same = (n for n, row in enumerate(rows) if chosen is not None and row[self._key] == chosen[self._key])
        self.table.move_cursor(row=next(same, min(at, max(0, len(rows) - 1))), animate=False)

    def chosen(self) -> Row | None:
        """The row at the cursor."""
        with contextlib.suppress(IndexError):
            return self._rows[self.table.cursor_row]
        return None


def _name(row: Row) -> str:
    return str(row["call"] or row["function"] or row["job_id"])


def _queue_columns(rows: list[Row], _width: int) -> list[Column]:
    return queue_columns(rows)


def _running_columns(rows: list[Row], width: int) -> list[Column]:
    now = now_ms()
    ids = [row["job_id"] for row in rows]
    return [
        Column("FOR", lambda row: duration(now - row["start_ms"]) if row["start_ms"] else "-"),
        Column("JOB", lambda row: _cut(_name(row), width)),
        Column("ID", lambda row: short(row["job_id"], ids)),
        Column("TRY", lambda row: str(row["job_try"])),
        Column("WORKER", lambda row: row["worker_id"] or "-"),
    ]


def _failed_columns(rows: list[Row], width: int) -> list[Column]:
    now = now_ms()
    ids = [row["job_id"] for row in rows]
    return [
        Column("AGO", lambda row: ago(row["finish_ms"], now)),
        Column("JOB", lambda row: _cut(_name(row), width)),
        Column("ERROR", lambda row: (_cut(error_of(row), width), style_of("failed"))),
        Column("ID", lambda row: short(row["job_id"], ids)),
    ]


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _done(queues: list[Row], now: int) -> list[float]:
    """How many jobs ended in each minute of the last hour."""
    counts: Counter[int] = Counter()
    for queue in queues:
        for at_ms, count in queue["done_series"]:
            counts[at_ms // _MINUTE_MS] += count
    last = now // _MINUTE_MS
    return [float(counts[minute]) for minute in range(last - _MINUTES + 1, last + 1)]


def _now(overview: Row) -> Text:
    """How things stand, in one line."""
    queues, workers = overview["queues"], overview["workers"]
    text = Text()
    text.append(f"{sum(queue['done_per_minute'] for queue in queues):,.0f} done/min", style="bold")
    text.append(f"   {sum(queue['depth'] for queue in queues):,} waiting")
    text.append(f"   {workers['running']} of {workers['slots']} slots")
    up = workers["up"]
    text.append(f"   {up} worker{'' if up == 1 else 's'}", style="" if up else "bold red")
    for one in overview["attention"][:1]:
        text.append(f"   ! {one['text']}", style="bold yellow" if one["level"] == "odd" else "bold red")
    return text
