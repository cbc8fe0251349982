"""The rules of law in force: which packs, of which version, and when somebody has to look at their sources again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Final

from cti_api.clock import Clock
from cti_api.errors import SettingsError, VoceroError
from cti_api.law.at_start import at_start
from cti_api.law.on_disk import packs_on_disk, written_on_disk
from cti_api.law.rules import Pack
from cti_api.law.written import WrittenPack
from cti_api.settings import Settings
from cti_api.store.law_at_start import law_in_force
from cti_api.store.opening import file_of
from cti_api.store.policies import Policies
from cti_api.store.store import Store
from vocero.doctor.findings import Finding, fault, ok, warning

REVIEW_SOON: Final = timedelta(days=30)
"""So long before its day a pack's review is told. Ours: time to ask a lawyer."""


def law(settings: Settings, today: date) -> Iterator[Finding]:
    """What the settings' packs say of themselves."""
    try:
        packs = packs_on_disk(settings.law.folder)
    except SettingsError as error:
        for line in str(error).splitlines():
            yield fault(f"the law: {line}", "mend it: `vocero policy check FILE` tells the same; Vocero does not start")
        return
    where = settings.law.folder or "as shipped"
    yield ok(f"the law, {where}: {', '.join(f'{pack.name} {pack.version}' for pack in packs)}")
    yield from _to_be_reviewed(packs, today)


def _to_be_reviewed(packs: Iterable[Pack], today: date) -> Iterator[Finding]:
    for pack in packs:
        if pack.review_before <= today + REVIEW_SOON:
            yield warning(
                f"the law: somebody has to look at the sources of {pack.name} before {pack.review_before}",
                "take a newer Vocero, or a pack of your own with a lawyer's word: docs/law.md",
            )


async def law_recorded(settings: Settings, clock: Clock) -> list[Finding]:
    """The law in force in the store, where it was recorded already, and what the disk says otherwise."""
    url = settings.store.url.get_secret_value()
    file = file_of(url)
    if file is not None and not file.exists():
        return []
    try:
        on_disk = written_on_disk(settings.law.folder)
        async with Store.open(url, clock=clock) as store:
            return [
                finding async for finding in _recorded(store.policies, on_disk, clock, shipped=not settings.law.folder)
            ]
    except VoceroError:
        return []  # a store that cannot be used, and packs that cannot be read, are told of beside this


async def _recorded(
    policies: Policies, on_disk: Sequence[WrittenPack], clock: Clock, *, shipped: bool
) -> AsyncIterator[Finding]:
    try:
        present = await law_in_force(policies)
    except SettingsError as error:
        yield fault(f"the law: {error}", "install the Vocero that recorded it; this one does not start")
        return
    if not present:
        yield ok("the law: the first start records these packs as the ones in force")
        return
    yield ok(f"the law in force: {', '.join(f'{each.name} {each.version}' for each in present)}")
    for finding in _to_be_reviewed([each.pack for each in present if each not in on_disk], clock.now().date()):
        yield finding
    start = at_start(present, on_disk, await policies.files(), await policies.recorded(), shipped=shipped)
    for each in start.comes_in:
        yield ok(f"the law: {each.name} {each.version} only tightens and comes in at the next start")
    for sentence in start.news:
        yield warning(f"the law: {sentence}", "what is in force stays so until then")
    if waiting := await policies.changes(pending=True):
        numbers = ", ".join(str(change.id) for change in waiting)
        yield warning(f"the law: change {numbers} waits for a second person", "vocero policy pending shows it")
