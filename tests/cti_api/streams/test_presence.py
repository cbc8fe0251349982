"""Whether somebody sits at a console: pure, on a clock that is set."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from cti_api.model.agents import AgentState, AgentStatus
from cti_api.model.ids import AgentId
from cti_api.streams.presence import CONSOLE, GRACE_SECONDS, Presence, is_to_be_paused, may_go_on

ANA = AgentId("ana")
BETO = AgentId("beto")
T0 = datetime(2026, 11, 25, 15, tzinfo=UTC)


def status(state: AgentState, **facts: Any) -> AgentStatus:
    return AgentStatus(agent_id=ANA, state=state, since=T0, **facts)


def test_a_closed_tab_is_missed_after_the_grace_and_told_once() -> None:
    presence = Presence()
    presence.opened(ANA)
    presence.closed(ANA, now=100.0)
    assert presence.left(100.0 + GRACE_SECONDS - 0.001) == []
    assert presence.left(100.0 + GRACE_SECONDS) == [ANA]
    assert presence.left(100.0 + 2 * GRACE_SECONDS) == []


def test_a_reload_is_no_absence() -> None:
    presence = Presence()
    presence.opened(ANA)
    presence.closed(ANA, now=0.0)
    presence.opened(ANA)
    assert presence.left(1000.0) == []
    assert presence.is_open(ANA)


def test_a_page_that_comes_before_the_other_is_gone_is_no_absence() -> None:
    presence = Presence()
    presence.opened(ANA)
    presence.opened(ANA)
    presence.closed(ANA, now=0.0)
    assert presence.left(1000.0) == []
    presence.closed(ANA, now=1000.0)
    assert presence.left(1000.0 + GRACE_SECONDS) == [ANA]


def test_who_never_had_a_console_is_never_missed() -> None:
    presence = Presence()
    presence.opened(ANA)
    presence.closed(ANA, now=0.0)
    assert BETO not in presence.left(1e9)


@pytest.mark.parametrize(
    ("state", "facts", "paused"),
    [
        (AgentState.READY, {}, True),
        (AgentState.RESERVED, {}, True),
        (AgentState.BUSY, {}, True),
        (AgentState.WRAP_UP, {}, True),
        (AgentState.BUSY, {"pending": AgentState.NOT_READY}, False),
        (AgentState.BUSY, {"pending": AgentState.LOGGED_OFF}, False),
        (AgentState.NOT_READY, {"reason": "almuerzo"}, False),
        (AgentState.NOT_READY, {"reason": "technical"}, True),  # or a telephone that is back makes them ready
        (AgentState.LOGGED_OFF, {}, False),
    ],
)
def test_who_would_be_given_calls_is_paused(state: AgentState, facts: dict[str, Any], paused: bool) -> None:
    assert is_to_be_paused(status(state, **facts)) is paused


@pytest.mark.parametrize(
    ("state", "pending", "reason", "goes_on"),
    [
        (AgentState.BUSY, AgentState.NOT_READY, CONSOLE, True),
        (AgentState.RESERVED, AgentState.NOT_READY, CONSOLE, True),
        (AgentState.WRAP_UP, AgentState.NOT_READY, CONSOLE, False),  # that would end the wrap-up
        (AgentState.BUSY, AgentState.NOT_READY, "almuerzo", False),
        (AgentState.BUSY, AgentState.LOGGED_OFF, CONSOLE, False),
        (AgentState.BUSY, None, "", False),
    ],
)
def test_only_a_pause_for_the_console_is_taken_back(
    state: AgentState, pending: AgentState | None, reason: str, goes_on: bool
) -> None:
    assert may_go_on(status(state, pending=pending, pending_reason=reason)) is goes_on


def test_a_pause_that_has_begun_is_the_agents_to_end() -> None:
    assert not may_go_on(status(AgentState.NOT_READY, reason=CONSOLE))
