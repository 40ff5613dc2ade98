"""Which files a page's module needs, read from its static imports."""

import re
from collections.abc import Mapping
from posixpath import dirname, join, normpath

from arqlight.web.static_files import HashedFiles

__all__ = ["VENDOR_MODULES", "modules_of"]

VENDOR_MODULES: Mapping[str, str] = {
    "preact": "vendor/preact.js",
    "preact/hooks": "vendor/preact-hooks.js",
    "htm": "vendor/htm.js",
    "@preact/signals": "vendor/signals.js",
    "@preact/signals-core": "vendor/signals-core.js",
    "uplot": "vendor/uplot.js",
}
"""Third-party modules by the names that our modules import them by, and where the build puts them."""

# `import x from "y"`, `export * from "y"` and `import "y"`, minified or not; not `import("y")`, which a page
# loads when it wants to.
_IMPORT = re.compile(r"""\b(?:from|import)\s*["']([^"'\n]+)["']""")


def modules_of(files: HashedFiles, entry: str) -> list[str]:
    """The entry module and every module that it leads to, by their paths, in the order of discovery.

    Raises:
        LookupError: a module imports a file of ours that is not there; the message names both.
    """
    found = {entry: None}
    waiting = [entry]
    while waiting:
        module = waiting.pop(0)
        for specifier in _IMPORT.findall(files.text(module) or ""):
            path = _resolve(specifier, module)
            if path is None or path in found:
                continue
            if path in files.files:
                found[path] = None
                waiting.append(path)
            elif specifier not in VENDOR_MODULES:  # those may not be built; the page says so
                raise LookupError(f"static/{module} imports {specifier!r}, and there is no static/{path}")
    return list(found)


def _resolve(specifier: str, module: str) -> str | None:
    """The path of what a module imports; None for what looks like an import and is none."""
    if specifier.startswith(("./", "../")):
        return normpath(join(dirname(module), specifier))
    return VENDOR_MODULES.get(specifier)
