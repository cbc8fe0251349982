"""Whoever asks for something: a person who signed in, a machine with a key, or the Unix user at the control socket."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person is here for. The table of `cti_api.access.matrix` says what each may do."""

    AGENT = "agent"
    """Takes calls; sees and does what belongs to their own seat."""
    SUPERVISOR = "supervisor"
    """Runs the floor: campaigns, agents, lists, and whatever follows the calls."""
    ADMIN = "admin"
    """Everything, users, keys and the law among it."""
    AUDITOR = "auditor"
    """Looks at everything and changes nothing."""


class Scope(StrEnum):
    """What a machine's key opens; a key has one or more."""

    READ = "read"
    """How things stand, and figures; no person is in it."""
    PEOPLE = "people"
    """What is on record of people: leads, attempts, messages, appointments, answers."""
    RECORDINGS = "recordings"
    EVENTS = "events"
    LEADS = "leads"
    """Bring people in, and take numbers out for good."""
    CAMPAIGNS = "campaigns"
    """Start and stop them."""
    AGENTS = "agents"
    """Act for agents: sign in, pause, hang up, dial, dispositions."""
    APPOINTMENTS = "appointments"
    SURVEYS = "surveys"
    MESSAGES = "messages"
    """Messages and tasks: decide about them."""
    FACTS = "facts"
    """Tell what happened in other systems, for figures."""
    METRICS = "metrics"


class Through(StrEnum):
    """By which door."""

    SOCKET = "unix"
    SESSION = "person"
    KEY = "key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who asks, as far as it was proved."""

    through: Through
    name: str
    """Of the Unix user, the user, or the key."""
    role: Role | None = None
    """None but for a person."""
    scopes: frozenset[Scope] = frozenset()
    """Of a key."""
    agent_id: str | None = None
    """The seat that is theirs."""
    must_enrol: bool = False
    """They have no second factor and must have one: until then they may do nothing else."""

    def __str__(self) -> str:
        """As the audit writes it: ``person:ana``, ``key:crm``, ``unix:vocero``."""
        return f"{self.through.value}:{self.name}"
