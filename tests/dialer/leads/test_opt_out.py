"""Whose numbers go on the do-not-call list, by who said no and how."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cti_api.model.campaigns import Disposition
from cti_api.model.leads import LeadMove, LeadState
from dialer.leads.opt_out import as_said

NO = LeadMove(state=LeadState.SUPPRESSED, reason="suppressed:no_llamar", suppress_number=True)
LATER = LeadMove(state=LeadState.WAITING, reason="retry:abandoned", not_before=datetime(2026, 11, 25, tzinfo=UTC))
REACHED = Disposition(code="no_llamar", label="No desea más llamadas", contact=True)
NOT_REACHED = Disposition(code="equivocado", label="Número equivocado")


def test_a_person_who_told_the_agent_is_called_on_none_of_their_numbers() -> None:
    assert as_said(NO, REACHED, by_key=False).suppress_person


@pytest.mark.parametrize("chosen", [NOT_REACHED, None])
def test_somebody_else_speaks_for_their_own_number_alone(chosen: Disposition | None) -> None:
    assert as_said(NO, chosen, by_key=False) == NO


def test_what_suppresses_nothing_stays_as_it_is() -> None:
    assert as_said(LATER, REACHED, by_key=False) == LATER


def test_the_key_of_a_message_ends_the_lead_whatever_would_have_followed() -> None:
    move = as_said(LATER, None, by_key=True)
    assert (move.state, move.reason, move.not_before) == (LeadState.SUPPRESSED, "suppressed:keypad", None)
    assert (move.suppress_number, move.suppress_person, move.suppress_source) == (True, True, "keypad")
