"""One person into a campaign, by a command, a form or another system, to be called within seconds."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException

from cti_api.border import Instant, Line, Slug, Text, in_words
from cti_api.campaign_file.agentless import refuse_lists
from cti_api.campaign_file.parse import parse_campaign
from cti_api.errors import Conflict, Fault, InputError
from cti_api.lead_file.cells import lines_of, one_line
from cti_api.lead_file.mapping import is_zone
from cti_api.model.campaigns import CampaignState
from cti_api.model.ids import CampaignId
from cti_api.model.leads import LeadState, NewLead
from cti_api.model.phone import PhoneNumber
from cti_api.numbers.kinds import in_order
from cti_api.numbers.several import parse_phones
from cti_api.web.handed import Handed
from cti_api.web.limits import MAX_BODY_BYTES

_MOST_FIELDS = 1_000


class EnteredLead(BaseModel):
    """A person to be called."""

    model_config = ConfigDict(extra="forbid")

    phones: Annotated[list[Line], Field(min_length=1, max_length=10)]
    """As people write them, in the campaign's country or with their own; tried in this order."""
    name: Line = ""
    priority: Annotated[int, Field(ge=-999_999_999, le=999_999_999)] = 0
    """Higher first; a list's leads have 0 unless it says otherwise."""
    external_key: Line = ""
    fields: Annotated[dict[Line, Text], Field(max_length=_MOST_FIELDS)] = {}
    """What the guion names in braces, and whatever else the agent should see."""
    timezone: Line = ""
    not_before: Instant | None = None
    expires: Instant | None = None
    """Not called from here on."""


class Entered(BaseModel):
    lead_id: int
    phones: tuple[str, ...]
    refused: tuple[str, ...]
    """What of the phones was no number; the lead is there without it."""
    state: LeadState
    reason: str
    campaign_state: CampaignState
    """The lead is called while the campaign is ``running``."""


async def enter(handed: Handed, campaign_id: Slug, request: Request) -> Entered:
    """Raises `NotFound`, `Conflict` where the person is in the campaign already, `InputError` for a person without a
    number that can be dialled."""
    person = await _read(request)
    stored = await handed.store.campaigns.get(CampaignId(campaign_id))
    if stored.state is CampaignState.CANCELLED:
        raise Conflict(f"The campaign {campaign_id} is cancelled: it takes no more leads.")
    spec = parse_campaign(stored.spec_text)
    refuse_lists(spec)
    found = [parse_phones(text, spec.region) for text in person.phones]
    phones = in_order(spec.retry.phones, tuple(dict.fromkeys(phone for each in found for phone in each.phones)))
    refused = tuple(reason for each in found for reason in each.refused)
    faults = [] if phones else [Fault("phones", (*refused, "there is no number to call")[0])]
    if person.timezone and not is_zone(person.timezone):
        faults.append(Fault("timezone", "this is no time zone: write America/Bogota"))
    now = handed.clock.now()
    if person.expires is not None and person.expires <= max(now, person.not_before or now):
        faults.append(Fault("expires", "this is over before the first call"))
    if faults:
        raise InputError("The lead cannot be taken.", faults)
    row = NewLead(
        name=one_line(person.name),
        phones=phones,
        fields={one_line(name): lines_of(value) for name, value in person.fields.items()},
        priority=person.priority,
        external_key=one_line(person.external_key),
        timezone=person.timezone,
        valid_from=person.not_before,
        valid_until=person.expires,
    )
    added = await handed.store.leads.add(CampaignId(campaign_id), [row], now)
    for known in added.known.values():
        raise Conflict(f"The person is in the campaign already: lead {known.lead_id}. `vocero leads why` tells of it.")
    if added.erased:
        raise Conflict("One of these numbers is of somebody who asked to be erased: they are not called again.")
    return await _entered(handed, CampaignId(campaign_id), phones[0], refused, stored.state)


async def _read(request: Request) -> EnteredLead:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"Send at most {MAX_BODY_BYTES} bytes.")
    try:
        return EnteredLead.model_validate_json(bytes(body))
    except ValidationError as error:
        faults = [Fault(".".join(map(str, each["loc"])), in_words(each)) for each in error.errors(include_url=False)]
        raise InputError("The lead cannot be read.", faults) from None


async def _entered(
    handed: Handed, campaign_id: CampaignId, phone: PhoneNumber, refused: tuple[str, ...], state: CampaignState
) -> Entered:
    lead = await handed.store.leads.with_number(campaign_id, phone)
    assert lead is not None  # it was written a moment ago, and no lead is ever deleted
    return Entered(
        lead_id=lead.id,
        phones=tuple(each.e164 for each in lead.contact.phones),
        refused=refused,
        state=lead.state,
        reason=lead.waiting_reason,
        campaign_state=state,
    )
