"""Surveys over the API: published, people invited, answers looked at, results told."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from cti_api.evidence.told import sections
from cti_api.model.surveys import Action, Answer, AnsweredBy, FollowedUp, NewSitting, Outcome, SurveyId
from cti_api.web.handed import Handed
from cti_api.web.surveys import MOST_ROWS

EXAMPLE = (Path(__file__).parents[3] / "examples/p3_survey/survey.yaml").read_bytes()
SURVEY = SurveyId("satisfaccion-servicio")
PATH = f"/surveys/{SURVEY}"


@pytest.fixture
async def published(api: httpx.AsyncClient) -> httpx.AsyncClient:
    answer = await api.put(PATH, content=EXAMPLE)
    assert answer.json()["version"] == 1
    return api


def service(handed: Handed, n: int = 0, **facts: Any) -> dict[str, Any]:
    at = handed.clock.now() - timedelta(hours=1)
    return {"key": f"OT-{n}", "phone": f"+57300000000{n}", "service_at": at.isoformat(), "name": f"Ana {n}"} | facts


async def sat(handed: Handed, score: int, **facts: Any) -> str:
    """Somebody gave this score, and a comment."""
    begun = await handed.store.sittings.begin(NewSitting(survey_id=SURVEY, **facts), handed.clock.now())
    answers = [
        Answer(question="satisfaccion", value=str(score), score=float(score), by=AnsweredBy.KEY),
        Answer(question="comentario", by=AnsweredBy.RECORDING, recording=f"{begun.id}.wav", seconds=3.0),
    ]
    complaint = FollowedUp(trigger="reclamo", action=Action.AREA, question="satisfaccion", owner="calidad")
    followed = [complaint] if score <= 2 else []
    await handed.store.sittings.keep(begun.id, handed.clock.now(), answers, followed, Outcome.FINISHED)
    return begun.id


async def test_a_file_is_published_in_versions_and_given_back(published: httpx.AsyncClient) -> None:
    again = await published.put(PATH, content=EXAMPLE)
    assert again.json()["version"] == 1
    changed = await published.put(PATH, content=EXAMPLE.replace(b"tries: 3 ", b"tries: 2 "))
    assert changed.json()["version"] == 2
    assert (await published.get(f"{PATH}/file", params={"version": 1})).json()["text"].encode() == EXAMPLE
    assert [each["id"] for each in (await published.get("/surveys")).json()] == [SURVEY]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (EXAMPLE.replace(b"id: satisfaccion-servicio", b"id: otra"), "id"),
        (EXAMPLE.replace(b"satisfied_from: 4", b"satisfied_from: 9"), "questions[1].satisfied_from"),
        (b"\xff\xfe", ""),
        (b"title: [", ""),
        (b"x" * 200_000, ""),
    ],
)
async def test_a_file_with_faults_is_refused(api: httpx.AsyncClient, body: bytes, path: str) -> None:
    answer = await api.put(PATH, content=body)
    assert answer.status_code == 422
    assert [fault["path"] for fault in answer.json()["faults"]] == [path]
    assert (await api.get("/surveys")).json() == []


async def test_a_completed_service_invites_once(published: httpx.AsyncClient, handed: Handed) -> None:
    first = await published.post(f"{PATH}/invitations", json=service(handed, service="reparación", agent="ana"))
    again = await published.post(f"{PATH}/invitations", json=service(handed))
    assert (first.status_code, first.json()["new"], again.status_code, again.json()["new"]) == (201, True, 200, False)
    (found,) = (await published.get(f"{PATH}/invitations")).json()
    assert (found["state"], found["service"], found["phone"], found["lead_id"]) == (
        "waiting", "reparación", "+573000000000", None,
    )  # fmt: skip
    assert (await published.get(f"{PATH}/invitations", params={"state": "finished"})).json() == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"phone": "300"}, 422),
        ({"key": ""}, 422),
        ({"service_at": "2026-01-01T10:00:00"}, 422),
        ({"service_at": "2020-01-01T10:00:00Z"}, 409),
        ({"nombre": "Ana"}, 422),
        ({"name": "Ana\u0000"}, 422),
    ],
)
async def test_a_service_that_cannot_be_asked_about_is_refused(
    published: httpx.AsyncClient, handed: Handed, change: dict[str, Any], status: int
) -> None:
    answer = await published.post(f"{PATH}/invitations", json=service(handed) | change)
    assert answer.status_code == status, answer.text
    assert (await published.get(f"{PATH}/invitations")).json() == []


async def test_of_many_services_each_is_answered(published: httpx.AsyncClient, handed: Handed) -> None:
    rows = [service(handed, n, line=n + 2) for n in (0, 1, 1)]
    rows.append(service(handed, 3, line=5, service_at="2020-01-01T10:00:00Z"))
    answers = (await published.post(f"{PATH}/invitations/rows", json={"rows": rows})).json()
    assert [(each["line"], each["new"], bool(each["reason"])) for each in answers] == [
        (2, True, False), (3, True, False), (3, False, False), (5, False, True),
    ]  # fmt: skip
    many = {"rows": [service(handed, 4)] * (MOST_ROWS + 1)}
    assert (await published.post(f"{PATH}/invitations/rows", json=many)).status_code == 422


@pytest.mark.parametrize("path", ["file", "invitations", "results"])
async def test_a_survey_that_there_is_not_is_not_found(api: httpx.AsyncClient, path: str) -> None:
    assert (await api.get(f"/surveys/otra/{path}")).status_code == 404


async def test_results_are_told_for_all_and_apart(published: httpx.AsyncClient, handed: Handed) -> None:
    for score, queue in ((5, "norte"), (4, "norte"), (1, "sur"), (5, "sur")):
        await sat(handed, score, queue=queue)
    await published.post(f"{PATH}/invitations", json=service(handed))
    (everybody,) = (await published.get(f"{PATH}/results")).json()["groups"]
    csat = next(each for each in everybody["questions"] if each["id"] == "satisfaccion")
    assert (csat["value"], csat["good"], csat["answered"]) == (0.75, False, 4)
    assert csat["distribution"] == {"1": 1, "2": 0, "3": 0, "4": 1, "5": 2}
    assert csat["interval"] == [pytest.approx(0.3006, abs=1e-4), pytest.approx(0.9544, abs=1e-4)]
    assert (everybody["asked"]["finished"], everybody["asked"]["waiting"], everybody["response_rate"]) == (4, 1, 1.0)
    apart = (await published.get(f"{PATH}/results", params={"by": "queue"})).json()["groups"]
    values = {group["group"]: group["questions"][1]["value"] for group in apart}
    assert values == {"": None, "norte": 1.0, "sur": 0.5}
    later = {"from": (handed.clock.now() + timedelta(days=1)).isoformat()}
    assert (await published.get(f"{PATH}/results", params=later)).json()["groups"] == []


async def test_whoever_sees_to_a_complaint_finds_what_was_said(published: httpx.AsyncClient, handed: Handed) -> None:
    invited = (await published.post(f"{PATH}/invitations", json=service(handed))).json()
    sitting_id = await sat(handed, 1, invitation_id=invited["id"])
    found = (await published.get(f"/sittings/{sitting_id}")).json()
    assert (found["name"], found["phone"], found["outcome"]) == ("Ana 0", "+573000000000", "finished")
    assert [each["value"] for each in found["answers"]] == ["", "1"]
    assert [(each["trigger"], each["owner"]) for each in found["followed"]] == [("reclamo", "calidad")]
    (case,) = (await published.get("/survey-cases", params={"owner": "calidad"})).json()
    assert (case["sitting_id"], case["trigger"], case["name"], case["done_at"]) == (
        sitting_id,
        "reclamo",
        "Ana 0",
        None,
    )
    assert (await published.get("/survey-cases", params={"survey": "otra"})).json() == []
    done = f"/survey-cases/{sitting_id}/reclamo/done"
    first, again = [(await published.post(done, json={"by": by})).json() for by in ("Eva", "Luis")]
    assert first == again
    assert (first["done_by"], first["done_at"] is None) == ("Eva", False)
    assert (await published.get("/survey-cases")).json() == []
    assert len((await published.get("/survey-cases", params={"done": True})).json()) == 1
    assert (await published.post(done.replace("reclamo", "otro"), json={"by": "Eva"})).status_code == 404
    figures = (await published.get(f"{PATH}/results")).json()["cases"]
    assert (figures["opened"], figures["done"], figures["late"]) == (1, 1, 0)
    comment = f"/sittings/{sitting_id}/comments/comentario"
    assert (await published.get(comment)).status_code == 404
    handed.recordings.mkdir()
    (handed.recordings / f"{sitting_id}.wav").write_bytes(b"RIFF")
    assert (await published.get(comment)).content == b"RIFF"
    evidence = (await published.post("/evidence", json={"who": "+573000000000"})).json()
    assert [each["bytes"] for each in evidence["recordings"]] == [4]
    told = {each.title: each.rows for each in sections(evidence, None)}
    assert told["Invitaciones a encuestas"][0][5] == "respondida"
    assert told["Comentarios de encuestas"][0][2] == f"{sitting_id}.wav"
    assert {"Encuestas", "Respuestas a encuestas", "Lo que siguió a encuestas", "Grabaciones"} <= told.keys()
    erased = await published.post("/privacy/erasures", json={"who": "+573000000000", "by": "mesa", "reason": "pedido"})
    assert erased.json()["finished"] is True
    assert list(handed.recordings.iterdir()) == []
    assert (await published.get(f"/sittings/{sitting_id}")).json()["name"] == ""
