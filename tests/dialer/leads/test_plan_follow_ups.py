"""A plan tells what follows it: each action once, in its order, a message at the hours of the law."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cti_api.campaign_file.parse import parse_campaign
from cti_api.model.campaigns import CampaignSpec
from dialer.leads.plan import walk
from dialer.leads.plan_follow_ups import follow_ups_of
from dialer.leads.supposing import outcomes_in_turn, somebody
from tests.support.law import PACKS, bogota
from tests.support.plans import PLANNED

WEDNESDAY = bogota("2026-12-02 09:00")


def spec(*follow_ups: str) -> CampaignSpec:
    return parse_campaign(PLANNED + "follow_ups:\n" + "".join(f"  - {each}\n" for each in follow_ups))


def told(spec: CampaignSpec, *results: str, until: str = "") -> list[str]:
    lead = somebody(spec, bogota(until) if until else None)
    plan = walk(spec, lead, outcomes_in_turn(spec, results), PACKS, WEDNESDAY, follow_ups_of(spec, lead, PACKS))
    return list(plan.follow_ups)


def test_each_action_is_told_in_the_order_in_which_it_is_due() -> None:
    found = told(
        spec(
            "{name: fin, on: exhausted, task: {text: Llamar, owner: ana}}",
            "{name: crm, on: [busy, no_answer], webhook: {name: crm}}",
            "{name: otra, on: exhausted, after: 1 d, lead: {campaign: renovacion}}",
            "{name: nunca, on: completed, task: {text: Nunca}}",
        ),
        "busy",
    )
    assert found == [
        "Webhook crm (crm, after busy) Wed 2 Dec 09:00",
        "Task “Llamar” of ana (fin, after exhausted) Mon 7 Dec 15:00",
        "A lead in renovacion (otra, after exhausted) Tue 8 Dec 15:00",
    ]


def test_one_of_each_call_is_told_with_each_call() -> None:
    found = told(spec("{name: crm, on: no_answer, each_time: true, webhook: {name: crm}}"))
    assert [each.removeprefix("Webhook crm (crm, after no_answer) ") for each in found] == [
        "Wed 2 Dec 09:00", "Fri 4 Dec 12:00", "Mon 7 Dec 15:00",
    ]  # fmt: skip


def test_a_lead_that_its_own_time_ends_is_followed_then() -> None:
    found = told(spec("{name: fin, on: closed, task: {text: Vencido}}"), until="2026-12-05 00:00")
    assert found == ["Task “Vencido” (fin, after closed) Sat 5 Dec 00:00"]


@pytest.mark.parametrize(
    ("within", "said"),
    [
        ("3 d", "SMS (sms, after exhausted) Wed 9 Dec 07:00, at the person's own hours, not Mon 7 Dec 20:00 "),
        ("1 h", "SMS (sms, after exhausted) is not sent: it may not go before Wed 9 Dec 07:00, which is too late "),
    ],
)
def test_a_message_waits_for_the_law_as_long_as_its_own_time(within: str, said: str) -> None:
    """Tuesday the eighth is a holiday."""
    text = f"{{name: sms, on: exhausted, after: 5 h, within: {within}, message: {{channel: sms, text: Hola}}}}"
    assert told(spec(text)) == [f"{said}(co-2300-art3-hours)"]


def test_a_message_to_a_country_where_nobody_may_be_contacted_is_not_sent() -> None:
    text = "{name: sms, on: closed, message: {channel: sms, text: Hola}}"
    there = replace(spec(text), region="CL")
    lead = somebody(there, bogota("2026-12-05 00:00"))
    plan = walk(there, lead, outcomes_in_turn(there, ()), PACKS, bogota("2026-12-06 09:00"))
    [sentence] = follow_ups_of(there, lead, PACKS)(plan)
    assert sentence.startswith("SMS (sms, after closed) is not sent: ")
