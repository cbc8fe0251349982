"""The law in force in the store: the first packs, changes by one person and by two, versions that stay readable."""

from __future__ import annotations

import asyncio

import pytest

from cti_api.errors import Conflict, NotFound
from cti_api.law.compare import compare, effect_of_all
from cti_api.law.shipped import shipped_written
from cti_api.law.strictness import Effect
from cti_api.law.written import WrittenPack, with_these
from cti_api.model.events import EventKind
from cti_api.store.law_at_start import law_in_force, take_up_law
from cti_api.store.policies import ChangeState, Enacted, Person, Policies, Proposal, same_person
from cti_api.store.store import Store
from tests.support.laws import LATER, SATURDAY_LONGER, SATURDAY_SHORTER, changed
from tests.support.store import T0, at

ANA, LUIS = Person("Ana", "ana"), Person("Luis", "luis")
SHORTER = changed("co", LATER, SATURDAY_SHORTER)
LONGER = changed("co", LATER, SATURDAY_LONGER)


async def start(store: Store, *on_disk: WrittenPack, shipped: bool = True, seconds: float = 0) -> None:
    await take_up_law(store.policies, on_disk or shipped_written(), at(seconds), shipped=shipped)


async def asked(policies: Policies, *packs: WrittenPack, by: Person = ANA, seconds: float = 60) -> Enacted:
    """As `cti_api.web.policy` asks for it."""
    present = await law_in_force(policies)
    future = with_these(present, packs, whole=False)
    found = compare([each.pack for each in present], [each.pack for each in future])
    proposal = Proposal(
        packs=packs,
        removed=(),
        judged_against={each.name: each.digest for each in present},
        loosens=effect_of_all(found) is Effect.LOOSENS,
        told=tuple(words for each in found for words in each.words),
    )
    return await policies.propose(proposal, by, at(seconds))


async def holding(store: Store) -> dict[str, str]:
    return {each.name: each.version for each in await store.policies.in_force()}


async def told(store: Store) -> list[EventKind]:
    await store.outbox.number()
    return [event.kind for event in await store.outbox.since(0) if event.kind.startswith("law")]


async def test_the_first_start_records_what_is_on_disk(store: Store) -> None:
    await start(store)
    assert await holding(store) == dict.fromkeys(("bo", "co", "pe", "strict"), "2026-11-25")
    [change] = await store.policies.changes(pending=False)
    assert (change.state, change.by.name, change.at) == (ChangeState.APPLIED, "first start", T0)
    await start(store, seconds=10)
    assert len(await store.policies.changes(pending=False)) == 1
    assert await told(store) == [EventKind.LAW_CHANGED]


async def test_what_only_tightens_holds_at_once_and_the_version_before_stays_readable(store: Store) -> None:
    await start(store)
    enacted = await asked(store.policies, SHORTER)
    assert (enacted.change.state, enacted.change.by) == (ChangeState.APPLIED, ANA)
    assert [each.version for each in enacted.in_force if each.name == "co"] == ["2026-12-01"]
    first, second = await store.policies.history("co")
    assert (first.version, first.until) == ("2026-11-25", at(60))
    assert (second.version, second.since, second.until, second.by) == ("2026-12-01", at(60), None, "Ana")
    assert "sat: 08:00-15:00" in first.text
    assert "sat: 08:00-12:00" in second.text


async def test_what_loosens_waits_for_another_person(store: Store) -> None:
    await start(store)
    enacted = await asked(store.policies, LONGER)
    assert enacted.change.state is ChangeState.PENDING
    assert (await holding(store))["co"] == "2026-11-25"
    for oneself in ("Ana", " ANÁ ", "ana"):
        with pytest.raises(Conflict, match="another person"):
            await store.policies.approve(enacted.change.id, Person(oneself, "luis"), at(90))
    done = await store.policies.approve(enacted.change.id, LUIS, at(120))
    assert (done.change.state, done.change.second, done.change.decided_at) == (ChangeState.APPLIED, LUIS, at(120))
    assert (await holding(store))["co"] == "2026-12-01"
    assert await store.policies.changes(pending=True) == []
    with pytest.raises(Conflict, match="already"):
        await store.policies.approve(enacted.change.id, LUIS, at(130))
    assert await told(store) == [EventKind.LAW_CHANGED, EventKind.LAW_PROPOSED, EventKind.LAW_CHANGED]


async def test_what_was_judged_against_another_law_is_refused(store: Store) -> None:
    await start(store)
    waiting = await asked(store.policies, LONGER)
    await asked(store.policies, changed("pe", LATER, ("at_most: 3 %", "at_most: 2 %")))
    with pytest.raises(Conflict, match="compared"):
        await store.policies.approve(waiting.change.id, LUIS, at(120))
    assert (await holding(store))["co"] == "2026-11-25"
    withdrawn = await store.policies.withdraw(waiting.change.id, ANA, at(130))
    assert withdrawn.state is ChangeState.WITHDRAWN
    again = await asked(store.policies, LONGER, seconds=140)
    assert (await store.policies.approve(again.change.id, LUIS, at(150))).change.state is ChangeState.APPLIED


