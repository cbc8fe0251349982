"""Contacts (persons) and leads (a contact inside one campaign)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from cti_api.model.consents import Consent
from cti_api.model.ids import AgentId, CampaignId, ContactId, LeadId
from cti_api.model.phone import PhoneNumber


class LeadState(StrEnum):
    """Where a lead stands. `FINAL_LEAD_STATES` are not left again, but by another round (`cti_api.recycling`), and by
    an exhausted lead whose person books by themselves."""

    NEW = "new"
    """Loaded, never tried."""
    READY = "ready"
    """May be tried again now."""
    RESERVED = "reserved"
    """In the hopper, under a lease that comes back by itself."""
    DIALING = "dialing"
    """An attempt is open."""
    WAITING = "waiting"
    """Not before `Lead.not_before`; `Lead.waiting_reason` says why."""
    CALLBACK = "callback"
    """Asked to be called at `Lead.not_before`, by `Lead.callback_agent` or by anyone."""
    COMPLETED = "completed"
    """The goal was reached or the person answered for good."""
    EXHAUSTED = "exhausted"
    """Every allowed attempt was made."""
    SUPPRESSED = "suppressed"
    """Do not call."""
    CLOSED = "closed"
    """Ended without result (wrong number, withdrawn)."""


FINAL_LEAD_STATES = frozenset({LeadState.COMPLETED, LeadState.EXHAUSTED, LeadState.SUPPRESSED, LeadState.CLOSED})
ERASED = "erased"
"""Reason of a lead whose person was erased."""

DIALABLE_LEAD_STATES = frozenset({LeadState.NEW, LeadState.READY, LeadState.WAITING, LeadState.CALLBACK})
"""States from which the hopper may take a lead once its `not_before` has passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person: who they are and where they are called, whatever lists name them."""

    id: ContactId
    name: str
    """As in the file; shown to agents, never sent to Asterisk."""
    phones: tuple[PhoneNumber, ...]
    """At least one, in the order in which they are tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """A contact inside one campaign."""

    id: LeadId
    campaign_id: CampaignId
    contact: Contact
    state: LeadState
    priority: int = 0
    """Higher first."""
    attempts_made: int = 0
    """Attempts that counted; an attempt given back (silent trunk) does not."""
    phone_index: int = 0
    """Which of the contact's phones is next."""
    not_before: datetime | None = None
    """Earliest instant of the next attempt (aware, UTC)."""
    waiting_reason: str = ""
    callback_agent: AgentId | None = None
    """A personal callback's agent; None: any agent."""
    promised: bool = False
    """A callback agreed with the person, also while it is reserved or dialled: what nobody could keep comes again in
    its turn, before the list."""
    fields: dict[str, str] = field(default_factory=dict)
    """Every column of the campaign's own list but the name and the phones (plate, brand, last service, …): what another
    list says of the same person is that campaign's affair."""
    counts: dict[str, int] = field(default_factory=dict)
    """How often each call result and disposition code came, for rules with a maximum of their own; and which trunk does
    not know which phone (`dialer.leads.wrong_number`)."""
    timezone: str = ""
    """IANA name of where the person lives; empty: the list did not say."""
    department: str = ""
    """ISO 3166-2 code, without the country, of where they live; empty: the list did not say, or what is none."""
    valid_from: datetime | None = None
    """Not dialled before (aware, UTC)."""
    valid_until: datetime | None = None
    """Not dialled from here on (aware, UTC): the list's own end for this lead."""

    @property
    def phone(self) -> PhoneNumber:
        """The number the next attempt dials."""
        return self.contact.phones[self.phone_index % len(self.contact.phones)]

    def at(self, number: PhoneNumber) -> Lead:
        """The lead with this number of its contact as its next one; unchanged where the contact has no such number."""
        if number not in self.contact.phones:
            return self
        return replace(self, phone_index=self.contact.phones.index(number))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLead:
    """A row of a list that passed every check, on its way into a campaign."""

    name: str
    phones: tuple[PhoneNumber, ...]
    fields: dict[str, str] = field(default_factory=dict)
    priority: int = 0
    external_key: str = ""
    """The source system's own key; empty when it has none."""
    line: int = 0
    """The line of the list it begins on, from 1; 0 when it came from no list."""
    timezone: str = ""
    department: str = ""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    consents: tuple[Consent, ...] = ()
    own_cells: tuple[str, ...] = field(default=(), compare=False)
    """The cells of the row that are not in `fields`, as they stand in the list, in the order of its columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadMove:
    """What becomes of a lead when an attempt of it closes."""

    state: LeadState
    reason: str
    """Shown by ``vocero leads why``: a code such as ``retry:busy`` or ``exhausted``."""
    not_before: datetime | None = None
    phone_index: int | None = None
    """None: the same phone as before."""
    callback_agent: AgentId | None = None
    agreed_at: datetime | None = None
    """The time of a callback that was agreed on just now; None: of one that is only put off, or no callback."""
    counts_as_attempt: bool = True
    """False when the attempt never reached the person's line through no fault of theirs."""
    suppress_number: bool = False
    """True: the dialled number goes on the do-not-call list in the same transaction."""
    suppress_person: bool = False
    """True: so do the person's other numbers, since it was they who said no."""
    suppress_source: str = ""
    """How it was said; empty: by the disposition, or the result."""
    counted_as: tuple[str, ...] | None = None
    """What `Lead.counts` counts in place of the call's result; None: the result itself. Empty for what a trunk did that
    was given up meanwhile: it says nothing of the person's number."""
