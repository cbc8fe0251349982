"""Facts and sums in the store: each event once, whatever is done again."""

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from cti_api.kpi.facts import Scope
from cti_api.kpi.measures import Measure, Split
from cti_api.model.events import Event, EventKind
from cti_api.store.kpi import Asked, Sums
from cti_api.store.store import Store
from tests.support.store import at, event

BOGOTA = ZoneInfo("America/Bogota")
DAY = date(2026, 3, 2)
CALLS = (Measure.CALLS_MADE, Measure.CONTACTS)


def call(n: int, *, campaign: str = "norte", agent: str = "ana", brand: str = "Kia", contact: bool = True) -> Event:
    payload = {
        "result": "connected", "placed_at": at(3600 * n).isoformat(), "talk_seconds": 60.0, "contact": contact,
        "effective": contact, "success": False, "reason": "", "brand": brand,
    }  # fmt: skip
    return event(
        EventKind.ATTEMPT_CLOSED, at(3600 * n + 90), campaign_id=campaign, lead_id=n, attempt_id=f"{n:032x}",
        agent_id=agent, payload=payload,
    )  # fmt: skip


async def counted(store: Store, *events: Event, most: int = 3) -> None:
    await store.outbox.append(*events)
    while await store.outbox.number():
        pass
    while await store.kpi.ingest(BOGOTA, most) is not None:
        pass


async def sums(store: Store, by: Split | None = None, **more: object) -> Sums:
    return await store.kpi.sums(Asked(measures=CALLS, first=DAY, last=DAY, by=by, **more))


FIVE = (
    call(0),
    call(1, contact=False),
    call(2, agent="luis"),
    call(3, campaign="sur", brand="Mazda"),
    call(4, campaign="sur", brand="", contact=False),
)


async def test_sums_are_told_apart_by_what_is_asked(store: Store) -> None:
    await counted(store, *FIVE)
    assert await sums(store) == {"": {Measure.CALLS_MADE: 5, Measure.CONTACTS: 3}}
    assert await sums(store, Split.CAMPAIGN) == {
        "norte": {Measure.CALLS_MADE: 3, Measure.CONTACTS: 2},
        "sur": {Measure.CALLS_MADE: 2, Measure.CONTACTS: 1},
    }
    assert await sums(store, Split.BRAND) == {
        "Kia": {Measure.CALLS_MADE: 3, Measure.CONTACTS: 2},
        "Mazda": {Measure.CALLS_MADE: 1, Measure.CONTACTS: 1},
    }
    assert await sums(store, Split.AGENT, scope=Scope.CAMPAIGN, of="norte") == {
        "ana": {Measure.CALLS_MADE: 2, Measure.CONTACTS: 1},
        "luis": {Measure.CALLS_MADE: 1, Measure.CONTACTS: 1},
    }
    assert set(await sums(store, Split.HOUR)) == {"9", "10", "11", "12", "13"}
    assert set(await sums(store, Split.DAY)) == {"2026-03-02"}
    assert set(await sums(store, Split.MONTH)) == {"2026-03"}


async def test_odd_names_are_told_to_the_letter(store: Store) -> None:
    odd = ("NULL", "{}", '{"a","b"}', "a,b", "back\\slash", 'it\'s "so"', "ñandú 🚗", "$1", "?", ":name", "%s")
    await counted(store, *(call(n, agent=name, brand=name) for n, name in enumerate(odd)), most=100)
    for by in (Split.AGENT, Split.BRAND):
        assert {name: own[Measure.CALLS_MADE] for name, own in (await sums(store, by)).items()} == dict.fromkeys(odd, 1)


async def test_a_fact_is_found_again_whichever_others_are_asked_for_with_it(store: Store) -> None:
    """They are looked up by lists of a few lengths."""
    for number in range(1, 10):
        await counted(store, *(replace(call(n), lead_id=n + 1) for n in range(number)), most=9)
        assert (await sums(store))[""][Measure.CALLS_MADE] == number


async def test_a_correction_moves_the_sums_of_the_day_of_the_call(store: Store) -> None:
    await counted(store, *FIVE)
    said = {"contact": True, "effective": True, "success": False, "reason": ""}
    late = event(EventKind.DISPOSITION_SET, at(400_000), attempt_id=f"{1:032x}", lead_id=1, payload=said)
    await counted(store, late)
    assert await sums(store) == {"": {Measure.CALLS_MADE: 5, Measure.CONTACTS: 4}}


