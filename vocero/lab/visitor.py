"""Whoever tries the demo out: a link, a seat with the browser as its telephone, and a campaign of their own, whose
people say something when they are spoken to. Nothing of it counts among the demo's figures.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, Final

from audio.finishing import finished
from audio.g711 import alaw_of
from audio.synthesis import EspeakNg
from cti_api.model.agents import AgentPhone
from cti_api.model.ids import AgentId, CampaignId, TrunkId
from cti_api.model.phone import PhoneNumber
from vocero.client import Control
from vocero.lab.customers import Behaviour, number
from vocero.lab.handsets import Act, Voice, Wait
from vocero.lab.people import Customer, make_customers, to_csv
from vocero.lab.rig import Rig

ROOT: Final = Path(__file__).parents[2]
CAMPAIGN_FILE: Final = ROOT / "examples" / "p1_dealership" / "visitor.yaml"
CAMPAIGN: Final = CampaignId("demo-visita")
TRUNK: Final = TrunkId("operador-c")
SEAT: Final = AgentId("alex")
NAME: Final = "Alex Rojas"

MIX: Final = {Behaviour.LISTENS: 40, Behaviour.BUSY: 5, Behaviour.RINGS_OUT: 5}
FIRST_SERIAL: Final = 400
"""From here on a behaviour's numbers are nobody's of the demo's own lists."""

TURNS: Final = (
    ("¿Aló?", "Sí, con ella habla. Dígame.", "¿Y cuánto cuesta?", "Bueno, el martes a las nueve me sirve.",
     "Listo, muchas gracias. Hasta luego."),
    ("Buenas. ¿Quién habla?", "Ah, sí, del taller. Cuénteme.", "Ahora no puedo. ¿Me llama mañana en la tarde?",
     "Muy amable. Hasta mañana."),
    ("¿Sí? Diga.", "Ese carro ya lo vendí, señorita.", "No, no quiero más llamadas, gracias. Adiós."),
)  # fmt: skip
"""What such a person says, a sentence at a time: after the first each waits until somebody has spoken."""
VOICES: Final = ("es-419+f3", "es-419+m3", "es-419+f5")

LOOK_SECONDS: Final = 0.5
COMES_WITHIN_SECONDS: Final = 300.0
"""Whoever used the link takes a call within this, or is not waited for."""
STAYS_SECONDS: Final = 7200.0


async def voices() -> dict[PhoneNumber, Voice]:
    """What the people of the campaign say; they do not hang up by themselves."""
    spoken = [
        [alaw_of(finished(await EspeakNg(voice).say(words))) for words in turns]
        for voice, turns in zip(VOICES, TURNS, strict=True)
    ]
    scripts = [_script(sentences) for sentences in spoken]
    return {
        PhoneNumber(person.number): Voice(script=scripts[place % len(scripts)])
        for place, person in enumerate(people())
        if person.behaviour is Behaviour.LISTENS
    }


def _script(sentences: list[bytes]) -> tuple[Act, ...]:
    first, *others = sentences
    return (0.4, first, *(act for each in others for act in (Wait.TURN, each)))


def people() -> list[Customer]:
    """The same in each run."""
    serials = dict.fromkeys(MIX, FIRST_SERIAL)
    found = []
    for person in make_customers(MIX, Random(FIRST_SERIAL)):
        serials[person.behaviour] += 1
        found.append(replace(person, number=number(person.behaviour, serials[person.behaviour]).e164))
    return found


async def invite(rig: Rig) -> str:
    """Make seat and campaign, which dials once somebody is ready in it; returns the link by which they come in."""
    control = rig.control
    await rig.make_campaign(CAMPAIGN, CAMPAIGN_FILE.read_bytes(), to_csv(people()))
    seat = {"id": SEAT, "name": NAME, "campaigns": [CAMPAIGN], "phone": AgentPhone.BROWSER}
    await asyncio.to_thread(control.post, "/agents", seat)
    await asyncio.to_thread(control.post, f"/campaigns/{CAMPAIGN}/start")
    # a supervisor with a seat: they see the board, too
    user = {"id": SEAT, "name": NAME, "role": "supervisor", "agent_id": SEAT}
    made = await asyncio.to_thread(control.post, "/users", user)
    return str(made["link"])


async def until_gone(control: Control) -> None:
    """Until they sign out, or whoever runs the demo has had enough (SIGINT); at once where nobody came."""
    with _had_enough() as enough:
        waited, came = 0.0, False
        while not enough.is_set() and waited < STAYS_SECONDS:
            seat = await asyncio.to_thread(control.get, f"/agents/{SEAT}")
            at_work = seat["state"] != "logged_off"
            came = came or at_work or seat["calls"] > 0
            if not at_work and (came or waited > COMES_WITHIN_SECONDS or not await is_expected(control)):
                return
            waited += LOOK_SECONDS
            await asyncio.sleep(LOOK_SECONDS)


async def is_expected(control: Control) -> bool:
    """Whether somebody has used the link."""
    users: list[dict[str, Any]] = await asyncio.to_thread(control.get, "/users")
    return any(user["id"] == SEAT and user["has_password"] for user in users)


async def attempts(control: Control) -> set[str]:
    """Of the calls that were placed for them."""
    told = await asyncio.to_thread(control.get, f"/campaigns/{CAMPAIGN}/attempts", format="json")
    return {each["attempt_id"] for each in told}


async def told_of_shift(control: Control) -> dict[str, Any]:
    """What they did: calls, and seconds of talk."""
    seat = await asyncio.to_thread(control.get, f"/agents/{SEAT}")
    return {"id": SEAT, "calls": seat["calls"], "talk_s": round(seat["talk_seconds"], 1)}


async def say_good_bye(control: Control) -> None:
    """Nothing is dialled for them any more, and their telephone is put down."""
    await asyncio.to_thread(control.post, f"/campaigns/{CAMPAIGN}/pause")
    seat = await asyncio.to_thread(control.get, f"/agents/{SEAT}")
    if seat["state"] != "logged_off":
        await asyncio.to_thread(control.post, f"/agents/{SEAT}/logout")


@contextmanager
def _had_enough() -> Iterator[asyncio.Event]:
    """Ctrl-C ends the wait, and the demo goes on to its figures."""
    enough, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, enough.set)
    try:
        yield enough
    finally:
        loop.remove_signal_handler(signal.SIGINT)
