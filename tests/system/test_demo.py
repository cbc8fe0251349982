"""The demo's campaign, and its figures against what the customers' own telephones counted."""

from collections import Counter, defaultdict
from pathlib import Path
from random import Random
from typing import Any

import pytest
from rich.console import Console

from cti_api.clock import SystemClock
from cti_api.model.ids import AgentId
from cti_api.model.phone import PhoneNumber
from vocero.demo import AGENTS, CAMPAIGN, SEED, TRUNK, dial_the_list
from vocero.lab.asterisk import AsteriskProgram
from vocero.lab.customers import Behaviour
from vocero.lab.people import DEMO_MIX, make_customers
from vocero.lab.rig import Rig, RigTrunk
from vocero.lab.sounds import audible_seconds, tone_seconds

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(480)]

ANSWERED = {"connected", "caller_hung_up", "abandoned", "machine"}
"""On a busy machine AMD may take a person for a machine, and the other way round."""

RESULTS = {
    Behaviour.TALKS: ANSWERED,
    Behaviour.ECHOES: ANSWERED,
    Behaviour.ANSWERS_LATE: ANSWERED,
    Behaviour.HANGS_UP: ANSWERED,
    Behaviour.MACHINE: ANSWERED,
    Behaviour.BUSY: {"busy"},
    Behaviour.RINGS_OUT: {"no_answer"},
    Behaviour.CONGESTED: {"congestion"},
}
"""What a call to such a telephone may become; most can only become one thing."""


async def test_the_demo_ends_with_the_figures_the_customers_counted(
    asterisk_program: AsteriskProgram, tmp_path: Path
) -> None:
    with (tmp_path / "screen.txt").open("w") as screen:
        async with Rig(tmp_path / "rig", asterisk_program, trunks=[RigTrunk(id=TRUNK)]) as rig:
            figures = await dial_the_list(rig, Console(file=screen), SystemClock())
            attempts = rig.control.get(f"/campaigns/{CAMPAIGN}/attempts", format="json")
            counted = rig.customers[TRUNK].counts()
            heard_by_customers = {
                customer.number: rig.customers[TRUNK].heard(PhoneNumber(customer.number))
                for customer in make_customers(DEMO_MIX, Random(SEED))
                if customer.behaviour is Behaviour.TALKS
            }
            tones = [phone.tone_hz for phone in rig.phones.values()]
            heard_by_agents = {agent_id: rig.phones[AgentId(agent_id)].heard() for agent_id, _ in AGENTS}

    # Every lead in a final state, nothing left behind, nothing dialled twice.
    final = {"completed", "exhausted", "suppressed", "closed"}
    assert set(figures["leads_by_state"]) <= final
    assert sum(figures["leads_by_state"].values()) == figures["leads"] == 60
    assert figures["orphan_channels"] == 0
    assert figures["double_dials"] == 0

    # Per number: as many calls as attempts, none more than two, each with the result its telephone can give.
    per_number = results_by_number(attempts)
    assert {number: sum(results.values()) for number, results in per_number.items()} == {
        number.e164: counts.invited for number, counts in counted.items()
    }
    for customer in make_customers(DEMO_MIX, Random(SEED)):
        results = per_number[customer.number]
        assert set(results) <= RESULTS[customer.behaviour], f"{customer.number} {customer.behaviour}: {results}"
        assert sum(results.values()) <= 2
        answers = counted[PhoneNumber(customer.number)].answered
        assert answers == sum(results[r] for r in ("connected", "caller_hung_up", "abandoned", "machine"))
    assert figures["attempts_by_result"] == dict(sum(per_number.values(), Counter()))

    # Audio both ways: each agent heard people, and each person who talked heard an agent's own tone.
    for agent_id, samples in heard_by_agents.items():
        assert audible_seconds(samples) > 5, f"{agent_id} heard nobody"
    connected = {a["number"] for a in attempts if a["result"] == "connected"} & set(heard_by_customers)
    assert connected
    for number in connected:
        longest = max(tone_seconds(call, hz) for call in heard_by_customers[number] for hz in tones)
        assert longest > 0.5, f"{number} did not hear the agent"


def results_by_number(attempts: list[dict[str, Any]]) -> dict[str, Counter[str]]:
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for attempt in attempts:
        found[attempt["number"]][attempt["result"]] += 1
    return found
