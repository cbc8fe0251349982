"""Counts whom another law would block or free among the leads that are still to be called, within a bounded time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from cti_api.law.facts import Facts
from cti_api.law.rules import Pack
from cti_api.ports import LawReach
from dialer.engine.floor import Floor
from dialer.engine.placing import Placing
from dialer.leads.callback import promised_to
from dialer.leads.law import AGENT_FIRST
from dialer.leads.reach import Reached, alike, reach

MOST_LOOKED_AT: Final = 2000
"""Leads; of more, every nth: the share is then right within two in a hundred."""

LONGEST_SECONDS: Final = 5.0
"""How long it may take; people with a history of their own are asked about one by one."""


async def law_reach(floor: Floor, placing: Placing, after: Sequence[Pack]) -> LawReach:
    """Asks both laws about each of them, beside the calls that go on. Raises `StoreUnavailable`."""
    began, before = floor.clock.monotonic(), floor.packs
    found = await floor.store.sample.open_leads(MOST_LOOKED_AT)
    order = list(found.some)
    floor.random.shuffle(order)  # where the time is over sooner, those looked at are still of all campaigns
    known: dict[Facts, Reached] = {}
    looked_at, sums = 0, [0] * len(Reached._fields)
    for lead in order:
        if floor.clock.monotonic() - began > LONGEST_SECONDS:
            break
        spec = await floor.spec(lead.campaign_id)
        now = floor.clock.now()
        reserved = spec.mode in AGENT_FIRST or promised_to(spec.callbacks, lead, now) is not None
        facts = alike((await placing.facts(spec, lead, lead.phone, agent_reserved=reserved)).law, now)
        if facts not in known:
            known[facts] = await asyncio.to_thread(reach, facts, before, after, now)
        sums = [one + more for one, more in zip(sums, known[facts], strict=True)]
        looked_at += 1
    share = found.count / looked_at if looked_at else 0.0
    blocked_now, freed_now, blocked, freed = (round(one * share) for one in sums)
    return LawReach(
        open_leads=found.count,
        looked_at=looked_at,
        blocked_now=blocked_now,
        freed_now=freed_now,
        blocked_in_week=blocked,
        freed_in_week=freed,
    )
