"""Finds the Chromium that the page is tested in; with `--install`, installs one where there is none.

Looked for in this order: the path in ARQLIGHT_CHROMIUM, Playwright's own, Chromium or Chrome on PATH.
Installed by Playwright, or, where its download cannot be had, by apt-get as root. Prints the path.
"""

import os
import shutil
import subprocess
import sys
from functools import cache

VARIABLE = "ARQLIGHT_CHROMIUM"
ON_PATH = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ASK_PLAYWRIGHT = (
    "from playwright.sync_api import sync_playwright\n"
    "with sync_playwright() as playwright: print(playwright.chromium.executable_path)"
)
INSTALL_TIMEOUT_S = 900


class NoBrowserError(Exception):
    """No usable Chromium; its text is a sentence that says what to do."""


@cache
def find_browser() -> str:
    """What `look_for_browser` says, asked once."""
    return look_for_browser()


def look_for_browser() -> str:
    """Returns the path of a Chromium that runs; raises `NoBrowserError` when there is none."""
    named = os.environ.get(VARIABLE)
    if named:
        if runs(named):
            return named
        raise NoBrowserError(f"{VARIABLE} is {named}, which does not run.")
    for path in (playwrights_own(), *map(shutil.which, ON_PATH)):
        if path and runs(path):
            return path
    raise NoBrowserError(f"There is no Chromium: run `make browser`, or set {VARIABLE} to the path of one.")


def runs(path: str) -> bool:
    """Tells whether the browser at `path` starts far enough to say its version."""
    try:
        return (
            subprocess.run([path, "--version"], capture_output=True, check=False, timeout=60).returncode == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False


def playwrights_own() -> str | None:
    """Returns where Playwright's own Chromium is, or would be."""
    asked = subprocess.run(
        [sys.executable, "-c", ASK_PLAYWRIGHT], capture_output=True, text=True, check=False, timeout=60
    )
    return asked.stdout.strip() or None


def install() -> None:
    """Installs a Chromium by the first way that works; says what it is doing on standard error."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if command(sys.executable, "-m", "playwright", "install", "chromium"):
        if root:
            command(sys.executable, "-m", "playwright", "install-deps", "chromium")
    elif root and shutil.which("apt-get"):
        command("apt-get", "update")
        command("apt-get", "install", "--yes", "--no-install-recommends", "chromium", "fonts-liberation")


def command(*words: str) -> bool:
    """Runs a command quietly; tells whether it succeeded."""
    print("Installing Chromium:", " ".join(words), file=sys.stderr, flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            words,
            capture_output=True,
            check=False,
            env=environment,
            stdin=subprocess.DEVNULL,
            timeout=INSTALL_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def main() -> None:
    """Prints the browser's path, or exits with 1 and a sentence."""
    try:
        print(look_for_browser())
    except NoBrowserError as missing:
        if "--install" not in sys.argv[1:] or os.environ.get(VARIABLE):
            raise SystemExit(f"arqlight: {missing}") from None
        install()
        try:
            print(look_for_browser())
        except NoBrowserError:
            raise SystemExit(
                "arqlight: no Chromium could be installed, by Playwright or apt-get: install one, "
                f"or set {VARIABLE} to the path of one."
            ) from None


if __name__ == "__main__":
    main()
