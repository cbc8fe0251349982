"""The administration in a browser: over a real store, and a dialer that calls nobody."""

from __future__ import annotations

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import BrowserContext, Page, Route, expect

from cti_api.access.actors import Role
from cti_api.campaign_file.parse import parse_campaign
from cti_api.model.ids import CampaignId
from tests.support.browser import Browser
from tests.support.campaigns import CAMPAIGN_FILE
from tests.support.desk import Desk
from tests.support.full_floor import ENCUESTA, MANTENIMIENTO
from tests.support.laws import LATER, SATURDAY_LONGER, text_with
from tests.support.store import new_leads, number

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def opened(context: BrowserContext, floor: Desk, path: str) -> Page:
    page = await context.new_page()
    await page.goto(f"{floor.origin}{path}")
    return page


async def test_what_is_pressed_before_the_pages_code_is_there_sends_nothing(floor: Desk, ada: BrowserContext) -> None:
    page, there = await ada.new_page(), asyncio.Event()

    async def late(route: Route) -> None:
        await there.wait()
        await route.continue_()

    await page.route("**/static/admin/agents.js", late)
    await page.goto(f"{floor.origin}/administracion/agentes", wait_until="commit")
    before = page.url
    await page.locator("summary").dispatch_event("click")  # opened, as if the page had come so
    form = page.locator("#new-agent")
    for name, value in (("id", "leo"), ("name", "Leo Sosa")):
        await form.locator(f"[name={name}]").evaluate("(field, value) => { field.value = value; }", value)
    place = await form.get_by_text("Agregar").bounding_box()
    assert place is not None
    await page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")  # a link of the frame at most
    await expect(page.locator("main")).to_have_attribute("inert", "")
    assert page.url.partition("#")[0] == before
    assert "leo" not in {view.agent.id for view in floor.dialer.agents()}
    there.set()
    await form.get_by_role("button", name="Agregar").click()
    await expect(page.locator("#once")).to_contain_text("/enlace/")
    assert "leo" in {view.agent.id for view in floor.dialer.agents()}
    await page.close()


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
    await expect(page.locator("#list-found")).to_contain_text("un teléfono no tiene letras")
    assert (await store.campaigns.counts(campaign)).leads == 0
    await page.get_by_role("button", name="Importar").click()
    await expect(page.locator("#list-found")).to_contain_text("4 filas: 3 entraron, 1 no; 0 ya estaban.")
    assert (await store.campaigns.counts(campaign)).leads == 3
    await page.close()


