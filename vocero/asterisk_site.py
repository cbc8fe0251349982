"""The one file of Asterisk's configuration that differs from machine to machine, and how it is filled in.

Everything else in ``asterisk/`` is used unchanged by the lab, the container and a company's own Asterisk.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from cti_api.errors import SettingsError
from cti_api.model.ids import SLUG, AgentId, TrunkId
from dialer.ami.dialplan import Dialplan, written_dialplan

SHIPPED = Path(__file__).resolve().parent.parent / "asterisk"
"""The configuration as it is shipped."""

FORM = SHIPPED / "rendered.conf.in"
RENDERED = "rendered.conf"
"""Its name once filled in, in the folder of Asterisk's configuration."""

PREFIX = re.compile(r"[1-9][0-9]{0,13}\Z")
"""The beginning of an E.164 number, without the plus sign."""

WRITTEN = re.compile(r"[+0-9*]{0,12}\Z")
"""What a carrier may want before a number, or not at its beginning."""

PLAIN = re.compile(r"[A-Za-z0-9._:/@+-]+\Z")
"""What a value may consist of: nothing that means something in Asterisk's configuration or dialplan."""

CALLED = re.compile(r"[+0-9][0-9]{1,19}\Z")
"""A number of ours as a carrier writes it when somebody calls it: an extension or E.164, with or without plus sign."""

TRANSFERRED = re.compile(r"[0-9]{1,15}\Z|[a-z][a-z0-9-]{1,39}\Z")
"""What a tree may name for a transfer. A single letter may be an extension of Asterisk's own (``h``, ``i``, ``t``)."""

E164 = re.compile(r"[1-9][0-9]{6,14}\Z")

LOOPBACK = "127.0.0.1"
AGI_PORT = 4573
"""Where the IVR listens for Asterisk: AGI_PORT in Asterisk's ``res/res_agi.c``."""


def refuse_partial_install() -> None:
    """Raise `SettingsError` where this is no checkout: a wheel has the programs alone, not Asterisk's configuration."""
    if not SHIPPED.is_dir():
        raise SettingsError(
            f"This installation has no folder {SHIPPED}: get Vocero with git clone, and install it there with "
            "`make install`"
        )


def is_ip(host: str) -> bool:
    """Whether this is an address, and not a name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether this is an address of this machine that no other can reach."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkCap:
    """What the guard lets through, whatever the dialer asks for, and how numbers are written for this trunk."""

    channels: int
    """At most this many calls at once."""
    calls_per_hour: int
    """At most this many in one hour of the clock (UTC)."""
    dial_strip: str = ""
    """Beginning of an E.164 number (without plus sign) that is taken away, such as ``57``."""
    dial_prefix: str = ""
    """What is put before the number then, such as ``+57``, ``9`` or nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundNumber:
    """A number that is answered."""

    number: str
    """As the trunk writes it in the INVITE."""
    entry: str = ""
    """What answers: the name of an IVR tree, a slug …"""
    queue: str = ""
    """… or of a queue."""
    calls_back: bool = False
    """Campaigns show it: the dialer is asked first whether it knows the caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideNumber:
    """A number outside that callers may be transferred to."""

    number: str
    """E.164 digits, without the plus sign."""
    trunk: TrunkId
    shown: str
    """Digits that the person there sees."""
    at_once: int
    """At most this many transfers outside at the same time, all numbers together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AsteriskSite:
    """What one machine's Asterisk has to know; everything is on loopback unless said otherwise."""

    ami_secret: str
    """The password of the AMI account ``vocero``."""
    sounds: Path
    """Folder of the shipped sounds."""
    campaign_sounds: Path
    """Folder with one folder per campaign, in it ``abandoned`` and ``machine`` as .wav or .alaw."""
    recordings: Path
    """Where a call's ``<attempt id>.wav`` is written."""
    sip_accounts: Path
    """The agents' accounts: `cti_api.sip_accounts`."""
    allowed_prefixes: tuple[str, ...]
    """A number that begins with none of these is never dialled; digits, such as ``57``."""
    trunk_caps: Mapping[TrunkId, TrunkCap]
    """A trunk that is not named here is never used."""
    inbound: tuple[InboundNumber, ...] = ()
    """A number that is not named here is answered by 404."""
    transfers: Mapping[str, AgentId | OutsideNumber] = field(default_factory=dict)
    """By what reaches it: a softphone, or a number outside. Callers get to nothing else."""
    agi_address: str = LOOPBACK
    """Where the IVR is."""
    agi_port: int = AGI_PORT
    ami_address: str = LOOPBACK
    ami_port: int = 5038
    ami_permit: tuple[str, ...] = (f"{LOOPBACK}/255.255.255.255",)
    """Networks from which the AMI account may log in, as address/mask."""
    sip_address: str = LOOPBACK
    sip_port: int = 5060
    media_address: str = LOOPBACK
    """Address that sound is sent from and received at; empty: every address of the machine."""
    public_address: str = ""
    """Behind NAT: the address carriers see."""
    local_networks: tuple[str, ...] = ()
    """Behind NAT: networks that are reached without it, as address/mask."""
    websocket_port: int = 8088
    """Of the WebSocket that browsers' SIP comes to, on loopback."""
    told_as: Mapping[str, str] = field(default_factory=dict)
    """By what address a browser is told to find one of the machine's own."""
    stun: str = ""
    """host:port of who tells Asterisk by which address it is seen; empty: nobody is asked."""
    rtp_first: int = 10000
    rtp_last: int = 19999


