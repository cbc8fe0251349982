"""Published trees: a version never changes, and the newest publication is what callers meet."""

from __future__ import annotations

import asyncio

import pytest

from cti_api.errors import Conflict, NotFound
from cti_api.store.store import Store
from cti_api.store.trees import TreeVersion
from tests.support.store import at


def version(number: int, second: float, *, in_force: bool = True, by: str = "ana") -> TreeVersion:
    return TreeVersion(tree="mesa", version=number, title="Mesa", at=at(second), by=by, in_force=in_force)


async def publish(store: Store, text: str, second: float) -> TreeVersion:
    return await store.trees.publish("mesa", "Mesa", text, "ana", at(second))


async def test_each_text_becomes_the_next_version_and_the_one_in_force(store: Store) -> None:
    assert await store.trees.in_force() == []
    assert await publish(store, "uno", 1) == version(1, 1)
    assert await publish(store, "dos", 2) == version(2, 2)
    assert await store.trees.in_force() == [version(2, 2)]
    assert await store.trees.publications("mesa") == [version(2, 2), version(1, 1, in_force=False)]
    assert [await store.trees.text("mesa", number) for number in (1, 2)] == ["uno", "dos"]


async def test_the_text_that_is_in_force_is_not_published_twice(store: Store) -> None:
    await publish(store, "uno", 1)
    assert await publish(store, "uno", 2) == version(1, 1)
    assert len(await store.trees.publications("mesa")) == 1


async def test_an_earlier_version_is_put_in_force_again_and_numbers_go_on(store: Store) -> None:
    await publish(store, "uno", 1)
    await publish(store, "dos", 2)
    assert await store.trees.put_in_force("mesa", 1, "luz", at(3)) == version(1, 3, by="luz")
    assert [each.version for each in await store.trees.publications("mesa")] == [1, 2, 1]
    assert await store.trees.in_force() == [version(1, 3, by="luz")]
    assert (await publish(store, "tres", 4)).version == 3


async def test_what_is_not_there_is_not_found(store: Store) -> None:
    await publish(store, "uno", 1)
    for asked in (
        store.trees.publications("otra"), store.trees.text("mesa", 2), store.trees.put_in_force("mesa", 9, "a", at(1)),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            await asked


async def test_two_who_publish_at_once_get_two_versions_or_one_is_told(store: Store) -> None:
    done = await asyncio.gather(*(publish(store, f"texto {n}", n) for n in range(6)), return_exceptions=True)
    made = [each.version for each in done if isinstance(each, TreeVersion)]
    assert all(isinstance(each, TreeVersion | Conflict) for each in done)
    assert sorted(made) == list(range(1, len(made) + 1))
