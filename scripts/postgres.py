"""Finds the PostgreSQL that the history is tested on; with `--install`, installs one where there is none.

Looked for in this order: the folder in ARQLIGHT_POSTGRES, `postgres` on PATH, Debian's folders. Installed by
apt-get as root, Debian's package `postgresql`. Prints the folder of its programs.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

VARIABLE = "ARQLIGHT_POSTGRES"
DEBIANS = Path("/usr/lib/postgresql")
INSTALL_TIMEOUT_S = 900


class NoPostgresError(Exception):
    """No usable PostgreSQL; its text is a sentence that says what to do."""


def find_postgres() -> Path:
    """Returns the folder with `postgres` and `initdb`; raises `NoPostgresError` when there is none."""
    named = os.environ.get(VARIABLE)
    if named:
        if is_whole(Path(named)):
            return Path(named)
        raise NoPostgresError(f"{VARIABLE} is {named}, where there is no postgres and initdb.")
    on_path = shutil.which("postgres")
    debians = sorted(DEBIANS.glob("*/bin"), key=lambda folder: folder.parent.name.zfill(4), reverse=True)
    for folder in ([Path(on_path).parent] if on_path else []) + debians:
        if is_whole(folder):
            return folder
    raise NoPostgresError(
        f"There is no PostgreSQL: run `make postgres`, or set {VARIABLE} to its bin folder."
    )


def is_whole(folder: Path) -> bool:
    """Tells whether a folder has the programs that a server needs."""
    return all(os.access(folder / name, os.X_OK) for name in ("postgres", "initdb"))


def install() -> None:
    """Installs PostgreSQL by apt-get where that is possible; says what it is doing on standard error."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    command("apt-get", "update")
    command("apt-get", "install", "--yes", "--no-install-recommends", "postgresql")


def command(*words: str) -> None:
    """Runs a command quietly."""
    print("Installing PostgreSQL:", " ".join(words), file=sys.stderr, flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(
        words,
        capture_output=True,
        check=False,
        env=environment,
        stdin=subprocess.DEVNULL,
        timeout=INSTALL_TIMEOUT_S,
    )


def main() -> None:
    """Prints the folder, or exits with 1 and a sentence."""
    try:
        print(find_postgres())
    except NoPostgresError as missing:
        if "--install" not in sys.argv[1:] or os.environ.get(VARIABLE):
            raise SystemExit(f"arqlight: {missing}") from None
        install()
        try:
            print(find_postgres())
        except NoPostgresError:
            raise SystemExit(
                "arqlight: no PostgreSQL could be installed by apt-get: install one, "
                f"or set {VARIABLE} to its bin folder."
            ) from None


if __name__ == "__main__":
    main()
