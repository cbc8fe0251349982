"""Who may do what on the real Asterisk: agents' accounts, the AMI user's rights, strangers."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from cti_api.errors import ActionRefused
from cti_api.model.ids import AgentId
from tests.support.calls import ended, hang_up, join, place, seat, steps
from tests.support.raw_ami import RawAmi, raw_ami
from tests.system.conftest import Telephones
from vocero.lab.asterisk import LabAsterisk
from vocero.lab.customers import Behaviour, number
from vocero.lab.ports import free_ports
from vocero.lab.softphones import Softphone

pytestmark = pytest.mark.asterisk


async def test_it_starts_without_a_complaint(telephones: Telephones, tmp_path: Path) -> None:
    with free_ports() as ports:
        async with LabAsterisk(telephones.program, tmp_path, ports, trunks=[]) as asterisk:
            lines = asterisk.log.read_text().splitlines()
    assert [line for line in lines if "WARNING" in line or "ERROR" in line] == []


async def test_a_new_agent_registers_at_once_and_an_old_one_is_refused(telephones: Telephones, tmp_path: Path) -> None:
    ana = AgentId("ana")
    with free_ports() as ports:
        async with LabAsterisk(telephones.program, tmp_path / "asterisk", ports, trunks=[]) as asterisk:
            async with raw_ami(asterisk.ami_port, asterisk.ami_secret) as ami:
                password = asterisk.accounts.add(ana)
                async with Softphone(tmp_path / "ana", ana, password, asterisk.sip_port, ports, phone=0):
                    registered = await ami.event("ContactStatus", EndpointName="ana")
                    assert registered["ContactStatus"] in {"NonQualified", "Reachable"}
            asterisk.accounts.add(ana)
            with pytest.raises(ActionRefused):
                async with Softphone(tmp_path / "old", ana, password, asterisk.sip_port, ports, phone=1):
                    pass
            asterisk.accounts.remove(ana)
            assert asterisk.accounts.names() == frozenset()


async def test_an_agents_own_calls_reach_the_echo_and_no_trunk(ami: RawAmi, telephones: Telephones) -> None:
    phone, customer = telephones.phones[AgentId("carla")], number(Behaviour.TALKS, 900)
    await phone.call(customer.digits)
    await phone.call("600")
    up = await ami.until(lambda m: m.get("Event") == "Newstate" and m["ChannelStateDesc"] == "Up")
    assert (up["Context"], up["Exten"]) == ("vocero-phones", "600")
    await phone.hang_up()
    await ended(ami, up["Uniqueid"])
    assert steps(telephones.customers, customer) == []


@pytest.mark.parametrize("name", ["claro", "ana", "anonymous", "nobody"])
async def test_a_stranger_who_takes_a_name_of_ours_is_asked_for_a_password(telephones: Telephones, name: str) -> None:
    port = telephones.asterisk.sip_port
    invite = (
        f"INVITE sip:573000500901@127.0.0.1:{port} SIP/2.0\r\n"
        "Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKstranger;rport\r\n"
        f"From: <sip:{name}@127.0.0.1>;tag=1\r\n"
        f"To: <sip:573000500901@127.0.0.1>\r\n"
        f"Call-ID: stranger-{name}\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\n"
        "Contact: <sip:x@127.0.0.1:9>\r\nContent-Length: 0\r\n\r\n"
    )
    assert (await _first_answer(port, invite)).startswith("SIP/2.0 401 ")


async def _first_answer(port: int, request: str) -> str:
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[bytes] = loop.create_future()

    class Ear(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: object) -> None:
            if not answer.done():
                answer.set_result(data)

    transport, _ = await loop.create_datagram_endpoint(Ear, remote_addr=("127.0.0.1", port))
    try:
        transport.sendto(request.encode())
        async with asyncio.timeout(30):
            return (await answer).decode()
    finally:
        transport.close()


FORBIDDEN = {
    "Command": {"Command": "core show version"},
    "Reload": {},
    "ModuleLoad": {"LoadType": "reload"},
    "GetConfig": {"Filename": "manager.conf"},
    "UpdateConfig": {"SrcFilename": "manager.conf", "DstFilename": "manager.conf"},
    "DialplanExtensionAdd": {"Context": "vocero-in", "Extension": "1", "Priority": "1", "Application": "Hangup"},
    "DBPut": {"Family": "vocero", "Key": "claro", "Val": "0"},
    "MixMonitor": {"Channel": "x"},
}


@pytest.mark.parametrize("action", FORBIDDEN)
async def test_the_ami_user_may_not(action: str, ami: RawAmi) -> None:
    answer = await ami.ask(action, **FORBIDDEN[action])
    assert (answer["Response"], answer["Message"]) == ("Error", "Permission denied")


async def test_a_whole_call_tells_only_the_events_that_are_used(ami: RawAmi) -> None:
    leg = await seat(ami, AgentId("ana"))
    attempt = place(ami, number(Behaviour.TALKS, 902), exten="live")
    await ami.said("VoceroLive", attempt)
    await join(ami, leg, attempt)
    await hang_up(ami, attempt)
    await hang_up(ami, leg)
    assert {m["Event"] for m in ami.messages if "Event" in m} <= {
        *("FullyBooted", "OriginateResponse", "Newstate", "DialState", "BridgeEnter", "Hangup", "UserEvent"),
        *("DTMFEnd", "ContactStatus"),
    }
