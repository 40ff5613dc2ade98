"""``python -m tests.soak --seconds 60 --seed 7``: one round; exit code 1 when a promise was broken."""

import argparse
import asyncio
import sys

from tests.soak.driver import run_round
from tests.soak.plant import BUGS


def main() -> None:
    """Run one round and print how it went."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="for how long harm is done")
    parser.add_argument("--seed", type=int, default=1, help="decides what is done and when")
    parser.add_argument("--plant", choices=sorted(BUGS), default="", help="a bug to plant in the workers")
    options = parser.parse_args()
    report = asyncio.run(run_round(options.seed, options.seconds, plant=options.plant))
    sys.stdout.write(f"{report.failure() if report.violations else report.line}\n")
    sys.exit(1 if report.violations else 0)


if __name__ == "__main__":
    main()
