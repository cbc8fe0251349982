"""Takes the law up when a system starts: from the store, and at the first start from the disk."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from cti_api.errors import InputError, SettingsError
from cti_api.law.at_start import at_start
from cti_api.law.compare import compare
from cti_api.law.rules import Pack
from cti_api.law.written import WrittenPack, with_these
from cti_api.store.policies import Person, Policies, Proposal, packs_of

FIRST_START: Final = Person("first start")
UPGRADE: Final = Person("Vocero's own newer packs")

log = logging.getLogger(__name__)


async def take_up_law(
    policies: Policies, on_disk: Sequence[WrittenPack], now: datetime, *, shipped: bool
) -> tuple[Pack, ...]:
    """The packs that hold from this start on; what the disk says otherwise is logged.

    Raises `StoreUnavailable`, and `SettingsError` for a recorded pack that this version cannot read.
    """
    present = await law_in_force(policies)
    start = at_start(present, on_disk, await policies.files(), await policies.recorded(), shipped=shipped)
    for sentence in start.news:
        log.warning("a pack on disk is not the one in force", extra={"reason": sentence})
    if start.comes_in:
        law = with_these(present, start.comes_in, whole=False)
        changes = compare([each.pack for each in present], [each.pack for each in law])
        proposal = Proposal(
            packs=start.comes_in,
            removed=(),
            judged_against={each.name: each.digest for each in present},
            loosens=False,
            told=tuple(f"{c.pack} {c.rule}: {words}" for c in changes for words in c.words) if present else (),
        )
        await policies.propose(proposal, UPGRADE if present else FIRST_START, now)
        present = await law_in_force(policies)
    await policies.note_files({each.name: each.digest for each in start.noted})
    return tuple(each.pack for each in present)


async def law_in_force(policies: Policies) -> tuple[WrittenPack, ...]:
    """The packs in force. Raises `SettingsError` for one that this version cannot read."""
    try:
        return packs_of(await policies.in_force())
    except InputError as error:
        faults = "\n".join(map(str, error.faults))
        raise SettingsError(
            f"The law in force is written as this version does not read it: {error}\n{faults}"
        ) from None
