"""Asterisk's own journal: what can be read there about a call that nobody watched."""

from __future__ import annotations

import csv
import json

import pytest

from cti_api.model.ids import AgentId
from tests.support.calls import (
    MAIN,
    ended,
    hang_up,
    join,
    place,
    seat,
)
from tests.support.raw_ami import RawAmi
from tests.system.conftest import Telephones
from vocero.lab.customers import Behaviour, number

pytestmark = pytest.mark.asterisk


async def test_the_journal_tells_the_whole_call(ami: RawAmi, telephones: Telephones) -> None:
    leg = await seat(ami, AgentId("ana"))
    attempt = place(ami, number(Behaviour.HANGS_UP, 40))
    await ami.said("VoceroLive", attempt)
    await join(ami, leg, attempt)
    await ended(ami, attempt)
    await hang_up(ami, leg)
    rows = [row for row in _journal(telephones) if row[2] == attempt]
    assert [row[0] for row in rows] == ["CHAN_START", "ANSWER", "VOCERO_LIVE", "BRIDGE_ENTER", "BRIDGE_EXIT", "HANGUP"]
    assert json.loads(rows[-1][5])["hangupcause"] == 16
    (invite,) = [r for r in _journal(telephones) if r[0] == "CHAN_START" and r[3] == attempt and "PJSIP/" in r[4]]
    assert invite[4].startswith(f"PJSIP/{MAIN}-")


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (Behaviour.RINGS_OUT, "cause=19 sip=180"),
        (Behaviour.SILENT, "cause=18 sip="),
        (Behaviour.CONGESTED, "cause=34 sip=503"),
    ],
)
async def test_the_journal_tells_a_silent_trunk_from_a_telephone_nobody_took(
    ami: RawAmi, telephones: Telephones, behaviour: Behaviour, said: str
) -> None:
    attempt = place(ami, number(behaviour, 41), ring=1)
    await ended(ami, attempt)
    (row,) = [r for r in _journal(telephones) if r[0] == "VOCERO_DIALED" and r[2] == f"{attempt}-out"]
    assert json.loads(row[5]) == {"extra": said}


def _journal(telephones: Telephones) -> list[list[str]]:
    with telephones.asterisk.journal.open(newline="") as lines:
        return list(csv.reader(lines))
