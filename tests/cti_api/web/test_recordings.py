"""Recordings heard from anywhere (RFC 9110, 14), and that it is on record who listened: once for each listening."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from cti_api.access.actors import Role, Scope
from cti_api.web.handed import Handed
from cti_api.web.sound import ONE_LISTENING_SECONDS, Listening
from ivr.tree.published import PublishedTrees
from tests.support.campaigns import recording
from tests.support.console import Console, console, console_app
from tests.support.later_clock import LaterClock
from tests.support.populated import CALLER, Populated, populate

SOUND = recording()
SIZE = len(SOUND)


@pytest.fixture(scope="session")
def shared_console() -> FastAPI:
    return console_app()


@pytest.fixture
def clock() -> LaterClock:
    return LaterClock()


@pytest.fixture
async def door(shared_console: FastAPI, handed: Handed, clock: LaterClock) -> AsyncIterator[Console]:
    shared_console.state.listening = Listening()  # nobody has listened yet
    async with console(shared_console, replace(handed, trees=PublishedTrees(), clock=clock)) as opened:
        yield opened


@pytest.fixture
async def there(door: Console) -> Populated:
    return await populate(await door.person("ada", Role.ADMIN), door.handed)


@pytest.fixture
async def quality(door: Console, there: Populated) -> httpx.AsyncClient:
    """A system that listens."""
    return await door.key("calidad", Scope.RECORDINGS)


def paths(there: Populated) -> list[str]:
    return [
        f"/attempts/{there.attempt}/recording",
        f"/callers/{CALLER}/recording",
        f"/sittings/{there.sitting}/comments/comentario",
    ]


async def heard(door: Console) -> list[str]:
    links = await door.store.audit.newest(50)
    return [link.deed.what for link in links if link.deed.who == "key:calidad"]


async def test_all_of_it_and_how_long_it_is(quality: httpx.AsyncClient, there: Populated, door: Console) -> None:
    for path in paths(there):
        whole, head = await quality.get(path), await quality.head(path)
        assert (whole.status_code, whole.content, whole.headers["content-type"]) == (200, SOUND, "audio/wav")
        assert whole.headers["accept-ranges"] == "bytes"
        assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(SIZE))
        assert head.headers["etag"] == whole.headers["etag"]
    assert len(await heard(door)) == 3, "a head is not heard"


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=44-99", 44, 99),
        ("bytes=100-", 100, SIZE - 1),
        (f"bytes=100-{SIZE + 1000}", 100, SIZE - 1),
        ("bytes=-10", SIZE - 10, SIZE - 1),
        (f"bytes=-{SIZE + 1000}", 0, SIZE - 1),
    ],
)
async def test_a_range_of_it(quality: httpx.AsyncClient, there: Populated, asked: str, first: int, last: int) -> None:
    for path in paths(there):
        part = await quality.get(path, headers={"Range": asked})
        assert (part.status_code, part.content) == (206, SOUND[first : last + 1]), path
        assert part.headers["content-range"] == f"bytes {first}-{last}/{SIZE}"
        assert part.headers["content-length"] == str(last + 1 - first)


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", "bytes=9999999-", "bytes=-0", "bytes=50-10"])
async def test_a_range_of_which_there_is_nothing(quality: httpx.AsyncClient, there: Populated, asked: str) -> None:
    answer = await quality.get(paths(there)[0], headers={"Range": asked})
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{SIZE}")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,5-6", "bytes=", "frames=0-1", "bytes=a-b", "bytes=-", "x", "bytes=" + "9" * 40]
)
async def test_what_cannot_be_read_or_is_several_ranges_gets_all_of_it(
    quality: httpx.AsyncClient, there: Populated, asked: str
) -> None:
    answer = await quality.get(paths(there)[0], headers={"Range": asked})
    assert (answer.status_code, answer.content) == (200, SOUND)


async def test_a_range_of_another_recording_gets_all_of_this_one(quality: httpx.AsyncClient, there: Populated) -> None:
    path = paths(there)[0]
    tag = (await quality.head(path)).headers["etag"]
    same = await quality.get(path, headers={"Range": "bytes=0-9", "If-Range": tag})
    other = await quality.get(path, headers={"Range": "bytes=0-9", "If-Range": '"another"'})
    assert (same.status_code, other.status_code, other.content) == (206, 200, SOUND)


async def test_the_ranges_of_one_listening_are_on_record_once(
    quality: httpx.AsyncClient, there: Populated, door: Console, clock: LaterClock
) -> None:
    path, other, _ = paths(there)
    for first in (0, 100, 50):
        await quality.get(path, headers={"Range": f"bytes={first}-"})
    assert len(await heard(door)) == 1
    await quality.get(other, headers={"Range": "bytes=7-"})
    assert len(await heard(door)) == 2, "another recording"
    await quality.get(path)
    assert len(await heard(door)) == 3, "all of it, such as to keep it"
    clock.ahead += timedelta(seconds=ONE_LISTENING_SECONDS + 1)
    await quality.get(path, headers={"Range": "bytes=7-"})
    assert len(await heard(door)) == 4, "later"
    someone = await door.key("otra", Scope.RECORDINGS)
    await someone.get(path, headers={"Range": "bytes=7-"})
    assert [link.deed.who for link in await door.store.audit.newest(1)] == ["key:otra"]


async def test_a_recording_that_is_not_there_is_a_problem(
    quality: httpx.AsyncClient, there: Populated, door: Console
) -> None:
    for file in door.handed.recordings.iterdir():
        file.unlink()
    for path in paths(there):
        for method in ("GET", "HEAD"):
            answer = await quality.request(method, path, headers={"Range": "bytes=0-9"})
            assert answer.status_code == 404