def shipped_dialplan() -> Dialplan:
    """What ``extensions.conf`` says, without what ``rendered.conf`` fills in."""
    return written_dialplan((SHIPPED / "extensions.conf").read_text(encoding="utf-8"))


def rendered_conf(form: str, site: AsteriskSite) -> str:
    """The form (`FORM`'s text) filled in for `site`.

    Raises `SettingsError` for a value that would mean something else to Asterisk (a line break, a bracket, a comma).
    """
    blanks = {
        "AMI_ADDRESS": _plain(site.ami_address),
        "AMI_PORT": str(site.ami_port),
        "AMI_SECRET": _plain(site.ami_secret),
        "AMI_PERMIT": "\n".join(f"permit = {_plain(network)}" for network in site.ami_permit),
        "SIP_ADDRESS": _plain(site.sip_address),
        "SIP_PORT": str(site.sip_port),
        "SIP_NAT": "\n".join(_nat(site)) if site.public_address else "",
        "SIP_MEDIA": "\n".join(_media(site)) if site.media_address else "",
        "WEBSOCKET_PORT": str(site.websocket_port),
        "STUN": f"stunaddr = {_plain(site.stun)}" if site.stun else "",
        "ICE_HOSTS": "\n".join(f"{_plain(own)} => {_plain(told)}" for own, told in site.told_as.items()),
        "RTP_FIRST": str(site.rtp_first),
        "RTP_LAST": str(site.rtp_last),
        "SIP_ACCOUNTS": _plain(str(site.sip_accounts)),
        "SOUNDS": _plain(str(site.sounds)),
        "CAMPAIGN_SOUNDS": _plain(str(site.campaign_sounds)),
        "RECORDINGS": _plain(str(site.recordings)),
        "ALLOWED_NUMBERS": "\n".join(f"exten => _{_prefix(prefix)}.,1,Return()" for prefix in site.allowed_prefixes),
        "TRUNK_CAPS": "\n".join(_cap(trunk, cap) for trunk, cap in site.trunk_caps.items()),
        "INBOUND_NUMBERS": "\n".join(_inbound(each) for each in site.inbound),
        "TRANSFERS": "\n".join(_transfer(name, to, site.trunk_caps) for name, to in site.transfers.items()),
        "OUTSIDE_NUMBERS": "\n".join(
            _outside(name, to) for name, to in site.transfers.items() if isinstance(to, OutsideNumber)
        ),
        "AGI_ADDRESS": _plain(site.agi_address),
        "AGI_PORT": str(site.agi_port),
    }
    return re.sub(r"@([A-Z_]+)@", lambda blank: blanks[blank[1]], form)


