"""An agent before their page, over a real Asterisk: what the page, the engine and Asterisk say of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from playwright.async_api import Error as BrowserError
from playwright.async_api import Page, WebSocketRoute, expect

from cti_api.model.ids import TrunkId
from tests.support.floor import until_agent
from tests.support.shift import get, until
from vocero.lab.rig import Rig

TRUNK = TrunkId("operador-a")
PASSWORD = "cuatro palabras bien sueltas"
STATES = {"ready": "Disponible", "busy": "En llamada", "wrap_up": "Tipificando", "not_ready": "En pausa"}


class Shift:
    """An agent before their page."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.page: Page
        self.wires: list[WebSocketRoute] = []
        """The telephone's, the newest last; they can be cut."""
        self._kept: list[str | bytes] | None = None

    def lay(self, wire: WebSocketRoute) -> None:
        wire.connect_to_server().on_message(lambda said: self._say_on(wire, said))
        self.wires.append(wire)

    def _say_on(self, wire: WebSocketRoute, said: str | bytes) -> None:
        if self._kept is None:
            wire.send(said)
        else:
            self._kept.append(said)

    @contextmanager
    def slow_wire(self) -> Iterator[None]:
        """What Asterisk says to the telephone comes when this is over."""
        self._kept = kept = []
        yield
        self._kept = None
        for said in kept:
            self.wires[-1].send(said)

    async def is_so(self, state: str) -> None:
        """The page, the engine and Asterisk say the same of the agent."""
        await until_agent(self.rig, "ana", state)
        await expect(self.page.locator("#state")).to_have_text(STATES[state])
        joined = state == "busy"

        async def so_in_asterisk() -> bool:
            return await self.talks() is joined

        await until(so_in_asterisk, 30, f"in Asterisk the agent is {state}")

    async def talks(self) -> bool:
        """Somebody is joined with the agent's leg, and it is a person."""
        return any("ana" in joined and not joined & {"beto"} for joined in await self.rig.bridges())

    async def are_joined(self, *pairs: set[str]) -> None:
        """Those are who hear each other in Asterisk, and nobody else does."""

        async def so() -> bool:
            inner = [joined for joined in await self.rig.bridges() if TRUNK not in joined]
            return sorted(map(sorted, inner)) == sorted(map(sorted, pairs))

        await until(so, 30, f"joined in Asterisk are {pairs}")

    async def person(self) -> str:
        """The digits of whom the agent talks with."""
        return str((await get(self.rig, "/agents/ana"))["call"]["number"]).removeprefix("+")

    async def goes_on(self) -> bool:
        """Whom a crash left on the line waited with music, as long as that may be, and has the agent back."""

        async def decided() -> bool:
            return await self._is_busy() or not await get(self.rig, "/calls")

        await until(decided, 40, "the person has the agent back, or is gone")
        if back := await self._is_busy():
            await self.is_so("busy")
        return back

    async def _is_busy(self) -> bool:
        return bool((await get(self.rig, "/agents/ana"))["state"] == "busy")

    async def say(self, disposition: str) -> None:
        await self.page.get_by_role("button", name=disposition).click()
        await self.page.keyboard.press("Control+Enter")


async def signs_in(page: Page, link: str, where: str) -> None:
    """By the link that somebody was given."""
    await page.goto(link)
    await page.locator("input[name=clave]").fill(PASSWORD)
    await page.locator("input[name=otra]").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url(where)


async def crash(page: Page) -> None:
    """The renderer is gone, and with it whatever the page would have done at its end."""
    with suppress(BrowserError):
        await page.goto("chrome://crash", timeout=2000)
