"""What holds for every retry rule: each lead ends, and is called neither too early nor too often."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from cti_api.model.calls import GIVEN_BACK, CallResult
from cti_api.model.campaigns import (
    CampaignHours,
    CampaignSpec,
    DailyHours,
    DayPart,
    Disposition,
    DispositionField,
    FieldKind,
    RetryAction,
    RetryRule,
)
from cti_api.model.ids import AgentId
from cti_api.model.leads import FINAL_LEAD_STATES, LeadState
from dialer.leads.hours import closing_margin, is_open
from dialer.leads.retry import attempts_allowed, decide_retry
from tests.support.thoughts import counted, lead, spec

ANA = AgentId("ana")

ZONES = ["America/Bogota", "America/New_York", "America/Santiago", "Europe/Madrid", "Australia/Lord_Howe"]
quarters = st.integers(0, 95).map(lambda q: time(q // 4, q % 4 * 15))


@st.composite
def some_hours(draw: st.DrawFn) -> CampaignHours:
    days = []
    for weekday in draw(st.sets(st.integers(0, 6), min_size=1)):
        start = draw(st.integers(0, 22))
        end = draw(st.integers(start + 1, 24))
        days.append(DailyHours(weekday=weekday, start=time(start), end=time(end % 24)))
    return CampaignHours(timezone=draw(st.sampled_from(ZONES)), days=tuple(days))


def rules(*actions: RetryAction) -> st.SearchStrategy[RetryRule]:
    return st.builds(
        RetryRule,
        action=st.sampled_from(actions),
        after_seconds=st.floats(0, 400_000),
        factor=st.floats(1, 10),
        most=st.none() | st.integers(1, 5),
        next_day_part=st.booleans(),
        personal=st.booleans(),
    )


# As the campaign file allows them: an agreed time needs an agent, and `default` may not drop or suppress.
OF_AGENTS = rules(*RetryAction)
OF_RESULTS = rules(*(action for action in RetryAction if action is not RetryAction.CALLBACK))
OF_DEFAULT = rules(RetryAction.RETRY, RetryAction.NEXT_PHONE, RetryAction.CLOSE)
CODES = ("volver", "equivocado", "cita")
FIELDS = (DispositionField(name="fecha", label="Fecha", kind=FieldKind.DATETIME),)


@st.composite
def campaigns(draw: st.DrawFn) -> CampaignSpec:
    of_results = draw(st.dictionaries(st.sampled_from(CallResult), OF_RESULTS))
    of_agents = draw(st.dictionaries(st.sampled_from(CODES), OF_AGENTS))
    starts = sorted(draw(st.sets(quarters, max_size=4)))
    parts = tuple(
        DayPart(name=f"part{n}", start=start, end=end) for n, (start, end) in enumerate(pairwise([*starts, time(0)]))
    )
    return spec(
        {**of_results, **of_agents, "default": draw(OF_DEFAULT)},
        hours=draw(some_hours()),
        most=draw(st.integers(1, 6)),
        gap_minutes=draw(st.floats(0, 5_000)),
        parts=parts,
        dispositions=tuple(Disposition(code=code, label=code, fields=FIELDS) for code in CODES),
    )


instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@settings(max_examples=150)
@given(campaigns(), st.data())
def test_whatever_the_rules_every_lead_ends_and_is_never_called_too_early_or_too_often(
    campaign: CampaignSpec, data: st.DataObject
) -> None:
    now = data.draw(instants)
    person = lead(phones=data.draw(st.integers(1, 3)))
    for _ in range(30):
        result = data.draw(st.sampled_from(CallResult))
        connected = result is CallResult.CONNECTED
        disposition = data.draw(st.none() | st.sampled_from(CODES)) if connected else None
        entered = {"fecha": data.draw(st.sampled_from(["2027-06-01T10:00", "ayer", ""]))}
        move = decide_retry(campaign, person, result, disposition, entered, now, agent=ANA)
        given_back = result in GIVEN_BACK
        assert move.counts_as_attempt is not given_back
        assert person.attempts_made < attempts_allowed(campaign, person)
        if move.state in FINAL_LEAD_STATES:
            return
        assert move.not_before is not None
        assert move.not_before.tzinfo is UTC
        assert is_open(campaign.hours, move.not_before)
        assert is_open(campaign.hours, move.not_before + closing_margin(campaign))
        if result is CallResult.TRUNK_FAILED and move.state is LeadState.WAITING:
            assert move.not_before - now >= timedelta(seconds=32)
        if move.state is LeadState.WAITING and not given_back:
            assert move.not_before - now >= timedelta(seconds=campaign.retry.min_gap_seconds)
        person = counted(
            person, result, disposition, person.phone_index if move.phone_index is None else move.phone_index
        )
        assert 0 <= person.phone_index < len(person.contact.phones)
        if person.attempts_made >= attempts_allowed(campaign, person):
            # Only a callback's own attempt can have used them up, and that one is on top.
            raise AssertionError("a lead without attempts left must not go on")
        now = move.not_before + timedelta(seconds=data.draw(st.integers(0, 100)))
