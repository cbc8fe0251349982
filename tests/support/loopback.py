"""What really passes on this machine's loopback interface, read from the kernel while a test runs (root only).

with Loopback(ports) as wire:
    ...
for packet in wire.packets: ...
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Container
from dataclasses import dataclass
from types import TracebackType
from typing import Self

ETH_P_ALL = 0x0003
ETH_P_IP = 0x0800
"""linux/if_ether.h. Only who asks for all protocols is shown what goes out."""
PACKET_OUTGOING = 4
"""linux/if_packet.h. Loopback shows every packet twice: as it is sent and as it comes in."""
SO_TIMESTAMPNS = 35
"""asm-generic/socket.h: the kernel says when each packet passed."""
SO_RCVBUFFORCE = 33
BUFFER_BYTES = 64 * 1024 * 1024
TIMESPEC = struct.Struct("qq")
LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Packet:
    """One UDP packet or TCP segment."""

    at: float
    """Seconds since 1970, by the kernel."""
    from_port: int
    to_port: int
    payload: bytes


class Loopback:
    """Every packet from or to some ports, between entering and leaving the ``with``.

    Raises `PermissionError` on entering where this is not root.
    """

    def __init__(self, ports: Container[int]) -> None:
        self.packets: list[Packet] = []
        self._ports = ports
        self._ending = threading.Event()

    def __enter__(self) -> Self:
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
        self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.bind(("lo", ETH_P_ALL))
        self._socket.settimeout(LOOK_SECONDS)
        self._thread = threading.Thread(target=self._read, name="loopback", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.join()
        self._socket.close()

    def _read(self) -> None:
        while not self._ending.is_set():
            try:
                raw, ancillary, _, sender = self._socket.recvmsg(65_536, socket.CMSG_SPACE(TIMESPEC.size))
            except TimeoutError:
                continue
            if (sender[1], sender[2]) != (ETH_P_IP, PACKET_OUTGOING):
                continue
            seconds, nanoseconds = TIMESPEC.unpack(ancillary[0][2])
            packet = _parsed(raw, seconds + nanoseconds * 1e-9)
            if packet is not None and (packet.from_port in self._ports or packet.to_port in self._ports):
                self.packets.append(packet)


def _parsed(raw: bytes, at: float) -> Packet | None:
    """IPv4 (RFC 791), then UDP (RFC 768) or TCP (RFC 9293)."""
    header = (raw[0] & 0x0F) * 4
    from_port, to_port = struct.unpack_from("!HH", raw, header)
    if raw[9] == socket.IPPROTO_UDP:
        return Packet(at, from_port, to_port, raw[header + 8 :])
    if raw[9] == socket.IPPROTO_TCP:
        return Packet(at, from_port, to_port, raw[header + (raw[header + 12] >> 4) * 4 :])
    return None
