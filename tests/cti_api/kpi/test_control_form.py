"""The control form's row of one customer, and figures that are those of the report."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from cti_api.console.words import words_of
from cti_api.kpi.campaign import CampaignTally
from cti_api.kpi.control_form import RESULTS, brand_rows, form_columns, form_row, indicators
from cti_api.model.appointments import Appointment, AppointmentState
from cti_api.model.calls import Attempt, CallResult
from cti_api.model.campaigns import ControlForm
from cti_api.model.ids import CampaignId, LeadId
from cti_api.model.leads import Lead
from tests.cti_api.kpi.test_campaign import NOW, SPEC, attempt
from tests.support.thoughts import lead

FIELDS = {"placa": "ABC123", "marca": "Kia", "modelo": "Picanto"}
CUSTOMER = lead(fields=FIELDS)


def appointment(state: AppointmentState, **facts: Any) -> Appointment:
    return Appointment(
        **{
            "id": 1, "campaign_id": CampaignId("c"), "lead_id": LeadId(1), "attempt_id": None, "calendar": "",
            "starts_at": datetime(2026, 11, 30, 20, 30, tzinfo=UTC), "ends_at": None, "state": state, "sequence": 0,
            "source": "agent", "booked_at": NOW, "changed_at": NOW, **facts,
        }
    )  # fmt: skip


def row(
    *attempts: Attempt, booked: Appointment | None = None, customer: Lead = CUSTOMER, **form: Any
) -> dict[str, Any]:
    """The customer's row by its headings."""
    spec = replace(SPEC, control_form=ControlForm(**form))
    cells = form_row(spec, customer, "LLAVE", attempts, [booked] if booked else [], {"ana": "Ana Díaz"})
    return dict(zip([column.heading for column in form_columns(spec)], cells, strict=True))


def test_each_attempt_stands_with_its_hour_number_and_result_on_the_campaigns_clock() -> None:
    found = row(
        attempt(CallResult.BUSY),
        attempt(CallResult.TRUNK_FAILED, after=60),
        attempt(CallResult.CONNECTED, "sin_cita", agent="ana", after=3600, motivo="precio", nota="muy caro"),
    )
    assert (found["Placa"], found["Marca"], found["Modelo"], found["Cliente"]) == ("ABC123", "Kia", "Picanto", "Ana")
    assert (found["Intento 1"], found["Número 1"], found["Resultado 1"]) == (
        datetime.fromisoformat("2025-11-22T09:00"), "+573001234567", "Ocupado",
    )  # fmt: skip
    assert (found["Intento 2"], found["Resultado 2"]) == (datetime.fromisoformat("2025-11-22T10:00"), "No agenda")
    assert (found["Intento 3"], found["Resultado 3"], found["Intentos"]) == (None, "", 2)
    assert (found["Agente"], found["Contactado"], found["Motivo de no contacto"]) == ("Ana Díaz", "Sí", "")
    assert (found["Cita agendada"], found["Fecha de la cita"]) == ("No", None)
    assert (found["Motivo de no agendamiento"], found["Observaciones"]) == ("No agenda: precio", "muy caro")


def test_an_appointment_stands_with_its_day_hour_and_what_became_of_it() -> None:
    call = attempt(CallResult.CONNECTED, "cita", agent="ana")
    for state, said in (
        (AppointmentState.KEPT, "Sí"),
        (AppointmentState.NOT_KEPT, "No"),
        (AppointmentState.BOOKED, "Pendiente"),
        (AppointmentState.CANCELLED, "Cancelada"),
    ):
        found = row(call, booked=appointment(state))
        assert found["Hora de la cita"] == datetime.fromisoformat("2026-11-30T15:30")
        assert (found["Cita agendada"], found["Cita cumplida"], found["Motivo de no agendamiento"]) == ("Sí", said, "")


def test_who_was_not_reached_has_the_last_reason_and_who_was_not_called_says_so() -> None:
    found = row(attempt(CallResult.BUSY), attempt(CallResult.CONNECTED, "equivocado", agent="ana", after=9))
    assert (found["Contactado"], found["Motivo de no contacto"]) == ("No", "Número equivocado")
    assert row(attempt(CallResult.NO_ANSWER))["Motivo de no contacto"] == "No contesta"
    assert row()["Motivo de no contacto"] == "Sin llamar"


def test_columns_are_those_that_the_campaign_names() -> None:
    other = lead(fields={"matricula": "", "brand": "Renault"})
    found = row(customer=other, plate="matricula", brand="brand", observations=("otra",))
    assert (found["Placa"], found["Marca"]) == ("LLAVE", "Renault")
    many = replace(SPEC, retry=replace(SPEC.retry, max_attempts=50))
    assert [c.heading for c in form_columns(many)].count("Intento 10") == 1
    assert "Intento 11" not in [c.heading for c in form_columns(many)]


def test_totals_and_brands_are_the_figures_of_the_report() -> None:
    tally = CampaignTally(SPEC)
    kia, other = {"marca": "Kia"}, {"marca": "RENAULT "}
    tally.add(attempt(CallResult.CONNECTED, "cita", agent="ana"), kia)
    tally.add(attempt(CallResult.BUSY, lead=2), {"marca": "KIA"})
    tally.add(attempt(CallResult.CONNECTED, "equivocado", agent="ana", lead=3), other)
    tally.add(attempt(CallResult.NEVER_DIALED, lead=4), {})
    for state in (AppointmentState.KEPT, AppointmentState.NOT_KEPT, AppointmentState.BOOKED):
        tally.add_appointment(state, kia)
    report = asdict(tally.report())
    totals = {name: value for name, value, _ in indicators(report)}
    assert totals["Llamadas realizadas"] == 3
    assert totals["Efectividad (llamadas efectivas / llamadas totales)"] == report["effectiveness"] == 1 / 3
    assert (totals["Citas agendadas"], totals["Cumplimiento de citas"]) == (3, 0.5)
    assert brand_rows(report) == [
        ["(sin dato)", 0, 0, None, 0, None, 0, 0, 0, None],
        ["Kia", 2, 1, 0.5, 1, 0.5, 3, 1, 1, 0.5],
        ["RENAULT", 1, 0, 0.0, 0, 0.0, 0, 0, 0, None],
    ]


def test_a_list_with_a_brand_in_every_row_does_not_grow_the_report() -> None:
    tally = CampaignTally(SPEC)
    for n in range(500):
        tally.add(attempt(CallResult.BUSY, lead=n), {"marca": f"Marca {n}"})
    brands = tally.report().brands
    assert len(brands) == 201
    assert {each.brand: each.calls.calls_made for each in brands}["(otras)"] == 300


def test_without_brands_there_are_none() -> None:
    tally = CampaignTally(SPEC)
    tally.add(attempt(CallResult.BUSY))
    assert tally.report().brands == ()


def test_a_result_is_called_the_same_in_the_form_and_on_the_pages_of_which_grafana_has_its_words() -> None:
    said = {result.value: words for result, words in RESULTS.items()}
    assert said.keys() == {result.value for result in CallResult}
    for place in ("agent.result", "admin.people.outcomes"):
        assert {name: words_of().part(place).get(name) for name in said} == said, place


def test_who_is_not_there_any_more_stands_in_the_form_by_their_id() -> None:
    gone = attempt(CallResult.CONNECTED, disposition="no_agenda", agent="luis")
    assert row(gone)["Agente"] == "luis"
