"""A virtual environment for each peer, made on demand under benchmarks/.venvs, which git ignores."""

import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parent.parent
COMMON = ["hiredis", "uvloop"]


def python_of(name: str, requirements: tuple[str, ...], *, refresh: bool = False) -> Path:
    """The Python of the environment `name`, made with pip when it is not there yet.

    `refresh` upgrades it to the current releases. No requirements: the Python that runs this.
    """
    if not requirements:
        return Path(sys.executable)
    folder = BENCHMARKS / ".venvs" / name
    python = folder / "bin" / "python"
    ready = folder / "ready"
    if refresh or not ready.exists():
        print(f"making the environment of {name} ...", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade"]
        subprocess.run([*pip, *requirements, *COMMON], check=True)
        ready.touch()
    return python
