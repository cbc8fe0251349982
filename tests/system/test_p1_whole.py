"""Procedure P1 from the list to the control form, every part of it real: R1.1 to R1.6 (examples/p1_dealership).

Twenty-four customers, eight agents, three attempts over a day of three short parts. What the customers' own telephones
counted, and what the provider of WhatsApp has, is the truth; the store, the report and the control form are examined.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
import pytest_asyncio
from python_calamine import CalamineWorkbook

from cti_api.clock import SystemClock
from cti_api.model.ids import AgentId, CampaignId
from cti_api.model.phone import PhoneNumber
from tests.support.dealership import (
    CALENDAR,
    CONTACTS,
    DECLINED,
    EFFECTIVE,
    PICTURE,
    SAID,
    WHY_NOT_REACHED,
    Day,
    Desk,
    Person,
    campaign,
    noon_zone,
    spreadsheet,
    workshop,
)
from tests.support.floor import TRUNK
from tests.support.shift import attempts, get, post, until, until_state
from tests.support.whatsapp_provider import (
    APP_SECRET,
    NUMBER_ID,
    TOKEN,
    VERIFY,
    Does,
    Provider,
    reply,
    status,
    tell,
    webhook,
)
from tests.support.wire_http import wire_http
from vocero.lab.asterisk import AsteriskProgram
from vocero.lab.customers import Behaviour
from vocero.lab.rig import Rig, RigTrunk
from vocero.lab.robots import Robots

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(240)]

CAMPAIGN = CampaignId("mantenimiento-noviembre")
AGENTS = ("ana", "beto", "carla", "dora", "elena", "fabio", "hugo", "irma")
AWAY = AgentId("gil")
"""An agent whose telephone rings and is never taken: whom he is called for hears the message."""

MORNING, MIDDAY = timedelta(seconds=26), timedelta(seconds=22)
"""How long these parts of the day are; a telephone that rings out rings for 15 s."""
TALK_SECONDS = (0.3, 0.8)
GRATEFUL = "Gracias, ya la pedí por el enlace"


@pytest.fixture(scope="module")
def provider() -> Provider:
    return Provider()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def day(
    asterisk_program: AsteriskProgram, tmp_path_factory: pytest.TempPathFactory, provider: Provider
) -> AsyncIterator[Day]:
    folder = tmp_path_factory.mktemp("p1")
    (folder / "mantenimiento.jpg").write_bytes(PICTURE)
    day = Day(noon_zone(SystemClock().now()))
    provider.does = lambda to, _time: Does.REFUSES if to == day.refused.digits else Does.TAKES
    async with wire_http(provider.answer) as port:
        whatsapp = {"phone_number_id": NUMBER_ID, "token": TOKEN, "app_secret": APP_SECRET, "verify_token": VERIFY}
        messages = {"pictures": str(folder), "whatsapp": whatsapp | {"api": f"http://127.0.0.1:{port}"}}
        async with Rig(folder / "rig", asterisk_program, trunks=[RigTrunk(id=TRUNK)], messages=messages) as rig:
            day.desk = Desk(rig.control, SystemClock().now, day.people)
            await prepare(rig, day, folder)
            await nobody_is_there(rig, day)
            await call_everybody(rig, day)
            await write_to_who_was_silent(rig, day, provider)
            await book_by_the_link(day, provider)
            await count(rig, day, folder)
    yield day


async def vocero(rig: Rig, *words: str) -> str:
    """The command line, as a person uses it; what it says."""
    command = [sys.executable, "-m", "vocero", "--settings", str(rig.settings_file), *words]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return said.decode()


async def prepare(rig: Rig, day: Day, folder: Path) -> None:
    """The workshop's hours, the campaign, and the list."""
    now = SystemClock().now()
    later = now + timedelta(hours=1)
    (folder / "taller.yaml").write_text(workshop(day.zone, now + timedelta(days=2)))
    (folder / "campaign.yaml").write_bytes(campaign(TRUNK, day.zone, later, later + MIDDAY))
    (folder / "spiga.xlsx").write_bytes(spreadsheet(day.people))
    await vocero(rig, "appointments", "import", str(folder / "taller.yaml"))
    await vocero(rig, "campaign", "create", str(folder / "campaign.yaml"))
    day.imported = await vocero(rig, "leads", "import", CAMPAIGN, str(folder / "spiga.xlsx"))


