"""Campaigns without agents: their file, a survey, and people who are invited to it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from cti_api.model.phone import PhoneNumber
from cti_api.model.surveys import Invitation, NewInvitation, SurveyId
from cti_api.store.store import Store
from tests.support.shift import campaign_file

SURVEY = SurveyId("satisfaccion")
SURVEY_FILE = """\
id: satisfaccion
title: Satisfacción
timezone: America/Bogota
within: 5 d
greeting: Buen día.
thanks: Muchas gracias.
questions:
  - id: nota
    kind: scale
    title: Nota
    ask: ¿Qué nota nos pone, de uno a cinco?
    from: 1
    to: 5
    figure: csat
    satisfied_from: 4
"""
RULES = {
    "default": {"action": "retry", "after": "1 s"},
    "connected": {"action": "complete"},
    "finished": {"action": "complete"},
    "refused": {"action": "close"},
    "partial": {"action": "retry", "after": "1 s"},
    "silent": {"action": "retry", "after": "1 s"},
}


def agentless_file(campaign_id: str, trunks: Sequence[str], lines: int = 10, most: int = 1, **entries: Any) -> bytes:
    """A campaign open at all hours that asks `SURVEY`; `entries` replace or add to what it says."""
    file = json.loads(campaign_file(campaign_id, trunks))
    for of_agents in ("dispositions", "columns", "max_channels"):
        del file[of_agents]
    asked = {"mode": "agentless", "survey": SURVEY, "lines": lines, "wrap_up": "20 s"}
    again = {"retry": {"max_attempts": most, "min_gap": "1 s", "rules": RULES}}
    return json.dumps(file | asked | again | entries).encode()


async def invite(store: Store, phone: PhoneNumber, key: str, now: datetime, name: str = "") -> Invitation:
    """Somebody who was served just now is to be asked, within five days."""
    new = NewInvitation(key=key, name=name or f"Cliente {key}", phone=phone, service_at=now, service="reparación")
    made, _ = await store.surveys.invite(SURVEY, new, timedelta(days=5).total_seconds(), now)
    return made
