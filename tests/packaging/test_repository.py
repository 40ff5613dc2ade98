"""What the repository must not hold: anything of a third party, and the address of a package registry."""

import json
from pathlib import PurePath

import pytest

from tests.packaging.building import ROOT, tracked_files

TEXTS = {name: (ROOT / name).read_bytes() for name in tracked_files()}
REGISTRIES = [  # in two parts, so that this file holds none either
    ("pypi.", "org"),
    ("files.", "pythonhosted.org"),
    ("registry.npmjs.", "org"),
    ("registry.", "yarnpkg.com"),
    ("deb.", "debian.org"),
    ("cdn.playwright.", "dev"),
]
LONGEST_LINE = 400
"""A line of JavaScript or CSS longer than this was minified: it is not ours."""


@pytest.mark.parametrize("folder", ["vendor", "node_modules", "site-packages"])
def test_no_folder_of_third_party_code_is_committed(folder: str) -> None:
    assert not [name for name in TEXTS if folder in PurePath(name).parts]


def test_no_minified_code_is_committed() -> None:
    ours = {name: text for name, text in TEXTS.items() if name.endswith((".js", ".mjs", ".css", ".html"))}
    assert not [
        name for name, text in ours.items() if max(map(len, text.splitlines()), default=0) > LONGEST_LINE
    ]


@pytest.mark.parametrize("host", REGISTRIES, ids=lambda host: host[1])
def test_no_file_names_a_registry(host: tuple[str, str]) -> None:
    assert not [name for name, text in TEXTS.items() if "".join(host).encode() in text]


def test_the_lock_file_has_a_checksum_for_each_package_and_no_address() -> None:
    packages = json.loads(TEXTS["package-lock.json"])["packages"]
    root = packages.pop("")
    assert root["dependencies"] == json.loads(TEXTS["package.json"])["dependencies"]
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
    assert not [name for name, package in packages.items() if "resolved" in package]
    assert b"://" not in TEXTS["package-lock.json"]
