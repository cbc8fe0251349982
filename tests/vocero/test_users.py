"""`vocero users`, `vocero keys` and `vocero audit` over the control API, and the link of the first administrator."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa

from cti_api.access.tokens import digest_of
from cti_api.clock import SystemClock
from cti_api.settings import load_settings
from cti_api.store.access_tables import audit
from cti_api.store.store import Store
from tests.support.control_server import ControlServer
from tests.support.shell import Shell
from vocero.first_admin import first_link


@pytest.fixture
def shell(server: ControlServer, alone: Shell) -> Shell:
    return alone


def test_a_user_is_entered_given_another_role_sent_away_and_let_in_again(shell: Shell) -> None:
    made = shell("users", "add", "sara", "--role", "supervisor", "--name", "Sara Ruiz", "--json").json
    assert made["link"].endswith(f"/enlace/{made['token']}")
    assert "There is no console" in shell("users", "link", "sara").out
    assert "has not used their link" in shell("users", "list").out
    assert "is admin now" in shell("users", "role", "sara", "admin").out
    assert "does not come in" in shell("users", "disable", "sara").out
    assert "vocero users enable sara" in shell("users", "link", "sara", expect=1).err
    shell("users", "enable", "sara")
    (found,) = shell("users", "list", "--json").json
    assert (found["role"], found["disabled"], found["has_password"]) == ("admin", False, False)
    assert "vocero agents add luis" in shell("users", "add", "luis", "--role", "agent", expect=2).err
    assert "vocero users list" in shell("users", "add", "sara", "--role", "admin", expect=1).err


def test_a_key_is_shown_once_and_revoked_and_all_of_it_is_on_record(shell: Shell, server: ControlServer) -> None:
    made = shell("keys", "add", "crm", "--scope", "leads", "--scope", "events", "--days", "30", "--json").json
    assert made["key"].startswith("vocero_")
    assert made["key"] not in shell("keys", "list", "--json").out
    assert "leads" in shell("keys", "list").out
    shell("keys", "change", "crm", "--scope", "messages")
    replaced = shell("keys", "replace", "crm", "--json").json
    assert replaced["key"] != made["key"]
    assert replaced["line"]["scopes"] == ["messages"]
    shell("keys", "revoke", "crm")
    assert "revoked" in shell("keys", "list").out
    newest, *_between, oldest = shell("audit", "list", "--json").json
    assert (newest["what"], newest["target"]) == ("POST /api/v1/keys/{key_id}/revoke", "key_id=crm")
    assert oldest["who"].startswith("unix:")
    assert oldest["said"] == "crm: events, leads"

    head = shell("audit", "verify", "--json").json
    kept = f"{head['seq']}:{head['digest']}"
    assert kept in shell("audit", "verify", "--head", kept).out
    assert "as it was printed" in shell("audit", "verify", "--head", "2:x", expect=2).err

    change = sa.update(audit).where(audit.c.seq == 1).values(said="crm: read")
    server.do(lambda: server.store._database.write(lambda tx: tx.execute(change)))
    assert "row 1" in shell("audit", "verify", expect=1).err


def test_the_first_start_has_one_link_and_no_password(tmp_path: Path, sqlite_template: Path) -> None:
    (tmp_path / "vocero.db").write_bytes(sqlite_template.read_bytes())
    settings = tmp_path / "vocero.yaml"
    settings.write_text(
        "asterisk:\n  ami:\n    secret: 0123456789abcdef0123\nconsole:\n  port: 8480\n", encoding="utf-8"
    )
    settings.chmod(0o600)
    link = asyncio.run(first_link(load_settings(settings), SystemClock()))
    assert link.startswith("http://127.0.0.1:8480/enlace/")
    assert asyncio.run(first_link(load_settings(settings), SystemClock())) == ""

    async def who() -> tuple[str, str | None]:
        clock = SystemClock()
        async with Store.open(f"sqlite:///{tmp_path / 'vocero.db'}", clock=clock) as store:
            user = await store.users.of_link(digest_of(link.rsplit("/", 1)[1]), clock.now())
            assert user is not None
            assert not (await store.audit.check()).fault
            return user.id, user.password_hash

    assert asyncio.run(who()) == ("admin", None)
