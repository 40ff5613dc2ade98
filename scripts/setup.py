"""Sets up `.venv` for running arqlight from a checkout, and with `--dev` for testing it as well.

Run by `make` with any Python 3.11 or newer, and nothing installed. Does nothing when all is as it should be:
a stamp in `.venv` tells what it was made from. What pip and npm print goes to `.venv/setup.log`.
"""

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOG = VENV / "setup.log"
MADE_FROM = ["pyproject.toml", "hatch_build.py", "package.json", "package-lock.json", "scripts/setup.py"]
RUN_RESULTS = [VENV / "bin/arqlight", ROOT / "src/arqlight/web/static/vendor/stamp.txt"]
DEV_RESULTS = [*RUN_RESULTS, VENV / "bin/pytest", ROOT / "node_modules/.package-lock.json"]


def main() -> None:
    """Sets up what is missing; exits with 1 and a sentence when that cannot be done."""
    dev = sys.argv[1:] == ["--dev"]
    if is_current("dev", DEV_RESULTS) or (not dev and is_current("run", RUN_RESULTS)):
        return
    what = "what the tests need" if dev else "arqlight"
    print(f"Installing {what} in .venv (the first time takes about a minute) ...", flush=True)
    make_venv()
    LOG.unlink(missing_ok=True)
    if dev:
        run(PYTHON, "-m", "pip", "install", "--upgrade", "pip>=25.1")  # the first with --group
        run(PYTHON, "-m", "pip", "install", "--group", "dev", "--editable", ".[all]")
        run(VENV / "bin/npm", "ci", "--ignore-scripts")
    else:
        run(PYTHON, "-m", "pip", "install", "--editable", ".[all]")
    stamp_file("dev" if dev else "run").write_text(stamp())


def is_current(kind: str, results: list[Path]) -> bool:
    """Tells whether this kind of set-up was made from the files as they are, and is still there."""
    try:
        made_from = stamp_file(kind).read_text()
    except OSError:
        return False
    return made_from == stamp() and all(path.exists() for path in results)


def stamp_file(kind: str) -> Path:
    """Returns the file that tells what this kind of set-up, "run" or "dev", was made from."""
    return VENV / f"arqlight-{kind}.stamp"


def stamp() -> str:
    """Returns what identifies a set-up: its place (programs in a venv name it), and the files behind it."""
    contents = b"".join((ROOT / name).read_bytes() for name in MADE_FROM)
    return f"{VENV}\n{hashlib.sha256(contents).hexdigest()}\n"


def make_venv() -> None:
    """Makes `.venv`, anew if its Python is gone or it was made elsewhere."""
    stamps = [file.read_text() for file in VENV.glob("arqlight-*.stamp")]
    moved = any(not text.startswith(f"{VENV}\n") for text in stamps)
    if moved or not python_works():
        venv.create(VENV, clear=True, with_pip=True)


def python_works() -> bool:
    """Tells whether `.venv` has a Python that is new enough, and pip."""
    check = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.run([PYTHON, "-c", check], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def run(*command: str | Path) -> None:
    """Runs a command in the checkout; ends the program with a sentence when it fails."""
    with LOG.open("a") as log:
        done = subprocess.run(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False
        )
    if done.returncode != 0:
        raise SystemExit(reason(LOG.read_text()))


def reason(output: str) -> str:
    """Returns why a set-up failed: the build hook's own sentence if there is one, else the first error."""
    lines = [line.strip() for line in output.splitlines()]
    own = [line for line in lines if line.startswith("arqlight: ")]
    if own:
        return own[-1]
    pips = [line for line in lines if line.startswith("ERROR: ")]
    errors = [*pips, *(line for line in lines if line.startswith(("npm error", "error")))]
    return f"arqlight: the set-up failed: {errors[0] if errors else 'no reason given'} (all of it: {LOG})"


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("arqlight: the set-up was interrupted; the next run goes on with it.")