async def nobody_is_there(rig: Rig, day: Day) -> None:
    """The first customer answers while the only agent's telephone is dead; the others come to work meanwhile."""
    await rig.add_agent(AWAY, "Gil", [CAMPAIGN], connect="rung")
    await rig.log_in(AWAY)
    os.kill(rig.phones[AWAY].pid, signal.SIGSTOP)
    try:
        await post(rig, f"/campaigns/{CAMPAIGN}/start")

        async def called() -> bool:
            return bool(await attempts(rig, CAMPAIGN))

        await until(called, 20, "the first customer is called")
        await post(rig, f"/campaigns/{CAMPAIGN}/pause")
        for name in AGENTS:
            await rig.add_agent(AgentId(name), name.title(), [CAMPAIGN])

        async def over() -> bool:
            return [each["state"] for each in await attempts(rig, CAMPAIGN)] == ["closed"]

        await until(over, 30, "that call is over")
    finally:
        os.kill(rig.phones[AWAY].pid, signal.SIGCONT)
    await post(rig, f"/agents/{AWAY}/logout")
    await asyncio.gather(*(rig.log_in(AgentId(name)) for name in AGENTS))


async def call_everybody(rig: Rig, day: Day) -> None:
    """The day begins: its parts are written into the campaign's file now, and it goes on until nobody is left."""
    begins = SystemClock().now()
    day.midday = (begins + MORNING).replace(microsecond=0)
    day.evening = day.midday + MIDDAY
    file = campaign(TRUNK, day.zone, day.midday, day.evening)
    await asyncio.to_thread(rig.control.send, "PUT", f"/campaigns/{CAMPAIGN}/file", file, "application/yaml")
    await post(rig, f"/campaigns/{CAMPAIGN}/start")
    robots = Robots(rig.control, SystemClock(), Random(1), day.desk.decide, TALK_SECONDS)
    working = asyncio.create_task(robots.run())
    try:
        day.before_link = (await until_state(rig, CAMPAIGN, "completed", 120))["leads_by_state"]
    finally:
        working.cancel()
        await asyncio.wait([working])


async def write_to_who_was_silent(rig: Rig, day: Day, provider: Provider) -> None:
    """The messages go; then the provider reports, and one person answers."""

    async def gone() -> bool:
        found = Counter(each["state"] for each in await get(rig, "/messages", campaign=CAMPAIGN))
        return found == {"accepted": len(day.silent) - 1, "dead": 1}

    await until(gone, 30, "every message was taken, or refused")
    hook = f"{rig.public_url}/hooks/whatsapp"
    arrived = [status("delivered", ours=ours, theirs=theirs) for ours, theirs in provider.sent_as.items()]
    assert await tell(hook, webhook(statuses=arrived))
    seen = provider.taken[day.booker.digits][0]
    assert await tell(hook, webhook(statuses=[status("read", ours=seen, theirs=provider.sent_as[seen])]))
    answer = reply(GRATEFUL, sender=day.booker.digits, answers=provider.sent_as[seen])
    assert await tell(hook, webhook(messages=[answer]))


async def book_by_the_link(day: Day, provider: Provider) -> None:
    """One customer opens the link of their message and chooses the last of the free hours."""
    link = body_of(provider, day.booker)["components"][-1]["parameters"][-1]["text"]
    async with httpx.AsyncClient(trust_env=False) as browser:
        shown = await browser.get(link)
        hour = shown.text.rpartition('name="hora" value="')[2].partition('"')[0]
        day.page = [shown, await browser.post(link, data={"hora": hour}, follow_redirects=True)]


async def count(rig: Rig, day: Day, folder: Path) -> None:
    """What everybody has to say about this day."""

    def hung_up() -> bool:
        day.counts = rig.customers[TRUNK].counts()
        return all(each.answered == each.hung_up + each.left for each in day.counts.values())

    await until(hung_up, 20, "every call is over at the telephones, too")
    day.attempts = await attempts(rig, CAMPAIGN)
    day.leads = (await get(rig, f"/campaigns/{CAMPAIGN}"))["leads_by_state"]
    day.report = await get(rig, f"/campaigns/{CAMPAIGN}/report")
    day.messages = await get(rig, "/messages", campaign=CAMPAIGN)
    day.story = await post(rig, "/leads/why", {"words": day.booker.customer.number})
    day.tasks = await get(rig, "/tasks")
    day.slots = await get(rig, f"/calendars/{CALENDAR}/slots")
    day.recordings = {file.stem for file in rig.asterisk.recordings.glob("*.wav")}
    await vocero(rig, "campaign", "export", CAMPAIGN, "--form", "control", "--to", str(folder / "control.xlsx"))
    book = CalamineWorkbook.from_path(folder / "control.xlsx")
    head, *rows = book.get_sheet_by_index(0).to_python()
    day.form = [dict(zip(map(str, head), row, strict=True)) for row in rows]
    day.totals = {str(row[0]): row[1] for row in book.get_sheet_by_index(1).to_python() if row}


