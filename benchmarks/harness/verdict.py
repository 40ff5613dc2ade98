"""A small table of numbers with goals and verdicts, as the web benchmarks print and write it."""

import json
from dataclasses import asdict, dataclass

from harness import machine, readme
from harness.environments import BENCHMARKS


@dataclass(frozen=True)
class Line:
    """One number: what it is, its values over the rounds, its unit, and the most or the least it may be."""

    what: str
    values: list[float]
    unit: str
    at_most: float | None = None
    digits: int = 1
    at_least: float | None = None

    def cells(self) -> list[str]:
        """Median, range, goal and verdict."""
        ordered = sorted(self.values)
        middle = ordered[len(ordered) // 2]
        shown = [f"{value:,.{self.digits}f}" for value in (middle, ordered[0], ordered[-1])]
        goal, verdict = "", ""
        if self.at_most is not None:
            goal = f"at most {self.at_most:,g} {self.unit}"
            verdict = "met" if middle <= self.at_most else "**not met**"
        if self.at_least is not None:
            goal = f"at least {self.at_least:,g} {self.unit}"
            verdict = "met" if middle >= self.at_least else "**not met**"
        return [f"{self.what}, {self.unit}", shown[0], f"{shown[1]} - {shown[2]}", goal, verdict]


def publish(name: str, title: str, lines: list[Line], notes: list[str], facts: dict[str, object]) -> None:
    """Print the table and write results/`name`.md and .json. `facts` are `machine.facts()` from the start."""
    table = ["| what | median | range | goal | verdict |", "| --- | ---: | ---: | --- | --- |"]
    table += [f"| {' | '.join(line.cells())} |" for line in lines]
    described = machine.describe(facts, machine.load())
    text = "\n".join([f"# {title}", "", described, "", *table, "", *(f"- {note}" for note in notes), ""])
    folder = BENCHMARKS / "results"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.md").write_text(text)
    data = {"machine": facts, "load_after": machine.load(), "lines": [asdict(line) for line in lines]}
    (folder / f"{name}.json").write_text(json.dumps({**data, "notes": notes}, indent=1) + "\n")
    readme.update()
    print(text, flush=True)
