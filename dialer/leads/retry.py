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
  the minimum gap and the days between two attempts, on to a part of the day whose turn it is, and into the campaign's
  hours (`dialer.leads.next_time`). When the attempts or the rule's own maximum are used up, the lead is exhausted
  instead.

Before all of this a rule may dial the same number again a few times (*again_in*, *times*): that is the same attempt
still, so it uses up neither one nor a part of the day. The law counts each call all the same.

A phone that was dropped (a wrong number) is never dialled again (`dialer.leads.phones`).

A result in `GIVEN_BACK` is the trunk's fault or ours. It takes nothing from the lead, neither an attempt nor the
minimum gap, and only a rule that names that very result can change `GIVEN_BACK_RULES`. It ends all the same: a number
that a trunk which works for others refuses ten times, over four hours, would keep the campaign from its end for ever.
What a trunk did that is given up meanwhile is not even counted, however long that lasts.

A number is wrong when the network said so twice (`dialer.leads.wrong_number`); until then a rule that drops the phone
or ends the lead for it waits as *retry* does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from cti_api.model.calls import GIVEN_BACK, CallResult
from cti_api.model.campaigns import CampaignSpec, RetryAction, RetryRule
from cti_api.model.ids import AgentId, TrunkId
from cti_api.model.leads import Lead, LeadMove, LeadState
from dialer.calls.outcome import SILENT_LINE_SECONDS
from dialer.leads import day_plan, next_time, wrong_number
from dialer.leads.callback import callback_time
from dialer.leads.phones import dropped_word, next_phone

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

FURTHEST_CALLBACK: Final = timedelta(days=366)
"""An agreed time further away is a slip of the finger; it is brought back to this."""


def attempts_allowed(spec: CampaignSpec, lead: Lead) -> int:
    """Attempts this lead may have in all: the campaign's, and one for each callback agreed with the person."""
    agreed = (lead.counts.get(k, 0) for k, rule in spec.retry.rules.items() if rule.action is RetryAction.CALLBACK)
    return spec.retry.max_attempts + sum(agreed)


@dataclass(frozen=True, slots=True)
class _Ended:
    """An attempt that ends, with what its rules look at."""

    spec: CampaignSpec
    lead: Lead
    result: CallResult
    fields: Mapping[str, str]
    dialed: datetime
    now: datetime
    agent: AgentId | None

    def turn(self, *, used: bool) -> dict[str, int] | None:
        """Whose turn in the day it is next, after this attempt where it used one up; None: a promise goes before."""
        lead, part = self.lead, day_plan.part_at(self.spec, self.dialed)
        if lead.promised and not used:
            return None
        if not used or part is None:
            return lead.counts
        return lead.counts | {day_plan.word(part): lead.counts.get(day_plan.word(part), 0) + 1}

    def later(self, reason: str, when: datetime, phone: int, *, used: bool) -> LeadMove:
        """Called again then. A callback that was not kept by this attempt stays one, and the agent's whose it was."""
        still_promised = self.lead.promised and not used
        return LeadMove(
            state=LeadState.CALLBACK if still_promised else LeadState.WAITING,
            reason=reason,
            not_before=when,
            phone_index=phone,
            callback_agent=self.lead.callback_agent if still_promised else None,
            counts_as_attempt=used,
        )


def decide_retry(
    spec: CampaignSpec,
    lead: Lead,
    result: CallResult,
    disposition: str | None,
    fields: Mapping[str, str],
    now: datetime,
    *,
    dialed: datetime | None = None,
    agent: AgentId | None = None,
    trunk: TrunkId | None = None,
    trunk_works: bool = True,
) -> LeadMove:
    """What becomes of `lead` after an attempt that closes at `now` (aware).

    `lead` is as it was while the attempt was open: neither `attempts_made` nor `counts` includes it yet. `disposition`
    is the code the agent chose (None or empty: none), `fields` what was entered with it, `agent` who did. `dialed`:
    when the call was placed, which says in which part of the day it was (None: now). `trunk` carried the call; not
    `trunk_works`: it is given up, so a failure of its own says nothing of the number.
    """
    now = now.astimezone(UTC)
    ended = _Ended(spec, lead, result, fields, (dialed or now).astimezone(UTC), now, agent)
    key, rule = _rule_for(spec, result, disposition or None)
    if not disposition and result in OF_THE_TRUNK and not trunk_works:
        return _by_the_trunk(ended)
    words: tuple[str, ...] = ()
    if not disposition and result is CallResult.INVALID_NUMBER:
        words = (wrong_number.word(lead, trunk),)
        drops = rule.action in _FINAL or rule.action is RetryAction.DROP_PHONE
        if drops and not wrong_number.is_confirmed(spec, lead, trunk):
            rule = replace(rule, action=RetryAction.RETRY, uses_attempt=True)
    if rule.action is RetryAction.DROP_PHONE:
        words = (*words, dropped_word(lead))
    move = _follow(ended, key, rule)
    part = day_plan.part_at(spec, ended.dialed)
    if move.counts_as_attempt and part is not None and spec.retry.per_day_part is not None:
        words = (*words, day_plan.word(part))
    return replace(move, counted_as=(result, *words, *(move.counted_as or ()))) if words or move.counted_as else move


