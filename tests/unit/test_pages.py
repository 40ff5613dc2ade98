"""The seam of pages, without a server."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from arqlight.web.pages.modules import VENDOR_MODULES, modules_of
from arqlight.web.static_files import FOLDER, HashedFiles, front_end


def folder_of(tmp_path: Path, files: Mapping[str, str]) -> HashedFiles:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return HashedFiles(tmp_path)


def test_a_pages_modules_are_those_that_its_entry_leads_to_each_once(tmp_path: Path) -> None:
    files = folder_of(
        tmp_path,
        {
            "js/pages/a.js": 'import { x } from "../core/x.js";import "../core/y.js";import h from "preact"',
            "js/core/x.js": 'import { y } from "./y.js";\nexport * from "./z.js";\nimport("./later.js");',
            "js/core/y.js": '/** @typedef {import("./types.js").T} T */',
            "js/core/z.js": 'import { a } from "../pages/a.js";',
            "js/core/later.js": "",
            "js/core/types.js": "",
            "js/pages/b.js": "",
            "vendor/preact.js": 'import{x as y}from"preact/hooks";',
            "vendor/preact-hooks.js": "",
        },
    )
    assert modules_of(files, "js/pages/a.js") == [
        "js/pages/a.js",
        "js/core/x.js",
        "js/core/y.js",
        "vendor/preact.js",
        "js/core/z.js",
        "vendor/preact-hooks.js",
    ]


def test_an_import_of_a_file_that_is_not_there_is_found_when_the_application_starts(tmp_path: Path) -> None:
    files = folder_of(tmp_path, {"js/pages/a.js": 'import "../core/x.js";'})
    with pytest.raises(LookupError, match=r"js/pages/a\.js imports '\.\./core/x\.js'"):
        modules_of(files, "js/pages/a.js")


def test_our_own_front_end_is_complete_and_the_task_page_loads_no_chart() -> None:
    files = front_end()
    modules = modules_of(files, "js/pages/task.js")
    assert {"js/core/store.js", "js/pages/task/row.js", "vendor/preact.js", "vendor/signals-core.js"} <= set(
        modules
    )
    assert "vendor/uplot.js" not in modules
    assert "js/core/stream-worker.js" not in modules
    assert set(VENDOR_MODULES.values()) <= set(files.files)
    assert "vendor/uplot.css" in files.files


@pytest.mark.parametrize("path", sorted(FOLDER.glob("js/**/*.js")), ids=lambda path: path.name)
def test_each_module_is_checked_and_short(path: Any) -> None:
    lines = path.read_text().splitlines()
    assert lines[0] == "// @ts-check"
    assert len(lines) < 200
