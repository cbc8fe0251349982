"""Recording prompts over the API: a session is asked for and looked at; what comes in is hostile until it is read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import httpx
import pytest
from fastapi import FastAPI

from cti_api.web.handed import Handed
from ivr.call.recordings import keep
from ivr.call.studio import Studio

HELLO = {"file": "saludo.wav", "text": "Gracias por llamar."}


@pytest.fixture
def studio(api: httpx.AsyncClient, shared_app: FastAPI, handed: Handed, tmp_path: Path) -> Studio:
    """One over which the API records."""
    studio = Studio(tmp_path / "prompts", ["6015550109"], handed.clock, Random(7))
    shared_app.state.handed = replace(handed, studio=studio)
    return studio


async def test_a_session_is_asked_for_and_looked_at(api: httpx.AsyncClient, studio: Studio) -> None:
    answer = await api.post("/prompt-sessions", json={"prompts": [HELLO]})
    assert answer.status_code == 201
    session = answer.json()
    assert (len(session["code"]), session["numbers"], session["state"]) == (6, ["6015550109"], "open")
    assert session["prompts"] == [{**HELLO, "state": "waiting", "seconds": None}]
    assert (await api.get(f"/prompt-sessions/{session['id']}")).json() == session
    assert (await api.get(f"/prompt-sessions/{'0' * 16}")).status_code == 404
    assert (await api.get("/prompt-sessions/1")).status_code == 422


@pytest.mark.parametrize(
    "prompts",
    [
        [],
        [{"file": "saludo.wav", "text": ""}],
        [{"file": "../fuera.wav", "text": "a"}],
        [{"file": "/etc/passwd", "text": "a"}],
        [{"file": "a/../../fuera.wav", "text": "a"}],
        [{"file": ".oculto", "text": "a"}],
        [{"file": "a\n.wav", "text": "a"}],
        [{"file": "a" * 300, "text": "a"}],
        [{**HELLO, "more": 1}],
        [HELLO, HELLO],
        [{"file": f"{n}.wav", "text": "a"} for n in range(101)],
    ],
)
async def test_what_cannot_be_recorded_is_refused(
    api: httpx.AsyncClient, studio: Studio, prompts: list[dict[str, object]]
) -> None:
    assert (await api.post("/prompt-sessions", json={"prompts": prompts})).status_code == 422


async def test_what_was_recorded_is_told(api: httpx.AsyncClient, studio: Studio, tmp_path: Path) -> None:
    assert (await api.get("/recordings")).json() == []
    keep(tmp_path / "prompts", "es/saludo.wav", bytes(16_000))
    (tmp_path / "prompts/recordings/otro.mp3").write_bytes(b"no WAV")
    found = (await api.get("/recordings")).json()
    assert [(each["file"], each["seconds"]) for each in found] == [("es/saludo.wav", 1.0), ("otro.mp3", None)]


async def test_where_no_callers_are_answered_nothing_is_recorded(api: httpx.AsyncClient) -> None:
    assert (await api.get("/recordings")).json() == []
    assert (await api.post("/prompt-sessions", json={"prompts": [HELLO]})).status_code == 409
