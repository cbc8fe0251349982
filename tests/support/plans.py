"""Plans of attempts, as a campaign file says them, and leads that are stepped through one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from cti_api.model.calls import CallResult
from cti_api.model.campaigns import CampaignSpec
from cti_api.model.leads import DIALABLE_LEAD_STATES, Lead
from dialer.leads.retry import decide_retry

BOGOTA = ZoneInfo("America/Bogota")

PLANNED = """\
id: mantenimiento
title: Mantenimiento
region: CO
mode: progressive
trunks: [principal]
caller_id: "+576017420000"
hours:
  timezone: America/Bogota
  days: {mon-fri: 08:00-19:00, sat: 08:00-15:00}
retry:
  max_attempts: 3
  per_day_part: 1
  days_apart: 2
  min_gap: 10 min
  phones: [mobile, landline]
  day_parts:
    morning: 08:00-12:00
    midday: 12:00-15:00
    evening: 15:00-19:00
  rules:
    busy: {again_in: 10 min, times: 2, action: next_phone}
    machine: {action: next_phone}
    no_answer: {action: next_phone}
    equivocado: {action: drop_phone, uses_attempt: false}
    volver: {action: callback}
    cita: {action: complete}
    no_llamar: {action: suppress}
    connected: {action: complete}
    default: {action: retry}
dispositions:
  - {code: cita, label: Cita, contact: true, effective: true, success: true}
  - {code: equivocado, label: Número equivocado}
  - {code: no_llamar, label: No llamar}
  - code: volver
    label: Volver a llamar
    fields: [{name: fecha, label: Fecha, kind: datetime}]
columns:
  name: nombre
  phones: [telefono, telefono_2]
"""
"""The sentence of a supervisor: three attempts, one each in morning, midday and evening, two days apart at least,
mobile first, then landline; busy again in 10 minutes, at most twice; machine: next day part; wrong number: next phone.
"""


def bogota(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BOGOTA)


def told(at: datetime) -> str:
    """``Mon 09:00`` on the clock of Bogotá."""
    return f"{at.astimezone(BOGOTA):%a %H:%M}"


def stepped(
    campaign: CampaignSpec, lead: Lead, results: Iterator[CallResult | str], first: datetime, ring: float = 30.0
) -> Iterator[tuple[Lead, datetime]]:
    """The lead at each of its calls, and when it is dialled, as the store would count it: no gate, no law."""
    now = first
    while lead.state in DIALABLE_LEAD_STATES:
        yield lead, now
        outcome = next(results)
        result = outcome if isinstance(outcome, CallResult) else CallResult.CONNECTED
        code = None if isinstance(outcome, CallResult) else outcome
        closed = now + timedelta(seconds=ring)
        move = decide_retry(campaign, lead, result, code, {}, closed, dialed=now)
        counts = dict(lead.counts)
        for word in (*((result,) if move.counted_as is None else move.counted_as), *filter(None, [code])):
            counts[word] = counts.get(word, 0) + 1
        lead = replace(
            lead,
            state=move.state,
            attempts_made=lead.attempts_made + move.counts_as_attempt,
            phone_index=lead.phone_index if move.phone_index is None else move.phone_index,
            counts=counts,
        )
        now = move.not_before or closed