def body_of(provider: Provider, person: Person) -> dict[str, Any]:
    """The template that the provider has for this person, and no other."""
    (found,) = (each["template"] for each in provider.bodies if each["to"] == person.digits)
    return dict(found)


def test_r1_1_the_excel_list_becomes_a_lead_for_each_customer(day: Day) -> None:
    assert len(day.people) == sum(day.leads.values()) == len(day.form) == day.report["leads_tried"] == 24
    assert "24" in day.imported
    assert {row["Placa"]: row["Cliente"] for row in day.form} == {p.plate: p.customer.name for p in day.people}


def test_r1_2_the_agent_sees_cost_parts_time_and_staff_of_whom_they_talk_to(day: Day) -> None:
    talked = [person for person in day.people if person.customer.behaviour in (Behaviour.TALKS, Behaviour.MACHINE)]
    assert set(day.desk.shown) == {number for person in talked for number in person.numbers}
    for person in talked:
        fields = person.customer.fields
        told = [person.customer.name, *(fields[name] for name in ("costo", "repuestos", "tiempo", "asesor"))]
        for number in person.numbers:
            assert [each for each in told if each not in day.desk.shown[number]] == []


def test_r1_3_every_telephone_counted_the_calls_the_story_asks_for_and_no_others(day: Day) -> None:
    expected = {number: counts for person in day.people for number, counts in person.counts().items()}
    assert {n: replace(c, hung_up=c.hung_up + c.left, left=0) for n, c in day.counts.items()} == expected
    assert Counter(each["number"] for each in day.attempts) == {n.e164: c.invited for n, c in day.counts.items()}
    assert day.report["calls_made"] == day.report["attempts"] == day.invited


def test_r1_3_whoever_is_not_reached_is_called_once_in_each_part_of_the_day(day: Day) -> None:
    for person in day.silent:
        dialled = [
            day.part(datetime.fromisoformat(each["created_at"]).astimezone(day.zone))
            for each in day.attempts
            if each["number"] == person.customer.number
        ]
        each_part = 2 if person.customer.behaviour is Behaviour.BUSY else 1
        assert dialled == [part for part in ("morning", "midday", "evening") for _ in range(each_part)], person
        if each_part == 1:
            written = [day.row(person)[f"Intento {n}"] for n in (1, 2, 3)]
            assert [day.part(at) for at in written] == ["morning", "midday", "evening"]


def test_r1_3_the_leads_end_as_the_story_says(day: Day) -> None:
    said = Counter(person.says[-1] for person in day.who(Behaviour.TALKS))
    completed = said.total() - said["no_es_propietario"] - said["no_llamar"]
    suppressed = said["no_llamar"] + len(day.who(Behaviour.OPTS_OUT))
    ended = {"completed": completed, "closed": 1, "suppressed": suppressed, "exhausted": len(day.silent)}
    assert day.before_link == ended
    assert day.leads == ended | {"completed": completed + 1, "exhausted": len(day.silent) - 1}, "and one by the link"


def test_r1_4_every_no_has_its_reason(day: Day) -> None:
    (reasons,) = day.report["reasons"]
    assert (reasons["disposition"], reasons["counts"]) == ("no_acepta", dict(Counter(DECLINED).most_common()))
    written = Counter(row["Motivo de no agendamiento"] for row in day.form)
    declined = {f"No acepta la cita: {motive}": times for motive, times in Counter(DECLINED).items()}
    others = {"Ya realizó el mantenimiento": 1, "No desea recibir más llamadas": 1}
    assert {reason: times for reason, times in written.items() if reason} == declined | others


def test_r1_5_who_was_silent_three_times_got_one_whatsapp_and_nobody_else_any(day: Day, provider: Provider) -> None:
    assert provider.asked == {person.digits: 1 for person in day.silent}
    assert {to: len(ours) for to, ours in provider.taken.items()} == {
        person.digits: 1 for person in day.silent if person is not day.refused
    }
    assert len(provider.uploads) == 1
    assert PICTURE in provider.uploads[0]
    for person in day.silent:
        if person is day.refused:
            continue
        template = body_of(provider, person)
        assert (template["name"], template["language"]) == ("mantenimiento_sin_contacto", {"code": "es_CO"})
        header, body = template["components"]
        assert header["parameters"] == [{"type": "image", "image": {"id": "media-1"}}]
        texts = [each["text"] for each in body["parameters"]]
        assert texts[0] == person.customer.name
        assert texts[3] == person.plate
        assert texts[-2] == "601 742 0000 y 300 742 0000"
        assert "/c/" in texts[-1]


