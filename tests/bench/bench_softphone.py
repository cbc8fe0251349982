"""From the joining of an agent in the browser and a person to the person's first sound in the page (docs/softphone.md).

The agent is on the line for the shift, in a real Chromium; the person is a SIP customer who says a tone all the time.
Two beginnings: Asterisk is asked to join the two, in the dialer's own words (an agent hears a pip of 36 ms first); and
Asterisk has bridged them, by the instant that its event tells. The end is the first of that tone in the page's audio
element. All of it is by this machine's clock.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Final

from playwright.async_api import Page

from cti_api.clock import SystemClock
from dialer.ami.actions import CONTEXT_AGENT
from tests.bench.figure import Figure
from tests.support.browser import NEAR_HZ, chromium
from tests.support.calls import hang_up, place
from tests.support.floor import TRUNK
from tests.support.raw_ami import RawAmi, raw_ami
from tests.support.seats import seated
from tests.support.shift import until
from vocero.demo import CACHE
from vocero.lab.asterisk import fetch_asterisk
from vocero.lab.customers import Behaviour, number
from vocero.lab.handsets import Voice
from vocero.lab.rig import Rig, RigTrunk
from vocero.lab.sounds import alaw, tone
from vocero.lab.summary import nearest_rank

CALLS: Final = 20
GOAL_MS: Final = 120
PERSON_HZ: Final = 3000.0
"""Far above the music with which agents wait, and the pip that says that somebody comes."""
HEARD: Final = 0.05
"""Of a full scale of 1: the tone has 0.24."""
LONGEST_SECONDS: Final = 10.0


async def figures() -> list[Figure]:
    """Everything measured here."""
    people = [number(Behaviour.TALKS, serial) for serial in range(CALLS)]
    says = Voice(says=alaw(tone(1000, PERSON_HZ)))
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="vocero-bench-") as folder:
        trunk = RigTrunk(id=TRUNK, own=dict.fromkeys(people, says))
        rig = Rig(Path(folder), await fetch_asterisk(CACHE), trunks=[trunk], console=True)
        async with rig, chromium(Path(folder)) as browser:
            ana = await seated(rig, browser, "ana", [])
            async with raw_ami(rig.asterisk.ami_port, rig.asterisk.ami_secret) as ami:
                (leg,) = [name for name in await rig.channels() if name.startswith("PJSIP/ana-")]
                asked, bridged = [], []
                for person in people:
                    attempt = place(ami, person, trunk=TRUNK)
                    await ami.said("VoceroLive", attempt)
                    began, heard = await _join(ana.page, ami, leg, attempt)
                    joined = await ami.event("BridgeEnter", Uniqueid=attempt)
                    asked.append(heard - began)
                    bridged.append(heard - float(joined["Timestamp"]) * 1000.0)
                    await hang_up(ami, attempt)
                    await _until_music(ana.page)
    return [
        Figure("bridged to first sound in the browser, calls", len(bridged), "", "≥ 15"),
        Figure("bridged to first sound in the browser, p50", nearest_rank(bridged, 0.50), "ms"),
        Figure("bridged to first sound in the browser, p95", nearest_rank(bridged, 0.95), "ms", f"≤ {GOAL_MS}"),
        Figure("the same from the word to Asterisk on, with the pip, p50", nearest_rank(asked, 0.50), "ms"),
        Figure("the same from the word to Asterisk on, with the pip, p95", nearest_rank(asked, 0.95), "ms"),
    ]


async def _join(page: Page, ami: RawAmi, leg: str, attempt: str) -> tuple[float, float]:
    """When Asterisk was asked to, and when the person was first heard: milliseconds since 1970."""
    async with asyncio.timeout(LONGEST_SECONDS), asyncio.TaskGroup() as tasks:
        heard = tasks.create_task(page.evaluate(f"ear.begins({PERSON_HZ}, {HEARD})"))
        await page.evaluate("0")  # it listens by now
        began = SystemClock().now().timestamp() * 1000.0
        ami.send("Redirect", Channel=leg, Context=CONTEXT_AGENT, Exten=attempt, Priority="1")
    return began, float(heard.result())


async def _until_music(page: Page) -> None:
    async def quiet() -> bool:
        return abs(float(await page.evaluate("ear.loudest()")) - PERSON_HZ) > NEAR_HZ

    await until(quiet, LONGEST_SECONDS, "the person is not heard any more")
