"""Whom and what a plan supposes: a person with phones of their country, and the words for what calls bring."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from difflib import get_close_matches
from itertools import chain, repeat
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from cti_api.appointments.agreed import agreed_time
from cti_api.errors import InputError
from cti_api.model.calls import CallResult
from cti_api.model.campaigns import CampaignSpec, FieldKind, RetryAction
from cti_api.model.ids import ContactId, LeadId
from cti_api.model.leads import Contact, Lead, LeadState
from cti_api.model.phone import PhoneNumber
from cti_api.numbers.kinds import in_order
from dialer.leads.plan import Outcome

CALLBACK: Final = "callback"
WRONG_NUMBER: Final = "wrong_number"
"""Words for whichever disposition of the campaign means this."""

CALLED_BACK_AFTER: Final = timedelta(days=1)
"""When a person wants to be called back who is not supposed to say when."""


def somebody(spec: CampaignSpec, valid_until: datetime | None = None) -> Lead:
    """A lead of the campaign's country that nobody has called yet, with a landline and a mobile."""
    kinds = (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE)
    examples = [phonenumbers.example_number_for_type(spec.region, kind) for kind in kinds]
    numbers = [phonenumbers.format_number(each, PhoneNumberFormat.E164) for each in examples if each is not None]
    phones = tuple(dict.fromkeys(map(PhoneNumber, numbers)))
    return Lead(
        id=LeadId(1),
        campaign_id=spec.id,
        contact=Contact(id=ContactId(1), name="", phones=in_order(spec.retry.phones, phones)),
        state=LeadState.NEW,
        valid_until=valid_until,
    )


def outcomes_in_turn(spec: CampaignSpec, words: Sequence[str]) -> Callable[[Lead, datetime], Outcome]:
    """What the calls bring, one word for each, then nobody answering.

    A word is a call result, a disposition of the campaign, `CALLBACK` or `WRONG_NUMBER`; one of a callback may say
    when: ``volver_a_llamar=2026-12-01T10:00``. Raises `InputError` for another one.
    """
    supposed = chain([_meant(spec, word.strip()) for word in words], repeat((CallResult.NO_ANSWER.value, None)))

    def next_one(_lead: Lead, at: datetime) -> Outcome:
        key, when = next(supposed)
        disposition = spec.disposition(key)
        if disposition is None:
            return Outcome(result=CallResult(key))
        entered = (when or at + CALLED_BACK_AFTER).isoformat()
        fields = {each.name: entered for each in disposition.fields if each.kind is FieldKind.DATETIME}
        return Outcome(result=CallResult.CONNECTED, disposition=key, fields=fields)

    return next_one


def _meant(spec: CampaignSpec, word: str) -> tuple[str, datetime | None]:
    name, at, text = word.partition("=")
    when = agreed_time(text, spec.hours.timezone) if at else None
    if at and when is None:
        raise InputError(f"{word}: write a callback's time as {name}=2026-12-01T10:00")
    codes = [disposition.code for disposition in spec.dispositions]
    if name == CALLBACK:
        name = _with_action(spec, RetryAction.CALLBACK, codes) or name
    elif name == WRONG_NUMBER:
        name = _with_action(spec, RetryAction.DROP_PHONE, codes) or CallResult.INVALID_NUMBER.value
    known = [*codes, *(result.value for result in CallResult)]
    if name not in known:
        near = get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(known)}"
        raise InputError(f"This campaign knows no result or disposition {name!r}; {hint}")
    return name, when


def _with_action(spec: CampaignSpec, action: RetryAction, codes: Iterable[str]) -> str | None:
    return next((code for code in codes if (rule := spec.retry.rules.get(code)) and rule.action is action), None)
