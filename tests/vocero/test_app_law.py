"""What `vocero policy apply` says holds for messages from the next one on, in the system that runs."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import httpx
import pytest

from cti_api.clock import SystemClock
from cti_api.model.leads import Lead
from cti_api.model.messages import Message, MessageState
from cti_api.settings import load_settings
from cti_api.store.store import Store
from tests.support.campaigns import CAMPAIGN_FILE
from tests.support.messages import message_for, people, planned
from tests.support.shift import until
from tests.support.store import CAMPAIGN, T0
from tests.support.whatsapp_provider import APP_SECRET, TOKEN, VERIFY, Provider
from tests.support.wire_http import wire_http
from tests.vocero.test_app import as_before
from vocero.app import run_until
from vocero.lab.rig import LAB_PACKS

__all__ = ["as_before"]

OPEN = (LAB_PACKS / "lab.yaml").read_text(encoding="utf-8")
SHUT = OPEN.replace("open: always", "open: never").replace("version: 2026-11-25", "version: 2026-12-01")


def settings_file(folder: Path, provider: dict[str, object]) -> Path:
    """Of a system whose Asterisk is away, with the law of the lab."""
    (folder / "laws").mkdir()
    (folder / "laws" / "lab.yaml").write_text(OPEN, encoding="utf-8")
    written = {
        "asterisk": {
            "ami": {"secret": "0123456789abcdef01", "port": 1}, "recordings": "rec", "cel_journal": "cel.csv",
            "sounds": "snd", "sip_accounts": "sip.sqlite3",
        },
        "api": {"socket": "v.sock", "metrics_port": None},
        "store": {"url": f"sqlite:///{folder}/vocero.db"},
        "law": {"folder": "laws"},
        "messages": {"whatsapp": provider},
    }  # fmt: skip
    path = folder / "vocero.yaml"
    path.touch(mode=0o600)
    path.write_text(json.dumps(written))
    return path


async def written_to(store: Store, lead: Lead) -> Message:
    now = SystemClock().now()
    message = message_for(lead, now)
    await store.follow_ups.plan([planned(lead, message)], now)
    return message


@pytest.mark.usefixtures("as_before")
async def test_a_law_that_was_applied_holds_for_the_next_message_without_a_restart(tmp_path: Path) -> None:
    provider, clock = Provider(), SystemClock()
    secrets = {"token": TOKEN, "app_secret": APP_SECRET, "verify_token": VERIFY}
    async with wire_http(provider.answer) as port:
        whatsapp = provider.settings(port).model_dump(mode="json") | secrets
        settings = load_settings(settings_file(tmp_path, whatsapp))
        stop, ready = asyncio.Event(), asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(run_until(stop, settings, clock, ready.set))
            await ready.wait()
            control = httpx.AsyncHTTPTransport(uds=str(settings.api.socket))
            async with (
                Store.open(settings.store.url.get_secret_value(), clock=clock) as store,
                httpx.AsyncClient(transport=control, base_url="http://vocero/api/v1") as api,
            ):
                await store.campaigns.create(CAMPAIGN, "Mantenimiento", CAMPAIGN_FILE, T0)
                first, second = await people(store, 2)
                before = await written_to(store, first)

                async def goes() -> bool:
                    return (await store.messages.get(before.id)).state is MessageState.ACCEPTED

                await until(goes, 30, "the first goes")
                answer = await api.post("/policy/changes", json={"packs": [SHUT], "by": "Ana Díaz"})
                assert (answer.status_code, answer.json()["state"]) == (201, "applied"), answer.text
                after = await written_to(store, second)

                async def waits() -> bool:
                    return (await store.messages.get(after.id)).reason.startswith("lab-hours: ")

                await until(waits, 30, "the second waits for the law")
                assert (await store.messages.get(after.id)).state is MessageState.PLANNED
            stop.set()
    assert provider.taken == {first.phone.digits: [before.id]}
