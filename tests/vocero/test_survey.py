"""`vocero survey …`: files alone without a system; publishing, inviting and results with one."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from cti_api.clock import SystemClock
from cti_api.model.phone import PhoneNumber
from cti_api.model.surveys import Action, Answer, AnsweredBy, FollowedUp, NewSitting, Outcome, SurveyId
from tests.support.control_server import ControlServer
from tests.support.shell import Shell

EXAMPLE = Path(__file__).parents[2] / "examples/p3_survey/survey.yaml"
SURVEY = SurveyId("satisfaccion-servicio")


def test_a_file_is_checked_without_a_system(alone: Shell) -> None:
    said = alone("survey", "check", str(EXAMPLE))
    assert "satisfaccion <= 2" in said.out
    assert "8 h of office hours" in said.out
    assert "is in order" in said.err
    Path("bad.yaml").write_text(EXAMPLE.read_text().replace("kind: open", "kind: open\n    from: 1"))
    assert "questions[5].from: is for a scale" in alone("survey", "check", "bad.yaml", expect=2).err


def tried(*typed: str) -> str:
    """What is written while somebody types this, and then no more."""
    command = [sys.executable, "-m", "vocero", "survey", "try", str(EXAMPLE)]
    environment = {**os.environ, "COLUMNS": "160"}
    done = subprocess.run(
        command, input="\n".join(typed) + "\n", capture_output=True, text=True, timeout=60, env=environment, check=True
    )
    return done.stdout


def test_a_survey_is_tried_out_in_the_terminal() -> None:
    out = tried("1", "1", "~ no lo arreglaron", "sí", "", "?", "3", "2", "voy a poner una demanda", "sí")
    for told in (
        "✓ satisfaccion: 1 (key)", "→ reclamo: area calidad, due", "Entendí que el problema sigue.",
        "✓ motivo: sin-solucion (voice)", "No le escuché.", "no le entendí", "→ hablar-ahora: transfer",
        "puts through to servicio-al-cliente", "→ queja-legal: area juridica",
    ):  # fmt: skip
        assert told in out, told


def test_who_stops_typing_hangs_up() -> None:
    assert "is over: partial" in tried("sí", "5")


def test_the_schema_is_written_as_json(alone: Shell) -> None:
    assert alone("survey", "schema").json["title"] == "Vocero survey"


def test_people_are_invited_one_by_one_and_by_a_list(server: ControlServer, alone: Shell) -> None:
    assert "has version 1" in alone("survey", "publish", str(EXAMPLE)).out
    one = ("survey", "invite", SURVEY, "--key", "OT-1", "--phone", "300 123 4567", "--name", "Ana")
    assert "to be asked until" in alone(*one).out
    assert "known before" in alone(*one).out
    today = SystemClock().now().date()
    Path("servicios.csv").write_text(
        "orden;cliente;teléfono;fecha del servicio;tipo de servicio;técnico\n"
        f"OT-2;Luis;3001234568;{today - timedelta(days=1)} 10:30;reparación;pedro\n"
        f"OT-1;Ana;3001234567;{today};reparación;pedro\n"
        f"OT-3;Eva;no tiene;{today};reparación;pedro\n"
        "OT-4;Rosa;3001234569;2020-01-01;reparación;pedro\n"
        f";Juan;3001234560;{today};reparación;pedro\n",
        encoding="utf-8",
    )
    said = alone("survey", "invite", SURVEY, "servicios.csv").out
    assert "1 invited, 1 known before" in said
    assert "4: there is no telephone number" in said
    assert "5: The time to ask about the service OT-4 was over" in said
    assert "6: there is no key of the service" in said
    rows = alone("survey", "invitations", SURVEY, "--json").json
    assert [(row["key"], row["agent"], row["state"]) for row in rows] == [
        ("OT-1", "", "waiting"), ("OT-2", "pedro", "waiting"),
    ]  # fmt: skip
    assert "Luis" in alone("survey", "invitations", SURVEY).out
    assert "Nobody" in alone("survey", "invitations", SURVEY, "--state", "expired").out
    assert "satisfaccion-servicio" in alone("survey", "list").out


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ([], "Name a list of services"),
        (["--key", "OT-1"], "Name a list of services"),
        (["--key", "OT-1", "--phone", "12"], "there is no telephone number"),
        (["--key", "OT-1", "--phone", "3001234567", "--at", "ayer"], "this is no day"),
        (["--key", "OT-1", "--phone", "3001234567", "--timezone", "Bogotá"], "is no time zone"),
    ],
)
def test_what_invites_nobody_is_told(alone: Shell, more: list[str], says: str) -> None:
    assert says in alone("survey", "invite", SURVEY, *more, expect=2).err


def test_results_are_shown_and_written_to_excel(server: ControlServer, alone: Shell) -> None:
    alone("survey", "publish", str(EXAMPLE))
    assert "Nobody was asked yet" in alone("survey", "results", SURVEY).out

    async def answered() -> None:
        now = SystemClock().now()
        for score in (5, 5, 4, 2):
            begun = await server.store.sittings.begin(NewSitting(survey_id=SURVEY, service="=1+1"), now)
            answers = [
                Answer(question="satisfaccion", value=str(score), score=float(score), by=AnsweredBy.KEY),
                Answer(question="recomendacion", value="10", score=10.0, by=AnsweredBy.VOICE),
                Answer(question="facilidad", value=str(score + 2), score=score + 2.0, by=AnsweredBy.VOICE),
            ]
            complaint = FollowedUp(trigger="reclamo", action=Action.AREA, question="satisfaccion", owner="calidad")
            followed = [complaint] if score <= 2 else []
            await server.store.sittings.keep(begun.id, now, answers, followed, Outcome.FINISHED)

    server.do(answered)
    said = alone("survey", "cases").out
    assert "reclamo" in said
    sitting = alone("survey", "cases", "--owner", "calidad", "--json").json[0]["sitting_id"]
    assert "seen to by Eva" in alone("survey", "done", sitting, "reclamo", "--by", "Eva").out
    assert "nothing to see to" in alone("survey", "cases").out
    assert "Eva" in alone("survey", "cases", "--all").out
    assert "Name a case" in alone("survey", "done", "../x", "reclamo", "--by", "Eva", expect=2).err
    said = alone("survey", "results", SURVEY).out
    assert "1 cases for areas, 1 done, in 0.0 h on average, 0 late" in said
    assert "CSAT 75.0 % (30.1 to 95.4), low" in said
    assert "NPS +100" in said
    assert "CES 6.00" in said
    assert "4 answered, 4 to the end" in said
    assert "service =1+1" in alone("survey", "results", SURVEY, "--by", "service").out
    assert alone("survey", "results", SURVEY, "--until", "2020-01-01", "--json").json["groups"] == []
    assert "is no day" in alone("survey", "results", SURVEY, "--from", "ayer", expect=2).err
    alone("survey", "results", SURVEY, "--by", "service", "--xlsx", "r.xlsx")
    book = CalamineWorkbook.from_path("r.xlsx")
    assert book.sheet_names == ["Portada", "Participación", "Indicadores", "Respuestas"]
    figures = book.get_sheet_by_name("Indicadores").to_python()
    csat = next(row for row in figures if row[3] == "CSAT")
    assert csat[:3] == ["=1+1", "Satisfacción con el servicio", 4]
    assert (csat[4], csat[7]) == (0.75, "no")
    assert ["=1+1", "Satisfacción con el servicio", 5, 2] in book.get_sheet_by_name("Respuestas").to_python()


def test_a_comment_is_handed_over_with_everything_else_of_the_person(server: ControlServer, alone: Shell) -> None:
    alone("survey", "publish", str(EXAMPLE))
    Path("recordings").mkdir()
    Path("recordings/c1.wav").write_bytes(b"RIFF")

    async def answered() -> None:
        now, new = SystemClock().now(), NewSitting(survey_id=SURVEY, number=PhoneNumber("+573001234567"))
        begun = await server.store.sittings.begin(new, now)
        comment = Answer(question="comentario", by=AnsweredBy.RECORDING, recording="c1.wav", seconds=4.0)
        await server.store.sittings.keep(begun.id, now, [comment], outcome=Outcome.FINISHED)

    server.do(answered)
    alone("evidence", "3001234567", "--export", "solicitud")
    assert Path("solicitud/grabaciones/c1.wav").read_bytes() == b"RIFF"
    assert "Comentarios de encuestas" in Path("solicitud/evidencia.html").read_text()