async def test_whole_months_are_asked_of_the_months_sums_and_the_rest_of_the_days(store: Store) -> None:
    days = [0, 29, 30, 40, 61, 62]  # from the 2nd of March: 2 and 31 March, 1 and 11 April, 2 and 3 May
    await counted(store, *(replace(call(day), payload={**call(day).payload, "placed_at": at(86_400 * day).isoformat()})
                           for day in days))  # fmt: skip
    for first, last, found in (
        (DAY, date(2026, 5, 2), 5),
        (date(2026, 3, 1), date(2026, 4, 30), 4),
        (date(2026, 3, 3), date(2026, 5, 31), 5),
        (date(2026, 4, 1), date(2026, 4, 30), 2),
        (date(2026, 4, 1), date(2026, 4, 10), 1),
        (date(2026, 4, 2), date(2026, 4, 30), 1),
        (date(2025, 1, 1), date(2027, 12, 31), 6),
    ):
        for by in (None, Split.DAY, Split.MONTH, Split.AGENT):
            asked = Asked(measures=(Measure.CALLS_MADE,), first=first, last=last, by=by)
            assert sum(own[Measure.CALLS_MADE] for own in (await store.kpi.sums(asked)).values()) == found, (first, by)
    assert set(await store.kpi.sums(replace(asked, by=Split.MONTH))) == {"2026-03", "2026-04", "2026-05"}


async def test_events_that_no_figure_is_made_of_are_passed_by(store: Store) -> None:
    others = [event(EventKind.CALL_DELIVERED, at(n), attempt_id=f"{n:032x}") for n in range(20)]
    await counted(store, *others[:10], FIVE[0], *others[10:], most=3)
    assert await store.outbox.cursor("kpi") == await store.outbox.head() == 21
    assert await sums(store) == {"": {Measure.CALLS_MADE: 1, Measure.CONTACTS: 1}}


async def test_a_measure_of_which_there_was_anything_stays_seen(store: Store) -> None:
    await counted(store, FIVE[0])
    nothing = {"contact": False, "effective": False, "success": False, "reason": ""}
    await counted(store, event(EventKind.DISPOSITION_SET, at(400), attempt_id=f"{0:032x}", lead_id=0, payload=nothing))
    seen = await store.kpi.seen()
    assert {Measure.CALLS_MADE, Measure.CONTACTS} < seen
    assert not {Measure.OFFERED, Measure.ABANDONED} & seen


async def test_an_event_that_cannot_be_read_is_passed_by_and_said_so(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    broken = replace(FIVE[1], payload={"result": "of another version"})
    await counted(store, FIVE[0], broken, event(EventKind.AGENT_STATE, agent_id="ana", payload={}), FIVE[2])
    assert await sums(store) == {"": {Measure.CALLS_MADE: 2, Measure.CONTACTS: 2}}
    assert [record.message for record in caplog.records] == ["an event could not be counted"] * 2


async def test_an_agent_s_time_is_told_once_though_their_states_come_in_disorder(store: Store) -> None:
    moves = [
        event(EventKind.AGENT_STATE, at(when), agent_id="ana", payload={"state": state, "reason": ""})
        for when, state in ((0, "ready"), (100, "busy"), (40, "wrap_up"), (40, "busy"), (150, "ready"), (200, "busy"))
    ]
    await counted(store, *moves, most=1)
    asked = Asked(measures=tuple(Measure), first=DAY, last=DAY)
    assert (await store.kpi.sums(asked))[""] == {Measure.READY_SECONDS: 150.0, Measure.BUSY_SECONDS: 50.0}


async def test_counted_anew_it_is_the_same(store: Store) -> None:
    moves = [event(EventKind.AGENT_STATE, at(n * 1000), agent_id="ana", payload={"state": state, "reason": ""})
             for n, state in enumerate(("ready", "busy", "wrap_up", "ready", "logged_off"))]  # fmt: skip
    behind = {"owner": "box, pid 1", "seen_until": at(2800).isoformat()}
    moves.insert(3, event(EventKind.DIALER_STARTED, at(2000), payload=behind))
    await counted(store, *FIVE, *moves, most=1)
    everything = Asked(measures=tuple(Measure), first=DAY, last=DAY, by=Split.AGENT)
    before = await store.kpi.sums(everything)
    assert before["ana"][Measure.READY_SECONDS] == 2000.0
    await store.kpi.rebuild()
    while await store.kpi.empty(100):
        pass
    assert await store.kpi.sums(everything) == {}
    await counted(store, most=500)
    assert await store.kpi.sums(everything) == before
