"""Which packs a system goes by, and what is said of a folder that cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from cti_api.errors import SettingsError
from cti_api.law.on_disk import packs_on_disk
from cti_api.law.shipped import shipped_packs
from vocero.lab.rig import LAB_PACKS

PACK = (LAB_PACKS / "lab.yaml").read_text(encoding="utf-8")


def refused(folder: Path) -> str:
    with pytest.raises(SettingsError) as error:
        packs_on_disk(folder)
    return str(error.value)


def test_without_a_folder_the_shipped_packs_hold() -> None:
    assert packs_on_disk(None) == shipped_packs()


def test_a_folder_takes_their_place_as_a_whole() -> None:
    assert [pack.name for pack in packs_on_disk(LAB_PACKS)] == ["lab"]


@pytest.mark.parametrize("made", [True, False])
def test_a_folder_without_a_pack_is_no_law(tmp_path: Path, made: bool) -> None:
    folder = tmp_path / "packs"
    if made:
        folder.mkdir()
    assert f"there is no pack of rules (a file *.yaml) in {folder}" in refused(folder)


def test_every_fault_is_told_with_its_file_line_and_entry(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(PACK.replace("review_before: 2035-01-01", "review_before: soon"), encoding="utf-8")
    (tmp_path / "b.yaml").write_bytes(b"\xff")
    (tmp_path / "c.yaml").write_text(PACK, encoding="utf-8")
    (tmp_path / "d.yaml").write_text(PACK, encoding="utf-8")
    lines = refused(tmp_path).splitlines()
    line = 1 + PACK.splitlines().index("review_before: 2035-01-01")
    assert lines[0] == f"{tmp_path}/a.yaml line {line}, review_before: must be a day such as 2026-07-13"
    assert lines[1] == f"{tmp_path}/b.yaml: it is not UTF-8"
    assert lines[2] == f"{tmp_path}/d.yaml pack: lab is the name of another file's pack in this folder"


def test_a_file_that_is_far_too_large_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("#" * 300_000, encoding="utf-8")
    assert "larger than 256 KiB" in refused(tmp_path)
