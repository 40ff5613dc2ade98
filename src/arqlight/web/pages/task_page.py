"""The task page: what its template needs, and the headers that keep it safe."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader

from arqlight.version import __version__
from arqlight.web.auth.cross_site import new_nonce, page_headers
from arqlight.web.static_files import HashedFiles

__all__ = ["page_router"]

TEMPLATES = Path(__file__).parent.parent / "templates"
FEWEST_TASKS, MOST_TASKS = 1, 100

# Third-party modules by the names that our modules import them by, and where the build puts them.
VENDOR_MODULES: Mapping[str, str] = {
    "preact": "vendor/preact.js",
    "preact/hooks": "vendor/preact-hooks.js",
    "htm": "vendor/htm.js",
    "@preact/signals": "vendor/signals.js",
    "@preact/signals-core": "vendor/signals-core.js",
}
WORKER_SCRIPT = "js/stream-worker.js"

NOT_BUILT = (
    "The front end of arqlight is not built: its folder static/vendor is missing. "
    "Run 'make setup' in a clone, or install the package again where the npm registry can be reached."
)


def page_router(mounted: APIRouter, files: HashedFiles, *, prefix: str, form: bool) -> APIRouter:
    """The page at ``/``. ``form`` is whether it starts tasks; without, it watches jobs and batches.

    ``mounted`` is the router with everything that is under ``prefix``.
    """
    router = APIRouter()
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)

    @router.get("/", name="arqlight:page", include_in_schema=False, response_class=HTMLResponse)
    async def page(request: Request) -> HTMLResponse:
        nonce = new_nonce()
        if not (files.folder / VENDOR_MODULES["preact"]).is_file():
            return HTMLResponse(f"<p>{NOT_BUILT}</p>", 503, page_headers(nonce))
        root_path = request.scope.get("root_path", "").rstrip("/")
        context = _context(_Addresses(mounted, root_path + prefix), files, form=form)
        if request.app.docs_url:
            context["page_data"]["urls"]["docs"] = root_path + request.app.docs_url
        html = environment.get_template("task_page.html").render(context, csp_nonce=nonce)
        return HTMLResponse(html, headers=page_headers(nonce))

    return router


class _Addresses:
    """Paths of our routes as a browser needs them, whatever stands in front of them."""

    def __init__(self, mounted: APIRouter, base: str) -> None:
        self.mounted = mounted
        self.base = base

    def of(self, route: str, **parameters: str) -> str:
        return self.base + self.mounted.url_path_for(f"arqlight:{route}", **parameters)


def _context(addresses: _Addresses, files: HashedFiles, *, form: bool) -> dict[str, Any]:
    digest = files.hash()

    def static(path: str) -> str:
        return addresses.of("static", path=f"{digest}/{path}")

    return {
        "page_data": {
            "urls": {
                "page": addresses.of("page"),
                "task": addresses.of("create_tasks") if form else "",
                # These two go before an id.
                "job": addresses.of("job", job_id=""),
                "batch": addresses.of("batch", batch_id=""),
                "events": addresses.of("events"),
            },
            "limits": {"min": FEWEST_TASKS, "max": MOST_TASKS},
            "form": form,
        },
        "static": static,
        "import_map": {"imports": {module: static(path) for module, path in _vendor_modules(files)}},
        "modulepreload": [static(path) for path in _modules(files)],
        "version": __version__,
    }


def _vendor_modules(files: HashedFiles) -> Iterator[tuple[str, str]]:
    for module, path in VENDOR_MODULES.items():
        if (files.folder / path).is_file():
            yield module, path


def _modules(files: HashedFiles) -> Iterator[str]:
    """Every module that the page loads, so that the browser fetches them all at once."""
    yield from (path for _, path in _vendor_modules(files))
    for path in files.paths("js/**/*.js"):
        if path.as_posix() != WORKER_SCRIPT:
            yield path.as_posix()
