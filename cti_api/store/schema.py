"""The tables, their keys, and the rules that the database itself holds up.

Two of the rules are the product's promise and do not depend on any code above them:

* a lead has at most one attempt that is not closed (``ux_attempts_open_lead``);
* a number has at most one attempt that may have a channel (``ux_attempts_live_number``).

States are kept as text (the enums of `cti_api.model`), instants in UTC, free fields as JSON. The same tables are
made by the migrations; a test compares the two on both engines.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import sqlalchemy as sa

from cti_api.model.calls import LIVE_ATTEMPT_STATES, AttemptState
from cti_api.model.events import EventKind
from cti_api.model.leads import DIALABLE_LEAD_STATES, LeadState
from cti_api.store.columns import Instant, Json, Serial

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def condition_in(column: str, states: Iterable[str]) -> str:
    """SQL for "column is one of these", written out: a partial index is only used where its text is repeated."""
    return f"{column} IN ({', '.join(repr(str(state)) for state in sorted(states))})"


TRIED_IN_ORDER: Final = condition_in("leads.state", {LeadState.NEW, LeadState.READY, LeadState.WAITING})
"""Leads that wait for nobody in particular; callbacks are taken apart, by the hour they were promised."""

CALL_MAY_LIVE: Final = condition_in("attempts.state", LIVE_ATTEMPT_STATES)
NOT_CLOSED: Final = f"attempts.state != '{AttemptState.CLOSED}'"
MAY_EXPIRE: Final = f"leads.valid_until IS NOT NULL AND {condition_in('leads.state', DIALABLE_LEAD_STATES)}"
RESERVED: Final = f"leads.state = '{LeadState.RESERVED}'"
NUMBER_TOLD: Final = f"outbox.kind = '{EventKind.NUMBER_SUPPRESSED}'"
"""Events that name a number and no lead."""


def index(
    name: str, *columns: sa.ColumnElement[object] | str, where: str | None = None, unique: bool = False
) -> sa.Index:
    """An index over the rows that fulfil `where`, which names its columns with their table."""
    if where is None:
        return sa.Index(name, *columns, unique=unique)
    # Inside CREATE INDEX a column stands without its table.
    condition = sa.text(where.replace(f"{where.split('.', 1)[0]}.", ""))
    return sa.Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


# ------------------------------------------------------------------ campaigns

campaigns = sa.Table(
    "campaigns",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("state_since", Instant, nullable=False),
    sa.Column("spec_version", sa.Integer, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
)

campaign_specs = sa.Table(
    "campaign_specs",
    metadata,
    sa.Column("campaign_id", sa.ForeignKey("campaigns.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
)

# ------------------------------------------------------------------ people

contacts = sa.Table(
    "contacts",
    metadata,
    sa.Column("id", Serial, primary_key=True),
    sa.Column("external_key", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("folded_name", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    index("ix_contacts_key", "external_key", where="contacts.external_key != ''"),
)

phones = sa.Table(
    "phones",
    metadata,
    sa.Column("contact_id", sa.ForeignKey("contacts.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("e164", sa.String(16), nullable=False),
    sa.UniqueConstraint("contact_id", "e164"),
    index("ix_phones_e164", "e164"),
)

suppressed_numbers = sa.Table(
    "suppressed_numbers",
    metadata,
    sa.Column("e164", sa.String(16), primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

consents = sa.Table(
    "consents",
    metadata,
    sa.Column("id", Serial, primary_key=True),
    sa.Column("e164", sa.String(16), nullable=False),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("evidence", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    # how they came to us by themselves; nothing: not said
    sa.Column("own_initiative", sa.Text),
    sa.UniqueConstraint("e164", "channel", "purpose", "at"),
)

# ------------------------------------------------------------------ public lists

registry_copies = sa.Table(
    "registry_copies",
    metadata,
    sa.Column("id", Serial, primary_key=True),
    sa.Column("registry", sa.String(40), nullable=False),
    sa.Column("taken_at", Instant, nullable=False),
    sa.Column("began_at", Instant, nullable=False),
    # both empty until it is whole
    sa.Column("finished_at", Instant),
    sa.Column("entries", sa.Integer),
)
"""Every copy of a public list that was ever brought in, whole or not: what was looked at, and when."""

registries = sa.Table(
    "registries",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("copy_id", sa.ForeignKey("registry_copies.id"), nullable=False),
    sa.Column("taken_at", Instant, nullable=False),
)
"""The copy of each public list that is looked at now."""

registry_entries = sa.Table(
    "registry_entries",
    metadata,
    sa.Column("copy_id", sa.ForeignKey("registry_copies.id"), primary_key=True),
    sa.Column("e164", sa.String(16), primary_key=True),
    # words with a space between them; empty: on every channel
    sa.Column("channels", sa.Text, nullable=False),
    sa.Column("since", Instant),
)

# ------------------------------------------------------------------ lists

sources = sa.Table(
    "sources",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("columns", Json, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
)
"""Where lists come from, and which of their columns is what."""

lists = sa.Table(
    "lists",
    metadata,
    sa.Column("id", Serial, primary_key=True),
    sa.Column("campaign_id", sa.ForeignKey("campaigns.id"), nullable=False),
    # of the file's bytes and how it was read: the same list again goes on where it was, it is no list of duplicates
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("finished_at", Instant),
    sa.UniqueConstraint("campaign_id", "digest"),
)

# ------------------------------------------------------------------ leads

leads = sa.Table(
    "leads",
    metadata,
    sa.Column("id", Serial, primary_key=True),
    sa.Column("campaign_id", sa.ForeignKey("campaigns.id"), nullable=False),
    sa.Column("contact_id", sa.ForeignKey("contacts.id"), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("state_since", Instant, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("former_state", sa.String(16)),
    sa.Column("lease_until", Instant),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("attempts_made", sa.Integer, nullable=False),
    sa.Column("phone_index", sa.Integer, nullable=False),
    sa.Column("not_before", Instant),
    sa.Column("callback_agent", sa.ForeignKey("agents.id")),
    # of a callback: the time agreed on, which stays while the hours or the law move `not_before`
    sa.Column("promised_at", Instant),
    sa.Column("counts", Json, nullable=False),
    sa.Column("fields", Json, nullable=False),
    sa.Column("timezone", sa.Text, nullable=False),
    sa.Column("valid_from", Instant),
    sa.Column("valid_until", Instant),
    # which row of which list it came from; nothing for one that somebody entered
    sa.Column("list_id", sa.ForeignKey("lists.id")),
    sa.Column("line", sa.Integer),
    sa.Column("created_at", Instant, nullable=False),
    # ISO 3166-2 without the country; nothing: not known
    sa.Column("department", sa.String(3)),
    sa.UniqueConstraint("contact_id", "campaign_id"),
    index("ix_leads_state", "campaign_id", "state", "not_before"),
    index("ix_leads_lease", "lease_until", where=RESERVED),
    index("ix_leads_valid_until", "campaign_id", "valid_until", where=MAY_EXPIRE),
)
index(
    "ix_leads_order",
    leads.c.campaign_id,
    leads.c.priority.desc(),
    leads.c.attempts_made,
    leads.c.id,
    leads.c.not_before,
    where=TRIED_IN_ORDER,
)

# ------------------------------------------------------------------ agents

agents = sa.Table(
    "agents",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("connect", sa.String(16), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("phone", sa.String(16), nullable=False, server_default="sip"),
)

agent_campaigns = sa.Table(
    "agent_campaigns",
    metadata,
    sa.Column("agent_id", sa.ForeignKey("agents.id"), primary_key=True),
    sa.Column("campaign_id", sa.ForeignKey("campaigns.id"), primary_key=True),
)

agent_states = sa.Table(
    "agent_states",
    metadata,
    sa.Column("id", Serial, primary_key=True),
    sa.Column("agent_id", sa.ForeignKey("agents.id"), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("since", Instant, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("pending", sa.String(16)),
    sa.Column("pending_reason", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    index("ix_agent_states_agent", "agent_id", "since"),
)

# ------------------------------------------------------------------ attempts

attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("campaign_id", sa.ForeignKey("campaigns.id"), nullable=False),
    sa.Column("lead_id", sa.ForeignKey("leads.id"), nullable=False),
    sa.Column("e164", sa.String(16), nullable=False),
    sa.Column("trunk", sa.String(40), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("decision", Json, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("agent_id", sa.ForeignKey("agents.id")),
    sa.Column("result", sa.String(24)),
    sa.Column("cause", sa.Integer),
    sa.Column("sip_code", sa.Integer),
    sa.Column("amd", sa.String(16)),
    sa.Column("ringing_at", Instant),
    sa.Column("answered_at", Instant),
    sa.Column("live_at", Instant),
    sa.Column("offered_at", Instant),
    sa.Column("connected_at", Instant),
    sa.Column("ended_at", Instant),
    sa.Column("joined_seconds", sa.Float),
    sa.Column("closed_at", Instant),
    sa.Column("recording", sa.Text, nullable=False),
    sa.Column("disposition_version", sa.Integer, nullable=False),
    # What became of the lead when this attempt closed; empty until then.
    sa.Column("lead_state", sa.String(16), nullable=False),
    sa.Column("lead_reason", sa.Text, nullable=False),
    index("ux_attempts_open_lead", "lead_id", where=NOT_CLOSED, unique=True),
    index("ux_attempts_live_number", "e164", where=CALL_MAY_LIVE, unique=True),
    index("ix_attempts_campaign", "campaign_id", "created_at", "result", "closed_at"),
    index("ix_attempts_lead", "lead_id", "created_at"),
    index("ix_attempts_number", "e164", "created_at"),
    index("ix_attempts_made", "created_at", "id"),
    index("ix_attempts_agent", "agent_id", "created_at"),
    index("ix_attempts_trunk", "trunk", "created_at"),
    index("ix_attempts_talks", "connected_at", "agent_id", "ended_at", "joined_seconds"),
)

dispositions = sa.Table(
    "dispositions",
    metadata,
    sa.Column("attempt_id", sa.ForeignKey("attempts.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("fields", Json, nullable=False),
    sa.Column("agent_id", sa.ForeignKey("agents.id")),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

# ------------------------------------------------------------------ what happened, and who tells it

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", Serial, primary_key=True),
    sa.Column("seq", sa.BigInteger, unique=True),
    sa.Column("event_id", sa.String(32), nullable=False, unique=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("occurred_at", Instant, nullable=False),
    sa.Column("campaign_id", sa.String(40)),
    sa.Column("lead_id", sa.BigInteger),
    sa.Column("attempt_id", sa.String(32)),
    sa.Column("call_id", sa.Text),
    sa.Column("agent_id", sa.String(40)),
    sa.Column("payload", Json, nullable=False),
    # for PostgreSQL; SQLite finds rows without a number in the index of the numbers
    index("ix_outbox_unnumbered", "id", where="outbox.seq IS NULL"),
    # both for whoever asks what is on record of a person
    index("ix_outbox_lead", "lead_id", where="outbox.lead_id IS NOT NULL"),
    index("ix_outbox_suppressed", "occurred_at", where=NUMBER_TOLD),
)

outbox_head = sa.Table(
    "outbox_head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.CheckConstraint("id = 1", name="one_row"),
)
"""One row: the last number given. Locked while numbers are given, so that there is one order whoever gives them."""

outbox_readers = sa.Table(
    "outbox_readers",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
)

dialer_lease = sa.Table(
    "dialer_lease",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("acquired_at", Instant, nullable=False),
    sa.Column("renewed_at", Instant, nullable=False),
    sa.CheckConstraint("id = 1", name="one_row"),
)
"""One row: who dials, for the sentence a second dialer is refused with. The lock itself is `cti_api.store.lease`."""
