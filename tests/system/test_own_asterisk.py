"""The recipes of asterisk/README.md, followed to the letter on the real thing: one's own trunk, one's own Asterisk."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from cti_api.model.ids import AgentId, TrunkId
from cti_api.model.phone import PhoneNumber
from tests.support.calls import MAIN, ended, hang_up, place, seat
from tests.support.raw_ami import raw_ami
from tests.system.conftest import Telephones
from vocero.asterisk_site import SHIPPED
from vocero.lab.asterisk import LabAsterisk, LabTrunk
from vocero.lab.customers import Behaviour, number
from vocero.lab.ports import free_ports
from vocero.lab.softphones import Softphone

pytestmark = pytest.mark.asterisk


def recipe(trunk: str) -> str:
    """The README's own words for a trunk."""
    blocks = re.findall(r"```ini\n(.*?)```", (SHIPPED / "README.md").read_text(), re.DOTALL)
    (found,) = [block for block in blocks if block.startswith(f"[{trunk}]")]
    return found


async def test_a_trunk_by_registration_registers_and_calls_with_its_password(
    telephones: Telephones, tmp_path: Path
) -> None:
    """The carrier is a second Asterisk of ours, at which the trunk has an agent's account."""
    account = AgentId("cuenta-etb")
    password = telephones.asterisk.accounts.add(account)
    conf = recipe("etb").replace("sip.etb.example", f"127.0.0.1:{telephones.asterisk.sip_port}").replace(":5060", "")
    conf = conf.replace("the-carriers-password", password).replace("576015550100", account)
    with free_ports() as ports:
        trunk = LabTrunk(id=TrunkId("etb"), port=9)
        async with LabAsterisk(telephones.program, tmp_path, ports, trunks=[trunk]) as asterisk:
            await asterisk.stop()
            (tmp_path / "etc/trunks.conf").write_text(conf)
            async with raw_ami(telephones.asterisk.ami_port, telephones.asterisk.ami_secret) as carrier:
                await asterisk.start()
                await carrier.event("ContactStatus", AOR=account)
            async with raw_ami(asterisk.ami_port, asterisk.ami_secret) as ami:
                attempt = place(ami, number(Behaviour.TALKS, 910), trunk="etb")
                # past the password, and no such extension there: 401 or 403 would mean that it was refused
                assert (await ami.said("VoceroDialed", attempt))["Sip"] == "404"
    telephones.asterisk.accounts.remove(account)


async def test_a_trunk_by_address_reaches_its_customers(telephones: Telephones, tmp_path: Path) -> None:
    conf = recipe("claro").replace("sbc.claro.example:5060", f"127.0.0.1:{telephones.customers.port}")
    conf = conf.replace("sbc.claro.example", f"127.0.0.1:{telephones.customers.port}").replace("= 30 ", "= 0 ")
    with free_ports() as ports:
        async with LabAsterisk(telephones.program, tmp_path, ports, trunks=[LabTrunk(id=MAIN, port=9)]) as asterisk:
            await asterisk.stop()
            (tmp_path / "etc/trunks.conf").write_text(conf)
            await asterisk.start()
            async with raw_ami(asterisk.ami_port, asterisk.ami_secret) as ami:
                assert await ended(ami, place(ami, number(Behaviour.BUSY, 911))) == 17


OWN = {
    "extensions.conf": "[general]\nstatic = no\n[globals]\nX = 1\n[oficina]\nexten => 1,1,Hangup()\n"
    "#include vocero/extensions.conf\n",
    "manager.conf": "[general]\nenabled = yes\nbindaddr = 127.0.0.1\nport = {ami}\n[otro]\nsecret = x\n"
    "#include vocero/manager.conf\n",
}


async def test_ones_own_asterisk_takes_the_configuration_by_including_it(
    telephones: Telephones, tmp_path: Path
) -> None:
    with free_ports() as ports:
        trunk = LabTrunk(id=MAIN, port=telephones.customers.port)
        async with LabAsterisk(telephones.program, tmp_path / "asterisk", ports, trunks=[trunk]) as asterisk:
            await asterisk.stop()
            etc = tmp_path / "asterisk/etc"
            (etc / "vocero").mkdir()
            for name, text in OWN.items():
                shutil.copy(SHIPPED / name, etc / "vocero")
                (etc / name).write_text(text.replace("{ami}", str(ports.ami)))
            await asterisk.start()
            ana = AgentId("ana")
            password = asterisk.accounts.add(ana)
            async with (
                Softphone(tmp_path / "ana", ana, password, asterisk.sip_port, ports, phone=0),
                raw_ami(asterisk.ami_port, asterisk.ami_secret) as ami,
            ):
                await hang_up(ami, await seat(ami, ana))
                assert await ended(ami, place(ami, number(Behaviour.BUSY, 912))) == 17
                refused = place(ami, PhoneNumber("+8816123456789"))
                assert (await ami.said("VoceroGuard", refused))["Why"] == "number"
                assert (await ami.ask("Command", Command="core show version"))["Message"] == "Permission denied"
