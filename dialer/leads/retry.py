"""The retry rule: what becomes of a lead when an attempt of it closes.

Theory of operation
-------------------
The agent's disposition, where there is one, knows more than the call's result, so its rule answers first; then the
result's rule; then ``default``. One rule gives one action:

* *complete*, *close*, *suppress* end the lead for good;
* *callback* keeps the person's wish: the time the agent entered, moved into the campaign's hours. The wish stands above
  the minimum gap, and each agreed callback allows one attempt more than `RetryPolicy.max_attempts`: a person who asks
  on the last attempt to be called is called;
* *retry*, *next_phone*, *drop_phone* wait: the rule's delay, grown by its factor for each earlier time, never less than
  the minimum gap, on to the next day part where the rule says so, and into the campaign's hours. When the attempts or
  the rule's own maximum are used up, the lead is exhausted instead.

A phone that was dropped (a wrong number) is never dialled again: from the first drop on, *next_phone* only goes
forward, so no phone before the present one comes back.

A result in `GIVEN_BACK` is the trunk's fault or ours. It takes nothing from the lead, neither an attempt nor the
minimum gap, and only a rule that names that very result can change `GIVEN_BACK_RULES`. It ends all the same: a number
that a trunk which works for others refuses ten times, over four hours, would keep the campaign from its end for ever.
What a trunk did that is given up meanwhile is not even counted, however long that lasts.

A number is wrong when the network said so twice (`dialer.leads.wrong_number`); until then a rule that drops the phone
or ends the lead for it waits as *retry* does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from cti_api.model.calls import GIVEN_BACK, CallResult
from cti_api.model.campaigns import LAST_CALL_SECONDS, CampaignSpec, RetryAction, RetryRule
from cti_api.model.ids import AgentId, TrunkId
from cti_api.model.leads import Lead, LeadMove, LeadState
from dialer.calls.outcome import SILENT_LINE_SECONDS
from dialer.leads import wrong_number
from dialer.leads.callback import callback_time
from dialer.leads.day_parts import next_day_part
from dialer.leads.hours import next_open

GIVEN_BACK_RULES: Final[dict[CallResult, RetryRule]] = {
    CallResult.TRUNK_FAILED: RetryRule(
        action=RetryAction.RETRY, after_seconds=SILENT_LINE_SECONDS, factor=2.0, most=10
    ),
    CallResult.CODEC: RetryRule(action=RetryAction.RETRY, after_seconds=SILENT_LINE_SECONDS, factor=2.0, most=10),
    CallResult.CONGESTION: RetryRule(action=RetryAction.RETRY, after_seconds=SILENT_LINE_SECONDS, factor=2.0, most=10),
    CallResult.NEVER_DIALED: RetryRule(action=RetryAction.RETRY, after_seconds=5.0, factor=2.0),
}
"""What follows a given-back result that the campaign has no rule for. A rule of the campaign's without a maximum of its
own has the one given here."""

OF_THE_TRUNK: Final = frozenset(
    {CallResult.TRUNK_FAILED, CallResult.CODEC, CallResult.CONGESTION, CallResult.INVALID_NUMBER}
)
"""Results that a trunk gives without anything being wrong with the number."""

LONGEST_GIVEN_BACK: Final = 3600.0
"""Seconds; a given-back lead's delay grows to this and no further."""

LONGEST_DELAY: Final = 30 * 86_400.0
"""Seconds; any other delay grows to this and no further."""

FURTHEST_CALLBACK: Final = timedelta(days=366)
"""An agreed time further away is a slip of the finger; it is brought back to this."""


def closing_margin(spec: CampaignSpec) -> timedelta:
    """How long before the end of its hours the campaign's last call may start."""
    return timedelta(seconds=spec.ring_seconds + LAST_CALL_SECONDS)


def attempts_allowed(spec: CampaignSpec, lead: Lead) -> int:
    """Attempts this lead may have in all: the campaign's, and one for each callback agreed with the person."""
    agreed = (lead.counts.get(k, 0) for k, rule in spec.retry.rules.items() if rule.action is RetryAction.CALLBACK)
    return spec.retry.max_attempts + sum(agreed)


