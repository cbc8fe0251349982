"""The rules of law in force: which packs, of which version, and when somebody has to look at their sources again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from cti_api.errors import SettingsError
from cti_api.law.on_disk import packs_on_disk
from cti_api.settings import Settings
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
    for pack in packs:
        if pack.review_before <= today + REVIEW_SOON:
            yield warning(
                f"the law: somebody has to look at the sources of {pack.name} before {pack.review_before}",
                "take a newer Vocero, or a pack of your own with a lawyer's word: docs/law.md",
            )
