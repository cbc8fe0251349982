"""The demo's campaign, and its figures against what the customers' own telephones counted."""

import asyncio
import json
from collections import Counter, defaultdict
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest
from rich.console import Console

from cti_api.clock import SystemClock
from cti_api.kpi.indicators import INDICATORS
from cti_api.model.ids import AgentId
from cti_api.model.phone import PhoneNumber
from tests.support.calls import tone_heard
from tests.support.panels import differences, empty
from tests.support.prometheus import Prometheus
from tests.support.shift import ANSWERED, until
from tests.support.told_everywhere import figures_of
from vocero.demo import AGENTS, CAMPAIGN, SEED, TRUNK, dial_the_list, rig_of_demo, tell
from vocero.lab import front_desk, surveyed
from vocero.lab.asterisk import AsteriskProgram
from vocero.lab.customers import Behaviour, Counts, behaviour_of
from vocero.lab.help_desk import HelpDesk
from vocero.lab.people import DEMO_MIX, make_customers
from vocero.lab.provider import WhatsAppProvider
from vocero.lab.rig import Rig
from vocero.lab.sounds import LOUDER_THAN_MUSIC, audible_seconds, tone_seconds

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(480)]

MIX = {
    Behaviour.TALKS: 8,
    Behaviour.ECHOES: 4,
    Behaviour.BUSY: 2,
    Behaviour.RINGS_OUT: 2,
    Behaviour.MACHINE: 2,
    Behaviour.CONGESTED: 2,
    Behaviour.HANGS_UP: 2,
    Behaviour.ANSWERS_LATE: 2,
}
"""Every kind of the demo's people; fewer of each, who are called in a third of the time."""

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

AGREED_SECONDS = 30.0
"""Indicators are shown to Prometheus every 15 s, and asked for every second."""
FIGURES = {
    *("leads", "leads_by_state", "attempts", "attempts_by_result", "connected", "abandoned", "live_answers"),
    *("double_dials", "orphan_channels", "answer_to_agent_ms", "agents", "started_at", "ended_at"),
}
"""What others look for in the summary."""


@pytest.mark.parametrize("behaviour", RESULTS)
def test_at_least_five_of_the_sixty_customers_behave_so(behaviour: Behaviour) -> None:
    assert DEMO_MIX[behaviour] >= 5
    assert sum(DEMO_MIX.values()) == 60


