from __future__ import annotations

import asyncio
import sys

import pytest
import sqlalchemy as sa

from cti_api.clock import SystemClock
from cti_api.errors import Conflict, SettingsError, StoreUnavailable
from cti_api.model.events import EventKind
from cti_api.store.migrate import upgrade
from cti_api.store.store import Store
from tests.support.postgres import PostgresServer
from tests.support.shift import until
from tests.support.store import T0, at
from vocero.lab.child import DIES_WITH_PARENT

CLOCK = SystemClock()

HOLD = """
import asyncio, sys
from cti_api.clock import SystemClock
from cti_api.store.store import Store

async def hold():
    async with Store.open(sys.argv[1], clock=SystemClock()) as store:
        await store.lease.acquire("the first", SystemClock().now())
        print("held", flush=True)
        await asyncio.sleep(3600)

asyncio.run(hold())
"""


async def test_a_second_dialer_is_refused_with_who_the_first_one_is(store: Store, url: str) -> None:
    await store.lease.acquire("box, pid 4711", T0)
    await store.lease.renew(at(5))
    async with Store.open(url, clock=CLOCK) as second:
        with pytest.raises(Conflict, match=r"box, pid 4711, since 2026-03-02 14:00:00 UTC, last seen 14:00:05 UTC"):
            await second.lease.acquire("box, pid 4712", at(6))
        await store.lease.release()
        await second.lease.acquire("box, pid 4712", at(7))
        with pytest.raises(Conflict, match="pid 4712"):
            await store.lease.acquire("box, pid 4711", at(8))


async def test_each_start_is_told_with_when_the_dialer_before_was_seen_last(store: Store, url: str) -> None:
    await store.lease.acquire("box, pid 4711", T0)
    await store.lease.renew(at(5))
    await store.lease.release()
    async with Store.open(url, clock=CLOCK) as second:
        await second.lease.acquire("box, pid 4712", at(900))
    told = await store.outbox.number()
    assert [(each.kind, each.occurred_at, each.payload["seen_until"]) for each in told] == [
        (EventKind.DIALER_STARTED, T0, None),
        (EventKind.DIALER_STARTED, at(900), at(5).isoformat()),
    ]


async def test_closing_the_store_gives_the_lease_up(url: str) -> None:
    for owner in ("first", "second"):
        async with Store.open(url, clock=CLOCK) as store:
            await store.lease.acquire(owner, T0)


async def test_the_holder_may_ask_again_only_after_it_gave_up(store: Store) -> None:
    await store.lease.acquire("me", T0)
    with pytest.raises(Conflict):
        await store.lease.acquire("me", T0)
    await store.lease.release()
    await store.lease.release()
    with pytest.raises(Conflict, match="lost"):
        await store.lease.renew(at(1))


async def test_a_dialer_that_was_killed_holds_nobody_up(url: str) -> None:
    first = await asyncio.create_subprocess_exec(
        *DIES_WITH_PARENT, sys.executable, "-c", HOLD, url, stdout=asyncio.subprocess.PIPE
    )
    assert first.stdout is not None
    assert await first.stdout.readline() == b"held\n"
    async with Store.open(url, clock=CLOCK) as second:
        with pytest.raises(Conflict, match="the first"):
            await second.lease.acquire("the second", CLOCK.now())
        first.kill()
        await first.wait()
        # PostgreSQL notices the closed socket, not the death: milliseconds later, and never the lease's row.
        async with asyncio.timeout(30):
            while True:
                try:
                    await second.lease.acquire("the second", CLOCK.now())
                    break
                except Conflict:
                    await asyncio.sleep(0.02)


BREAK = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'vocero dialer'"


@pytest.mark.parametrize("engine", ["postgresql"])
async def test_a_dialer_whose_connection_broke_places_no_call_until_it_has_its_right_again(
    store: Store, url: str, postgres_server: PostgresServer
) -> None:
    await store.lease.acquire("me", T0)
    await postgres_server.execute(BREAK)
    await until(lambda: store.lease.lost, 30, "the lock is known to be lost")
    assert not store.writable
    await store.lease.renew(at(1))
    assert store.writable
    async with Store.open(url, clock=CLOCK) as second:
        with pytest.raises(Conflict, match="me, since"):
            await second.lease.acquire("the second", at(2))


@pytest.mark.parametrize("engine", ["postgresql"])
@pytest.mark.parametrize("gone_again", [False, True])
async def test_a_dialer_who_lost_its_right_to_another_one_learns_that_it_may_not_dial(
    store: Store, url: str, postgres_server: PostgresServer, gone_again: bool
) -> None:
    await store.lease.acquire("me", T0)
    await postgres_server.execute(BREAK)
    async with Store.open(url, clock=CLOCK) as second:
        await second.lease.acquire("the second", at(1))
        if gone_again:
            await second.lease.release()
        with pytest.raises(Conflict, match=r"lost.*the second"):
            await store.lease.renew(at(2))


@pytest.mark.parametrize("engine", ["postgresql"])
async def test_a_server_that_is_away_is_waited_for(store: Store, postgres_server: PostgresServer) -> None:
    await store.lease.acquire("me", T0)
    await postgres_server.execute(BREAK)
    await until(lambda: store.lease.lost, 30, "the lock is known to be lost")
    with postgres_server.out_of_reach():
        with pytest.raises(StoreUnavailable):
            await store.lease.renew(at(1))
        assert not store.writable
    await store.lease.renew(at(2))
    assert store.writable


async def test_a_lock_of_no_living_dialer_is_another_program_s(store: Store, url: str) -> None:
    await store.lease.acquire("yesterday's", T0)
    await store.lease.release()
    lock = store._database.exclusive_lock()
    assert await lock.take()
    try:
        with pytest.raises(Conflict, match="Another program uses or upgrades this store"):
            await store.lease.acquire("me", at(3600))
    finally:
        await lock.free()


async def test_tables_that_were_upgraded_since_the_store_was_opened_are_not_dialled_from(empty_url: str) -> None:
    await upgrade(empty_url, CLOCK)
    async with Store.open(empty_url, clock=CLOCK) as store:
        newer = sa.text("UPDATE alembic_version SET version_num = '9999'")
        await store._database.write(lambda tx: tx.execute(newer))
        for _ in range(2):
            with pytest.raises(SettingsError, match="newer version"):
                await store.lease.acquire("me", T0)
