"""`vocero streams`: who is told of the events, and what a person decides about dead letters."""

from __future__ import annotations

import pytest

from cti_api.clock import SystemClock
from cti_api.store.deliveries import Delivery, DeliveryState
from tests.support.control_server import ControlServer
from tests.support.shell import Shell

CLOCK = SystemClock()


@pytest.fixture
def shell(server: ControlServer, alone: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("COLUMNS", "200")
    now = CLOCK.now()
    for seq in (4, 9):
        letter = Delivery(
            hook="crm", seq=seq, order_key="lead:7", state=DeliveryState.DEAD, tries=8, due_at=now,
            reason="It answered 422 Unprocessable Entity.", since=now,
        )  # fmt: skip
        server.do(lambda letter=letter: server.store.deliveries.park(letter))
    return alone


def test_a_person_sees_dead_letters_has_them_tried_again_or_gives_them_up(shell: Shell, server: ControlServer) -> None:
    seen = shell("streams", "dead")
    assert "lead:7" in seen.out
    assert "422 Unprocessable Entity" in seen.out
    assert [each["seq"] for each in shell("streams", "dead", "--json").json] == [4, 9]
    assert "Dead letters tried again: 1." in shell("streams", "retry", "crm", "4").out
    assert "Dead letters given up: 1." in shell("streams", "drop", "crm").out
    assert server.do(lambda: server.store.deliveries.counts()) == {("crm", DeliveryState.WAITING): 1}
    gone = shell("streams", "drop", "crm", "9", expect=1)
    assert "no dead letter 9" in gone.err
    assert "no webhook otro" in shell("streams", "retry", "otro", expect=1).err


def test_the_readers_are_shown_with_how_far_they_are(shell: Shell) -> None:
    seen = shell("streams", "status")
    assert "webhook:crm" in seen.out
    (crm,) = shell("streams", "status", "--json").json
    assert (crm["name"], crm["waiting"], crm["dead"]) == ("webhook:crm", 0, 2)


def test_the_schema_needs_no_running_vocero(shell: Shell) -> None:
    assert "call.originated" in shell("streams", "schema").json["$defs"]
    assert "call.originated" in shell("streams", "asyncapi").json["components"]["messages"]


def test_nor_does_the_description_of_the_api(shell: Shell) -> None:
    assert "/api/v1/dispositions" in shell("api", "schema").json["paths"]
