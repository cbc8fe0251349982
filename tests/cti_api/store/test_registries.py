"""Public lists: a copy counts once it is whole, and the freshest of them is the one that is looked at."""

from __future__ import annotations

import pytest

from cti_api.errors import Conflict, NotFound
from cti_api.law.facts import RegistryCheck
from cti_api.law.registry_file import RegistryEntry
from cti_api.law.terms import Channel
from cti_api.store.registries import BATCH, RegistryCopy
from cti_api.store.store import Store
from tests.support.store import T0, at, number

ALL = frozenset(Channel)


async def bring_in(store: Store, taken: float, *entries: RegistryEntry, registry: str = "RNE") -> RegistryCopy:
    copy = await store.registries.begin(registry, at(taken), at(taken + 1))
    await store.registries.add(copy, entries)
    return await store.registries.finish(copy, at(taken + 2))


async def checks(store: Store, nth: int) -> tuple[RegistryCheck, ...]:
    return (await store.record.of([number(nth)], number(nth), at(10**6))).registries


def check(taken: float, listed: frozenset[Channel] = frozenset(), since: float | None = None) -> RegistryCheck:
    return RegistryCheck(
        registry="RNE", taken_at=at(taken), listed=listed, listed_since=None if since is None else at(since)
    )


async def test_without_a_copy_no_list_was_looked_at(store: Store) -> None:
    assert await store.registries.all() == []
    assert await checks(store, 1) == ()


async def test_a_copy_says_who_is_listed_and_how_fresh_it_is(store: Store) -> None:
    sms = RegistryEntry(number(2), frozenset({Channel.SMS}), at(-60))
    assert await bring_in(store, 0, RegistryEntry(number(1)), sms) == RegistryCopy(
        registry="RNE", taken_at=T0, entries=2
    )
    assert await checks(store, 1) == (check(0, ALL),)
    assert await checks(store, 2) == (check(0, frozenset({Channel.SMS}), -60),)
    assert await checks(store, 3) == (check(0),)


async def test_a_copy_that_is_not_whole_is_not_looked_at(store: Store) -> None:
    await bring_in(store, 0, RegistryEntry(number(1)))
    half = await store.registries.begin("RNE", at(100), at(101))
    await store.registries.add(half, [RegistryEntry(number(2))])
    assert await checks(store, 2) == (check(0),)
    await bring_in(store, 200, RegistryEntry(number(3)))
    assert await checks(store, 2) == (check(200),)


async def test_the_freshest_copy_is_looked_at_whichever_came_in_last(store: Store) -> None:
    await bring_in(store, 100, RegistryEntry(number(1)))
    assert (await bring_in(store, 0, RegistryEntry(number(2)))).taken_at == at(100)
    assert await checks(store, 1) == (check(100, ALL),)
    assert await checks(store, 2) == (check(100),)


async def test_lists_are_looked_at_apart(store: Store) -> None:
    await bring_in(store, 0, RegistryEntry(number(1)))
    await bring_in(store, 5, RegistryEntry(number(2)), registry="Robinson")
    assert [(each.registry, bool(each.listed)) for each in await checks(store, 1)] == [
        ("RNE", True),
        ("Robinson", False),
    ]
    assert [copy.registry for copy in await store.registries.all()] == ["RNE", "Robinson"]


async def test_a_number_told_twice_is_listed_for_what_either_says(store: Store) -> None:
    copy = await store.registries.begin("RNE", T0, T0)
    both = [RegistryEntry(number(1), frozenset({channel})) for channel in (Channel.SMS, Channel.VOICE)]
    assert await store.registries.add(copy, both) == 1
    assert await store.registries.add(copy, both) == 0
    later = RegistryEntry(number(1), frozenset({Channel.EMAIL}), at(-60))
    assert await store.registries.add(copy, [later]) == 0
    await store.registries.finish(copy, T0)
    assert await checks(store, 1) == (check(0, frozenset({Channel.SMS, Channel.VOICE, Channel.EMAIL})),)


async def test_of_older_copies_only_that_they_were_looked_at_is_kept(store: Store) -> None:
    await bring_in(store, 0, *(RegistryEntry(number(n)) for n in range(BATCH + 5)))
    await bring_in(store, 100, RegistryEntry(number(1)))
    assert (await store.registries.all())[0].entries == 1
    assert await checks(store, 0) == (check(100),)
    again = await store.registries.begin("RNE", at(200), at(201))
    assert again == 3


async def test_what_is_whole_takes_no_more_and_what_is_not_there_is_said(store: Store) -> None:
    copy = await store.registries.begin("RNE", T0, T0)
    await store.registries.finish(copy, T0)
    with pytest.raises(Conflict, match="whole already"):
        await store.registries.add(copy, [RegistryEntry(number(1))])
    with pytest.raises(NotFound):
        await store.registries.add(99, [])
    with pytest.raises(NotFound):
        await store.registries.finish(99, T0)
