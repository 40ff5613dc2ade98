"""The front end's files: their addresses carry the hash of all of them, so browsers keep them for good."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from arqlight.web.auth.cross_site import STATIC_HEADERS

__all__ = ["FOLDER", "HashedFiles"]

FOLDER = Path(__file__).parent / "static"

HASH_LENGTH = 16
FOR_GOOD = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"


class HashedFiles(StaticFiles):
    """Serves ``{hash}/{path}``. Modules import each other by relative paths, which the hash in front keeps.

    An outdated hash is answered too, with what is there now and without being kept: a page from before an
    update goes on working.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        super().__init__(directory=folder, check_dir=False)
        self.folder = folder
        self._current: str | None = None
        self._hashes: dict[Path, tuple[tuple[int, int], bytes]] = {}

    def paths(self, pattern: str = "*") -> Iterator[Path]:
        """The files, as paths inside the folder, in a fixed order."""
        for path in sorted(self.folder.rglob(pattern)):
            inside = path.relative_to(self.folder)
            if path.is_file() and not any(part.startswith(".") for part in inside.parts):
                yield inside

    def hash(self) -> str:
        """The hash of all files' names and contents, for a page to name. It reads only what has changed."""
        total = hashlib.sha256()
        for path in self.paths():
            total.update(path.as_posix().encode() + b"\0" + self._hash_of(path))
        self._current = total.hexdigest()[:HASH_LENGTH]
        return self._current

    def _hash_of(self, path: Path) -> bytes:
        stat = (self.folder / path).stat()
        version = (stat.st_mtime_ns, stat.st_size)
        known = self._hashes.get(path)
        if known is None or known[0] != version:
            known = self._hashes[path] = version, hashlib.sha256((self.folder / path).read_bytes()).digest()
        return known[1]

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file behind the hash."""
        digest, _, inner = path.replace("\\", "/").partition("/")
        try:
            response = await super().get_response(inner, scope)
        except HTTPException as error:
            # Not raised on: the application's own error pages are not for our files.
            response = PlainTextResponse(error.detail, error.status_code, headers=error.headers)
        is_current = response.status_code < 400 and digest == (self._current or self.hash())  # noqa: PLR2004  an error
        response.headers["Cache-Control"] = FOR_GOOD if is_current else ASK_AGAIN
        response.headers.update(STATIC_HEADERS)
        return response