def decide_retry(
    spec: CampaignSpec,
    lead: Lead,
    result: CallResult,
    disposition: str | None,
    fields: Mapping[str, str],
    now: datetime,
    *,
    agent: AgentId | None = None,
    trunk: TrunkId | None = None,
    trunk_works: bool = True,
) -> LeadMove:
    """What becomes of `lead` after an attempt that closes at `now` (aware).

    `lead` is as it was while the attempt was open: neither `attempts_made` nor `counts` includes it yet. `disposition`
    is the code the agent chose (None or empty: none), `fields` what was entered with it, `agent` who did. `trunk`
    carried the call; not `trunk_works`: it is given up, so a failure of its own says nothing of the number.
    """
    now = now.astimezone(UTC)
    key, rule = _rule_for(spec, result, disposition or None)
    if not disposition and result in OF_THE_TRUNK and not trunk_works:
        return _by_the_trunk(spec, lead, result, now)
    if disposition or result is not CallResult.INVALID_NUMBER:
        return _follow(spec, lead, key, rule, fields, now, agent)
    if (rule.action in _FINAL or rule.action is RetryAction.DROP_PHONE) and not wrong_number.is_confirmed(
        spec, lead, trunk
    ):
        rule = replace(rule, action=RetryAction.RETRY)
    move = _follow(spec, lead, key, rule, fields, now, agent)
    return replace(move, counted_as=(key, wrong_number.word(lead, trunk)))


def _by_the_trunk(spec: CampaignSpec, lead: Lead, result: CallResult, now: datetime) -> LeadMove:
    """Given back with nothing counted, as often as it takes."""
    given_back = result if result in GIVEN_BACK else CallResult.TRUNK_FAILED
    key, rule = _rule_for(spec, given_back, None)
    if rule.action in _FINAL:
        rule = GIVEN_BACK_RULES[given_back]
    move = _follow(spec, lead, key, replace(rule, most=None), {}, now, None)
    return replace(move, reason=f"given_back:{result}", counted_as=())


def _follow(
    spec: CampaignSpec,
    lead: Lead,
    key: str,
    rule: RetryRule,
    fields: Mapping[str, str],
    now: datetime,
    agent: AgentId | None,
) -> LeadMove:
    """What `rule` makes of the lead; `key` is the disposition or result it answers for."""
    counts = key not in GIVEN_BACK
    if rule.action in _FINAL:
        state, reason = _FINAL[rule.action]
        suppress = rule.action is RetryAction.SUPPRESS
        return LeadMove(state=state, reason=f"{reason}:{key}", counts_as_attempt=counts, suppress_number=suppress)

    earlier = lead.counts.get(key, 0)
    if rule.most is not None and earlier >= rule.most:
        return LeadMove(state=LeadState.EXHAUSTED, reason=f"exhausted:{key}", counts_as_attempt=counts)
    if rule.action is RetryAction.CALLBACK:
        return _callback(spec, rule, key, fields, now, agent)
    if counts and lead.attempts_made + 1 >= attempts_allowed(spec, lead):
        return LeadMove(state=LeadState.EXHAUSTED, reason="exhausted")

    phone = _next_phone(spec, lead, rule.action)
    if phone is None:
        return LeadMove(state=LeadState.CLOSED, reason=f"closed:{key}", counts_as_attempt=counts)
    # A callback that met a dead trunk stays one, and the agent's whose it was.
    still_promised = lead.promised and not counts
    return LeadMove(
        state=LeadState.CALLBACK if still_promised else LeadState.WAITING,
        reason=f"{rule.action if counts else 'given_back'}:{key}",
        not_before=_retry_time(spec, rule, key, earlier, now),
        phone_index=phone,
        callback_agent=lead.callback_agent if still_promised else None,
        counts_as_attempt=counts,
    )


