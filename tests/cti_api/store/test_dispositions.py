"""Dispositions in their versions, and the requests that they came with: on both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cti_api.errors import NotFound
from cti_api.model.appointments import Booking
from cti_api.model.calls import Attempt, CallResult
from cti_api.model.leads import LeadState
from cti_api.model.once import Once
from cti_api.store.dispositions import KEPT
from cti_api.store.store import Store
from tests.support.store import CAMPAIGN, T0, at, attempt_for, closed, move, new_leads, number

CRM = Once(by="key:crm", key="0f7d3b4e-1", digest="d" * 64, source="key:crm")


@pytest.fixture
async def attempt(store: Store) -> Attempt:
    await store.leads.add(CAMPAIGN, new_leads(1), T0)
    [lead] = await store.leads.reserve(CAMPAIGN, 1, T0, at(60))
    attempt = attempt_for(lead)
    await store.attempts.open(attempt)
    return attempt


async def test_a_request_is_remembered_with_what_was_kept_of_it(store: Store, attempt: Attempt) -> None:
    assert await store.dispositions.done(CRM) is None
    await store.attempts.dispose(attempt.id, "cita", {"fecha": "2026-11-30"}, at(5), once=CRM)
    await store.attempts.dispose(attempt.id, "sin_cita", {}, at(6))
    done = await store.dispositions.done(CRM)
    assert done is not None
    digest, said = done
    assert (digest, said.version, said.code, said.fields, said.source, said.at) == (
        CRM.digest, 1, "cita", {"fecha": "2026-11-30"}, "key:crm", at(5),
    )  # fmt: skip
    versions = await store.dispositions.versions(attempt.id)
    assert [(each.version, each.code, each.source) for each in versions] == [
        (1, "cita", "key:crm"),
        (2, "sin_cita", "agent"),
    ]
    assert await store.dispositions.done(replace(CRM, by="key:otro")) is None


async def test_one_that_says_what_holds_already_is_remembered_with_that(store: Store, attempt: Attempt) -> None:
    await store.attempts.dispose(attempt.id, "cita", {}, at(5))
    await store.attempts.dispose(attempt.id, "cita", {}, at(6), once=CRM)
    done = await store.dispositions.done(CRM)
    assert done is not None
    assert (done[1].version, done[1].at) == (1, at(5))


async def test_the_end_of_a_call_keeps_the_request_that_ended_it(store: Store, attempt: Attempt) -> None:
    over = closed(attempt, CallResult.CONNECTED, at(9), disposition="cita")
    assert await store.attempts.close(over, move(LeadState.COMPLETED), once=CRM)
    assert not await store.attempts.close(over, move(LeadState.COMPLETED), once=replace(CRM, key="0f7d3b4e-2"))
    assert await store.dispositions.done(CRM) is not None
    assert await store.dispositions.done(replace(CRM, key="0f7d3b4e-2")) is None


async def test_what_could_not_be_kept_is_not_remembered_as_done(store: Store, attempt: Attempt) -> None:
    nowhere = Booking(starts_at=at(9000), calendar="nadie")
    with pytest.raises(NotFound):
        await store.attempts.dispose(attempt.id, "cita", {}, at(5), booking=nowhere, once=CRM)
    assert await store.dispositions.done(CRM) is None
    assert await store.dispositions.versions(attempt.id) == []


async def test_a_request_of_long_ago_is_forgotten_when_another_comes(store: Store, attempt: Attempt) -> None:
    await store.attempts.dispose(attempt.id, "cita", {}, at(0), once=CRM)
    later = replace(CRM, key="0f7d3b4e-2")
    await store.attempts.dispose(attempt.id, "otra", {}, at(0) + KEPT, once=later)
    assert await store.dispositions.done(CRM) is not None
    await store.attempts.dispose(attempt.id, "cita", {}, at(1) + KEPT, once=replace(CRM, key="0f7d3b4e-3"))
    assert await store.dispositions.done(CRM) is None
    assert await store.dispositions.done(later) is not None


@pytest.mark.parametrize("engine", ["sqlite"])  # whose key of erased numbers lies beside it
async def test_whoever_is_erased_takes_the_requests_about_their_calls_along(store: Store, attempt: Attempt) -> None:
    await store.attempts.dispose(attempt.id, "cita", {}, at(5), once=CRM)
    await store.attempts.close(closed(attempt, CallResult.CONNECTED, at(9)), move(LeadState.COMPLETED))
    await store.erasures.erase(number(0).e164, [number(0).e164], "mesa", "solicitud 118", T0 + timedelta(days=1))
    assert await store.dispositions.done(CRM) is None
