"""A lab's ports: none is given twice, and none to a telephone too many."""

from __future__ import annotations

import pytest

from vocero.lab.ports import SOFTPHONES, TRUNKS, Ports


def test_every_telephone_and_trunk_of_a_block_has_ports_of_its_own() -> None:
    ports = Ports(10_000)
    given = [ports.ami, ports.sip]
    for trunk in TRUNKS:
        media = ports.trunk_media(trunk)
        given += [ports.trunk_sip(trunk), ports.trunk_sound(trunk), media, media + 2]
    for phone in SOFTPHONES:
        sip, (first, last) = ports.softphone_sip(phone), ports.softphone_rtp(phone)
        given += [sip, sip + 1, ports.softphone_control(phone), *range(first, last + 1)]
    first, last = ports.asterisk_rtp
    given += range(first, last + 1)
    assert len(given) == len(set(given))
    assert set(given) <= set(ports.all)


@pytest.mark.parametrize("phone", [-1, 20])
def test_a_softphone_too_many_gets_no_ports(phone: int) -> None:
    ports = Ports(10_000)
    for ask in (ports.softphone_sip, ports.softphone_control, ports.softphone_rtp):
        with pytest.raises(ValueError, match="a lab has ports for 20"):
            ask(phone)


@pytest.mark.parametrize("trunk", [-1, 10])
def test_a_trunk_too_many_gets_no_ports(trunk: int) -> None:
    ports = Ports(10_000)
    for ask in (ports.trunk_sip, ports.trunk_sound, ports.trunk_media):
        with pytest.raises(ValueError, match="a lab has ports for 10"):
            ask(trunk)
