"""What the commands print: tables for people, JSON for programs."""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

__all__ = ["Column", "Row", "cell", "console", "plain", "print_facts", "print_json", "print_table"]

Row = dict[str, Any]
# Where nobody sees lines wrap, as in a file, nothing is cut.
_ENDLESS = 2_000


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its title, and what it says of a row.

    Args:
        title: its heading.
        of: the text, or a pair of the text and its style.
        align: to which side.
        grows: whether it gets the room that is left, and is cut first.
    """

    title: str
    of: Callable[[Row], str | tuple[str, str]]
    align: Literal["left", "right"] = "left"
    grows: bool = False


def console() -> Console:
    """The terminal: its width and colours; neither where the output is no terminal."""
    found = Console(highlight=False, markup=False, emoji=False)
    return found if found.is_terminal else Console(highlight=False, markup=False, emoji=False, width=_ENDLESS)


def print_table(rows: Sequence[Row], columns: Sequence[Column], *, empty: str) -> None:
    """Print rows under a heading, or the sentence that says that there are none."""
    out = console()
    if not rows:
        out.print(Text(empty))
        return
    table = Table(box=None, pad_edge=False, expand=out.is_terminal and any(c.grows for c in columns))
    for column in columns:
        table.add_column(
            Text(column.title),
            justify=column.align,
            no_wrap=True,
            overflow="ellipsis",
            ratio=1 if column.grows and out.is_terminal else None,
        )
    for row in rows:
        table.add_row(*(cell(column.of(row)) for column in columns))
    out.print(table)


def cell(said: str | tuple[str, str]) -> Text:
    """What a column says of a row, as a text with its style."""
    text, style = said if isinstance(said, tuple) else (said, "")
    return Text(plain(text), style=style)


def plain(text: str) -> str:
    """A text on one line, without anything that moves the cursor or colours a terminal."""
    return "".join(
        char if char.isprintable() else " " if char.isspace() else "\N{REPLACEMENT CHARACTER}"
        for char in text
    )


def print_facts(facts: Iterable[tuple[str, str]]) -> None:
    """Print names and what is so, one on each line."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, fact in facts:
        table.add_row(Text(name), Text(plain(fact)))
    console().print(table)


def print_json(value: Any) -> None:
    """Print one JSON document, on one line."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
