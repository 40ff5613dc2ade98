"""Puts the latest tables into benchmarks/README.md, so that they are where the method is."""

import re

from harness.environments import BENCHMARKS

RESULTS = ("worker", "redis_limit", "page", "post_task", "clients")
MARK = "<!-- results: written by the benchmarks, not by hand -->"


def update() -> None:
    """Replace all that follows the mark by the tables in results/, of the worker the overview only."""
    path = BENCHMARKS / "README.md"
    head = path.read_text().partition(MARK)[0]
    found = [BENCHMARKS / "results" / f"{name}.md" for name in RESULTS]
    tables = [_section(file.read_text()) for file in found if file.exists()]
    path.write_text("\n".join([head.rstrip() + "\n", MARK, "", *tables]))


def _section(text: str) -> str:
    """A results page as a part of the README: its headings one level down, details left to the page."""
    overview = text.partition("\n## Each number")[0]
    return re.sub(r"(?m)^(#+ )", r"#\1", overview).rstrip() + "\n"
