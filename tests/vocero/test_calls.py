"""`vocero calls …` over the control API."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cti_api.clock import SystemClock
from cti_api.live_ports import LiveState, TransferKind, TransferTo
from tests.support.control_server import ControlServer
from tests.support.shell import Shell

CALLER, ATTEMPT = "1764000000.42", "f" * 32


@pytest.fixture
def shell(server: ControlServer, alone: Shell) -> Shell:
    live, now = server.dialer.live, SystemClock().now()
    live.talk(ATTEMPT, now - timedelta(hours=2), lead_name="María [red]", held_since=now)
    live.talk(CALLER, now, agent="luis", queue="soporte")
    live.talk("f0" * 16, now, state=LiveState.RINGING, agent_id=None)
    live.targets = [
        TransferTo(to="queue:soporte", kind=TransferKind.QUEUE, title="Soporte técnico"),
        TransferTo(to="agent:luis", kind=TransferKind.AGENT, title="Luis", available=False, why_not="wrap_up"),
    ]
    return alone


def test_calls_in_flight_are_listed_with_where_they_are(shell: Shell) -> None:
    listed = shell("calls", "list").out
    assert "María [red]" in listed
    assert "2:00:" in listed
    assert "(on hold)" in listed
    assert [call["state"] for call in shell("calls", "list", "--json").json] == ["connected", "connected", "ringing"]
    assert "wrap up" in shell("calls", "targets").out
    assert shell("calls", "targets", "--json").json[0]["to"] == "queue:soporte"


def test_a_call_is_listened_to_handed_on_and_ended_by_the_beginning_of_its_id(
    shell: Shell, server: ControlServer
) -> None:
    for what, said in (("listen", "listens"), ("whisper", "whispers"), ("barge", "joined in")):
        assert said in shell("calls", what, "1764", "--telephone", "agent:sara").out
    assert "(barge)" in shell("calls", "list").out
    assert "no more" in shell("calls", "leave", "1764").out
    assert "no part" in shell("calls", "leave", "1764", expect=1).err
    assert "write more of it" in shell("calls", "hangup", "f", expect=2).err
    assert "no call 99" in shell("calls", "hangup", "99", expect=1).err
    assert "On the way to queue:soporte" in shell("calls", "transfer", "1764", "queue:soporte").out
    assert server.dialer.live.handed_on == [(CALLER, "queue:soporte")]
    assert "Ended: María [red]" in shell("calls", "hangup", "ff").out
    shell("calls", "hangup", "f0")
    assert "No call is in flight." in shell("calls", "list").out
