"""What customers say and hear, on real sockets."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from vocero.lab.handsets import STILL, Handsets, Voice, Wait
from vocero.lab.ports import free_ports
from vocero.lab.sounds import alaw, linear, tone

SPEECH = alaw(tone(60, 300))
VOICES = {"+573000500001": Voice(says=SPEECH), "+573003500001": Voice(echoes=True), "+573009002001": Voice(presses="5")}
VOICES["+573009006001"] = Voice(script=(Wait.HEARS, "7", SPEECH, 0.04))
VOICES["+573100000001"] = Voice(script=(0.04, "5", SPEECH[:200]))


@pytest.fixture
def handsets(tmp_path: Path) -> Iterator[Handsets]:
    with free_ports() as ports:
        opened = Handsets(ports.trunk_sound(0), tmp_path / "steps.log", lambda number: VOICES[number.e164])
        opened.open()
        yield opened
        opened.close()


@pytest.fixture
def asterisk() -> Iterator[socket.socket]:
    """Asterisk's end of one call's sound."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        end.bind(("127.0.0.1", 0))
        end.settimeout(25)
        yield end


def write(tmp_path: Path, what: str, number: str, asterisk: socket.socket) -> None:
    """One line, as SIPp does."""
    with (tmp_path / "steps.log").open("a") as log:
        port = asterisk.getsockname()[1]
        log.write(f"2026-11-22\t04:02:56.857368\t1795320176.857368 {what} {number} 57601 one {port}\n")


def packet(number: int, sound: bytes, *, kind: int = 8, source: int = 7) -> bytes:
    return struct.pack("!BBHII", 0x80, kind, number, number * 160, source) + sound


def test_a_person_speaks_from_the_answer_to_the_end_of_the_call(
    handsets: Handsets, asterisk: socket.socket, tmp_path: Path
) -> None:
    write(tmp_path, "answered", "573000500001", asterisk)
    heard = [asterisk.recv(2048) for _ in range(4)]
    assert b"".join(one[12:] for one in heard) == SPEECH + SPEECH[:160]
    assert [struct.unpack_from("!HI", one, 2) for one in heard] == [(n, n * 160) for n in range(4)]
    write(tmp_path, "hung_up", "573000500001", asterisk)
    asterisk.settimeout(0.3)
    with pytest.raises(TimeoutError):
        for _ in range(500):
            asterisk.recv(2048)


def test_who_calls_keys_and_speaks_in_turn_on_a_line_that_is_never_still(
    handsets: Handsets, asterisk: socket.socket, tmp_path: Path
) -> None:
    write(tmp_path, "answered", "573100000001", asterisk)
    heard = [asterisk.recv(2048) for _ in range(24)]
    kinds = [one[1] & 0x7F for one in heard]
    assert kinds == [8] * 2 + [101] * 7 + [8] * 15
    assert [struct.unpack_from("!H", one, 2)[0] for one in heard] == list(range(24))
    assert len({struct.unpack_from("!I", one, 4) for one in heard[2:9]}) == 1  # of one key
    stamps = [struct.unpack_from("!I", one, 4)[0] for one in heard]
    assert stamps == sorted(stamps)
    assert b"".join(one[12:] for one in heard[19:22]) == SPEECH[:200] + STILL[:120] + STILL


def test_an_echo_sends_back_what_it_hears_and_keeps_it(
    handsets: Handsets, asterisk: socket.socket, tmp_path: Path
) -> None:
    write(tmp_path, "answered", "573003500001", asterisk)
    first, second = alaw(tone(20, 400)), alaw(tone(20, 500))
    knock, place = packet(0, b"", source=1), ("127.0.0.1", handsets.port)
    until_echoed(asterisk, knock, place)
    for one in (packet(0, first), packet(1, b"\x05\x8a\0\xa0", kind=101), packet(0, second, source=9)):
        asterisk.sendto(one, place)
        while (back := asterisk.recv(2048)) == knock:
            pass
        assert back == one
    port = asterisk.getsockname()[1]
    heard = handsets.heard(port, 0, 1e12)
    assert heard == linear(first) + linear(second)
    assert len(handsets.heard(port, 0, 1.0)) == 0


def until_echoed(asterisk: socket.socket, knock: bytes, place: tuple[str, int]) -> None:
    """Knock until it comes back: the handset is off the hook."""
    asterisk.settimeout(0.05)
    for _ in range(500):
        asterisk.sendto(knock, place)
        try:
            assert asterisk.recv(2048) == knock
        except TimeoutError:
            continue
        break
    asterisk.settimeout(25)


def test_what_ends_the_handsets_is_told_to_whoever_asks_what_they_heard(
    asterisk: socket.socket, tmp_path: Path
) -> None:
    with free_ports() as ports:
        handsets = Handsets(ports.trunk_sound(0), tmp_path / "steps.log", lambda number: VOICES[number.e164])
        handsets.open()
        write(tmp_path, "answered", "573000599999", asterisk)  # nobody has this number
        with pytest.raises(KeyError):
            for _ in range(500):
                handsets.heard(1, 0, 1e12)
                time.sleep(0.05)
        with pytest.raises(KeyError):
            handsets.close()


def test_a_script_waits_until_something_is_heard_and_then_does_one_thing_after_the_other(
    handsets: Handsets, asterisk: socket.socket, tmp_path: Path
) -> None:
    write(tmp_path, "answered", "573009006001", asterisk)
    quiet = b"\xd5" * 160
    assert {asterisk.recv(2048)[12:] for _ in range(5)} == {quiet}, "a living line, and no word"
    asterisk.sendto(packet(0, alaw(tone(20, 400))), ("127.0.0.1", handsets.port))
    said = [asterisk.recv(2048) for _ in range(60)]
    keys = [one for one in said if one[1] & 0x7F == 101]
    spoken = b"".join(one[12:] for one in said[said.index(keys[-1]) + 1 :])
    assert [one[12] for one in keys] == [7] * 7
    assert spoken.strip(b"\xd5") == SPEECH.strip(b"\xd5")
    numbers = [struct.unpack_from("!H", one, 2)[0] for one in said]
    assert numbers == list(range(numbers[0], numbers[0] + 60)), "one stream, of which nothing is missing"


def test_a_key_is_one_event_that_ends(handsets: Handsets, asterisk: socket.socket, tmp_path: Path) -> None:
    write(tmp_path, "answered", "573009002001", asterisk)
    events = [asterisk.recv(2048) for _ in range(7)]
    assert {one[12] for one in events} == {5}
    assert [bool(one[13] & 0x80) for one in events] == [False] * 5 + [True] * 2
    assert len({one[4:8] for one in events}) == 1
    assert [bool(one[1] & 0x80) for one in events] == [True] + [False] * 6
