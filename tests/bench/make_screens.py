"""The board, a campaign and an agent's page at work, as pictures for the documents: the demo runs, a browser looks.

    python -m tests.bench.make_screens docs/screens

What they show is whatever the demo does at that moment; nothing is drawn but the dashboards (``grafana-….png``): a
Prometheus looks on, and `tests.bench.draw_boards` draws what it answers afterwards.
"""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Final

from playwright.async_api import BrowserContext, Page, expect

from tests.bench import draw_boards
from tests.support.browser import Browser, chromium
from tests.support.panels import FILES, board, variables
from tests.support.prometheus import Prometheus
from vocero.client import Control
from vocero.demo import CAMPAIGN, FOLDER
from vocero.lab import front_desk, surveyed, visitor

LINK: Final = re.compile(r"http://\S+/enlace/\S+")
PASSWORD: Final = "cuatro palabras bien sueltas"
UP_SECONDS: Final = 180.0
"""Until the demo tells its link."""
CALL_MS: Final = 120_000
"""Until somebody answers."""
END_SECONDS: Final = 420.0
"""The demo comes to its end by itself within four minutes or so."""
SHOWN: Final = {"campaign": CAMPAIGN, "tree": front_desk.ENTRY, "survey": surveyed.SURVEY}
"""What is chosen on the dashboards."""
AT_WORK: Final = frozenset({"campaign", "floor", "pacing"})
"""Dashboards that are drawn as of the last moment at which somebody talked; the others as of the demo's end."""
LIVE_MS: Final = 4000
"""So long a page is left to live before its picture is taken."""


async def main(folder: Path) -> None:
    demo = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "vocero", "demo", stdin=asyncio.subprocess.DEVNULL, stdout=PIPE
    )
    try:
        async with asyncio.timeout(UP_SECONDS):
            link = await _link(demo)
        port = json.loads((FOLDER / "vocero.yaml").read_text())["api"]["metrics_port"]
        with (
            tempfile.TemporaryDirectory(prefix="vocero-screens-") as own,
            Prometheus(Path(own) / "prometheus", scraped=f"127.0.0.1:{port}") as prometheus,
        ):
            async with chromium(Path(own)) as browser:
                await _pictures(await browser.person(), link, folder)
                with Control(FOLDER / "vocero.sock") as control:
                    await asyncio.to_thread(control.post, f"/agents/{visitor.SEAT}/logout")
                async with asyncio.timeout(END_SECONDS):
                    await demo.communicate()
                await _dashboards(browser, prometheus, folder)
    finally:
        await _end(demo)


async def _link(demo: Process) -> str:
    assert demo.stdout is not None
    async for line in demo.stdout:
        if found := LINK.search(line.decode()):
            return found[0]
    raise SystemExit("The demo ended before it told its link.")


async def _pictures(windows: BrowserContext, link: str, folder: Path) -> None:
    page = await windows.new_page()
    await page.goto(link)
    for name in ("clave", "otra"):
        await page.fill(f"[name={name}]", PASSWORD)
    await page.get_by_role("button").click()
    origin = link.partition("/enlace/")[0]
    board = await windows.new_page()
    await board.goto(f"{origin}/tablero")
    await expect(board.locator("#agents .tile[data-state=busy]").first).to_be_visible(timeout=CALL_MS)
    await _picture(board, folder / "board.png")
    await board.emulate_media(color_scheme="dark")
    await _picture(board, folder / "board-dark.png")
    await board.emulate_media(color_scheme="light")
    await board.goto(f"{origin}/administracion/campanas/demo-mantenimiento")
    await _picture(board, folder / "campaign.png")
    await board.close()
    await page.goto(f"{origin}/agente")
    await page.locator("#begin").click(timeout=CALL_MS)
    await expect(page.locator("#controls")).to_be_visible(timeout=CALL_MS)
    await _picture(page, folder / "console.png")
    await page.locator("#hang-up").click()


async def _dashboards(browser: Browser, prometheus: Prometheus, folder: Path) -> None:
    """Of the demo that is over."""
    (up,) = prometheus.range_of('up{job="vocero"} == 1', seconds=2 * END_SECONDS)
    (talks,) = prometheus.range_of('vocero_agents{state="busy"} > 0', seconds=2 * END_SECONDS)
    began = up.samples[0][0]
    for file in FILES:
        end = talks.samples[-1][0] if file.stem in AT_WORK else up.samples[-1][0]
        choices = {name: SHOWN[name] for name in variables(board(file))}
        html, width, height = draw_boards.page(prometheus, file, choices, draw_boards.Span(end, end - began))
        drawn = await (await browser.person(viewport={"width": width, "height": height})).new_page()
        await drawn.set_content(html)
        await drawn.screenshot(path=folder / f"grafana-{file.stem}.png")
        print(folder / f"grafana-{file.stem}.png")  # noqa: T201
        await drawn.close()


async def _picture(shown: Page, file: Path) -> None:
    await shown.wait_for_timeout(LIVE_MS)
    await shown.screenshot(path=file)
    print(file)  # noqa: T201


async def _end(demo: Process) -> None:
    """It goes on to its figures, and takes down what it started; what it says meanwhile is of no interest."""
    if demo.returncode is None:
        demo.send_signal(signal.SIGINT)
    try:
        async with asyncio.timeout(END_SECONDS):
            await demo.communicate()
    finally:
        if demo.returncode is None:
            demo.kill()


if __name__ == "__main__":
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    asyncio.run(main(Path(sys.argv[1])))