def test_r1_5_our_record_of_each_message_is_what_the_provider_told(day: Day, provider: Provider) -> None:
    recorded = {each["recipient"].removeprefix("+"): each["state"] for each in day.messages}
    told = {person.digits: "delivered" for person in day.silent}
    assert recorded == told | {day.booker.digits: "read", day.refused.digits: "dead"}
    sent = {each["id"]: each["provider_id"] for each in day.messages if each["state"] != "dead"}
    assert sent == provider.sent_as
    (dead,) = (each for each in day.messages if each["state"] == "dead")
    assert "132001" in dead["reason"]


def test_r1_5_the_link_books_an_hour_and_closes_the_lead(day: Day) -> None:
    shown, booked = day.page
    assert (shown.status_code, booked.status_code) == (200, 200)
    assert day.booker.customer.name in shown.text
    assert "Su cita quedó reservada." in booked.text
    (story,) = day.story
    assert (story["state"], [each["text"] for each in story["replies"]]) == ("completed", [GRATEFUL])
    row = day.row(day.booker)
    assert (row["Cita agendada"], row["Contactado"], row["Motivo de no contacto"]) == ("Sí", "No", "No contesta")
    assert [row["Fecha de la cita"], row["Hora de la cita"]] == day.hour_of(day.slots[-1])


def test_r1_6_appointments_are_places_taken_in_the_workshop(day: Day) -> None:
    booked = day.said()["cita_agendada"] + 1
    assert Counter(row["Cita agendada"] for row in day.form) == {"Sí": booked, "No": len(day.people) - booked}
    assert day.report["appointments"]["made"] == day.totals["Citas agendadas"] == booked
    taken = [day.hour_of(each) for each in day.slots if each["taken"]]
    assert {each["taken"] for each in day.slots} == {0, 1}
    written = [[row["Fecha de la cita"], row["Hora de la cita"]] for row in day.form if row["Cita agendada"] == "Sí"]
    assert sorted(written) == taken
    assert len(taken) == booked


def test_r1_6_the_form_counts_as_the_telephones_did(day: Day) -> None:
    for person in day.people:
        row = day.row(person)
        calls = [each["number"] for each in day.attempts if each["number"] in person.numbers]
        assert row["Intentos"] == sum(day.counts[PhoneNumber(number)].invited for number in person.numbers)
        assert [row[f"Número {n}"] for n in (1, 2, 3) if row[f"Número {n}"]] == calls[:3]
        behaviour = person.customer.behaviour
        if behaviour in WHY_NOT_REACHED:
            assert (row["Contactado"], row["Motivo de no contacto"]) == ("No", WHY_NOT_REACHED[behaviour])
    assert day.totals["Llamadas realizadas"] == day.invited == sum(row["Intentos"] for row in day.form)
    assert day.totals["Clientes llamados"] == len(day.people)


def test_r1_6_contactability_and_effectiveness_are_the_desks_own(day: Day) -> None:
    said = day.said()
    assert said == Counter(code for calls in SAID for code in calls) + Counter({"buzon": 6})
    contacts = sum(times for code, times in said.items() if code in CONTACTS)
    effective = sum(times for code, times in said.items() if code in EFFECTIVE)
    answered = sum(each.answered for each in day.counts.values())
    assert (day.totals["Llamadas con contacto"], day.totals["Llamadas efectivas"]) == (contacts, effective)
    assert (day.report["contact_rate"], day.report["effectiveness"]) == (
        contacts / day.invited,
        effective / day.invited,
    )
    assert day.totals["Contactabilidad"] == pytest.approx(contacts / day.invited)  # as Excel keeps its digits
    assert day.report["live_answers"] == answered - said["buzon"]  # a machine that an agent heard is nobody
    assert {each["code"]: each["count"] for each in day.report["dispositions"]} == said
    reached = [row["Placa"] for row in day.form if row["Contactado"] == "Sí"]
    assert sorted(reached) == sorted(p.plate for p in day.people if CONTACTS.intersection(p.says))


def test_r1_6_every_talk_has_its_recording_and_the_wrong_number_its_task(day: Day) -> None:
    talks = {each["attempt_id"] for each in day.attempts if each["result"] == "connected"}
    assert len(talks) == len(day.desk.said)
    assert talks <= day.recordings
    assert [each["action"] for each in day.tasks] == ["revisar-numero"]


def test_who_pressed_nine_in_the_message_was_called_once_and_never_again(day: Day) -> None:
    (person,) = day.who(Behaviour.OPTS_OUT)
    (attempt,) = (each for each in day.attempts if each["number"] == person.customer.number)
    assert (attempt["result"], attempt["lead_state"]) == ("abandoned", "suppressed")
    assert day.report["abandoned"] == 1
