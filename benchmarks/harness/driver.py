"""Runs the adapters as processes and reads what they print."""

import json
import os
import select
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil

from harness.contenders import Contender
from harness.environments import BENCHMARKS, python_of
from harness.valkey import Valkey

Line = dict[str, Any]


class AdapterError(RuntimeError):
    """An adapter ended, or said nothing in time."""


class AdapterProcess:
    """One adapter process: a worker or a producer."""

    def __init__(self, contender: Contender, verb: str, task: Line) -> None:
        script = BENCHMARKS / "peers" / f"{contender.adapter}.py"
        python = python_of(contender.environment, contender.requirements)
        self.name = f"{contender.label} {verb}"
        self._output, output = os.pipe()
        standard_input, self._input = os.pipe()
        self.process = subprocess.Popen(
            [str(python), str(script), verb, json.dumps(task)],
            stdin=standard_input,
            stdout=output,
            env=_environment(contender),
        )
        os.close(output)
        os.close(standard_input)
        self.cpu_at_start: float | None = None
        self._buffer = b""

    def read(self, timeout: float) -> Line:
        """The next line of JSON that it prints, within `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while b"\n" not in self._buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._output], [], [], left)[0]:
                raise AdapterError(f"{self.name}: nothing within {timeout:.0f} s")
            data = os.read(self._output, 65536)
            if not data:
                raise AdapterError(f"{self.name}: ended with {self.process.wait()}")
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return dict(json.loads(line))

    def go(self) -> None:
        """Let a worker that said it is ready begin."""
        os.write(self._input, b"\n")

    def first_start(self, timeout: float = 0.5) -> int | None:
        """When this worker's first job started; None when it had none."""
        try:
            line = self.read(timeout)
        except AdapterError:
            return None
        self.cpu_at_start = float(line["cpu_s"])
        return int(line["first_start_ns"])

    def cpu_s(self) -> float:
        """CPU seconds that the process has used so far."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    def rss_bytes(self) -> int:
        """Its resident memory."""
        return int(psutil.Process(self.process.pid).memory_info().rss)

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.wait()
        os.close(self._output)
        os.close(self._input)


class Driver:
    """One contender on the run's server."""

    def __init__(self, contender: Contender, valkey: Valkey) -> None:
        self.contender = contender
        self.valkey = valkey
        self.about = self._once("about", {}, 60)

    def produce(self, mode: str, timeout: float = 300, **task: Any) -> Line:
        """Run a producer to its end; see protocol.py for the modes."""
        return self._once("produce", {"mode": mode, **task}, timeout)

    @contextmanager
    def workers(self, count: int = 1, **task: Any) -> Iterator[list[AdapterProcess]]:
        """`count` worker processes, all loaded, then let go together; killed at the end."""
        started = [self.start("worker", task) for _ in range(count)]
        try:
            for worker in started:
                worker.read(60)
            for worker in started:
                worker.go()
            yield started
        finally:
            for worker in started:
                worker.kill()

    def start(self, verb: str, task: Line) -> AdapterProcess:
        """Start an adapter process for this contender."""
        common = {"url": self.valkey.url, "settings": self.contender.settings}
        return AdapterProcess(self.contender, verb, {**common, **task})

    def wait_until_done(self, jobs: int, timeout: float, step: float = 0.010) -> int:
        """Wait until all of the `jobs` enqueued so far have their result; the time when that was seen."""
        command, reach = self.about["done"]["command"], self.about["done"]["reach"]
        goal = jobs + int(reach.removeprefix("jobs+")) if isinstance(reach, str) else reach
        deadline = time.monotonic() + timeout
        while (left := abs(goal - int(self.valkey.command(*command)))) > 0:
            if time.monotonic() > deadline:
                raise AdapterError(
                    f"{self.contender.label}: {left} of {jobs} jobs not done in {timeout:.0f} s"
                )
            time.sleep(step)
        return time.monotonic_ns()

    def _once(self, verb: str, task: Line, timeout: float) -> Line:
        process = self.start(verb, task)
        try:
            return process.read(timeout)
        finally:
            process.kill()


def _environment(contender: Contender) -> dict[str, str]:
    """The runner's own; arqlight is found in src/ even when it is not installed."""
    if contender.requirements:
        return dict(os.environ)
    return {**os.environ, "PYTHONPATH": str(BENCHMARKS.parent / "src")}
