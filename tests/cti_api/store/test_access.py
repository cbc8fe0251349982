"""Users, sessions, keys and the audit, as they are kept on both engines."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from cti_api.access.actors import Role, Scope
from cti_api.access.chain import Deed, Head
from cti_api.access.sessions import LINK_LASTS, LONGEST, MOST_SESSIONS
from cti_api.access.tokens import digest_of
from cti_api.access.totp import Verdict
from cti_api.errors import Conflict, InputError, NotSignedIn
from cti_api.model.phone import PhoneNumber
from cti_api.store.access_tables import audit, audit_head
from cti_api.store.acting import acting
from cti_api.store.factor_key import FactorKey
from cti_api.store.second_factors import SecondFactors
from cti_api.store.store import Store
from cti_api.store.users import NewUser
from tests.support.factors import Telephone
from tests.support.store import T0, at, number

ANA = NewUser(id="ana", name="Ana Díaz", role=Role.SUPERVISOR)


def deed(said: str = "") -> Deed:
    return Deed(at=T0, who="person:ana", address="203.0.113.7", what="POST /x", target="a=b", said=said)


async def with_password(store: Store, password_hash: str = "hash") -> None:
    await store.users.add(ANA, "link", T0)
    await store.users.use_link("link", password_hash, T0)


async def test_a_link_is_used_once_even_by_two_at_the_same_moment(store: Store) -> None:
    await store.users.add(ANA, "link", T0)
    used = await asyncio.gather(*(store.users.use_link("link", f"hash {n}", T0) for n in range(5)))
    assert sum(user is not None for user in used) == 1
    assert await store.users.of_link("link", T0) is None


async def test_a_code_of_a_telephone_is_taken_once_even_by_five_at_the_same_moment(
    store: Store, tmp_path: Path
) -> None:
    await with_password(store)
    factors = SecondFactors(store._database, FactorKey(tmp_path / "key"))
    telephone = Telephone(await factors.show("ana", T0))
    with pytest.raises(Conflict):
        await factors.confirm("ana", "000000", (), "cookie", T0)
    await factors.confirm("ana", telephone.shows(T0), [digest_of("a" * 16)], "cookie", T0)
    later = T0 + timedelta(seconds=30)
    for typed in (telephone.shows(later), "a" * 16):
        tried = await asyncio.gather(*(factors.use("ana", typed, later) for _ in range(4)))
        assert sorted(each.verdict for each in tried) == [Verdict.FITS, *[Verdict.WRONG] * 3]
        later += timedelta(minutes=30)  # whatever the wrong ones cost
    with pytest.raises(NotSignedIn):
        await store.sessions.begin("ana", "hash", "cookie", later)


async def test_with_another_key_a_factor_takes_no_code_of_a_telephone_but_those_that_stand_in_for_it(
    store: Store, tmp_path: Path
) -> None:
    await with_password(store)
    factors = SecondFactors(store._database, FactorKey(tmp_path / "key"))
    telephone = Telephone(await factors.show("ana", T0))
    await factors.confirm("ana", telephone.shows(T0), [digest_of("a" * 16)], "cookie", T0)
    lost = SecondFactors(store._database, FactorKey(tmp_path / "another"))
    later = T0 + timedelta(seconds=30)
    assert (await lost.use("ana", telephone.shows(later), later)).verdict is Verdict.WRONG
    assert (await lost.use("ana", "a" * 16, later)).verdict is Verdict.FITS


async def test_a_link_ends_by_time_by_another_and_with_its_user(store: Store) -> None:
    await store.users.add(ANA, "first", T0)
    assert await store.users.of_link("first", T0 + LINK_LASTS) is None
    await store.users.new_link("ana", "second", T0)
    assert await store.users.of_link("first", T0) is None
    assert await store.users.of_link("second", T0) is not None
    await store.users.change("ana", {"disabled": True}, T0)
    assert await store.users.of_link("second", T0) is None
    with pytest.raises(Conflict):
        await store.users.new_link("ana", "third", T0)


async def test_a_session_is_over_for_whoever_may_do_something_else_now(store: Store) -> None:
    await with_password(store)
    for changes in ({"role": Role.ADMIN.value}, {"disabled": True}):
        await store.users.change("ana", {"disabled": False}, T0)
        await store.sessions.begin("ana", "hash", "cookie", T0)
        await store.users.change("ana", {"name": "Ana"}, T0)
        assert await store.sessions.find("cookie") is not None
        await store.users.change("ana", changes, T0)
        assert await store.sessions.find("cookie") is None
    with pytest.raises(NotSignedIn):
        await store.sessions.begin("ana", "hash", "cookie", T0)


async def test_another_password_ends_every_session_and_one_that_begins_with_the_old_one(store: Store) -> None:
    await with_password(store)
    await store.sessions.begin("ana", "hash", "cookie", T0)
    await store.users.set_password("ana", "another")
    assert await store.sessions.find("cookie") is None
    with pytest.raises(NotSignedIn):
        await store.sessions.begin("ana", "hash", "cookie", T0)


async def test_sessions_are_few_and_old_ones_are_cleared_away(store: Store) -> None:
    await with_password(store)
    for n in range(MOST_SESSIONS + 2):
        await store.sessions.begin("ana", "hash", f"cookie {n}", at(n))
    held = [n for n in range(MOST_SESSIONS + 2) if await store.sessions.find(f"cookie {n}") is not None]
    assert held == list(range(2, MOST_SESSIONS + 2))
    await store.sessions.begin("ana", "hash", "tomorrow", T0 + LONGEST + timedelta(minutes=1))
    assert await store.sessions.find("cookie 5") is None


async def test_a_seat_that_is_none_is_refused(store: Store) -> None:
    with pytest.raises(InputError):
        await store.users.add(NewUser(id="luis", name="Luis", role=Role.AGENT, agent_id="luis"), "link", T0)
    assert await store.users.all() == []


async def test_a_key_opens_until_it_is_revoked_and_its_name_is_never_given_again(store: Store) -> None:
    made = await store.machine_keys.add("crm", "digest", frozenset({Scope.LEADS}), T0 + timedelta(days=1), T0)
    assert made.scopes == {Scope.LEADS}
    assert made.holds(T0)
    assert not made.holds(T0 + timedelta(days=1))
    await store.machine_keys.revoke("crm", T0)
    again = await store.machine_keys.revoke("crm", at(5))
    assert again.revoked_at == T0
    with pytest.raises(Conflict):
        await store.machine_keys.add("crm", "another", frozenset({Scope.READ}), None, T0)


# ------------------------------------------------------------------ the audit


async def test_what_is_done_and_that_it_was_done_are_one_transaction(store: Store) -> None:
    with acting() as act:
        act.about_to(deed())
        await store.suppression.add([number(1)], "carta", T0)
        assert act.due is None
        await store.suppression.add([number(2)], "carta", T0)
    (row,) = await store.audit.newest(10)
    assert row.deed == deed()

    with acting() as act:
        act.about_to(deed("refused"))
        with pytest.raises(Conflict):
            await store.users.add(ANA, "link", T0)
            await store.users.add(ANA, "link", T0)
        act.about_to(deed("also refused"))
        with pytest.raises(InputError):
            await store.users.add(NewUser(id="luis", name="", role=Role.AGENT, agent_id="nobody"), "link", T0)
        assert act.due == deed("also refused")
    assert [link.deed.said for link in await store.audit.newest(10)] == ["refused", ""]


async def test_what_a_request_set_going_acts_for_nobody_once_it_is_over(store: Store) -> None:
    go = asyncio.Event()

    async def later() -> None:
        await go.wait()
        await store.suppression.add([PhoneNumber("+573001234567")], "motor", T0)

    async with asyncio.TaskGroup() as tasks:
        with acting() as act:
            act.about_to(deed())
            tasks.create_task(later())
            await asyncio.sleep(0)
        go.set()
    assert await store.audit.newest(10) == []


async def test_many_who_act_at_once_make_one_chain(store: Store) -> None:
    async def one(n: int) -> None:
        with acting() as act:
            act.about_to(deed(str(n)))
            await store.suppression.add([number(n)], "carta", T0)

    await asyncio.gather(*(one(n) for n in range(20)))
    checked = await store.audit.check()
    assert (checked.head.seq, checked.fault) == (20, "")
    assert await store.audit.check(checked.head) == checked


@pytest.mark.parametrize(
    "tampering",
    [
        sa.update(audit).where(audit.c.seq == 2).values(who="person:luis"),
        sa.update(audit).where(audit.c.seq == 2).values(at=at(1)),
        sa.delete(audit).where(audit.c.seq == 2),
        sa.delete(audit).where(audit.c.seq == 3),
        sa.update(audit_head).values(seq=2),
    ],
    ids=["who", "when", "row left out", "last row left out", "head"],
)
async def test_tampering_is_found(store: Store, tampering: sa.Update | sa.Delete) -> None:
    for n in range(3):
        await store.audit.append(deed(str(n)))
    assert not (await store.audit.check()).fault
    await store._database.write(lambda tx: tx.execute(tampering))
    assert (await store.audit.check()).fault


async def test_a_chain_that_was_written_anew_is_found_by_the_head_that_was_kept_elsewhere(store: Store) -> None:
    for n in range(3):
        await store.audit.append(deed(str(n)))
    kept = (await store.audit.check()).head
    await store._database.write(lambda tx: tx.execute(sa.delete(audit)))
    await store._database.write(lambda tx: tx.execute(sa.update(audit_head).values(seq=0, digest="")))
    assert "missing" in (await store.audit.check(kept)).fault
    for n in range(4):
        await store.audit.append(deed(f"other {n}"))
    assert not (await store.audit.check()).fault
    assert "remembered" in (await store.audit.check(kept)).fault
    assert (await store.audit.check(Head(seq=9, digest=kept.digest))).fault
