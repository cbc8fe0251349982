"""A contact with a person as the law looks at it, from what is on record of them: for calls and for messages."""

from __future__ import annotations

from cti_api.law.facts import Facts, OnRecord
from cti_api.law.terms import Channel, Purpose
from cti_api.model.leads import Lead
from cti_api.model.phone import PhoneNumber
from cti_api.numbers.departments import department_of
from cti_api.numbers.regions import region_of


def facts_about(lead: Lead, number: PhoneNumber, known: OnRecord, purpose: Purpose, channel: Channel) -> Facts:
    """One contact with the lead by that number, or, for a channel without numbers, with whoever has it.

    The country is the number's own: it says better where a person is than the campaign does, and a country whose rules
    are not known is contacted by nobody.
    """
    return Facts(
        region=region_of(number),
        purpose=purpose,
        channel=channel,
        zone=lead.timezone or None,
        department=_department(lead, number),
        number=number,
        history=known.history,
        consents=known.consents,
        registries=known.registries,
        opt_outs=known.opt_outs,
        abandoned_at=known.abandoned_at,
    )


def _department(lead: Lead, number: PhoneNumber) -> str | None:
    """As the list says, or as the number of a fixed line does; where the two differ nobody knows."""
    told = {code for code in (lead.department, department_of(number)) if code}
    return told.pop() if len(told) == 1 else None
