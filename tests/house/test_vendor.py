"""What others wrote and the console brings along: nobody changed it, and its licence is beside it."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

SCRIPT = Path("cti_api/console/vendor.sh")
FOLDERS = [Path("cti_api/console/static/vendor"), Path("tests/support/vendor")]


@pytest.mark.parametrize("folder", FOLDERS, ids=str)
def test_every_file_is_the_one_that_was_fetched(folder: Path) -> None:
    told = dict(reversed(line.split("  ")) for line in (folder / "SHA256SUMS").read_text().splitlines())
    there = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
    del there["SHA256SUMS"]
    assert there == told


@pytest.mark.parametrize("folder", FOLDERS, ids=str)
def test_every_file_has_its_licence_and_the_version_that_the_script_names(folder: Path) -> None:
    named = set(re.findall(r"\b([A-Z]+)=(\d[\d.]*\d)", SCRIPT.read_text()))
    for code in folder.glob("*.js"):
        name, version = re.fullmatch(r"([a-z]+)-([\d.]+)\.min\.js", code.name).groups()  # type: ignore[union-attr]
        assert (name.upper(), version) in named
        assert "copyright" in (folder / f"{name}-{version}.LICENSE.txt").read_text().lower()


def test_no_page_code_is_fetched_from_elsewhere() -> None:
    ours = [path for path in Path("cti_api/console").rglob("*") if path.suffix in (".js", ".html", ".css")]
    fetched = re.compile(r"""(?:\bfrom|\bimport\(?|src=|href=|url\()[ \t]*["'](?:https?:)?//""")
    found = [str(path) for path in ours if path.parent.name != "vendor" and fetched.search(path.read_text())]
    assert ours
    assert found == []