def _nat(site: AsteriskSite) -> list[str]:
    public = _plain(site.public_address)
    lines = [f"external_media_address = {public}", f"external_signaling_address = {public}"]
    return lines + [f"local_net = {_plain(network)}" for network in site.local_networks]


def _media(site: AsteriskSite) -> list[str]:
    return [f"media_address = {_plain(site.media_address)}", "bind_rtp_to_media_address = yes"]


def _cap(trunk: TrunkId, cap: TrunkCap) -> str:
    if not SLUG.match(trunk):
        raise SettingsError(f"{trunk!r} cannot be a trunk's name: small letters, digits and dashes, a letter first")
    return (
        f"exten => {trunk},1,Set(channels={cap.channels:d})\n"
        f" same => n,Set(calls_per_hour={cap.calls_per_hour:d})\n"
        f" same => n,Set(strip={_written(cap.dial_strip)})\n"
        f" same => n,Set(prefix={_written(cap.dial_prefix)})\n"
        " same => n,Return()"
    )


def _inbound(each: InboundNumber) -> str:
    if not CALLED.match(each.number):
        raise SettingsError(f"{each.number!r} cannot be a number of yours: 2 to 20 digits, with or without a plus sign")
    name, what = ("queue", each.queue) if each.queue else ("entry", each.entry)
    if not SLUG.match(what) or (each.queue and each.entry):
        raise SettingsError(f"{what!r} cannot be what answers: small letters, digits and dashes, a letter first")
    return (
        f"exten => {each.number},1,Set(number={each.number})\n"
        f" same => n,Set({name}={what})\n"
        + (" same => n,Set(calls_back=1)\n" if each.calls_back else "")
        + " same => n,Goto(vocero-inbound,s,1)"
    )


def _transfer(name: str, to: AgentId | OutsideNumber, trunks: Container[str]) -> str:
    if not TRANSFERRED.match(name):
        raise SettingsError(f"{name!r} cannot be what callers are transferred to: digits, or a name in small letters")
    if isinstance(to, OutsideNumber):
        return f"exten => {name},1,Set(kind=outside)\n same => n,Return()"
    if not SLUG.match(to) or to in trunks:
        raise SettingsError(f"{to!r} cannot be an agent's name: small letters, digits and dashes, and no trunk's")
    return f"exten => {name},1,Set(kind=telephone)\n same => n,Set(telephone={to})\n same => n,Return()"


def _outside(name: str, to: OutsideNumber) -> str:
    if not (E164.match(to.number) and E164.match(to.shown) and SLUG.match(to.trunk)):
        raise SettingsError(f"the transfer to {name!r} needs a number of 7 to 15 digits, a trunk, and a number to show")
    return (
        f"exten => {name},1,Set(trunk={to.trunk})\n"
        f" same => n,Set(shown={to.shown})\n"
        f" same => n,Set(at_once={to.at_once:d})\n"
        f" same => n,Gosub(vocero-dial,transfer,1({to.number}))"
    )


def _written(text: str) -> str:
    if not WRITTEN.match(text):
        raise SettingsError(f"{text!r} cannot be part of how a number is dialled: at most 12 of the signs 0-9 + *")
    return text


def _prefix(text: str) -> str:
    if not PREFIX.match(text):
        raise SettingsError(f"{text!r} cannot be the beginning of a number: digits without plus sign, such as 57")
    return text


def _plain(text: str) -> str:
    if not PLAIN.match(text):
        raise SettingsError(f"{text!r} cannot stand in Asterisk's configuration: only letters, digits and ._:/@+-")
    return text
