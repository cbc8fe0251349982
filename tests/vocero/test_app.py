"""What `vocero up` refuses before it dials, and what it serves although Asterisk is away."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from cti_api.clock import SystemClock
from cti_api.errors import SettingsError
from cti_api.links import KEY_FILE
from cti_api.model.ids import LeadId
from cti_api.settings import load_settings
from tests.support.free_port import free_port
from tests.support.office import SetClock
from tests.support.report_post import MailServer, attached, due
from tests.support.shift import until
from tests.support.whatsapp_provider import VERIFY, Provider, signed, webhook
from tests.support.wire_smtp import wire_smtp
from vocero.app import links_of, refuse_same_names, run_until


def test_a_trunk_that_is_called_like_an_agent_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vocero.yaml"
    path.write_text(
        "asterisk: {ami: {secret: 0123456789abcdef01}}\n"
        "trunks: [{name: claro, channels: 1, calls_per_hour: 1}, {name: ana, channels: 1, calls_per_hour: 1}]\n"
    )
    path.chmod(0o600)
    settings = load_settings(path)
    refuse_same_names(settings, ["luis"])
    with pytest.raises(SettingsError, match="The trunk ana is called like an agent"):
        refuse_same_names(settings, ["luis", "ana"])


@pytest.fixture
def as_before() -> Iterator[None]:
    """What a process that dials does to its interpreter is undone for the tests after this one."""
    seconds = sys.getswitchinterval()
    yield
    gc.unfreeze()
    sys.setswitchinterval(seconds)


@pytest.mark.usefixtures("as_before")
async def test_the_public_door_is_open_where_it_is_set_and_serves_what_providers_need(tmp_path: Path) -> None:
    public, nobody = free_port(), free_port()
    whatsapp = Provider().settings(nobody).model_dump(mode="json") | {
        "token": "t", "app_secret": "app-secret", "verify_token": VERIFY,
    }  # fmt: skip
    asterisk = {"ami": {"secret": "0123456789abcdef01", "port": nobody}, "recordings": "rec", "cel_journal": "cel.csv",
                "sounds": "snd", "sip_accounts": "sip.sqlite3"}  # fmt: skip
    path = tmp_path / "vocero.yaml"
    path.touch(mode=0o600)
    path.write_text(
        json.dumps(
            {
                "asterisk": asterisk,
                "api": {"socket": "v.sock", "metrics_port": None},
                "public": {"port": public},
                "messages": {"whatsapp": whatsapp},
            }
        )
    )
    stop, ready = asyncio.Event(), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(run_until(stop, load_settings(path), SystemClock(), ready.set))
        async with asyncio.timeout(30), httpx.AsyncClient(base_url=f"http://127.0.0.1:{public}") as client:
            await ready.wait()
            asked = {"hub.mode": "subscribe", "hub.verify_token": VERIFY, "hub.challenge": "1158201444"}
            while True:
                try:
                    assert (await client.get("/hooks/whatsapp", params=asked)).text == "1158201444"
                    break
                except httpx.ConnectError:
                    await asyncio.sleep(0.05)
            body = webhook(statuses=[])
            assert (await client.post("/hooks/whatsapp", content=body, headers=signed(body))).json() == {"taken": 0}
            assert (await client.get("/metrics")).status_code == 404
        stop.set()


@pytest.mark.usefixtures("as_before")
async def test_the_booking_page_is_at_the_public_address_with_a_secret_beside_the_store(tmp_path: Path) -> None:
    port = free_port()
    path = tmp_path / "vocero.yaml"
    path.write_text(
        "asterisk: {ami: {secret: 0123456789abcdef01, port: 1}, sip_accounts: sip.sqlite3, cel_journal: cel.csv}\n"
        f"api: {{socket: v.sock, metrics_port: null}}\npublic: {{port: {port}, base_url: 'https://citas.example.com'}}\n"
    )
    path.chmod(0o600)
    settings, stop, ready = load_settings(path), asyncio.Event(), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(run_until(stop, settings, SystemClock(), ready.set))
        await ready.wait()
        door = httpx.AsyncHTTPTransport(retries=9)  # `ready` tells of the control socket
        async with httpx.AsyncClient(transport=door, base_url=f"http://127.0.0.1:{port}", timeout=30) as telephone:
            refused = await telephone.get("/c/nadie")
            hidden = await telephone.get("/api/v1/campaigns")
        stop.set()
    assert (refused.status_code, "no es válido o ya venció" in refused.text) == (404, True)
    assert hidden.status_code == 404
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600
    links, now = links_of(settings), SystemClock().now()
    assert links.link(LeadId(7), now).startswith("https://citas.example.com/c/")
    assert links_of(settings).lead_of(links.token(LeadId(7), now), now) == 7


LATEST = "vocero_kpi_lacking{'indicator': 'effectiveness'}"
"""What a process shows last of all that it shows by itself."""


async def scraped(prometheus: httpx.AsyncClient) -> dict[str, float]:
    """Name and labels of each series → value; nothing before the door is open."""
    try:
        text = (await prometheus.get("/metrics")).text
    except httpx.ConnectError:
        return {}
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {f"{sample.name}{sample.labels}": sample.value for sample in samples}


@pytest.mark.usefixtures("as_before")
async def test_prometheus_is_told_of_everything_and_of_a_process_that_began_anew(tmp_path: Path) -> None:
    port = free_port()
    path = tmp_path / "vocero.yaml"
    path.write_text(
        "asterisk: {ami: {secret: 0123456789abcdef01, port: 1}, sip_accounts: sip.sqlite3, cel_journal: cel.csv}\n"
        f"api: {{socket: v.sock, metrics_port: {port}}}\n"
    )
    path.chmod(0o600)
    lives = []
    for _ in range(2):
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(run_until(stop, load_settings(path), SystemClock()))
            async with asyncio.timeout(30), httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as prometheus:
                while True:
                    await asyncio.sleep(0.05)
                    if LATEST in (told := await scraped(prometheus)):
                        break
            stop.set()
        lives.append(told)
    first, second = lives
    assert first[LATEST] == second[LATEST] == 1
    assert (first["vocero_ami_up{}"], first["vocero_outbox_unnumbered_events{}"]) == (0, 0)
    assert second["vocero_start_time_seconds{}"] > first["vocero_start_time_seconds{}"]


@pytest.mark.usefixtures("as_before")
async def test_a_report_that_was_due_while_nothing_ran_comes_at_the_next_start(tmp_path: Path) -> None:
    server, clock, metrics = MailServer(), SetClock(due(11) - timedelta(days=1)), free_port()
    told: dict[str, float] = {}
    async with wire_smtp(server) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{metrics}") as prometheus:
        path = tmp_path / "vocero.yaml"
        path.write_text(
            "asterisk: {ami: {secret: 0123456789abcdef01, port: 1}, sip_accounts: sip.sqlite3, cel_journal: cel.csv}\n"
            f"api: {{socket: v.sock, metrics_port: {metrics}}}\n"
            f"messages: {{email: {{host: 127.0.0.1, port: {port}, security: none, sender: informes@example.com}}}}\n"
            "reports: {scheduled: [{name: mensual, kind: monthly, to: [directora@example.com], monthly: 2}]}\n"
        )
        path.chmod(0o600)

        async def known() -> bool:
            told.update(await scraped(prometheus))
            return "vocero_report_overdue_seconds{'report': 'mensual'}" in told

        async def sent() -> bool:
            told.update(await scraped(prometheus))
            return "vocero_report_runs{'report': 'mensual', 'state': 'sent'}" in told

        for seen in (known, sent):
            stop = asyncio.Event()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(run_until(stop, load_settings(path), clock))
                await until(seen, 30, "the schedule is known, and then the report is sent")
                stop.set()
            clock.at = due(11) + timedelta(days=1)
    [letter] = server.letters
    assert letter["Subject"].endswith(": octubre de 2026")
    assert any(name.endswith(".xlsx") for name in attached(letter))
