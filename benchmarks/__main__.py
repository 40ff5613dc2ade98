"""All benchmarks, one after the other: `python -m benchmarks`, which is what `make bench` runs.

Arguments go to worker.py, the longest of them, for example `--rounds 3`.
"""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
SCRIPTS = ("worker.py", "redis_limit.py", "page.py", "post_task.py", "clients.py", "console.py")


def main() -> int:
    """Run each; the exit code says whether all of them ran to their end."""
    failed = []
    for script in SCRIPTS:
        arguments = sys.argv[1:] if script == "worker.py" else []
        print(f"---- {script}", file=sys.stderr, flush=True)
        if subprocess.run([sys.executable, str(FOLDER / script), *arguments], check=False).returncode:
            failed.append(script)
    if failed:
        print(f"did not run to their end: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
