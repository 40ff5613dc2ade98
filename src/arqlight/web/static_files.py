"""The front end's files: read, hashed and compressed once, and kept by browsers for good."""

import functools
import hashlib
import mimetypes
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from arqlight.web.auth.headers import STATIC_HEADERS
from arqlight.web.compression import accepts_gzip, gzipped

__all__ = ["FOLDER", "HashedFiles", "StaticFile", "front_end"]

FOLDER = Path(__file__).parent / "static"

HASH_LENGTH = 16
SMALLEST = 9  # gzip's level: it is done once
FOR_GOOD = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
AN_HOUR = "public, max-age=3600"
A_DAY = "public, max-age=86400"
# The machine's own table of types may be wrong, or not there.
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".txt": "text/plain"}


class StaticFile(NamedTuple):
    """One file as it is sent; ``gzipped`` is None where compression gains nothing."""

    content: bytes
    gzipped: bytes | None
    media_type: str

    def response(self, request: Request, cache_control: str) -> Response:
        """The file, compressed if the client takes that."""
        headers = {**STATIC_HEADERS, "Cache-Control": cache_control}
        content = self.content
        if self.gzipped is not None:
            headers["Vary"] = "Accept-Encoding"
            if accepts_gzip(request.headers.get("accept-encoding", "")):
                headers["Content-Encoding"] = "gzip"
                content = self.gzipped
        return Response(content, headers=headers, media_type=self.media_type)


class HashedFiles:
    """All files of a folder as they were when it was made, by their paths inside the folder.

    Their addresses are ``{hash}/{path}``, with the hash of all of them: modules import each other by relative
    paths, which the hash in front keeps. An outdated hash is answered too, with what is there now and
    without being kept: a page from before an update goes on working.
    """

    def __init__(self, folder: Path) -> None:
        self.files: Mapping[str, StaticFile] = {path: _read(folder / path) for path in _paths(folder)}
        total = hashlib.sha256()
        for path, file in self.files.items():
            total.update(path.encode() + b"\0" + hashlib.sha256(file.content).digest())
        self.hash = total.hexdigest()[:HASH_LENGTH]

    def text(self, path: str) -> str | None:
        """What is in a file, or None where there is no such file."""
        file = self.files.get(path)
        return None if file is None else file.content.decode()

    async def serve(self, request: Request) -> Response:
        """The endpoint of ``{digest}/{path:path}``."""
        file = self.files.get(request.path_params["path"])
        if file is None:
            # Not raised: the application's own error pages are not for our files.
            headers = {**STATIC_HEADERS, "Cache-Control": ASK_AGAIN}
            return PlainTextResponse("Not Found", 404, headers=headers)
        is_current = request.path_params["digest"] == self.hash
        return file.response(request, FOR_GOOD if is_current else ASK_AGAIN)

    async def serve_elements(self, request: Request) -> Response:
        """The endpoint of ``elements.js``, which pages of other sites load too."""
        response = self.files["js/elements.js"].response(request, AN_HOUR)
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    async def serve_icon(self, request: Request) -> Response:
        """The endpoint of ``favicon.ico``, which browsers ask for where no page tells them of an icon."""
        return self.files["css/icons/arqlight.svg"].response(request, A_DAY)


@functools.cache
def front_end() -> HashedFiles:
    """Our own files, read once in each process."""
    return HashedFiles(FOLDER)


def _paths(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in inside.parts):
            yield inside.as_posix()


def _read(path: Path) -> StaticFile:
    content = path.read_bytes()
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return StaticFile(content, gzipped(content, SMALLEST), kind)
