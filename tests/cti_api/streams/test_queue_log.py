"""Events as lines of Asterisk's queue_log: what each tells a program that makes its statistics of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti_api.model.events import Event, EventKind
from cti_api.streams.queue_log import Floor, as_kept, from_kept, lines_of, signs_in

T0 = datetime.fromtimestamp(1_000_000, UTC)
SERVES = ("ventas", "norte")


class Written:
    """What comes of events, each so many seconds after the beginning; times are told from there."""

    def __init__(self) -> None:
        self.floor = Floor()

    def __call__(
        self, kind: EventKind | str, at: float, payload: dict[str, Any] | None = None, **ids: Any
    ) -> list[str]:
        event = Event(
            event_id="e", kind=EventKind(kind), occurred_at=T0 + timedelta(seconds=at), payload=payload or {}, **ids
        )
        serves = SERVES if signs_in(self.floor, event) else ()
        self.floor, lines = lines_of(self.floor, event, serves)
        # what is kept between two of them loses nothing
        self.floor = from_kept(json.loads(json.dumps(as_kept(self.floor))))
        told = []
        for line in lines:
            time, rest = line.split("|", 1)
            told.append(f"{int(time) - 1_000_000}|{rest}")
        return told


@pytest.fixture
def written() -> Written:
    return Written()


def caller(written: Written, kind: str, at: float, call: str = "c1", queue: str = "ventas", **told: Any) -> list[str]:
    agent = told.pop("agent", None)
    return written(f"caller.{kind}", at, {"queue": queue, **told}, call_id=call, agent_id=agent)


def dialled(written: Written, kind: str, at: float, agent: str | None = None, **told: Any) -> list[str]:
    return written(kind, at, told, attempt_id="a1", campaign_id="norte", lead_id=7, agent_id=agent)


def agent(written: Written, state: str, at: float, reason: str = "") -> list[str]:
    return written("agent.state", at, {"state": state, "reason": reason}, agent_id="ana")


# ------------------------------------------------------------------ callers


def test_a_caller_waits_talks_and_hangs_up(written: Written) -> None:
    assert caller(written, "queued", 0) == ["0|c1|ventas|NONE|ENTERQUEUE|||1"]
    agent(written, "ready", 1)
    agent(written, "reserved", 8)
    agent(written, "busy", 12)
    assert caller(written, "joined", 12.4, agent="ana") == ["12|c1|ventas|Agent/ana|CONNECT|12|c1|4"]
    # which is told when the agent has finished: the talk was over before
    closed = caller(written, "closed", 100, outcome="answered", talk_seconds=60.5, agent="ana")
    assert closed == ["100|c1|ventas|Agent/ana|COMPLETECALLER|12|60|1"]
    assert written.floor.talks == {}


def test_an_agent_ends_the_talk(written: Written) -> None:
    caller(written, "queued", 0)
    caller(written, "joined", 5, agent="ana")
    closed = caller(written, "closed", 30, outcome="answered", talk_seconds=20, ended_by="agent")
    assert closed == ["30|c1|ventas|Agent/ana|COMPLETEAGENT|5|20|1"]


@pytest.mark.parametrize(
    ("outcome", "line"),
    [
        ("caller_abandoned", "ABANDON|1|2|30"),
        ("lost", "ABANDON|1|2|30"),
        ("overflowed", "EXITWITHTIMEOUT|1|2|30"),
        ("led_on", "EXITWITHTIMEOUT|1|2|30"),
        ("called_back", "EXITWITHKEY|1|1|2|30"),
    ],
)
def test_a_caller_leaves_without_having_talked(written: Written, outcome: str, line: str) -> None:
    caller(written, "queued", 0, call="c0")
    assert caller(written, "queued", 10) == ["10|c1|ventas|NONE|ENTERQUEUE|||2"]
    caller(written, "joined", 20, call="c0", agent="ana")
    assert caller(written, "closed", 40, outcome=outcome) == [f"40|c1|ventas|NONE|{line}"]


def test_places_are_those_of_one_queue(written: Written) -> None:
    caller(written, "queued", 0, call="c0", queue="otra")
    caller(written, "queued", 1, call="c2")
    assert caller(written, "queued", 2) == ["2|c1|ventas|NONE|ENTERQUEUE|||2"]
    assert caller(written, "queued", 3, call="c3") == ["3|c3|ventas|NONE|ENTERQUEUE|||3"]
    assert caller(written, "closed", 9, outcome="caller_abandoned") == ["9|c1|ventas|NONE|ABANDON|2|2|7"]


def test_a_caller_flows_over_into_another_queue(written: Written) -> None:
    caller(written, "queued", 0)
    assert caller(written, "moved", 60, queue="todos", moved_from="ventas") == [
        "60|c1|ventas|NONE|EXITWITHTIMEOUT|1|1|60",
        "60|c1|todos|NONE|ENTERQUEUE|||1",
    ]
    assert caller(written, "joined", 70, queue="todos", agent="ana") == ["70|c1|todos|Agent/ana|CONNECT|10|c1|0"]


def test_an_agent_hands_a_caller_on_to_another_agent_a_queue_and_outside(written: Written) -> None:
    caller(written, "queued", 0)
    caller(written, "joined", 10, agent="ana")
    assert caller(written, "joined", 30, agent="luis") == [
        "30|c1|ventas|Agent/ana|BLINDTRANSFER|luis|agent|10|20|1",
        "30|c1|ventas|NONE|ENTERQUEUE|||1",
        "30|c1|ventas|Agent/luis|CONNECT|0|c1|0",
    ]
    to = {"from": "ana", "to": "agent:luis"}
    assert written("call.transferred", 30, to, call_id="c1", agent_id="ana") == []
    assert caller(written, "moved", 50, queue="soporte", moved_from="ventas") == [
        "50|c1|ventas|Agent/luis|BLINDTRANSFER|soporte|queue|0|20|1",
        "50|c1|soporte|NONE|ENTERQUEUE|||1",
    ]
    caller(written, "joined", 55, queue="soporte", agent="eva")
    to = {"from": "eva", "to": "outside:ambulancia"}
    assert written("call.transferred", 75, to, call_id="c1", agent_id="eva") == [
        "75|c1|soporte|Agent/eva|BLINDTRANSFER|ambulancia|outside|5|20|1"
    ]
    assert caller(written, "closed", 99, queue="soporte", outcome="answered", talk_seconds=65) == []


def test_the_talk_with_the_last_of_several_agents_is_told_without_what_they_wrote_afterwards(written: Written) -> None:
    caller(written, "queued", 0)
    caller(written, "joined", 10, agent="ana")
    caller(written, "joined", 30, agent="luis")
    closed = caller(written, "closed", 90, outcome="answered", talk_seconds=50)  # from 10 to 60
    assert closed == ["90|c1|ventas|Agent/luis|COMPLETECALLER|0|30|1"]


# ------------------------------------------------------------------ whom we dial


def test_a_campaign_is_a_queue_from_the_answer_until_an_agent_has_them(written: Written) -> None:
    agent(written, "ready", 0)
    assert dialled(written, "call.originated", 0) == dialled(written, "call.delivered", 1) == []
    assert dialled(written, "call.established", 10) == []
    agent(written, "reserved", 10.1)
    reserved = dialled(written, "call.agent_reserved", 10.1, "ana")
    assert reserved == ["10|a1|norte|NONE|ENTERQUEUE|||1"]
    agent(written, "busy", 13.2)
    assert dialled(written, "call.connected", 13.2, "ana") == ["13|a1|norte|Agent/ana|CONNECT|3|a1|3"]
    ended = dialled(written, "call.cleared", 73.2, result="connected", cause=16)
    assert ended == ["73|a1|norte|Agent/ana|COMPLETECALLER|3|60|1"]
    assert dialled(written, "attempt.closed", 80, "ana", result="connected") == []


def test_what_tells_machines_from_people_is_no_wait(written: Written) -> None:
    dialled(written, "call.established", 10)
    assert dialled(written, "call.amd_verdict", 13, verdict="human") == ["13|a1|norte|NONE|ENTERQUEUE|||1"]
    assert dialled(written, "call.agent_reserved", 13, "ana") == []
    connected = dialled(written, "call.connected", 14, "ana", answer_to_agent_seconds=4)
    assert connected == ["14|a1|norte|Agent/ana|CONNECT|1|a1|0"]
    ended = dialled(written, "call.cleared", 20, result="connected", cause=16, ended_by="agent")
    assert ended == ["20|a1|norte|Agent/ana|COMPLETEAGENT|1|6|1"]


def test_a_machine_and_who_never_answered_are_in_no_queue(written: Written) -> None:
    dialled(written, "call.established", 10)
    assert dialled(written, "call.amd_verdict", 13, verdict="machine") == []
    assert dialled(written, "call.cleared", 14, result="machine") == []
    assert dialled(written, "call.cleared", 20, result="busy") == []


def test_a_person_whom_no_agent_was_there_for_and_one_who_did_not_wait(written: Written) -> None:
    dialled(written, "call.established", 10)
    assert dialled(written, "call.abandoned", 12) == [
        "12|a1|norte|NONE|ENTERQUEUE|||1",
        "12|a1|norte|NONE|EXITWITHTIMEOUT|1|1|2",
    ]
    assert dialled(written, "call.cleared", 12, result="abandoned") == []
    dialled(written, "call.established", 20)
    assert dialled(written, "call.cleared", 21, result="caller_hung_up") == [
        "21|a1|norte|NONE|ENTERQUEUE|||1",
        "21|a1|norte|NONE|ABANDON|1|1|1",
    ]


def test_whom_the_ivr_leads_is_in_no_queue(written: Written) -> None:
    dialled(written, "call.established", 10)
    assert dialled(written, "call.connected", 11) == []
    assert dialled(written, "call.cleared", 60, result="connected") == []


def test_a_call_whose_end_nobody_saw_ends_when_it_is_settled(written: Written) -> None:
    dialled(written, "call.established", 10)
    dialled(written, "call.connected", 12, "ana")
    settled = dialled(written, "attempt.closed", 72, result="connected")
    assert settled == ["72|a1|norte|Agent/ana|COMPLETECALLER|2|60|1"]


# ------------------------------------------------------------------ agents


def test_an_agent_comes_pauses_and_goes_in_each_of_their_queues(written: Written) -> None:
    assert agent(written, "not_ready", 0, "almuerzo") == [
        "0|NONE|ventas|Agent/ana|ADDMEMBER|",
        "0|NONE|norte|Agent/ana|ADDMEMBER|",
        "0|NONE|ventas|Agent/ana|PAUSE|almuerzo",
        "0|NONE|norte|Agent/ana|PAUSE|almuerzo",
    ]
    assert [line.split("|", 2)[2] for line in agent(written, "ready", 9)] == [
        "ventas|Agent/ana|UNPAUSE|",
        "norte|Agent/ana|UNPAUSE|",
    ]
    assert agent(written, "reserved", 10) == agent(written, "busy", 11) == agent(written, "wrap_up", 20) == []
    assert len(agent(written, "not_ready", 30, "baño")) == 2
    assert len(agent(written, "not_ready", 31, "baño")) == 0
    another = [line.split("|")[4:] for line in agent(written, "not_ready", 32, "reunión")]
    assert another == [["UNPAUSE", ""]] * 2 + [["PAUSE", "reunión"]] * 2
    assert agent(written, "logged_off", 40) == [
        "40|NONE|ventas|Agent/ana|REMOVEMEMBER|",
        "40|NONE|norte|Agent/ana|REMOVEMEMBER|",
    ]
    assert agent(written, "logged_off", 41) == []


def test_a_telephone_that_rings_in_vain_is_told_with_whom_it_rang_for(written: Written) -> None:
    agent(written, "ready", 0)
    dialled(written, "call.established", 10)
    agent(written, "reserved", 10)
    dialled(written, "call.agent_reserved", 10, "ana")
    assert agent(written, "not_ready", 25.5, "unanswered")[0] == "25|a1|norte|Agent/ana|RINGNOANSWER|15500"
    agent(written, "ready", 30)
    agent(written, "reserved", 40)  # for a caller: no event says for which
    assert agent(written, "not_ready", 45, "unanswered")[0] == "45|NONE|NONE|Agent/ana|RINGNOANSWER|5000"


# ------------------------------------------------------------------ whatever stands in it


@settings(max_examples=60)
@given(
    kind=st.sampled_from(EventKind),
    ids=st.fixed_dictionaries(
        {name: st.none() | st.text(max_size=120) for name in ("call_id", "attempt_id", "campaign_id", "agent_id")}
    ),
    told=st.dictionaries(
        st.sampled_from(["queue", "to", "reason", "state", "outcome", "result"]), st.text(max_size=90)
    ),
)
def test_nothing_breaks_a_line(kind: EventKind, ids: dict[str, Any], told: dict[str, str]) -> None:
    written = Written()
    agent(written, "ready", 0)
    for each in (
        EventKind.CALLER_QUEUED,
        EventKind.CALLER_JOINED,
        EventKind.AGENT_STATE,
        kind,
        EventKind.CALLER_CLOSED,
    ):
        for line in written(each, 1, told, **ids):
            assert len(line.splitlines()) == 1
            line.encode("utf-8")
            assert 6 <= len(line.split("|")) <= 10


def test_hostile_names_stay_in_their_field(written: Written) -> None:
    (line,) = caller(written, "queued", 0, call="x|y\n1|2|q|A|ABANDON|", queue="q\r\nz\u2028|" + "w" * 200)
    assert line == "0|x y 1 2 q A ABANDON|q z " + "w" * 76 + "|NONE|ENTERQUEUE|||1"