async def test_the_demo_ends_with_the_figures_the_customers_counted(
    asterisk_program: AsteriskProgram, tmp_path: Path
) -> None:
    clock = SystemClock()
    began = clock.now()
    with (
        (tmp_path / "screen.txt").open("w") as screen,
        ExitStack() as beside,
        WhatsAppProvider() as provider,
        HelpDesk(clock.now().date()) as billing,
    ):
        rig_of_it = await rig_of_demo(tmp_path / "rig", asterisk_program, provider, billing, by_voice=False)
        async with rig_of_it as rig:
            prometheus = beside.enter_context(Prometheus(tmp_path / "prometheus", scraped=rig.scraped))
            figures = await dial_the_list(rig, provider, billing, Console(file=screen), clock, MIX, by_voice=False)
            satisfaction = rig.control.get("/surveys/satisfaccion/results")
            attempts = rig.control.get(f"/campaigns/{CAMPAIGN}/attempts", format="json")
            counted = rig.customers[TRUNK].counts()
            await until(
                partial(asyncio.to_thread, agree, rig, prometheus),
                AGREED_SECONDS,
                "the API and Prometheus tell the same of every indicator",
            )
            seconds = (clock.now() - began).total_seconds()
            unanswered = await asyncio.to_thread(empty, prometheus, seconds)
            scraped = prometheus.now(f'sum by (result) (vocero_attempts_total{{campaign="{CAMPAIGN}"}}) > 0')
            everywhere = await asyncio.to_thread(figures_of, rig.control, prometheus, CAMPAIGN, f"{began:%Y-%m}")
            unread = prometheus.now("vocero_events_unread_total")
            alerts = prometheus.now('max_over_time(ALERTS{alertstate="firing"}[1h])')
            tones = {agent_id: phone.tone_hz for agent_id, phone in rig.phones.items()}
            talks = {a["number"]: a["agent_id"] for a in attempts if a["result"] == "connected"}
            heard_by_customers = {
                number: tone_heard(rig.customers[TRUNK], PhoneNumber(number), tones[agent_id])
                for number, agent_id in talks.items()
                if behaviour_of(PhoneNumber(number)) is not Behaviour.HANGS_UP
            }
            heard_by_agents = {agent_id: rig.phones[AgentId(agent_id)].heard() for agent_id, _ in AGENTS}

    # Every lead in a final state, nothing left behind, nothing dialled twice.
    final = {"completed", "exhausted", "suppressed", "closed"}
    assert set(figures["leads_by_state"]) <= final
    assert sum(figures["leads_by_state"].values()) == figures["leads"] == sum(MIX.values())
    assert figures["orphan_channels"] == 0
    assert figures["double_dials"] == 0

    # Nothing went wrong, so nobody is alarmed; and every event was understood.
    assert [each.labels for each in alerts] == []
    assert [value for each in unread for _, value in each.samples] == [0]

    # Per number: none called more than twice, each with the results its telephone can give and itself counted.
    per_number = results_by_number(attempts)
    assert {PhoneNumber(number): as_counted(results) for number, results in per_number.items()} == {
        number: replace(counts, hung_up=counts.hung_up + counts.left, left=0) for number, counts in counted.items()
    }
    behaviours = {customer.number: customer.behaviour for customer in make_customers(MIX, Random(SEED))}
    for number, behaviour in behaviours.items():
        results = per_number[number]
        assert set(results) <= RESULTS[behaviour], f"{number} {behaviour}: {results}"
        assert sum(results.values()) <= 2
    assert figures["attempts_by_result"] == dict(sum(per_number.values(), Counter()))

    # Who was never reached got one WhatsApp each, by the provider's own count; every appointment is a lead completed.
    silent = {each["number"].removeprefix("+") for each in attempts if each["lead_state"] == "exhausted"}
    assert provider.taken == dict.fromkeys(silent, 1)
    assert figures["messages"] == {"accepted": len(silent)}
    assert figures["messages_counted"] == len(silent) == figures["leads_by_state"]["exhausted"]
    assert figures["appointments"] == sum(each["disposition"] == "cita_agendada" for each in attempts) > 0

    # Who called in, by our count and by SIPp's; each account that a tree looked up, by the billing system's.
    callers = figures["callers"]
    stayed, left = len(front_desk.KEYED), len(front_desk.HURRIED)
    assert callers["counted"] == {"answered": callers["calls"], "hung_up": stayed, "left": left}
    assert callers["calls"] == stayed + left
    assert callers["by_ending"] == {"finished": stayed, "hung_up": left}
    assert callers["look_ups_counted"] == front_desk.LOOK_UPS
    asked_after = satisfaction["groups"][0]["questions"][0]
    assert asked_after["distribution"]["5"] == asked_after["answered"] == stayed
    assert callers["tickets"] == front_desk.KEYED.count(front_desk.WANTS_A_PERSON)

    # Who was served and is asked how it was, by our count and by their telephones'; what is wrong is somebody's.
    survey = figures["survey"]
    assert survey["by_state"] == {"finished": surveyed.FINISHED, "refused": len(surveyed.KEYED) - surveyed.FINISHED}
    assert survey["attempts"] == survey["counted"]["answered"] == len(surveyed.KEYED)
    assert survey["cases"] == surveyed.CASES

    # Audio both ways: who stayed heard their agent's own tone; the agents heard people, and themselves from the echo.
    assert len(heard_by_customers) > 5
    assert {number for number, seconds in heard_by_customers.items() if seconds <= 0.5} == set()
    echoing = {agent_id for number, agent_id in talks.items() if behaviours[number] is Behaviour.ECHOES}
    assert echoing
    for agent_id, samples in heard_by_agents.items():
        assert audible_seconds(samples, above=LOUDER_THAN_MUSIC) > 2, f"{agent_id} heard nobody"
        if agent_id in echoing:
            assert tone_seconds(samples, tones[AgentId(agent_id)]) > 0.5, f"{agent_id} did not come back"

    # Every question of every panel of the dashboards has an answer, and Prometheus counted the same.
    assert not unanswered, "\n".join(unanswered)
    assert {each.labels["result"]: each.samples[-1][1] for each in scraped} == figures["attempts_by_result"]

    # One number, wherever it is read; and it is the one that the customers' telephones counted.
    api, counts = everywhere.api, everywhere.counts
    assert everywhere.prometheus == {name: told for name, told in api.items() if name != "cases"}
    assert api["cases"] == 0  # of the front desk's survey are all that there were: no series of this campaign's
    assert everywhere.report.keys() >= {"calls_made", "contact_rate", "effectiveness", "abandonment", "appointments"}
    assert everywhere.report == pytest.approx({name: api[name] for name in everywhere.report})
    assert everywhere.board == {measure: counts[measure] for measure in everywhere.board}
    assert api["attempts"] == sum(each.invited for each in counted.values())
    assert api["appointments"] == figures["appointments"]

    with (tmp_path / "summary.txt").open("w") as screen:
        assert tell(figures, tmp_path / "figures.json", Console(file=screen)) == 0
    assert json.loads((tmp_path / "figures.json").read_text()) == figures
    assert set(figures) >= FIGURES
    assert set(figures["answer_to_agent_ms"]) >= {"p50", "p95"}
    assert [set(agent) for agent in figures["agents"]] == [{"id", "calls", "talk_s", "utilisation"}] * len(AGENTS)


def agree(rig: Rig, prometheus: Prometheus) -> bool:
    """The API and Prometheus, of this month; of indicators that have a value."""
    answers = {name: rig.control.get(f"/kpi/{name}")["answer"]["figures"] for name in INDICATORS}
    told = {name: found[0]["value"] for name, found in answers.items() if found and found[0]["value"] is not None}
    return not differences(prometheus, told)


def as_counted(results: Counter[str]) -> Counts:
    """What the telephone must have counted, whoever hung up."""
    answered = sum(results[result] for result in ANSWERED)
    failed = results["busy"] + results["congestion"]
    return Counts(
        invited=results.total(), answered=answered, hung_up=answered, failed=failed, canceled=results["no_answer"]
    )


def results_by_number(attempts: list[dict[str, Any]]) -> dict[str, Counter[str]]:
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for attempt in attempts:
        found[attempt["number"]][attempt["result"]] += 1
    return found
