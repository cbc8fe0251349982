"""What customers hear, on real sockets."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

import pytest

from vocero.lab.handsets import Handsets
from vocero.lab.ports import free_ports
from vocero.lab.sounds import alaw, linear, tone


@pytest.fixture
def handsets() -> Iterator[Handsets]:
    with free_ports() as ports:
        opened = Handsets(*ports.trunk_handsets(0))
        opened.open()
        yield opened
        opened.close()


def packet(number: int, sound: bytes, *, kind: int = 8, source: int = 7) -> bytes:
    return struct.pack("!BBHII", 0x80, kind, number, number * 160, source) + sound


def test_what_is_sent_to_an_echo_is_kept_and_comes_back(handsets: Handsets) -> None:
    sound = alaw(tone(20, 440))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asterisk:
        asterisk.bind(("127.0.0.1", 0))
        asterisk.settimeout(5)
        for n in range(3):
            asterisk.sendto(packet(n, sound), ("127.0.0.1", handsets.echo_port))
            assert asterisk.recv(2048) == packet(n, sound)
        port = asterisk.getsockname()[1]
    assert handsets.heard(port, 0, 1e12) == linear(sound * 3)


def test_keys_are_no_sound_and_two_voices_of_one_call_follow_each_other(handsets: Handsets) -> None:
    first, second = alaw(tone(20, 400)), alaw(tone(20, 500))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asterisk:
        asterisk.bind(("127.0.0.1", 0))
        asterisk.settimeout(5)
        sent = [packet(0, first), packet(1, b"\x05\x8a\0\xa0", kind=101), packet(0, second, source=9)]
        for one in sent:
            asterisk.sendto(one, ("127.0.0.1", handsets.echo_port))
            asterisk.recv(2048)
        port = asterisk.getsockname()[1]
    assert handsets.heard(port, 0, 1e12) == linear(first + second)
    assert len(handsets.heard(port, 0, 1.0)) == 0
