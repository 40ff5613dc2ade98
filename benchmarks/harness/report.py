"""The results of worker.py as Markdown: one overview, then a table for each number."""

from typing import Any

from harness import machine
from harness.contenders import Contender
from harness.metrics import METRICS, Metric
from harness.rows import median

Results = dict[str, Any]


def markdown(results: Results, entries: list[Contender]) -> str:
    """The whole page."""
    parts = [
        "# The worker beside its peers",
        "",
        f"{results['rounds']} round(s), interleaved.",
        machine.describe(results["machine"], results["load_after"]),
        f"Server: {results['server']}, in memory only, the same for all, emptied between measurements.",
        f"Reproduce: `{results['command']}`.",
        "",
        *_versions(results, entries),
        "",
        "## Overview",
        "",
        "Medians. The best of the others is what arqlight is compared with; 2x is twice as good.",
        "",
        *_overview(results, entries),
        "",
        "## Each number",
        *[line for metric in METRICS for line in _detail(metric, results, entries)],
    ]
    return "\n".join(parts) + "\n"


def values(results: Results, metric: Metric, label: str) -> list[float]:
    """What was measured of `metric` for one contender, in the order of the rounds."""
    return [
        sample["numbers"][metric.number]
        for sample in results["samples"]
        if sample["row"] == metric.row and sample["contender"] == label and metric.number in sample["numbers"]
    ]


def _versions(results: Results, entries: list[Contender]) -> list[str]:
    lines = ["| | versions | settings |", "| --- | --- | --- |"]
    for entry in entries:
        about = results["about"].get(entry.label)
        if about:
            names = ", ".join(f"{name} {number}" for name, number in about["versions"].items())
            lines.append(f"| {entry.label} | {names} | {entry.why} |")
    return lines


def _overview(results: Results, entries: list[Contender]) -> list[str]:
    labels = [entry.label for entry in entries]
    lines = [
        f"| | {' | '.join(labels)} | best peer | arqlight vs it | goal |",
        f"| --- | {' | '.join('---:' for _ in labels)} | --- | ---: | --- |",
    ]
    for metric in METRICS:
        medians = _medians(metric, results, labels)
        if medians:
            cells = [_number(medians[label], metric) if label in medians else "-" for label in labels]
            lines.append(
                f"| {metric.title} | {' | '.join(cells)} | {_comparison(metric, medians, entries)} |"
            )
    return lines


def _comparison(metric: Metric, medians: dict[str, float], entries: list[Contender]) -> str:
    peers = {
        entry.label: medians[entry.label] for entry in entries if entry.is_peer and entry.label in medians
    }
    ours = medians.get("arqlight")
    best = _best(metric, peers)
    ratio = metric.better_by(ours, peers[best]) if best and ours is not None else None
    shown = _times(ratio, 1)
    goal = metric.goal()
    if goal and ours is not None and (met := metric.met(ours, ratio)) is not None:
        goal += ": met" if met else ": **not met**"
    return f"{best or '-'} | {shown} | {goal}"


def _best(metric: Metric, medians: dict[str, float]) -> str | None:
    pick = max if metric.higher_is_better else min
    return pick(medians, key=lambda label: medians[label]) if medians else None


def _detail(metric: Metric, results: Results, entries: list[Contender]) -> list[str]:
    medians = _medians(metric, results, [entry.label for entry in entries])
    if not medians:
        return []
    best = _best(
        metric,
        {entry.label: medians[entry.label] for entry in entries if entry.is_peer and entry.label in medians},
    )
    lines = [
        "",
        f"### {metric.title}",
        "",
        "| | median | range | vs best peer |",
        "| --- | ---: | ---: | ---: |",
    ]
    for label, middle in medians.items():
        found = values(results, metric, label)
        span = f"{_number(min(found), metric)} - {_number(max(found), metric)}"
        ratio = _times(metric.better_by(middle, medians[best]) if best else None, 2)
        lines.append(f"| {label} | {_number(middle, metric)} | {span} | {ratio} |")
    return [*lines, *_failures(metric, results)]


def _failures(metric: Metric, results: Results) -> list[str]:
    failed = [entry for entry in results["failures"] if entry["row"] == metric.row]
    return [f"\n{entry['contender']}, round {entry['round']}: failed, {entry['reason']}." for entry in failed]


def _medians(metric: Metric, results: Results, labels: list[str]) -> dict[str, float]:
    found = {label: values(results, metric, label) for label in labels}
    return {label: median(numbers) for label, numbers in found.items() if numbers}


def _times(ratio: float | None, digits: int) -> str:
    return "-" if ratio is None else f"{ratio:.{digits}f}x"


def _number(value: float, metric: Metric) -> str:
    return f"{value:,.{metric.digits}f}"
