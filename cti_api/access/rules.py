"""Whether somebody may ask for something: one rule for each operation of the API, and what it says of an actor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cti_api.access.actors import Actor, Role, Scope, Through

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Those that change nothing (RFC 9110, 9.2.1)."""

WEBSOCKET = "WEBSOCKET"
"""In place of a method: a connection that is opened and then speaks both ways."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Who may ask for one operation."""

    method: str
    path: str
    """As the route is written: ``/api/v1/agents/{agent_id}/pause``."""
    roles: frozenset[Role]
    scope: Scope | None
    """What a key needs; None: no key opens it."""
    own: str = ""
    """The part of the path that, for an agent, must name their own seat."""
    own_for_all: bool = False
    """So it is for whoever else signs in."""
    audited: bool
    """Whether it is written down that somebody did it."""
    is_open: bool = False
    """Nobody needs to sign in for it."""
    is_page: bool = False
    """It is looked at by people: who is not let in is told so by a page."""
    before_enrolling: bool = False
    """It is theirs too who have to set up a second factor first."""

    def refusal(self, actor: Actor | None, parts: Mapping[str, object]) -> str:
        """Why `actor` may not; empty: they may. `parts` are those of the path."""
        if self.is_open:
            return ""
        if actor is None:
            return "Sign in first, or bring a key."
        match actor.through:
            case Through.SOCKET:
                return ""
            case Through.KEY:
                if self.scope is None:
                    return "No key opens this: a person has to sign in for it."
                return "" if self.scope in actor.scopes else f"The key {actor.name} has not the scope {self.scope}."
            case Through.SESSION:
                if actor.must_enrol and not self.before_enrolling:
                    return "Set up a second factor first."
                if actor.role is None or actor.role not in self.roles:
                    return f"This is not for the role {actor.role or 'nobody'}."
                bound = bool(self.own) and (actor.role is Role.AGENT or self.own_for_all)
                if bound and (not actor.agent_id or parts[self.own] != actor.agent_id):
                    return "This is another agent's seat."
                return ""


def rules_of(
    operations: str,
    roles: frozenset[Role],
    scope: Scope | None,
    *,
    own: str = "",
    own_for_all: bool = False,
    audited: bool | None = None,
    is_open: bool = False,
    is_page: bool = False,
    before_enrolling: bool = False,
    prefix: str = "/api/v1",
) -> Iterator[Rule]:
    """The same rule for each line of `operations`, which is ``METHOD /path``.

    Without `audited` it is written down what may change something, and nothing else.
    """
    for line in operations.split("\n"):
        if not line.strip():
            continue
        method, path = line.split()
        yield Rule(
            method=method,
            path=prefix + path,
            roles=roles,
            scope=scope,
            own=own,
            own_for_all=own_for_all,
            audited=method not in SAFE_METHODS if audited is None else audited,
            is_open=is_open,
            is_page=is_page,
            before_enrolling=before_enrolling,
        )
