"""The rendered file of Asterisk's configuration."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cti_api.errors import SettingsError
from cti_api.model.ids import AgentId, TrunkId
from vocero.asterisk_site import FORM, AsteriskSite, InboundNumber, OutsideNumber, TrunkCap, rendered_conf

SITE = AsteriskSite(
    ami_secret="a-secret-of-some-length",
    sounds=Path("/usr/share/vocero/sounds"),
    campaign_sounds=Path("/var/lib/vocero/sounds"),
    recordings=Path("/var/lib/vocero/recordings"),
    sip_accounts=Path("/var/lib/vocero/sip.sqlite3"),
    allowed_prefixes=("573", "5760"),
    trunk_caps={TrunkId("claro"): TrunkCap(channels=30, calls_per_hour=600)},
)


def render(**other: object) -> list[str]:
    return rendered_conf(FORM.read_text(), replace(SITE, **other)).splitlines()


def test_each_prefix_is_a_pattern_of_its_own() -> None:
    assert [line for line in render() if "Return" in line and "_" in line] == [
        "exten => _573.,1,Return()",
        "exten => _5760.,1,Return()",
    ]


def test_a_trunks_caps_are_written_as_numbers() -> None:
    lines = render()
    at = lines.index("exten => claro,1,Set(channels=30)")
    assert lines[at + 1] == " same => n,Set(calls_per_hour=600)"


def test_how_a_carrier_wants_numbers_written_stands_with_its_caps() -> None:
    cap = TrunkCap(channels=30, calls_per_hour=600, dial_strip="57", dial_prefix="+*9")
    lines = render(trunk_caps={TrunkId("claro"): cap})
    assert {" same => n,Set(strip=57)", " same => n,Set(prefix=+*9)"} <= set(lines)


def test_a_browser_is_told_by_what_address_it_finds_asterisk_behind_nat() -> None:
    lines = render(told_as={"10.0.0.5": "203.0.113.7"}, stun="stun.example.com:3478", websocket_port=8099)
    assert lines[lines.index("[ice-hosts](!)") + 1] == "10.0.0.5 => 203.0.113.7"
    assert {"stunaddr = stun.example.com:3478", "bindport = 8099"} <= set(lines)
    assert not [line for line in render() if line.startswith("stunaddr")]


@pytest.mark.parametrize("hostile", ["9,System(x)", "${X}", "9)", "9#", "sip:x@y", "9\n", "9 9", "1234567890123"])
def test_what_cannot_be_dialled_is_no_prefix(hostile: str) -> None:
    with pytest.raises(SettingsError):
        render(trunk_caps={TrunkId("claro"): TrunkCap(channels=1, calls_per_hour=1, dial_prefix=hostile)})


def test_each_number_that_is_answered_goes_to_the_ivr_and_nowhere_else() -> None:
    lines = render(inbound=(InboundNumber(number="+576015550100", entry="recepcion"),), agi_port=4999)
    at = lines.index("[inbound-numbers](!)")
    assert lines[at + 1 : at + 4] == [
        "exten => +576015550100,1,Set(number=+576015550100)",
        " same => n,Set(entry=recepcion)",
        " same => n,Goto(vocero-inbound,s,1)",
    ]
    assert "exten => s,1,Set(ivr=127.0.0.1:4999)" in lines


@pytest.mark.parametrize(
    ("number", "entry"),
    [
        ("_X.", "a"),
        ("s", "a"),
        ("57,1,System(x)", "a"),
        ("5\n", "a"),
        ("", "a"),
        ("57", "a)"),
        ("57", "${X}"),
        ("57", ""),
    ],
)
def test_what_is_no_number_or_no_entry_is_never_written(number: str, entry: str) -> None:
    with pytest.raises(SettingsError):
        render(inbound=(InboundNumber(number=number, entry=entry),))


def test_without_numbers_nothing_is_answered() -> None:
    lines = render()
    assert lines[lines.index("[inbound-numbers](!)") + 1] == ""


def test_without_prefixes_and_trunks_nothing_can_be_dialed() -> None:
    lines = render(allowed_prefixes=(), trunk_caps={})
    assert lines[lines.index("[allowed-numbers](!)") + 1] == ""
    assert lines[lines.index("[trunk-caps](!)") + 1] == ""


def test_behind_nat_the_public_address_and_the_networks_without_it_are_named() -> None:
    lines = render(public_address="198.51.100.7", local_networks=("10.0.0.0/255.0.0.0", "192.168.0.0/255.255.0.0"))
    at = lines.index("external_media_address = 198.51.100.7")
    assert lines[at + 1 : at + 4] == [
        "external_signaling_address = 198.51.100.7",
        "local_net = 10.0.0.0/255.0.0.0",
        "local_net = 192.168.0.0/255.255.0.0",
    ]


def test_without_a_media_address_sound_may_use_every_address() -> None:
    assert not [line for line in render(media_address="") if "media_address" in line and not line.startswith(";")]


@pytest.mark.parametrize("hostile", ["", "x\nwrite = all", "a;b", "a]b", "a,b", "${SHELL(x)}", "a b"])
def test_a_value_that_would_mean_something_else_is_refused(hostile: str) -> None:
    with pytest.raises(SettingsError):
        render(ami_secret=hostile)
    with pytest.raises(SettingsError):
        render(recordings=Path("/var/" + hostile + "\n"))


@pytest.mark.parametrize("prefix", ["", "0", "+57", "57X", "_57", "57,1,System(x)"])
def test_a_prefix_that_is_not_digits_is_refused(prefix: str) -> None:
    with pytest.raises(SettingsError):
        render(allowed_prefixes=(prefix,))


@pytest.mark.parametrize("trunk", ["", "Claro", "claro,1,Dial(x)", "claro\n"])
def test_a_trunk_that_is_no_slug_is_refused(trunk: str) -> None:
    with pytest.raises(SettingsError):
        render(trunk_caps={TrunkId(trunk): TrunkCap(channels=1, calls_per_hour=1)})


OUTSIDE = OutsideNumber(number="573001234567", trunk=TrunkId("claro"), shown="576015550100", at_once=2)


def test_each_transfer_is_an_extension_and_a_number_outside_goes_through_the_guard_as_it_is_written() -> None:
    lines = render(transfers={"2121": AgentId("maria"), "2134": OUTSIDE})
    at = lines.index("[transfers](!)")
    assert lines[at + 1 : at + 6] == [
        "exten => 2121,1,Set(kind=telephone)",
        " same => n,Set(telephone=maria)",
        " same => n,Return()",
        "exten => 2134,1,Set(kind=outside)",
        " same => n,Return()",
    ]
    at = lines.index("[outside-numbers](!)")
    assert lines[at + 1 : at + 6] == [
        "exten => 2134,1,Set(trunk=claro)",
        " same => n,Set(shown=576015550100)",
        " same => n,Set(at_once=2)",
        " same => n,Gosub(vocero-dial,transfer,1(573001234567))",
        "",
    ]


def test_without_transfers_callers_reach_nothing() -> None:
    lines = render()
    assert lines[lines.index("[transfers](!)") + 1] == lines[lines.index("[outside-numbers](!)") + 1] == ""


@pytest.mark.parametrize(
    ("name", "to"),
    [
        ("_X.", AgentId("maria")),
        ("h", AgentId("maria")),
        ("2121,1,System(x)", AgentId("maria")),
        ("2121\n", AgentId("maria")),
        ("2121", AgentId("${X}")),
        ("2121", AgentId("claro")),
        ("2134", replace(OUTSIDE, number="${X}")),
        ("2134", replace(OUTSIDE, number="0123456789")),
        ("2134", replace(OUTSIDE, trunk=TrunkId("x)"))),
        ("2134", replace(OUTSIDE, shown="57,1")),
    ],
)
def test_what_is_no_transfer_is_never_written(name: str, to: AgentId | OutsideNumber) -> None:
    with pytest.raises(SettingsError):
        render(transfers={name: to})


def test_a_number_may_lead_into_a_queue_after_the_campaigns_that_show_it() -> None:
    lines = render(inbound=(InboundNumber(number="576015550101", queue="soporte", calls_back=True),))
    at = lines.index("[inbound-numbers](!)")
    assert lines[at + 1 : at + 5] == [
        "exten => 576015550101,1,Set(number=576015550101)",
        " same => n,Set(queue=soporte)",
        " same => n,Set(calls_back=1)",
        " same => n,Goto(vocero-inbound,s,1)",
    ]
    with pytest.raises(SettingsError):
        render(inbound=(InboundNumber(number="576015550101", queue="soporte", entry="recepcion"),))
