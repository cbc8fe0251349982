"""Who comes back from a campaign that is over, and who never does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_api.campaign_file.parse import parse_campaign
from cti_api.errors import InputError
from cti_api.model.calls import CallResult
from cti_api.model.campaigns import CampaignSpec
from cti_api.model.leads import FINAL_LEAD_STATES, LeadState
from cti_api.model.phone import PhoneNumber
from cti_api.recycling import COMES_BACK, Choice, EndedLead, FreshLead, Stays, choose, fresh, is_chosen
from tests.support.plans import PLANNED
from tests.support.store import T0

MOBILE, LANDLINE = PhoneNumber("+573001234567"), PhoneNumber("+576015550100")
SPEC = parse_campaign(PLANNED)


def ended(**otherwise: Any) -> EndedLead:
    """Exhausted: nobody answered three times; the landline stands first in the list."""
    facts: dict[str, Any] = {
        "state": LeadState.EXHAUSTED,
        "reason": "exhausted",
        "result": CallResult.NO_ANSWER,
        "disposition": "",
        "counts": {"no_answer": 3, "day_part:morning": 1},
        "phone_index": 1,
        "phones": [LANDLINE, MOBILE],
        "suppressed": [False, False],
        "valid_until": None,
    }
    return EndedLead(**(facts | otherwise))


def choice(
    *results: CallResult, dispositions: tuple[str, ...] = (), states: tuple[LeadState, ...] = (),
    spec: CampaignSpec = SPEC,
) -> Choice:  # fmt: skip
    return choose(spec, results, dispositions, states)


@pytest.mark.parametrize(
    ("asked", "lead", "chosen"),
    [
        (choice(CallResult.NO_ANSWER), ended(), True),
        (choice(CallResult.BUSY), ended(), False),
        (choice(CallResult.BUSY, CallResult.NO_ANSWER), ended(), True),
        (choice(CallResult.NO_ANSWER, states=(LeadState.CLOSED,)), ended(), False),
        (choice(states=(LeadState.EXHAUSTED,)), ended(), True),
        (choice(dispositions=("equivocado",)), ended(disposition="equivocado", result=CallResult.CONNECTED), True),
        # The disposition outweighs the call's result.
        (choice(CallResult.CONNECTED), ended(disposition="volver", result=CallResult.CONNECTED), False),
        (choice(CallResult.CONNECTED), ended(result=CallResult.CONNECTED), True),
        (choice(CallResult.NO_ANSWER), ended(state=LeadState.SUPPRESSED), False),
        (choice(CallResult.NO_ANSWER), ended(state=LeadState.WAITING), False),
        (choice(CallResult.NO_ANSWER), ended(result=None), False),
    ],
)
def test_leads_are_chosen_by_how_they_ended(asked: Choice, lead: EndedLead, chosen: bool) -> None:
    assert is_chosen(asked, lead) is chosen


@pytest.mark.parametrize(
    ("lead", "expected"),
    [
        # As new, and by the campaign's order of phones.
        (ended(), FreshLead(phone_index=1, counts={})),
        (ended(suppressed=[False, True]), FreshLead(phone_index=0, counts={})),
        (ended(suppressed=[True, True]), Stays.NO_NUMBER),
        (ended(phones=[], suppressed=[]), Stays.NO_NUMBER),  # erased
        (ended(counts={"cita": 1}), Stays.BOOKED),
        (ended(valid_until=T0), Stays.EXPIRED),
        (ended(valid_until=T0 + timedelta(seconds=1)), FreshLead(phone_index=1, counts={})),
        # A wrong number stays wrong.
        (
            ended(counts={"equivocado": 1, "dropped:1": 1, "no_answer": 2}),
            FreshLead(phone_index=0, counts={"equivocado": 1, "dropped:1": 1}),
        ),
        (ended(counts={"equivocado": 2, "dropped:0": 1, "dropped:1": 1}), Stays.NO_NUMBER),
        (ended(counts={"dropped:1": 1}, suppressed=[True, False]), Stays.NO_NUMBER),
        (ended(state=LeadState.CLOSED, reason="closed:equivocado"), Stays.NO_NUMBER),
        (ended(state=LeadState.CLOSED, reason="closed:invalid_number"), Stays.NO_NUMBER),
        (
            ended(counts={"invalid_number:0:principal": 1}),
            FreshLead(phone_index=1, counts={"invalid_number:0:principal": 1}),
        ),
        # Which one was wrong is not on record: none before the present one.
        (ended(counts={"equivocado": 1}, phone_index=1), FreshLead(phone_index=1, counts={"equivocado": 1})),
        (ended(counts={"equivocado": 1}, phone_index=1, suppressed=[False, True]), Stays.NO_NUMBER),
    ],
)
def test_a_lead_comes_back_as_new_but_for_its_wrong_numbers(lead: EndedLead, expected: FreshLead | Stays) -> None:
    assert fresh(choice(states=(LeadState.EXHAUSTED,)), lead, T0) == expected


@pytest.mark.parametrize(
    ("states", "dispositions", "told"),
    [
        ((), (), "say which leads"),
        ((LeadState.SUPPRESSED,), (), "whoever is suppressed never comes back"),
        ((LeadState.WAITING,), (), "it is not done with yet"),
        ((), ("cita",), "who reached it never comes back"),
        ((), ("otra",), "is none of this campaign's: cita, equivocado, no_llamar, volver"),
    ],
)
def test_what_nobody_may_ask_for_is_refused(
    states: tuple[LeadState, ...], dispositions: tuple[str, ...], told: str
) -> None:
    with pytest.raises(InputError) as refused:
        choice(states=states, dispositions=dispositions)
    assert told in str(refused.value)


@given(
    st.sampled_from(list(LeadState)),
    st.dictionaries(
        st.sampled_from(["cita", "no_llamar", "equivocado", "dropped:0", "dropped:1", "busy"]), st.integers(1, 3)
    ),
    st.lists(st.booleans(), min_size=2, max_size=2),
    st.integers(0, 1),
)
def test_nobody_comes_back_to_a_number_that_is_not_to_be_called(
    state: LeadState, counts: dict[str, int], suppressed: list[bool], phone: int
) -> None:
    lead = ended(state=state, counts=counts, suppressed=suppressed, phone_index=phone)
    everybody = choice(states=tuple(COMES_BACK))
    found = fresh(everybody, lead, T0)
    assert not is_chosen(everybody, lead) or state in FINAL_LEAD_STATES - {LeadState.SUPPRESSED}
    if isinstance(found, FreshLead):
        assert not suppressed[found.phone_index]
        assert f"dropped:{found.phone_index}" not in counts
        assert "cita" not in counts
