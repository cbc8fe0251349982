"""The law is one of the gate's rules: its refusal keeps its words, its source and the version of its pack."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti_api.law.decide import decide
from cti_api.law.facts import Facts, OptOut, PastContact
from cti_api.law.terms import Channel, Purpose, Remedy
from cti_api.model.leads import LeadState
from cti_api.store.attempt_rows import decision_from_json, decision_to_json
from dialer.leads.gate import DialFacts, bars_for_good, may_dial
from tests.support.law import PACKS, bogota, checked, contact
from tests.support.thoughts import ALWAYS, NOW, lead, spec

TUESDAY = bogota("2026-11-24 10:00")
SUNDAY = bogota("2026-11-22 10:00")
CO = "co 2026-11-25"


def facts(law: Facts, **more: Any) -> DialFacts:
    person = more.pop("lead", None) or lead(state=LeadState.RESERVED)
    known: dict[str, Any] = {
        "spec": spec(hours=ALWAYS),
        "lead": person,
        "number": person.phone,
        "do_not_call": False,
        "live_elsewhere": False,
    }
    return DialFacts(**(known | {"law": law, "packs": PACKS} | more))


def in_order(**otherwise: Any) -> Facts:
    return contact(**({"registries": (checked(TUESDAY),)} | otherwise))


def test_a_call_that_the_law_allows_says_by_which_packs() -> None:
    decision = may_dial(facts(in_order()), TUESDAY)
    assert (decision.allowed, decision.rule, decision.packs) == (True, "all", (CO,))


def test_a_refusal_of_the_law_keeps_its_rule_its_sentence_its_source_and_the_version() -> None:
    sunday = may_dial(facts(in_order(registries=(checked(SUNDAY),))), SUNDAY)
    assert (sunday.allowed, sunday.rule, sunday.remedy) == (False, "co-2300-art3-hours", Remedy.WAIT)
    assert sunday.next_open == bogota("2026-11-23 07:00")
    assert sunday.reason == "El 22 de noviembre de 2026 es domingo, y ese día no se permite contactar a nadie."
    assert sunday.packs == (CO,)
    assert sunday.source.startswith("Ley 2300 de 2023, art. 3")
    assert decision_from_json(decision_to_json(sunday)) == sunday


def test_what_somebody_has_to_mend_has_no_time() -> None:
    old = may_dial(facts(in_order(registries=(checked(TUESDAY - timedelta(days=2)),))), TUESDAY)
    assert (old.rule, old.remedy, old.next_open) == ("co-rne", Remedy.ACT, None)
    assert not bars_for_good(old)


def test_the_persons_own_no_bars_the_number_for_good() -> None:
    said_no = may_dial(facts(in_order(opt_outs=(OptOut(at=TUESDAY),))), TUESDAY)
    assert (said_no.rule, said_no.remedy) == ("co-opt-out", Remedy.NONE)
    assert bars_for_good(said_no)


def test_a_doubt_without_a_pack_has_none() -> None:
    nobody_knows = may_dial(facts(in_order(), packs=()), TUESDAY)
    assert (nobody_knows.rule, nobody_knows.packs, nobody_knows.source) == ("no_pack", (), "")


def test_a_longer_waiting_time_of_the_lead_is_not_lost_to_the_laws() -> None:
    own = bogota("2026-11-27 15:00")
    refused = may_dial(facts(in_order(registries=(checked(SUNDAY),)), lead=lead(not_before=own)), SUNDAY)
    assert (refused.rule, refused.next_open) == ("co-2300-art3-hours", own)


@pytest.mark.parametrize("purpose", list(Purpose))
@settings(max_examples=60)
@given(minutes=st.integers(0, 20_000), before=st.lists(st.tuples(st.integers(0, 12_000), st.booleans()), max_size=8))
def test_the_gate_allows_nothing_that_the_law_does_not(
    purpose: Purpose, minutes: int, before: list[tuple[int, bool]]
) -> None:
    now = NOW + timedelta(minutes=minutes)
    history = tuple(
        PastContact(at=now - timedelta(minutes=ago), channel=Channel.VOICE, direct=direct) for ago, direct in before
    )
    asked = contact(purpose=purpose, history=history, registries=(checked(now),))
    decision, law = may_dial(facts(asked), now), decide(asked, PACKS, now)
    assert decision.allowed == law.allowed
    if not law.allowed:
        assert (decision.rule, decision.reason, decision.next_open) == (law.rule, law.reason, law.next_open)
