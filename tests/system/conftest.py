"""The real thing, once per test run: an Asterisk, customers behind two trunks, a softphone for each of three agents.

`telephones` is shared by every test of a session; a test leaves no call behind. A test that kills or floods makes its
own (`vocero.lab.asterisk`, `vocero.lab.customers`): one is there in half a second.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
import pytest_asyncio

from cti_api.model.ids import AgentId
from tests.support.calls import MAIN, NARROW, RATIONED
from tests.support.raw_ami import RawAmi, raw_ami
from vocero.demo import CACHE
from vocero.lab.asterisk import AsteriskProgram, LabAsterisk, LabTrunk, fetch_asterisk
from vocero.lab.customers import Customers
from vocero.lab.ports import Ports, free_ports
from vocero.lab.softphones import Softphone

AGENTS = (AgentId("ana"), AgentId("beto"), AgentId("carla"))


@dataclass(frozen=True, slots=True)
class Telephones:
    """What one session of tests shares."""

    asterisk: LabAsterisk
    customers: Customers
    phones: dict[AgentId, Softphone]
    ports: Ports
    program: AsteriskProgram


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def asterisk_program() -> AsteriskProgram:
    """An Asterisk 22 that can be run."""
    return await fetch_asterisk(CACHE)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def telephones(
    asterisk_program: AsteriskProgram, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Telephones]:
    """Everything up and registered."""
    folder = tmp_path_factory.mktemp("telephones")
    async with AsyncExitStack() as stack:
        ports = stack.enter_context(free_ports())
        trunks = [
            LabTrunk(id=MAIN, port=ports.trunk_sip(0)),
            LabTrunk(id=NARROW, port=ports.trunk_sip(0), channels=2, rtp_timeout_seconds=1),
            LabTrunk(id=RATIONED, port=ports.trunk_sip(0), calls_per_hour=3),
        ]
        asterisk = await stack.enter_async_context(
            LabAsterisk(asterisk_program, folder / "asterisk", ports, trunks=trunks)
        )
        customers = await stack.enter_async_context(Customers(folder / "customers", ports))
        phones = {}
        for place, agent in enumerate(AGENTS):
            password = asterisk.accounts.add(agent)
            phones[agent] = await stack.enter_async_context(
                Softphone(folder / agent, agent, password, asterisk.sip_port, ports, phone=place)
            )
        yield Telephones(asterisk, customers, phones, ports, asterisk_program)


@pytest.fixture
async def ami(telephones: Telephones) -> AsyncIterator[RawAmi]:
    """A connection of this test's own."""
    async with raw_ami(telephones.asterisk.ami_port, telephones.asterisk.ami_secret) as connection:
        yield connection