def while_open(spec: CampaignSpec, lead: Lead, result: CallResult, disposition: str, dialed: datetime) -> Lead:
    """The lead as it was while its last attempt was open, so that `decide_retry` can be asked anew for that attempt.

    `lead` is as the closing left it, its next phone the one that was dialled; the rest as `decide_retry` was told.
    """
    key, rule = _rule_for(spec, result, disposition or None)
    again = f"again:{lead.attempts_made}:{key}"
    used = key not in GIVEN_BACK and rule.uses_attempt and again not in lead.counts
    taken_back = {result.value, disposition, again}
    if rule.action is RetryAction.DROP_PHONE:
        taken_back.add(dropped_word(lead))
    part = day_plan.part_at(spec, dialed.astimezone(UTC))
    if used and part is not None and spec.retry.per_day_part is not None:
        taken_back.add(day_plan.word(part))
    made_here = rule.action is RetryAction.CALLBACK
    return replace(
        lead,
        attempts_made=max(lead.attempts_made - used, 0),
        counts={word: left for word, n in lead.counts.items() if (left := n - (word in taken_back)) > 0},
        promised=lead.promised and not made_here,
        callback_agent=None if made_here else lead.callback_agent,
    )


def _by_the_trunk(ended: _Ended) -> LeadMove:
    """Given back with nothing counted, as often as it takes."""
    result = ended.result
    given_back = result if result in GIVEN_BACK else CallResult.TRUNK_FAILED
    key, rule = _rule_for(ended.spec, given_back, None)
    if rule.action in _FINAL:
        rule = GIVEN_BACK_RULES[given_back]
    move = _follow(ended, key, replace(rule, most=None))
    return replace(move, reason=f"given_back:{result}", counted_as=())


def _follow(ended: _Ended, key: str, rule: RetryRule) -> LeadMove:
    """What `rule` makes of the lead; `key` is the disposition or result it answers for."""
    spec, lead, now = ended.spec, ended.lead, ended.now
    given_back = key in GIVEN_BACK
    counts = not given_back and rule.uses_attempt
    if rule.action in _FINAL:
        state, reason = _FINAL[rule.action]
        suppress = rule.action is RetryAction.SUPPRESS
        return LeadMove(state=state, reason=f"{reason}:{key}", counts_as_attempt=counts, suppress_number=suppress)

    again = f"again:{lead.attempts_made}:{key}"
    if rule.again_seconds is not None and lead.counts.get(again, 0) < rule.again_most:
        when = next_time.again(spec, rule, ended.turn(used=False), now)
        move = ended.later(f"again:{key}", when, lead.phone_index % len(lead.contact.phones), used=False)
        return replace(move, counted_as=(again,))
    earlier = lead.counts.get(key, 0)
    if rule.most is not None and earlier >= rule.most:
        return LeadMove(state=LeadState.EXHAUSTED, reason=f"exhausted:{key}", counts_as_attempt=counts)
    if rule.action is RetryAction.CALLBACK:
        return _callback(ended, rule, key)
    if counts and lead.attempts_made + 1 >= attempts_allowed(spec, lead):
        return LeadMove(state=LeadState.EXHAUSTED, reason="exhausted")
    phone = next_phone(spec, lead, rule.action)
    if phone is None:
        return LeadMove(state=LeadState.CLOSED, reason=f"closed:{key}", counts_as_attempt=counts)
    turn = ended.turn(used=counts)
    if given_back:
        when = next_time.given_back(spec, rule, key, earlier, turn, now)
    elif counts:
        when = next_time.next_attempt(spec, rule, earlier, turn, ended.dialed, now)
    else:
        when = next_time.next_phone_at_once(spec, rule, turn, now)
    return ended.later(f"{'given_back' if given_back else rule.action}:{key}", when, phone, used=counts)


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


def _callback(ended: _Ended, rule: RetryRule, key: str) -> LeadMove:
    spec, now = ended.spec, ended.now
    disposition = spec.disposition(key)
    asked = callback_time(disposition, ended.fields, spec.hours.timezone) if disposition else None
    # The engine refuses a disposition without its time; should one come through, the person is still called.
    wanted = asked or now + max(timedelta(seconds=rule.after_seconds), timedelta(seconds=spec.retry.min_gap_seconds))
    agreed = next_time.in_hours(spec, None, min(max(wanted, now), now + FURTHEST_CALLBACK))
    return LeadMove(
        state=LeadState.CALLBACK,
        reason=f"callback:{key}",
        not_before=agreed,
        agreed_at=agreed,
        callback_agent=ended.agent if rule.personal else None,
    )
