"""What is shown of an agent: their state, and the person they are shown, are offered, talk with or wrap up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cti_api.campaign_file.screen_pop import filled
from cti_api.model.campaigns import CampaignSpec
from cti_api.model.leads import Lead
from cti_api.ports import AgentView
from dialer.agents.board import Seat
from dialer.engine.book import Flight
from dialer.engine.by_hand import Preview
from dialer.engine.callers import Caller
from dialer.engine.floor import Floor
from dialer.leads.script import fill_script


def view_of(floor: Floor, seat: Seat, preview: Preview | None) -> AgentView:
    """One agent now; `preview`: who is on show to them."""
    view = AgentView(
        agent=seat.agent,
        status=seat.status,
        phone_reachable=seat.phone_reachable,
        held_since=seat.held_since,
        calls=seat.calls,
        talk_seconds=seat.talk_seconds,
    )
    if (caller := floor.callers.get(seat.caller_id)) is not None:
        return _with_caller(view, caller, caller.call.waited_seconds(floor.clock.now()))
    if (flight := floor.book.get(seat.attempt_id) if seat.attempt_id else None) is not None:
        return _with_flight(view, flight)
    if preview is not None:
        shown = replace(view, preview_until=preview.until, number=preview.lead.phone.e164)
        return _with_lead(shown, preview.run.spec, preview.lead, {"number": preview.lead.phone.e164})
    return replace(view, attempt_id=seat.attempt_id)


def _with_caller(view: AgentView, caller: Caller, waited_seconds: float) -> AgentView:
    call = caller.call
    shown = replace(
        view,
        number=call.number,
        caller_id=caller.id,
        queue_id=call.queue,
        waited_seconds=waited_seconds,
        connected_at=call.joined_at,
        wrap_up_until=caller.wrap_up_until,
    )
    if caller.known is None:
        return shown
    return _with_lead(shown, caller.known.spec, caller.known.lead, {"number": call.number})


def _with_flight(view: AgentView, flight: Flight) -> AgentView:
    number = flight.attempt.number.e164
    shown = replace(
        view,
        attempt_id=flight.id,
        number=number,
        connected_at=flight.call.joined_at or flight.call.connected_at,
        wrap_up_until=flight.wrap_up_until,
    )
    return _with_lead(shown, flight.spec, flight.lead, {"number": number, "attempt_id": flight.id})


def _with_lead(view: AgentView, spec: CampaignSpec, lead: Lead, known: Mapping[str, str]) -> AgentView:
    """Whom the campaign has on its list, and what it says of them."""
    ours = {"lead_id": str(lead.id), "attempt_id": "", "campaign_id": spec.id, "agent_id": view.agent.id, **known}
    return replace(
        view,
        spec=spec,
        lead=lead,
        script=fill_script(spec, lead),
        screen_pop=filled(spec.screen_pop, {**ours, **lead.fields, spec.columns.name: lead.contact.name}),
    )
