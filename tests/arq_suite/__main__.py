"""``python -m tests.arq_suite [--worker arq|arqlight] [pytest arguments]``."""

import argparse
import sys

from tests.arq_suite.fetch import FetchError
from tests.arq_suite.run import WORKERS, run_suite


def main() -> None:
    """Run arq's suite, and end with 1 when a test failed."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.arq_suite",
        description="Runs arq's own test suite. All further arguments go to pytest.",
        allow_abbrev=False,
    )
    parser.add_argument("--worker", choices=WORKERS, default="arqlight", help="whose worker it tests")
    options, pytest_args = parser.parse_known_args()
    try:
        report = run_suite(options.worker, pytest_args)
    except FetchError as error:
        sys.exit(str(error))
    sys.exit(bool(report.failed))


main()
