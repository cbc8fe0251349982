"""What the doctor says of the law."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cti_api.settings import AmiSettings, AsteriskSettings, LawSettings, Settings
from vocero.doctor.findings import Finding, Verdict
from vocero.doctor.law import law
from vocero.lab.rig import LAB_PACKS


def told(folder: Path | None, today: date) -> list[Finding]:
    asterisk = AsteriskSettings(ami=AmiSettings(secret="0123456789abcdef"))
    return list(law(Settings(asterisk=asterisk, law=LawSettings(folder=folder)), today))


def test_the_packs_on_disk_are_named_with_their_versions() -> None:
    [shipped] = told(None, date(2026, 12, 1))
    assert shipped.verdict is Verdict.OK
    assert shipped.what.startswith("the law, as shipped: co 2026-11-25, pe 2026-11-25")
    [own] = told(LAB_PACKS, date(2026, 12, 1))
    assert own.what == f"the law, {LAB_PACKS}: lab 2026-11-25"


@pytest.mark.parametrize(("today", "warnings"), [(date(2027, 3, 31), 0), (date(2027, 4, 1), 4), (date(2028, 1, 1), 4)])
def test_a_review_that_is_due_is_told_in_time(today: date, warnings: int) -> None:
    assert [finding.verdict for finding in told(None, today)].count(Verdict.WARNING) == warnings


def test_a_pack_that_cannot_be_read_is_a_fault_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "co.yaml").write_text("pack: co\n", encoding="utf-8")
    found = told(tmp_path, date(2026, 12, 1))
    assert {finding.verdict for finding in found} == {Verdict.FAULT}
    assert str(tmp_path / "co.yaml") in found[0].what