async def test_a_list_with_other_columns_is_read_as_somebody_says(floor: Desk, sara: BrowserContext) -> None:
    rows = f"Titular,Celular,Casa\nCarmen,{number(20).e164},{number(21).e164}\n"
    file = {"name": "otra.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    page = await opened(sara, floor, "/administracion/campanas/cobranza")
    await page.locator("[name=list]").set_input_files(file)  # type: ignore[arg-type]
    await page.get_by_role("button", name="Mirar la lista").click()
    await expect(page.locator("#list-import .faults")).to_contain_text(
        "el archivo no tiene esa columna; el archivo tiene"
    )
    await page.locator("#list-import summary").click()
    await page.locator("[data-column][name=name]").fill("Titular")
    await page.locator("[data-column][name=phone]").fill("Celular, Casa")
    await page.get_by_role("button", name="Mirar la lista").click()
    await expect(page.locator("#list-found")).to_contain_text("1 filas: 1 entrarían, 0 no.")
    await expect(page.locator("#list-found dl")).to_contain_text("Celular, Casa")
    await page.get_by_role("button", name="Importar").click()
    await expect(page.locator("#list-found")).to_contain_text("1 entraron")
    lead = await floor.handed.store.leads.with_number(CampaignId("cobranza"), number(21))
    assert lead is not None
    assert lead.contact.name == "Carmen"
    await page.close()


async def test_a_file_with_faults_is_refused_with_the_line_of_each(floor: Desk, ada: BrowserContext) -> None:
    page = await opened(ada, floor, "/administracion/campanas")
    await page.locator("summary").click()
    text = CAMPAIGN_FILE.replace("[principal]", "[operador-a]").replace("id: mantenimiento", "id: otra")
    await page.locator("[name=text]").fill(text.replace("mode: progressive", "mode: fast"))
    await page.get_by_role("button", name="Crear la campaña").click()
    await expect(page.locator(".faults li")).to_contain_text("Línea 4: mode: debe ser uno de estos: manual,")
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


async def test_a_copy_of_a_public_list_is_read_first_and_taken_then(floor: Desk, ada: BrowserContext) -> None:
    lines = "numero\n3001234567\n+57 601 742 0000; sms\nNadie\n"
    page = await opened(ada, floor, "/administracion/listas-publicas")
    await expect(page.locator("tr", has_text="RNE")).to_contain_text("vencida")
    await page.locator("[name=taken_at]").fill(f"{floor.handed.clock.now().astimezone():%Y-%m-%dT%H:%M}")
    file = {"name": "rne.csv", "mimeType": "text/csv", "buffer": lines.encode()}
    await page.locator("[name=copy]").set_input_files(file)  # type: ignore[arg-type]
    await page.get_by_role("button", name="Leer el archivo").click()
    await expect(page.locator("#registry-found")).to_contain_text("2 números (1 de ellos excluyen")
    await expect(page.locator("#registry-found tbody tr")).to_contain_text(["4un teléfono no tiene letras"])
    assert [copy.entries for copy in await floor.handed.store.registries.all()] == [0]
    await page.get_by_role("button", name="Tomar esta copia").click()
    async with page.expect_navigation():
        await page.locator("#sure-yes").click()
    await expect(page.locator("tr", has_text="RNE")).to_contain_text("vigente")
    assert [copy.entries for copy in await floor.handed.store.registries.all()] == [2]
    await page.close()


async def test_what_people_answered_is_seen_and_what_follows_is_seen_to(floor: Desk, sara: BrowserContext) -> None:
    page = await opened(sara, floor, "/administracion/encuestas/csat")
    await expect(page.locator("tr", has_text="CSAT")).to_contain_text("0,0 %")
    async with page.expect_navigation():
        await page.get_by_role("link", name="reclamo").click()
    await expect(page.locator("h1")).to_have_text("Carmen Rodríguez")
    await expect(page.locator("table").first).to_contain_text("Nota")
    async with page.expect_navigation():
        await page.get_by_role("link", name="Volver").click()
    async with page.expect_navigation():
        await page.get_by_role("button", name="Dar por terminado").click()
    await expect(page.locator("table").last).to_contain_text("Nada pendiente.")
    (case,) = await floor.handed.store.survey_cases.all(done=True)
    assert case.done_by == "Sara"
    await page.close()


async def test_an_appointment_is_booked_moved_and_cancelled(floor: Desk, sara: BrowserContext) -> None:
    store = floor.handed.store
    (lead,) = await store.leads.find("Cliente 801", ENCUESTA)
    page = await opened(sara, floor, f"/administracion/personas/{lead.id}/cita")
    await page.locator("[name=at]").select_option(index=1)
    async with page.expect_navigation():
        await page.get_by_role("button", name="Agendar").click()
    (booked,) = await store.appointments.of_lead(lead.id)
    assert page.url.endswith(f"/administracion/citas/{booked.id}")
    await page.locator("[name=at]").select_option(index=2)
    await page.get_by_role("button", name="Mover la cita").click()
    async with page.expect_navigation():
        await page.locator("#sure-yes").click()
    await expect(page.locator("h1 + .badge")).to_have_text("Movida")
    (moved,) = await store.appointments.of_lead(lead.id)
    assert moved.starts_at > booked.starts_at
    await page.get_by_role("button", name="Cancelar la cita").click()
    async with page.expect_navigation():
        await page.locator("#sure-yes").click()
    await expect(page.locator("h1 + .badge")).to_have_text("Cancelada")
    await expect(page.get_by_role("button", name="Cancelar la cita")).to_have_count(0)
    await page.close()


async def test_a_calendar_is_made(floor: Desk, ada: BrowserContext) -> None:
    page = await opened(ada, floor, "/administracion/citas")
    await page.locator("summary").click()
    await page.locator("[name=name]").fill("taller-sur")
    await page.locator("[name=title]").fill("Taller Sur")
    async with page.expect_navigation():
        await page.get_by_role("button", name="Guardar").click()
    await expect(page.locator("h1")).to_have_text("Taller Sur")
    assert (await floor.handed.store.calendars.get("taller-sur")).timezone == "America/Bogota"
    await page.close()


async def test_somebody_is_erased_after_what_would_go_was_seen(floor: Desk, ada: BrowserContext) -> None:
    store = floor.handed.store
    await store.leads.add(MANTENIMIENTO, new_leads(1, first=950), floor.handed.clock.now())
    page = await opened(ada, floor, "/administracion/borrados")
    go = page.get_by_role("button", name="Borrar para siempre")
    await page.locator("[name=who]").fill(number(950).e164)
    await page.locator("[name=reason]").fill("carta del 3 de mayo")
    await page.get_by_role("button", name="Ver qué se borraría").click()
    await expect(page.locator("#erase-found")).to_contain_text("Cliente 950")
    assert await store.leads.with_number(MANTENIMIENTO, number(950)) is not None
    await page.locator("[name=who]").press("End")
    await page.locator("[name=who]").press("Backspace")
    await expect(go).to_be_disabled()  # that was another person
    await page.locator("[name=who]").fill(number(950).e164)
    await page.get_by_role("button", name="Ver qué se borraría").click()
    await go.click()
    await page.locator("#sure-yes").click()
    await expect(page.locator("#erase-found")).to_contain_text("borrada. Solicitud")
    assert await store.leads.with_number(MANTENIMIENTO, number(950)) is None
    (made,) = await store.erasures.all()
    assert (made.asked_by, made.reason) == ("Ada", "carta del 3 de mayo")
    await page.close()


async def test_what_happened_to_somebody_is_found_by_their_number(floor: Desk, sara: BrowserContext) -> None:
    await floor.handed.store.leads.add(MANTENIMIENTO, new_leads(1, first=900), floor.handed.clock.now())
    page = await opened(sara, floor, "/administracion/personas")
    await page.locator("[name=words]").fill(number(900).e164)
    await page.get_by_role("button", name="Buscar").click()
    await expect(page.locator("#stories h2")).to_contain_text(number(900).e164)
    await expect(page.locator("#stories")).to_contain_text("Nunca se ha intentado; espera su turno")
    assert number(900).e164 not in page.url
    await page.locator("[name=words]").fill("Nadie de Nadie")
    await page.get_by_role("button", name="Buscar").click()
    await expect(page.locator("#notices")).to_contain_text("Eso no existe.")
    await page.close()


async def test_hours_are_the_companys_wherever_the_browser_stands(
    floor: Desk, browser: Browser, ada: BrowserContext
) -> None:
    far = await browser.person(timezone_id="Asia/Tokyo", storage_state=await ada.storage_state())
    page = await opened(far, floor, "/administracion/auditoria")
    time = page.locator("time[datetime]").first
    at = datetime.fromisoformat(await time.get_attribute("datetime") or "").astimezone(ZoneInfo("America/Bogota"))
    await expect(time).to_contain_text(f"{at:%H:%M}")
    await far.close()
