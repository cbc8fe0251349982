"""What is remembered of a campaign's calls gives the same as counting them all."""

from datetime import timedelta
from random import Random

import pytest

from cti_api.model.calls import CallResult
from cti_api.model.leads import LeadState
from cti_api.store.call_counts import SETTLED, Counted, count
from cti_api.store.store import Store
from tests.support.store import CAMPAIGN, T0, at, attempt_for, closed, move, new_leads

RESULTS = (CallResult.CONNECTED, CallResult.BUSY, CallResult.NO_ANSWER)


@pytest.mark.parametrize("seed", range(3))
async def test_remembered_or_not_the_counts_are_the_same(store: Store, seed: int) -> None:
    random, database = Random(seed), store._database
    await store.leads.add(CAMPAIGN, new_leads(40), T0)
    leads = await store.leads.reserve(CAMPAIGN, 40, T0, at(60))
    step = SETTLED.total_seconds() / 4
    open_ones, remembered = [], Counted()
    for n, lead in enumerate(leads):
        attempt = attempt_for(lead, at(n * step))
        await store.attempts.open(attempt)
        open_ones.append(attempt)
        random.shuffle(open_ones)
        while len(open_ones) > 3:
            over = open_ones.pop()
            ended = closed(over, random.choice(RESULTS), at(n * step + 1))
            await store.attempts.close(ended, move(LeadState.COMPLETED))
        whole, remembered = await database.read(count, CAMPAIGN, remembered, 5)
        assert whole == (await database.read(count, CAMPAIGN, Counted(), 10**9))[0]
        assert remembered.made == sum(remembered.closed.values()) <= whole.made - len(open_ones)
        assert remembered.until <= max(whole.until - SETTLED, Counted().until)
    for over in open_ones:
        await store.attempts.close(closed(over, CallResult.BUSY, at(41 * step)), move(LeadState.COMPLETED))
    whole, remembered = await database.read(count, CAMPAIGN, remembered, 5)
    assert remembered.made > 30
    assert remembered.until + timedelta(hours=1) <= whole.until
