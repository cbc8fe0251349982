"""The guion with the person's own data."""

from cti_api.model.campaigns import ColumnMap
from cti_api.model.ids import ContactId
from cti_api.model.leads import Contact
from cti_api.model.phone import PhoneNumber
from dialer.leads.script import fill_script
from tests.support.thoughts import lead, spec


def filled(script: str, **fields: str) -> str:
    contact = Contact(id=ContactId(1), name="Ana Ríos", phones=(PhoneNumber("+573001234567"),))
    columns = ColumnMap(name="nombre", phones=("telefono",))
    return fill_script(spec(script=script, columns=columns), lead(contact=contact, fields=fields))


def test_columns_are_filled_in() -> None:
    assert filled("Señora {nombre}: {marca} por $ {costo}", marca="Kia", costo="389.000") == (
        "Señora Ana Ríos: Kia por $ 389.000"
    )


def test_what_the_list_does_not_say_is_shown_as_missing() -> None:
    assert filled("{placa} {costo}", costo=" ") == "[placa: sin dato] [costo: sin dato]"


def test_a_persons_data_is_text_and_never_a_template() -> None:
    assert filled("{a} {b.__class__} {} {{x}}", a="{b}", b="1") == "{b} [b.__class__: sin dato] {} {[x: sin dato]}"


def test_a_line_that_was_broken_to_fit_into_the_file_is_whole_again() -> None:
    long = "Según nuestro registro, ya le corresponde el siguiente mantenimiento de su"
    assert filled(
        f"{long}\n{{marca}} de placa KLM482, que tuvo su último servicio hace ya más de un\naño. ¿Sí?\n", marca="Kia"
    ) == (f"{long} Kia de placa KLM482, que tuvo su último servicio hace ya más de un año. ¿Sí?\n")


def test_the_lines_of_a_list_stay_lines() -> None:
    script = (
        "Si acepta: confirmar fecha, hora y asesor; recordar traer la tarjeta. → Cita agendada\n"
        "Si no acepta: preguntar el motivo con amabilidad, no insistir y agradecer.\n"
        "· Costo: todo\n\ny así"
    )
    assert filled(script) == script
