"""What the settings say of agents' telephones in the browser."""

from __future__ import annotations

from ipaddress import AddressValueError, IPv4Address
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, StringConstraints

from cti_api.setting_values import Port, Section, none_when_empty


def _numeric(written: str) -> str:
    try:
        return str(IPv4Address(written))
    except AddressValueError:
        raise ValueError("is no IPv4 address; write one like 10.0.0.5") from None


Address = Annotated[str, AfterValidator(_numeric)]
Stun = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.-]{1,253}:[0-9]{1,5}$")]


class BrowserSettings(Section):
    """How browsers meet Asterisk (docs/softphone.md). Their SIP comes through the console's door, their sound does not:
    it goes to Asterisk itself, at the UDP ports of section ``sip``."""

    port: Port = 8088
    """Of Asterisk's WebSocket, on this machine alone."""
    inner_address: Annotated[Address | None, BeforeValidator(none_when_empty)] = None
    """Behind NAT, where Asterisk is at every address of its machine: which of them is reached from outside by
    ``sip.public_address``. Empty: ``sip.address``, where that is one."""
    stun: Annotated[Stun | None, BeforeValidator(none_when_empty)] = None
    """host:port of a STUN server that Asterisk and browsers ask by which address they are seen; empty: nobody."""
