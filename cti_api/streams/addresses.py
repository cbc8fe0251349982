"""Which addresses are on the internet, and which are this machine's, its networks', or nobody's.

A webhook's address is written by whoever may change the settings, and its name is resolved by whoever has that domain:
neither may lead a request of ours to what only we can reach (a router, a cloud's metadata, a database).
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

GIVEN_OUT: Final = IPv6Network("2000::/3")
"""All of IPv6 that is given out to networks of the internet so far (IANA, IPv6 Global Unicast Allocations)."""
NAT64: Final = IPv6Network("64:ff9b::/96")
"""Holds an IPv4 address in its last 32 bits (RFC 6052)."""


def is_outside(written: str) -> bool:
    """Whether the address, as the resolver wrote it, is one that anybody on the internet can reach."""
    try:
        address = ip_address(written.partition("%")[0])
    except ValueError:
        return False
    return _outside(address)


def _outside(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast and not address.is_reserved
    if inner := within(address):
        return all(map(_outside, inner))
    return address in GIVEN_OUT and address.is_global


def within(address: IPv6Address) -> list[IPv4Address]:
    """The IPv4 addresses that packets to this one go to in the end (mapped, 6to4, Teredo, NAT64)."""
    found = [each for each in (address.ipv4_mapped, address.sixtofour) if each is not None]
    found += address.teredo or ()
    if address in NAT64:
        found.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return found
