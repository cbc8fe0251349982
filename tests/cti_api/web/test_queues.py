"""Queues over the API: made from a file, looked at, and their figures of today."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx

from cti_api.model.ids import AgentId, InboundId, QueueId
from cti_api.model.queues import InboundCall, InboundOutcome
from cti_api.ports import CallerView
from cti_api.web.handed import Handed
from tests.support.dialer_port import QuietDialer
from tests.support.queue_files import QUEUE_FILE

SOPORTE = QueueId("soporte")


async def put(api: httpx.AsyncClient, text: str = QUEUE_FILE, name: str = "soporte") -> httpx.Response:
    return await api.put(f"/queues/{name}", content=text.encode(), headers={"Content-Type": "application/yaml"})


async def test_a_queue_is_made_given_another_file_and_taken_away(api: httpx.AsyncClient) -> None:
    assert (await put(api)).json() == {"id": "soporte", "title": "Soporte técnico", "is_new": True}
    assert (await put(api)).json()["is_new"] is False
    assert (await api.get("/queues/soporte")).json()["file"] == QUEUE_FILE
    assert (await api.post("/queues/soporte/remove")).json() == {"id": "soporte"}
    assert (await api.get("/queues")).json() == []
    assert (await api.get("/queues/soporte")).status_code == 404


async def test_a_file_with_faults_or_of_another_queue_changes_nothing(api: httpx.AsyncClient) -> None:
    assert (await put(api, QUEUE_FILE + "colour: red\n")).status_code == 422
    assert (await put(api, name="ventas")).status_code == 422
    assert (await api.put("/queues/soporte", content=b"id: \xff")).status_code == 422
    assert (await api.get("/queues")).json() == []


async def test_the_figures_are_those_of_today_and_of_who_waits_now(
    api: httpx.AsyncClient, handed: Handed, dialer: QuietDialer
) -> None:
    await put(api)
    now = handed.clock.now()
    for n, (ago, outcome) in enumerate(
        [
            (timedelta(), InboundOutcome.ANSWERED),
            (timedelta(), InboundOutcome.CALLER_ABANDONED),
            (timedelta(days=1), InboundOutcome.CALLER_ABANDONED),
        ]
    ):
        arrived = now - ago
        over = arrived + timedelta(seconds=5)
        joined = over if outcome is InboundOutcome.ANSWERED else None
        call = InboundCall(
            id=InboundId(f"176400000{n}.1"),
            queue=SOPORTE,
            number="+573001234567",
            arrived_at=arrived,
            queued_at=arrived,
            joined_at=joined,
            ended_at=over,
            closed_at=over,
            outcome=outcome,
        )
        await handed.store.queues.write(call)
    waits = CallerView(
        caller_id="1764000009.9",
        number="+573009876543",
        state="waiting",
        waited_seconds=7.5,
        position=1,
        agent_id=None,
    )
    talks = replace(waits, caller_id="1764000008.8", state="talking", agent_id=AgentId("ana"))
    dialer.lines[SOPORTE] = replace(dialer.lines[SOPORTE], callers=(waits, talks))
    (found,) = (await api.get("/queues")).json()
    assert (found["waiting"], found["longest_waiting_seconds"]) == (1, 7.5)
    assert (found["today"]["offered"], found["today"]["service_level"], found["today"]["asa_seconds"]) == (2, 0.5, 5.0)
    assert [each["state"] for each in (await api.get("/queues/soporte")).json()["callers"]] == ["waiting", "talking"]
    assert len((await api.get("/queues/soporte/missed")).json()) == 1
    assert len((await api.get("/queues/soporte/missed", params={"days": 2})).json()) == 2


async def test_callers_of_a_queue_that_records_are_told_so_and_the_sound_is_given(
    api: httpx.AsyncClient, handed: Handed, tmp_path: Path
) -> None:
    said = tmp_path / "sounds/soporte/notice.on"
    await put(api, f"{QUEUE_FILE}record: true\n")
    assert said.exists()
    await put(api, f"{QUEUE_FILE}record: true\nnotice: false\n")
    assert not said.exists()
    await put(api, f"{QUEUE_FILE}record: true\n")
    await api.post("/queues/soporte/remove")
    assert not said.exists()
    now = handed.clock.now()
    facts = {"queue": SOPORTE, "number": "+573001234567", "arrived_at": now, "queued_at": now}
    talk = InboundCall(id=InboundId("1764000000.42.2"), recording="1764000000.42.2.wav", **facts)  # type: ignore[arg-type]
    await handed.store.queues.write(talk)
    assert (await api.get(f"/callers/{talk.id}/recording")).status_code == 404
    handed.recordings.mkdir(exist_ok=True)
    (handed.recordings / talk.recording).write_bytes(b"RIFF")
    assert (await api.get(f"/callers/{talk.id}/recording")).content == b"RIFF"
    found = (await api.post("/evidence", json={"who": "+573001234567", "region": "CO"})).json()
    assert [each["sound"] for each in found["recordings"]] == [f"/callers/{talk.id}/recording"]
