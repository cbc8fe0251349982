"""A real browser without a screen, with a microphone that says a tone, and strict about what a page may do.

    async with chromium(folder, microphone_hz=1000) as browser:
        page = await browser.page(console_url)
        ...
        assert await axe(page) == []

Debian's Chromium, driven by Playwright. A page that throws, asks another host for anything, or breaks its own content
security policy fails the test as the browser closes; `Browser.faults` tells of it before.
"""

from __future__ import annotations

import shutil
from array import array
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from playwright.async_api import Browser as Program
from playwright.async_api import BrowserContext, Page, Request, async_playwright, expect
from playwright.async_api import Error as BrowserError

from tests.support.shift import until
from vocero.lab.sounds import tone, write_wav

HERE: Final = Path(__file__).parent
AXE: Final = HERE / "vendor/axe-4.14.1.min.js"
FLAGS: Final = (
    "--no-sandbox",  # tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection",
    # the first: else it listens to the whole network for names. The second: a page that a test answers itself
    # (`Page.route`) comes from no address, and may else reach none of this machine
    "--disable-features=WebRtcHideLocalIpsWithMdns,LocalNetworkAccessChecks",
)
NEAR_HZ: Final = 12.0
"""Two steps of `ear.js`'s spectrum."""
PATIENCE_MS: Final = 30_000
"""How long a page is waited for: no promise of ours, a machine may have five other things to do."""
SERIOUS: Final = frozenset({"serious", "critical"})


class Browser:
    """One browser, whose every page has the same microphone. Each person has windows of their own (`person`)."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self.faults: list[str] = []
        """What pages did that they may not."""
        self._seen: list[Page] = []

    async def person(self, **options: object) -> BrowserContext:
        """The windows of somebody with cookies of their own. `options`: of Playwright's ``new_context``."""
        wide = {
            "viewport": {"width": 1280, "height": 720},
            "permissions": ["microphone"],
            "locale": "es-CO",
            "reduced_motion": "reduce",  # a colour that is on its way is nobody's contrast
        }
        context = await self._program.new_context(**(wide | options))  # type: ignore[arg-type]
        await context.add_init_script(path=HERE / "ear.js")
        context.on("page", self._watch)
        return context

    async def page(self, url: str) -> Page:
        """A window of somebody new."""
        page = await (await self.person()).new_page()
        await page.goto(url)
        return page

    def _watch(self, page: Page) -> None:
        self._seen.append(page)
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.on("request", lambda request: self._asked(page, request))

    def _asked(self, page: Page, request: Request) -> None:
        asked, own = urlsplit(request.url), urlsplit(page.url)
        if asked.scheme in ("data", "blob") or own.scheme not in ("http", "https"):
            return
        if asked.netloc != own.netloc:
            self.faults.append(f"{page.url} asked {request.url}")

    async def look(self) -> list[str]:
        """`faults`, with what open pages broke of their content security policy."""
        for page in self._seen:
            try:
                broken = await page.evaluate("window.ear?.violations.splice(0) ?? []")
            except BrowserError:  # closed, or crashed as a test wanted it
                continue
            self.faults += [f"{page.url}: {each}" for each in broken]
        return self.faults


@asynccontextmanager
async def chromium(folder: Path, *, microphone_hz: float = 1000.0) -> AsyncIterator[Browser]:
    """A browser; as it closes, nothing may have happened that pages must not do."""
    found = shutil.which("chromium")
    assert found is not None, "Debian's package chromium is not installed: make test brings it"
    microphone = folder / f"microphone-{microphone_hz:g}.wav"
    write_wav(microphone, array("h", map(int, tone(1000, microphone_hz))), times=10)
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        program = await playwright.chromium.launch(
            executable_path=found,
            headless=True,
            args=[*FLAGS, f"--use-file-for-fake-audio-capture={microphone}"],
        )
        try:
            browser = Browser(program)
            yield browser
            assert await browser.look() == []
        finally:
            await program.close()


async def until_heard(page: Page, hz: float, seconds: float = 10.0) -> None:
    """Wait until this tone is what the page's audio element plays; 0: until it is quiet."""
    heard = 0.0

    async def there() -> bool:
        nonlocal heard
        heard = float(await page.evaluate("ear.loudest()"))
        return abs(heard - hz) <= NEAR_HZ

    try:
        await until(there, seconds, f"the page plays {hz:g} Hz")
    except AssertionError as error:
        error.add_note(f"the last it played was {heard:.0f} Hz")
        raise


async def axe(page: Page) -> list[str]:
    """What keeps people from using the page, as far as a program can find it: serious and critical findings of axe."""
    # before its code is there a page is inert, and nobody has anything to find fault with
    await page.locator("main:not([inert])").wait_for()
    # by evaluation, which the page's policy does not concern
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found = await page.evaluate("axe.run({ resultTypes: ['violations'] })")
    return [
        f"{each['id']}: {', '.join(' '.join(node['target']) for node in each['nodes'])}"
        for each in found["violations"]
        if each["impact"] in SERIOUS
    ]