async def test_of_changes_that_come_at_once_only_one_was_compared_with_what_holds(store: Store) -> None:
    await start(store)
    present = {each.name: each.digest for each in await law_in_force(store.policies)}
    packs = [SHORTER, *(changed(name, LATER, ("at_most: 3 %", "at_most: 2 %")) for name in ("co", "pe", "bo"))]
    proposals = [
        Proposal(packs=(pack,), removed=(), judged_against=present, loosens=loosens, told=("x",))
        for pack, loosens in zip(packs, (False, True, True, False), strict=True)
    ]
    waiting = [await store.policies.propose(each, ANA, at(50)) for each in proposals if each.loosens]
    done = await asyncio.gather(
        *(store.policies.propose(each, ANA, at(60)) for each in proposals if not each.loosens),
        *(store.policies.approve(each.change.id, LUIS, at(60)) for each in waiting),
        return_exceptions=True,
    )
    [enacted] = [each for each in done if isinstance(each, Enacted)]
    assert [type(each) for each in done if each is not enacted] == [Conflict] * 3
    assert {each.name: each.version for each in enacted.in_force} == await holding(store)
    assert sorted((await holding(store)).values()) == ["2026-11-25"] * 3 + ["2026-12-01"]


async def test_a_version_is_one_text_for_ever(store: Store) -> None:
    await start(store)
    with pytest.raises(Conflict, match="another text"):
        await asked(store.policies, changed("co", SATURDAY_SHORTER))
    await asked(store.policies, SHORTER)
    with pytest.raises(Conflict, match="another text"):
        await asked(store.policies, changed("co", LATER, ("sat: 08:00-15:00", "sat: 08:00-11:00")))
    back = await asked(store.policies, shipped_written()[0])
    assert back.change.loosens
    await store.policies.approve(back.change.id, LUIS, at(200))
    assert [each.version for each in await store.policies.history("co")] == ["2026-11-25", "2026-12-01", "2026-11-25"]


async def test_an_upgrade_that_tightens_comes_in_by_itself_and_one_that_loosens_is_told(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    await start(store)
    others = shipped_written()[1:]
    await start(store, SHORTER, *others)
    assert (await holding(store))["co"] == "2026-12-01"
    assert (await store.policies.changes(pending=False))[-1].by.name == "Vocero's own newer packs"
    later = changed("co", ("version: 2026-11-25", "version: 2026-12-15"), SATURDAY_LONGER)
    await start(store, later, *others)
    assert (await holding(store))["co"] == "2026-12-01"
    assert "loosen the law" in str([record.__dict__ for record in caplog.records])


async def test_an_upgrade_under_a_version_that_people_used_already_is_told_and_the_start_goes_on(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    await start(store)
    await asked(store.policies, SHORTER)
    even_shorter = ("sat: 08:00-15:00", "sat: 08:00-11:00")
    await asked(store.policies, changed("co", ("version: 2026-11-25", "version: 2026-12-02"), even_shorter))
    shipped_then = changed("co", LATER, ("sat: 08:00-15:00", "sat: 08:00-10:00"))
    await start(store, shipped_then, *shipped_written()[1:])
    assert (await holding(store))["co"] == "2026-12-02"
    assert "was in force as its version 2026-12-01" in str([record.__dict__ for record in caplog.records])


async def test_what_people_decided_is_not_undone_by_the_next_start(store: Store) -> None:
    await start(store)
    waiting = await asked(store.policies, LONGER)
    await store.policies.approve(waiting.change.id, LUIS, at(120))
    await start(store, seconds=200)  # the shipped pack would tighten it, but is no news
    assert (await holding(store))["co"] == "2026-12-01"


async def test_a_file_of_ones_own_folder_comes_in_by_command_only(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    await start(store, shipped=False)
    await start(store, SHORTER, *shipped_written()[1:], shipped=False)
    assert (await holding(store))["co"] == "2026-11-25"
    assert "vocero policy apply" in str([record.__dict__ for record in caplog.records])
    caplog.clear()
    await asked(store.policies, SHORTER)
    await start(store, SHORTER, *shipped_written()[1:], shipped=False)
    assert caplog.records == []


async def test_a_name_that_never_was_in_force_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound):
        await store.policies.history("co")
    with pytest.raises(NotFound):
        await store.policies.approve(7, LUIS, T0)


def test_another_way_of_writing_a_name_makes_nobody_another() -> None:
    for spelling in (" jose MUNOZ ", "Muñoz, José", "José-Muñoz.", "Jo\u200bsé Muñoz", "JOSE_MUÑOZ"):
        assert same_person("José  Muñoz", spelling)
    assert not same_person("José Muñoz", "José Núñez")
