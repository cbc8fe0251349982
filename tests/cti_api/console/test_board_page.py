"""The board and the administration in a browser: over a real store, and a dialer that calls nobody."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, expect
from prometheus_client import CollectorRegistry

from cti_api.access.actors import Role
from cti_api.access.matrix import MATRIX
from cti_api.board.gather import Gatherer
from cti_api.board.stream import BoardStream
from cti_api.campaign_file.parse import parse_campaign
from cti_api.clock import SystemClock
from cti_api.law.shipped import shipped_written
from cti_api.metrics.families import Families
from cti_api.metrics.observe import Observer
from cti_api.model.agents import AgentState
from cti_api.model.ids import AgentId, CampaignId
from cti_api.sounds import CampaignSounds
from cti_api.store.policies import Person, Proposal
from cti_api.store.store import Store
from cti_api.web.handed import Handed
from cti_api.what_if import Asked, Compared, Figure, Foreseen
from tests.support.browser import Browser, axe, chromium
from tests.support.campaigns import CAMPAIGN_FILE
from tests.support.desk import Desk, desk
from tests.support.dialer_port import QuietDialer, pacing_decision
from tests.support.full_floor import MANTENIMIENTO, fill
from tests.support.laws import LATER, SATURDAY_LONGER, text_with
from tests.support.store import new_leads, number

pytestmark = pytest.mark.asyncio(loop_scope="module")

KNOWN = {
    "campaign_id": "mantenimiento", "agent_id": "agente-1", "queue_id": "soporte", "tree": "menu", "survey_id": "csat",
    "name": "co", "user_id": "ada",
}  # fmt: skip
BRUNO, CARLA = AgentId("agente-2"), AgentId("agente-3")
PAGES = tuple(
    re.sub(r"\{(\w+)\}", lambda named: KNOWN[named[1]], rule.path)
    for rule in MATRIX
    if rule.is_page and rule.path.startswith(("/administracion/", "/tablero"))
)
Scheme = Literal["light", "dark"]


class Foretold:
    """A simulator that knows what comes."""

    async def compare(self, asked: Asked) -> Compared:
        def shifts(abandoned: float, talks: float) -> Foreseen:
            return Foreseen(
                policy="predictive", occupancy=Figure(mean=0.8, half=0.01), calls_per_hour=Figure(mean=300, half=9),
                talks_per_hour=Figure(mean=talks, half=2), abandoned=Figure(mean=abandoned, half=0.001),
                wait_seconds=Figure(mean=30, half=2), over=0,
            )  # fmt: skip

        before, after = shifts(0.028, 90), shifts(0.009, 80)
        return Compared(before=before, after=after, agents=asked.agents, shifts=6, hours=2.0, supposed=())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def floor(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """A dozen agents, three campaigns, two queues."""
    folder = tmp_path_factory.mktemp("floor")
    shutil.copy(sqlite_template, folder / "vocero.db")
    clock, registry = SystemClock(), CollectorRegistry()
    async with Store.open(f"sqlite:///{folder}/vocero.db", clock=clock) as store:
        dialer = QuietDialer(store, clock)
        await fill(dialer, 12)
        now = clock.now()
        dialer.decisions = [pacing_decision(now), pacing_decision(now, "abandonment_budget")]
        packs = Proposal(packs=shipped_written(), removed=(), judged_against={}, loosens=False, told=("co: otra hora",))
        await store.policies.propose(packs, Person("Ada", "person:ada"), now)
        await store.trees.publish("menu", "Menú de la casa", "id: menu\n", "unix:vocero", now)
        await store.surveys.publish("csat", "Satisfacción", "id: csat\n", now)  # type: ignore[arg-type]
        board = BoardStream(Gatherer(store, dialer, clock))
        handed = Handed(
            store=store,
            dialer=dialer,
            clock=clock,
            observer=Observer(Families(registry)),
            registry=registry,
            sounds=CampaignSounds(folder / "sounds"),
            recordings=folder / "recordings",
            journal=folder / "journal.csv",
            console_url="https://consola.example.com",
            board=board,
            simulator=Foretold(),
        )
        async with desk(handed) as opened:
            looking = opened.tasks.create_task(board.run())
            yield opened
            looking.cancel()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    async with chromium(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sara(floor: Desk, browser: Browser) -> BrowserContext:
    """A supervisor."""
    context = await browser.person()
    await context.add_cookies([await floor.cookie("sara", Role.SUPERVISOR)])
    return context


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ada(floor: Desk, browser: Browser) -> BrowserContext:
    """An administrator."""
    context = await browser.person()
    await context.add_cookies([await floor.cookie("ada", Role.ADMIN)])
    return context


async def opened(context: BrowserContext, floor: Desk, path: str) -> Page:
    page = await context.new_page()
    await page.goto(f"{floor.origin}{path}")
    return page


async def board(context: BrowserContext, floor: Desk) -> Page:
    page = await opened(context, floor, "/tablero")
    await expect(page.locator("#live")).to_have_text("En vivo")
    return page


async def test_the_floor_is_seen_as_it_is_and_as_it_changes(floor: Desk, sara: BrowserContext) -> None:
    page = await board(sara, floor)
    tile = page.locator("#agents .tile", has_text="Bruno Quispe")
    await expect(tile).to_contain_text("En llamada")
    await floor.dialer.hang_up(BRUNO)
    await expect(tile).to_contain_text("Cerrando llamada")
    await floor.dialer.ready(BRUNO)
    await expect(tile).to_contain_text("Disponible")
    await expect(page.locator("#alerts")).to_contain_text("La troncal operador-b no responde.")
    await expect(page.locator("#queues")).to_contain_text("3 en espera")
    await expect(page.locator("#campaigns")).to_contain_text("Otra llamada podría dejar a alguien sin agente.")
    await page.close()


async def test_a_supervisor_pauses_somebody_and_is_asked_before_a_call_is_ended(
    floor: Desk, sara: BrowserContext
) -> None:
    floor.dialer.connect(BRUNO)
    page = await board(sara, floor)
    await page.locator("#agents .tile", has_text="Bruno Quispe").click()
    await page.locator("#pause-reason").fill("reunión")
    await page.get_by_role("button", name="Pausar", exact=True).last.click()
    await expect(page.locator("#agents .tile", has_text="Bruno Quispe")).to_contain_text("pausa pedida")
    await page.locator("#agents .tile", has_text="Bruno Quispe").click()
    await page.get_by_role("button", name="Terminar la llamada").click()
    await expect(page.locator("#sure")).to_contain_text("La persona que habla con Bruno Quispe")
    assert floor.dialer.board[BRUNO].status.state is AgentState.BUSY
    await page.locator("#sure-yes").click()
    await expect(page.locator("#agents .tile", has_text="Bruno Quispe")).to_contain_text("Cerrando llamada")
    await page.close()


async def test_a_campaign_is_paused_from_the_board_and_the_filter_leaves_the_others_out(
    floor: Desk, sara: BrowserContext
) -> None:
    page = await board(sara, floor)
    card = page.locator("#campaigns li", has_text="Mantenimiento de noviembre")
    await card.get_by_role("button", name="Pausar").click()
    await page.locator("#sure-yes").click()
    await expect(card).to_contain_text("En pausa")
    await card.get_by_role("button", name="Iniciar").click()
    await expect(card).to_contain_text("En marcha")
    await page.locator("#filter").select_option("c:renovaciones")
    await expect(page.locator("#campaigns li")).to_have_count(1)
    await expect(page.locator("#agents .tile", has_text="Ana Díaz")).to_have_count(0)
    await page.close()


async def test_a_supervisor_listens_over_the_telephone_they_name(floor: Desk, sara: BrowserContext) -> None:
    floor.dialer.connect(CARLA)
    call = floor.dialer.board[CARLA].attempt_id
    assert call is not None
    floor.dialer.live.talk(call, floor.handed.clock.now(), agent=CARLA)
    page = await board(sara, floor)
    tile = page.locator("#agents .tile", has_text="Carla Rojas")
    await tile.click()
    await page.locator("#telephone").fill("extension:2134")
    await page.get_by_role("button", name="Susurrar").click()
    await expect(page.locator("#hear-now")).to_have_text("sara le habla al agente.")
    (joined,) = floor.dialer.live.there[call].supervised
    assert (joined.by, joined.mode, joined.telephone) == ("person:sara", "whisper", "extension:2134")
    await page.get_by_role("button", name="Dejar la llamada").click()
    await expect(page.locator("#hear-now")).to_be_hidden()
    await page.locator("#agent [data-close]").click()
    await expect(tile).not_to_contain_text("acompañada")
    await floor.dialer.live.end(call)
    await page.close()


async def test_somebody_whom_no_agent_has_is_seen_and_can_be_hung_up(floor: Desk, sara: BrowserContext) -> None:
    page = await board(sara, floor)
    led = page.locator("#loose li", has_text="En el IVR")
    await led.get_by_role("button", name="Terminar").click()
    await page.locator("#sure-yes").click()
    await expect(led).to_have_count(0)
    await expect(page.locator("#loose li")).to_have_count(1)
    assert list(floor.dialer.live.there) == ["1764000001.7"]
    await page.close()


async def test_an_auditor_looks_and_has_no_buttons(floor: Desk, browser: Browser) -> None:
    context = await browser.person()
    await context.add_cookies([await floor.cookie("aura", Role.AUDITOR)])
    page = await board(context, floor)
    await expect(page.locator("#campaigns button")).to_have_count(0)
    await page.locator("#agents .tile").first.click()
    await expect(page.locator("#agent button:visible")).to_have_count(1)  # to close it
    await context.close()


async def test_what_another_limit_would_do_is_seen_before_it_is_put_in_force(floor: Desk, sara: BrowserContext) -> None:
    page = await opened(sara, floor, "/administracion/campanas/mantenimiento")
    await page.locator("[name=abandonment_limit]").fill("1")
    await page.get_by_role("button", name="¿Qué pasaría?").click()
    found = page.locator("#foreseen")
    await expect(found).to_contain_text("6 turnos simulados")
    await expect(found.locator("tr", has_text="Abandono")).to_contain_text("2,8 % ± 0,1")
    await expect(found.locator("tr", has_text="Abandono").locator(".better")).to_have_text("menos")
    await expect(found.locator("tr", has_text="Conversaciones").locator(".worse")).to_have_text("menos")
    await page.get_by_role("button", name="Aplicar").click()
    async with page.expect_navigation():
        await page.locator("#sure-yes").click()
    text = (await floor.handed.store.campaigns.get(MANTENIMIENTO)).spec_text
    assert parse_campaign(text).abandonment.limit == 0.01
    await page.close()


async def test_a_list_is_looked_at_first_and_brought_in_then(floor: Desk, sara: BrowserContext) -> None:
    rows = "".join(f"Cliente {n},{number(n).e164}\n" for n in range(3))
    file = {"name": "lista.csv", "mimeType": "text/csv", "buffer": f"nombre,telefono\n{rows}Eva,abc\n".encode()}
    store, campaign = floor.handed.store, CampaignId("cobranza")
    page = await opened(sara, floor, "/administracion/campanas/cobranza")
    await page.locator("[name=list]").set_input_files(file)  # type: ignore[arg-type]
    await page.get_by_role("button", name="Mirar la lista").click()
    await expect(page.locator("#list-found")).to_contain_text("4 filas: 3 entrarían, 1 no.")
    assert (await store.campaigns.counts(campaign, floor.handed.clock.now())).leads == 0
    await page.get_by_role("button", name="Importar").click()
    await expect(page.locator("#list-found")).to_contain_text("4 filas: 3 entraron, 1 no; 0 ya estaban.")
    assert (await store.campaigns.counts(campaign, floor.handed.clock.now())).leads == 3
    await page.close()


async def test_a_file_with_faults_is_refused_with_the_line_of_each(floor: Desk, ada: BrowserContext) -> None:
    page = await opened(ada, floor, "/administracion/campanas")
    await page.locator("summary").click()
    text = CAMPAIGN_FILE.replace("[principal]", "[operador-a]").replace("id: mantenimiento", "id: otra")
    await page.locator("[name=text]").fill(text.replace("mode: progressive", "mode: fast"))
    await page.get_by_role("button", name="Crear la campaña").click()
    await expect(page.locator(".faults li")).to_contain_text("Línea 4: mode:")
    await page.locator("[name=text]").fill(text)
    async with page.expect_navigation():
        await page.get_by_role("button", name="Crear la campaña").click()
    assert page.url.endswith("/administracion/campanas/otra")
    await page.close()


async def test_a_new_agent_gets_a_user_and_a_link_that_is_shown_once(floor: Desk, ada: BrowserContext) -> None:
    page = await opened(ada, floor, "/administracion/agentes")
    await page.locator("summary").click()
    await page.locator("[name=id]").fill("zoe")
    await page.locator("[name=name]").fill("Zoe Lara")
    await page.locator("[name=phone]").select_option("sip")
    await page.get_by_role("button", name="Agregar").click()
    told = page.locator("#once")
    await expect(told).to_contain_text("https://consola.example.com/enlace/")
    await expect(told).to_contain_text("Clave del teléfono")
    async with page.expect_navigation():
        await told.get_by_role("button").click()
    await expect(page.locator("table")).to_contain_text("Zoe Lara")
    assert (await floor.handed.store.users.get("zoe")).agent_id == "zoe"
    await page.close()


async def test_somebody_gets_another_role_and_a_seat(floor: Desk, ada: BrowserContext) -> None:
    await floor.cookie("ines", Role.AGENT, "agente-9")
    page = await opened(ada, floor, "/administracion/usuarios")
    async with page.expect_navigation():  # its code is there, too
        await page.get_by_role("link", name="Ines").click()
    await page.locator("select[name=role]").select_option("supervisor")
    await page.locator("[name=agent_id]").select_option("")
    await page.get_by_role("button", name="Guardar").click()
    async with page.expect_navigation():
        await page.locator("#sure-yes").click()
    changed = await floor.handed.store.users.get("ines")
    assert (changed.role, changed.agent_id, changed.name) == (Role.SUPERVISOR, None, "Ines")
    await page.close()


async def test_a_looser_law_is_seen_for_what_it_is_and_waits_for_a_second_person(
    floor: Desk, ada: BrowserContext, browser: Browser
) -> None:
    page = await opened(ada, floor, "/administracion/ley")
    await page.locator("[name=text]").fill(text_with("co", LATER, SATURDAY_LONGER))
    await page.get_by_role("button", name="Ver la diferencia").click()
    await expect(page.locator("#law-found")).to_contain_text("El cambio afloja la ley")
    await page.get_by_role("button", name="Pedir el cambio").click()
    async with page.expect_navigation():
        await page.locator("#sure-yes").click()
    await expect(page.locator(".body")).to_contain_text("Un cambio de ada espera a una segunda persona")
    await expect(page.get_by_role("button", name="Aprobar")).to_have_count(0)
    second = await browser.person()
    await second.add_cookies([await floor.cookie("eva", Role.ADMIN)])
    other = await opened(second, floor, "/administracion/ley")
    await other.get_by_role("button", name="Aprobar").click()
    async with other.expect_navigation():
        await other.locator("#sure-yes").click()
    assert [each.version for each in await floor.handed.store.policies.in_force() if each.name == "co"] == [
        "2026-12-01"
    ]
    await second.close()
    await page.close()


async def test_what_happened_to_somebody_is_found_by_their_number(floor: Desk, sara: BrowserContext) -> None:
    await floor.handed.store.leads.add(MANTENIMIENTO, new_leads(1, first=900), floor.handed.clock.now())
    page = await opened(sara, floor, "/administracion/personas")
    await page.locator("[name=words]").fill(number(900).e164)
    await page.get_by_role("button", name="Buscar").click()
    await expect(page.locator("#stories h2")).to_contain_text(number(900).e164)
    assert number(900).e164 not in page.url
    await page.locator("[name=words]").fill("Nadie de Nadie")
    await page.get_by_role("button", name="Buscar").click()
    await expect(page.locator("#notices")).to_contain_text("Eso no existe.")
    await page.close()


async def found_by_axe(context: BrowserContext, floor: Desk, paths: Sequence[str], scheme: Scheme) -> list[str]:
    page, found = await context.new_page(), list[str]()
    await page.emulate_media(color_scheme=scheme)
    for path in paths:
        await page.goto(f"{floor.origin}{path}")
        if path == "/tablero":
            await expect(page.locator("#live")).to_have_text("En vivo")
        await page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        found += [f"{path}: {each}" for each in await axe(page)]
    await page.close()
    return found


async def test_nothing_on_any_page_keeps_people_from_using_it(floor: Desk, ada: BrowserContext) -> None:
    assert await found_by_axe(ada, floor, PAGES, "light") == []


async def test_nor_in_the_dark(floor: Desk, ada: BrowserContext) -> None:
    """Those that have parts which the others have not."""
    own = (
        "/tablero",
        "/cuenta",
        "/administracion/campanas/mantenimiento",
        "/administracion/usuarios",
        "/administracion/auditoria",
    )
    assert await found_by_axe(ada, floor, own, "dark") == []


@pytest.mark.long
async def test_nor_on_any_other_in_the_dark(floor: Desk, ada: BrowserContext) -> None:
    assert await found_by_axe(ada, floor, PAGES, "dark") == []


async def test_a_board_that_hears_nothing_says_so(floor: Desk, sara: BrowserContext) -> None:
    page = await board(sara, floor)
    kept, floor.app.state.handed = floor.app.state.handed, replace(floor.app.state.handed, board=None)
    await page.reload()
    await expect(page.locator("#live")).to_contain_text("Sin conexión")
    floor.app.state.handed = kept
    await expect(page.locator("#live")).to_have_text("En vivo", timeout=10_000)
    await page.close()
