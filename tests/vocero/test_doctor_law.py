"""What the doctor says of the law, and of the key of erased numbers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from cti_api.clock import SystemClock
from cti_api.law.shipped import shipped_written
from cti_api.model.phone import PhoneNumber
from cti_api.settings import AmiSettings, AsteriskSettings, LawSettings, Settings, StoreSettings
from cti_api.store.law_at_start import take_up_law
from cti_api.store.migrate import upgrade
from cti_api.store.store import Store
from tests.support.laws import LATER, SATURDAY_LONGER, SATURDAY_SHORTER, changed, text_with
from vocero.doctor import machine
from vocero.doctor.findings import Finding, Verdict
from vocero.doctor.law import law, law_recorded
from vocero.lab.rig import LAB_PACKS


class OnTheFirst(SystemClock):
    def now(self) -> datetime:
        return datetime(2026, 12, 1, tzinfo=UTC)


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


async def test_a_file_that_says_something_else_than_what_holds_is_told(tmp_path: Path) -> None:
    clock, url = SystemClock(), f"sqlite:///{tmp_path}/vocero.db"
    folder = tmp_path / "law"
    folder.mkdir()
    (folder / "co.yaml").write_text(text_with("co"), encoding="utf-8")
    settings = Settings(
        asterisk=AsteriskSettings(ami=AmiSettings(secret="0123456789abcdef")),
        law=LawSettings(folder=folder),
        store=StoreSettings(url=url),
    )
    assert await law_recorded(settings, clock) == [], "there is no store yet"
    await upgrade(url, clock)
    [first] = await law_recorded(settings, clock)
    assert "the first start records" in first.what
    async with Store.open(url, clock=clock) as store:
        on_disk = [each for each in shipped_written() if each.name == "co"]
        await take_up_law(store.policies, on_disk, datetime.now(UTC), shipped=False)
    [same] = await law_recorded(settings, clock)
    assert (same.verdict, same.what) == (Verdict.OK, "the law in force: co 2026-11-25")
    (folder / "co.yaml").write_text(text_with("co", LATER, SATURDAY_LONGER), encoding="utf-8")
    _, news = await law_recorded(settings, clock)
    assert news.verdict is Verdict.WARNING
    assert "It would loosen the law" in news.what


async def test_a_review_is_told_of_the_pack_that_holds_though_it_is_on_no_disk(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/vocero.db"
    asterisk = AsteriskSettings(ami=AmiSettings(secret="0123456789abcdef"))
    settings = Settings(asterisk=asterisk, store=StoreSettings(url=url))
    sooner = changed("co", LATER, SATURDAY_SHORTER, ("review_before: 2027-05-01", "review_before: 2026-12-20"))
    await upgrade(url, SystemClock())
    async with Store.open(url, clock=SystemClock()) as store:
        await take_up_law(store.policies, [sooner, *shipped_written()[1:]], datetime.now(UTC), shipped=True)
    warned = [each for each in await law_recorded(settings, OnTheFirst()) if "sources of co" in each.what]
    assert [each.verdict for each in warned] == [Verdict.WARNING]


async def test_a_lost_key_of_erased_numbers_is_a_fault(tmp_path: Path) -> None:
    clock, url = SystemClock(), f"sqlite:///{tmp_path}/vocero.db"
    settings = Settings(
        asterisk=AsteriskSettings(ami=AmiSettings(secret="0123456789abcdef")), store=StoreSettings(url=url)
    )
    await upgrade(url, clock)
    async with Store.open(url, clock=clock) as store:
        await store.suppression.add([PhoneNumber("+573001234567")], "carta 12", datetime.now(UTC))
        await store.erasures.erase("x", ["+573001234567"], "mesa", "pedido", datetime.now(UTC))
    assert (await machine.store(settings, clock)).verdict is Verdict.OK
    (tmp_path / "vocero.db.erasure-key").unlink()
    found = await machine.store(settings, clock)
    assert (found.verdict, "erasure-key cannot be read" in found.what) == (Verdict.FAULT, True)