_FINAL: Final = {
    RetryAction.COMPLETE: (LeadState.COMPLETED, "completed"),
    RetryAction.CLOSE: (LeadState.CLOSED, "closed"),
    RetryAction.SUPPRESS: (LeadState.SUPPRESSED, "suppressed"),
}
"""Actions that end a lead, the state they end it in and the word of the reason."""


def _rule_for(spec: CampaignSpec, result: CallResult, disposition: str | None) -> tuple[str, RetryRule]:
    """The rule that answers, and the disposition or result it is counted under."""
    rules = spec.retry.rules
    if disposition is not None:
        return disposition, rules.get(disposition, rules["default"])
    if result in GIVEN_BACK:
        ours = GIVEN_BACK_RULES[result]
        rule = rules.get(result.value, ours)
        return result.value, rule if rule.most is not None else replace(rule, most=ours.most)
    return result.value, rules.get(result.value, rules["default"])


def _callback(
    spec: CampaignSpec, rule: RetryRule, key: str, fields: Mapping[str, str], now: datetime, agent: AgentId | None
) -> LeadMove:
    disposition = spec.disposition(key)
    asked = callback_time(disposition, fields, spec.hours.timezone) if disposition else None
    # The engine refuses a disposition without its time; should one come through, the person is still called.
    wanted = asked or now + max(timedelta(seconds=rule.after_seconds), timedelta(seconds=spec.retry.min_gap_seconds))
    return LeadMove(
        state=LeadState.CALLBACK,
        reason=f"callback:{key}",
        not_before=_in_hours(spec, min(max(wanted, now), now + FURTHEST_CALLBACK)),
        callback_agent=agent if rule.personal else None,
    )


def _next_phone(spec: CampaignSpec, lead: Lead, action: RetryAction) -> int | None:
    """Index of the phone to dial next; None when no phone is left."""
    phones = len(lead.contact.phones)
    present = lead.phone_index % phones
    if action is RetryAction.DROP_PHONE:
        return present + 1 if present + 1 < phones else None
    if action is RetryAction.NEXT_PHONE:
        if present + 1 < phones:
            return present + 1
        return present if _has_dropped(spec, lead) else 0
    return present


def _has_dropped(spec: CampaignSpec, lead: Lead) -> bool:
    """By any rule: what a network called wrong only once is not dropped yet."""
    dropping = [key for key, rule in spec.retry.rules.items() if rule.action is RetryAction.DROP_PHONE]
    return any(
        wrong_number.is_dropped(spec, lead) if key == CallResult.INVALID_NUMBER else lead.counts.get(key, 0) > 0
        for key in dropping
    )


def _retry_time(spec: CampaignSpec, rule: RetryRule, key: str, earlier: int, now: datetime) -> datetime:
    given_back = key in GIVEN_BACK
    seconds = _grown(rule, earlier, LONGEST_GIVEN_BACK if given_back else LONGEST_DELAY)
    if key == CallResult.TRUNK_FAILED:
        seconds = max(seconds, SILENT_LINE_SECONDS)
    elif not given_back:
        seconds = max(seconds, spec.retry.min_gap_seconds)
    earliest = now + timedelta(seconds=seconds)
    if rule.next_day_part:
        beginning = next_day_part(spec.retry.day_parts, spec.hours, earliest, closing_margin(spec))
        if beginning is not None:
            return beginning
    return _in_hours(spec, earliest)


def _grown(rule: RetryRule, earlier: int, longest: float) -> float:
    """The rule's delay in seconds after `earlier` times; its factor never makes it longer than `longest`."""
    seconds = rule.after_seconds
    for _ in range(earlier if rule.factor > 1.0 else 0):
        if seconds >= longest:
            break
        seconds = min(seconds * rule.factor, longest)
    return seconds


def _in_hours(spec: CampaignSpec, wanted: datetime) -> datetime:
    """The first instant from `wanted` on at which a call may start; `wanted` itself in a campaign without hours, where
    the gate refuses every call."""
    opening = next_open(spec.hours, wanted, closing_margin(spec))
    return wanted if opening is None else opening
