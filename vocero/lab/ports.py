"""Port numbers for one lab, so that several can run on a machine at the same time."""

from __future__ import annotations

import contextlib
import fcntl
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from cti_api.errors import Conflict

LOOPBACK = "127.0.0.1"

BLOCKS = range(10000, 32000, 2000)
"""First ports of the blocks; all below 32768, where Linux begins to hand out ports by itself (ip(7))."""


SIOCGIFADDR = 0x8915
"""linux/sockios.h; the answer is a ``struct ifreq``, the address its 20th to 23rd byte (netdevice(7))."""

TRUNKS, SOFTPHONES = range(10), range(20)
"""So many of each have ports in a block."""


@dataclass(frozen=True, slots=True)
class Ports:
    """A block of 2,000 ports, and what each is for."""

    first: int

    @property
    def all(self) -> range:
        return range(self.first, self.first + BLOCKS.step)

    @property
    def ami(self) -> int:
        return self.first + 1

    @property
    def sip(self) -> int:
        return self.first + 2

    @property
    def asterisk_rtp(self) -> tuple[int, int]:
        """First and last port of the calls' sound: 750 legs at once."""
        return self.first + 500, self.first + 1999

    @property
    def metrics(self) -> int:
        """The dialer's door for Prometheus."""
        return self.first + 3

    @property
    def public(self) -> int:
        """The dialer's door for providers and customers."""
        return self.first + 4

    @property
    def agi(self) -> int:
        """Where the IVR answers Asterisk."""
        return self.first + 5

    @property
    def sound(self) -> int:
        """Where the IVR takes the calls' sound."""
        return self.first + 6

    @property
    def websocket(self) -> int:
        """Where Asterisk takes the SIP of browsers."""
        return self.first + 7

    @property
    def console(self) -> int:
        """The dialer's door for people."""
        return self.first + 8

    def trunk_sip(self, trunk: int) -> int:
        """Where the customers behind a trunk (one of `TRUNKS`) are called."""
        return self.first + 10 + _one_of(TRUNKS, trunk)

    def trunk_sound(self, trunk: int) -> int:
        """Where they talk and listen."""
        return self.first + 20 + _one_of(TRUNKS, trunk)

    def trunk_media(self, trunk: int) -> int:
        """A port SIPp takes and does not use; also the one two above."""
        return self.first + 30 + 4 * _one_of(TRUNKS, trunk)

    def softphone_sip(self, phone: int) -> int:
        """The own SIP port of a softphone (one of `SOFTPHONES`); baresip also takes the port above."""
        return self.first + 100 + 10 * _one_of(SOFTPHONES, phone)

    def softphone_control(self, phone: int) -> int:
        return self.first + 102 + 10 * _one_of(SOFTPHONES, phone)

    def softphone_rtp(self, phone: int) -> tuple[int, int]:
        first = self.first + 300 + 10 * _one_of(SOFTPHONES, phone)
        return first, first + 9


@contextlib.contextmanager
def free_ports() -> Iterator[Ports]:
    """A block that no other lab uses until the end of the ``with``.

    The block's first port is held for that time as a sign to other labs. Raises `Conflict` when every block is taken.
    """
    for first in BLOCKS:
        ports = Ports(first)
        with contextlib.ExitStack() as held:
            try:
                _hold(held, socket.SOCK_STREAM, first)
                with contextlib.ExitStack() as probed:
                    for port in (ports.ami, ports.sip, ports.trunk_sip(0), ports.softphone_control(0)):
                        _hold(probed, socket.SOCK_STREAM, port)
                        _hold(probed, socket.SOCK_DGRAM, port)
            except OSError:
                continue
            yield ports
            return
    raise Conflict("Every block of ports for a lab is taken: end another lab first")


def own_addresses() -> list[str]:
    """The first IPv4 address of each of this machine's interfaces: Asterisk offers them all to a browser, and never
    one of 127.0.0.0/8 by itself."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for _, name in socket.if_nameindex():
            with contextlib.suppress(OSError):  # one without an address
                told = fcntl.ioctl(asking, SIOCGIFADDR, struct.pack("256s", name.encode()))
                found.append(socket.inet_ntoa(told[20:24]))
    return found


def _one_of(places: range, place: int) -> int:
    if place not in places:
        raise ValueError(f"a lab has ports for {len(places)}, counted from 0, and none for {place}")
    return place


def _hold(stack: contextlib.ExitStack, kind: socket.SocketKind, port: int) -> None:
    stack.enter_context(socket.socket(socket.AF_INET, kind)).bind((LOOPBACK, port))
