"""Agents' SIP accounts in the file that Asterisk reads."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

import pytest

from cti_api.errors import InputError, StoreUnavailable
from cti_api.model.agents import AgentPhone
from cti_api.model.ids import AgentId
from cti_api.sip_accounts import SipAccounts

ANA = AgentId("ana")


@pytest.fixture
def accounts(tmp_path: Path) -> SipAccounts:
    made = SipAccounts(tmp_path / "accounts.sqlite3", media_address="127.0.0.1")
    made.prepare()
    return made


def row(tmp_path: Path, table: str, agent: str = "ana") -> dict[str, str]:
    with sqlite3.connect(tmp_path / "accounts.sqlite3") as db:
        db.row_factory = sqlite3.Row
        found = db.execute(f"SELECT * FROM {table} WHERE id = ?", (agent,)).fetchone()
    db.close()
    return dict(found)


def test_an_account_holds_a_digest_and_no_password(accounts: SipAccounts, tmp_path: Path) -> None:
    password = accounts.add(ANA)
    assert row(tmp_path, "ps_auths")["md5_cred"] == hashlib.md5(f"ana:vocero:{password}".encode()).hexdigest()
    assert password.encode() not in (tmp_path / "accounts.sqlite3").read_bytes()


def test_every_password_is_another_and_long_enough(accounts: SipAccounts) -> None:
    passwords = {accounts.add(AgentId(f"agente-{n}")) for n in range(20)}
    assert len(passwords) == 20
    assert min(map(len, passwords)) >= 20


def test_an_agent_added_again_has_the_new_password_only(accounts: SipAccounts, tmp_path: Path) -> None:
    accounts.add(ANA, "la de antes")
    accounts.add(ANA, "la nueva")
    assert accounts.names() == {ANA}
    assert row(tmp_path, "ps_auths")["md5_cred"] == hashlib.md5(b"ana:vocero:la nueva").hexdigest()


def test_an_agents_calls_begin_where_no_trunk_can_be_reached(accounts: SipAccounts, tmp_path: Path) -> None:
    accounts.add(ANA)
    endpoint = row(tmp_path, "ps_endpoints")
    assert endpoint["context"] == "vocero-phones"
    assert endpoint["allow_transfer"] == "no"
    assert (endpoint["media_address"], endpoint["bind_rtp_to_media_address"]) == ("127.0.0.1", "yes")


def test_a_removed_agent_is_gone_and_removing_again_does_nothing(accounts: SipAccounts) -> None:
    accounts.add(ANA)
    accounts.remove(ANA)
    accounts.remove(ANA)
    assert accounts.names() == frozenset()


def test_preparing_again_keeps_what_is_there(accounts: SipAccounts) -> None:
    accounts.add(ANA)
    accounts.prepare()
    assert accounts.names() == {ANA}


def test_a_browsers_account_is_encrypted_and_another_in_nothing_that_guards_a_line(
    accounts: SipAccounts, tmp_path: Path
) -> None:
    accounts.add(ANA, phone=AgentPhone.BROWSER)
    browser = row(tmp_path, "ps_endpoints")
    accounts.add(ANA)
    telephone = row(tmp_path, "ps_endpoints")
    assert (browser["webrtc"], browser["allow"], browser["transport"]) == ("yes", "opus,ulaw", None)
    for guard in ("context", "allow_transfer", "identify_by", "direct_media", "media_address"):
        assert browser[guard] == telephone[guard]


def test_a_file_of_an_earlier_version_takes_what_is_new(tmp_path: Path) -> None:
    path = tmp_path / "accounts.sqlite3"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE ps_endpoints (id TEXT PRIMARY KEY, context TEXT)")
        db.execute("INSERT INTO ps_endpoints VALUES ('luis', 'vocero-phones')")
    db.close()
    SipAccounts(path).add(ANA, phone=AgentPhone.BROWSER)
    assert row(tmp_path, "ps_endpoints")["webrtc"] == "yes"
    assert row(tmp_path, "ps_endpoints", "luis")["context"] == "vocero-phones"


@pytest.mark.parametrize("name", ["", "Ana", "ana perez", "ana'; drop table ps_auths; --", "../ana", "ana\n"])
def test_a_name_that_is_no_slug_is_refused(accounts: SipAccounts, name: str) -> None:
    with pytest.raises(InputError):
        accounts.add(AgentId(name))
    assert accounts.names() == frozenset()


def test_a_file_that_cannot_be_used_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "accounts.sqlite3").write_bytes(b"this is no database" * 100)
    with pytest.raises(StoreUnavailable, match="SIP accounts"):
        SipAccounts(tmp_path / "accounts.sqlite3").add(ANA)
