"""Twenty thousand strings that want to be more than a value, in every place where a string can stand."""

import re
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from cti_api.errors import InputError
from cti_api.model.ids import AgentId, AttemptId, LegId, TrunkId
from dialer.ami.actions import to_action
from dialer.ami.wire import VARIABLES, encode
from dialer.telephony import CallAgent, HangUp, JoinCall, Request
from tests.support.ami_peers import ATTEMPT, CALL, LEG
from tests.support.hostile import hostile_strings

COUNT = 20_000
AGENT = CallAgent(leg_id=LEG, agent_id=AgentId("ana"), nailed_up=True, attempt_id=None, ring_seconds=20)


def as_asterisk_reads(sent: bytes) -> list[tuple[bytes, bytes]]:
    """The headers of exactly one action: a LF ends a line with or without CR, an empty line ends the action."""
    lines = re.split(rb"\r?\n", sent)
    assert lines[-2:] == [b"", b""]
    assert b"" not in lines[:-2]
    assert all(b"\r" not in line and b"\0" not in line and len(line) <= 1022 for line in lines)
    headers = [line.partition(b": ") for line in lines[:-2]]
    return [(name, value) for name, _, value in headers]


def test_a_header_holds_the_value_and_nothing_else_or_is_refused() -> None:
    passed = 0
    for text in hostile_strings(Random(1), COUNT):
        try:
            sent = encode([("Action", "Ping"), ("X", text)])
        except InputError:
            continue
        assert as_asterisk_reads(sent) == [(b"Action", b"Ping"), (b"X", text.encode())]
        passed += 1
    assert 0 < passed < COUNT


def test_a_name_is_a_name_or_is_refused() -> None:
    for text in hostile_strings(Random(2), COUNT):
        try:
            sent = encode([(text, "x")])
        except InputError:
            continue
        assert as_asterisk_reads(sent) == [(text.encode(), b"x")]


def test_a_variable_is_one_of_ours_with_a_plain_value_or_is_refused() -> None:
    for text in hostile_strings(Random(3), COUNT // 4):
        for variable in (text, f"VOCERO_CAMPAIGN={text}", f"__VOCERO_CAMPAIGN={text}", f"{text}=1"):
            try:
                sent = encode([("Variable", variable)])
            except InputError:
                continue
            ((_, value),) = as_asterisk_reads(sent)
            assert re.fullmatch(rb"(__)?([A-Z_]+)=[A-Za-z0-9._:+-]*", value)
            assert value.partition(b"=")[0].decode().removeprefix("__") in VARIABLES


PLACES: dict[str, Callable[[str], Request]] = {
    "the attempt of a call": lambda text: replace(CALL, attempt_id=AttemptId(text)),
    "the trunk": lambda text: replace(CALL, trunk=TrunkId(text)),
    "the campaign": lambda text: replace(CALL, campaign=text),
    "what to do with a machine": lambda text: replace(CALL, machine_action=text),
    "the agent": lambda text: replace(AGENT, agent_id=AgentId(text)),
    "the leg": lambda text: replace(AGENT, leg_id=LegId(text)),
    "the call a leg joins": lambda text: JoinCall(leg_id=LEG, attempt_id=AttemptId(text)),
    "what is hung up": lambda text: HangUp(channel_id=text),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_request_says_what_it_would_have_said_or_is_refused(place: str) -> None:
    for text in hostile_strings(Random(4), COUNT // len(PLACES)):
        request = PLACES[place](text)
        try:
            sent = encode(to_action(request).lines(ATTEMPT))
        except InputError:
            continue
        assert re.fullmatch(r"[A-Za-z0-9._:+-]*", text)
        assert sum(text.encode() in value for _, value in as_asterisk_reads(sent)) >= 1
