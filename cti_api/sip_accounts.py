"""Agents' SIP accounts, as Asterisk's realtime reads them from a small SQLite file.

``asterisk/sorcery.conf`` sends every look-up of an endpoint, its password and its address to this file, so a new agent
can register at once: Asterisk is told nothing, and our AMI account needs no right to reload or to change configuration.
Passwords are kept as digests only. Every call is short and blocks (a few milliseconds, one disk flush).
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from cti_api.errors import InputError, StoreUnavailable
from cti_api.model.agents import AgentPhone
from cti_api.model.ids import SLUG, AgentId

REALM: Final = "vocero"
"""Part of every digest, and named to the softphone that is asked for its password."""

PASSWORD_BYTES: Final = 18
"""Random bytes in a password: 24 letters, well over the 20 that Asterisk's best practices ask for."""

BUSY_SECONDS: Final = 5.0
"""How long a look-up by Asterisk may keep us waiting."""

Row = dict[str, str | None]

ENDPOINT: Final[Row] = {
    "id": "",
    "aors": "",
    "auth": "",
    "media_address": None,
    "bind_rtp_to_media_address": "no",
    "transport": "udp",
    "context": "vocero-phones",  # cannot reach a trunk
    "identify_by": "username",
    "disallow": "all",
    "allow": "alaw,ulaw",
    "webrtc": "no",
    "direct_media": "no",
    "rtp_symmetric": "yes",
    "force_rport": "yes",
    "rewrite_contact": "yes",
    "dtmf_mode": "rfc4733",
    "moh_suggest": "vocero",  # what a person hears whom the agent puts on hold; there is no other music
    "allow_transfer": "no",
    "rtp_timeout": "30",  # a softphone that vanished in mid-call frees its leg, and its customer
    "rtp_timeout_hold": "300",
}
BROWSER: Final[Row] = ENDPOINT | {
    "webrtc": "yes",  # DTLS-SRTP, ICE, one port for sound and its reports, and back by the way the call came
    "transport": None,
    "allow": "opus,ulaw",
    "rtp_symmetric": "no",
    "force_rport": "no",
    "rewrite_contact": "no",
    "rtp_timeout": "10",  # of a page that crashed: its connection is gone before, and its sound ends with it
}
"""An agent's account whose telephone is the browser, which comes over the WebSocket of `asterisk/http.conf`."""
AUTH: Final[Row] = {"id": "", "auth_type": "md5", "username": "", "realm": REALM, "md5_cred": ""}
AOR: Final[Row] = {
    "id": "",
    "max_contacts": "1",
    "remove_existing": "yes",
    "minimum_expiration": "30",
    "maximum_expiration": "3600",
    "qualify_frequency": "5",  # a softphone that went away without a word is known within this and the next line
    "qualify_timeout": "2.0",
}
KINDS: Final = {AgentPhone.SIP: ENDPOINT, AgentPhone.BROWSER: BROWSER}
TABLES: Final[dict[str, Row]] = {"ps_endpoints": ENDPOINT, "ps_auths": AUTH, "ps_aors": AOR}
"""Asterisk's own table and column names (its contrib/ast-db-manage), only the columns we set."""


class SipAccounts:
    """The accounts in one file."""

    def __init__(self, path: Path, *, media_address: str = "") -> None:
        """`media_address`: where Asterisk sends and receives the agents' sound; empty: any address of its machine."""
        self._path = path
        self._media: Row = {}
        if media_address:
            self._media = {"media_address": media_address, "bind_rtp_to_media_address": "yes"}

    def prepare(self) -> None:
        """Make the file and its tables where they are missing. To be done before Asterisk starts."""
        with self._open() as db:
            _make_tables(db)

    def add(self, agent_id: AgentId, password: str = "", *, phone: AgentPhone = AgentPhone.SIP) -> str:
        """Make this agent's account, or give it a new password or another kind of `phone`; returns the password.

        Without `password` a random one is made. It cannot be asked for later.
        """
        if not SLUG.match(agent_id):
            raise InputError(f"{agent_id!r} cannot be an agent's name: small letters, digits and dashes")
        password = password or secrets.token_urlsafe(PASSWORD_BYTES)
        # RFC 2617 section 3.2.2.2: this MD5 is the protocol's, not our choice
        digest = hashlib.md5(f"{agent_id}:{REALM}:{password}".encode(), usedforsecurity=False).hexdigest()
        rows: dict[str, Row] = {
            "ps_auths": AUTH | {"id": agent_id, "username": agent_id, "md5_cred": digest},
            "ps_aors": AOR | {"id": agent_id},
            "ps_endpoints": KINDS[phone] | {"id": agent_id, "aors": agent_id, "auth": agent_id} | self._media,
        }
        with self._open() as db:
            _make_tables(db)
            for table, row in rows.items():
                marks = ", ".join(f":{name}" for name in row)
                # every name is one of the tables' above; values are bound
                db.execute(f"INSERT OR REPLACE INTO {table} ({', '.join(row)}) VALUES ({marks})", row)  # noqa: S608
        return password

    def remove(self, agent_id: AgentId) -> None:
        """Take the account away; a softphone stays registered until it has to renew. None there: nothing happens."""
        with self._open() as db:
            for table in TABLES:
                db.execute(f"DELETE FROM {table} WHERE id = ?", (agent_id,))  # noqa: S608 - a name from above

    def names(self) -> frozenset[AgentId]:
        """Every agent who has an account."""
        with self._open() as db:
            return frozenset(AgentId(name) for (name,) in db.execute("SELECT id FROM ps_endpoints"))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """A connection with one transaction: kept on success, undone on an error.

        Raises `StoreUnavailable` where the file cannot be read or written.
        """
        try:
            with closing(sqlite3.connect(self._path, timeout=BUSY_SECONDS)) as db, db:
                yield db
        except sqlite3.Error as error:
            raise StoreUnavailable(f"The agents' SIP accounts in {self._path} cannot be used: {error}") from error


def _make_tables(db: sqlite3.Connection) -> None:
    """Those that are missing, and the columns that a file of an earlier version lacks."""
    for table, columns in TABLES.items():
        named = ", ".join("id TEXT PRIMARY KEY" if name == "id" else f"{name} TEXT" for name in columns)
        db.execute(f"CREATE TABLE IF NOT EXISTS {table} ({named})")
        there = {column for _, column, *_ in db.execute(f"PRAGMA table_info({table})")}
        for name in columns.keys() - there:
            db.execute(f"ALTER TABLE {table} ADD COLUMN {name} TEXT")
