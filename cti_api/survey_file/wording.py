"""What is said where a survey file does not say otherwise. Spanish, as Colombia and Bolivia speak to customers."""

from __future__ import annotations

from typing import Final

from cti_api.model.surveys import QuestionKind

CONFIRM: Final = "Entendí {answer}. ¿Es correcto? Diga sí o no, o marque uno para sí y dos para no."
SKIPPED: Final = "Está bien, pasemos a la siguiente."
THANKS: Final = "Eso es todo. Muchas gracias por su tiempo, que tenga un buen día."
REFUSED: Final = "De acuerdo, no le quito más tiempo. Que tenga un buen día."
GIVEN_UP: Final = "Dejemos la encuesta hasta aquí. Muchas gracias por su tiempo, que tenga un buen día."

NO_INPUT: Final = {
    QuestionKind.SCALE: (
        "No le escuché. Diga un número o márquelo en su teléfono.",
        "Sigo sin escucharle. Marque el número en su teléfono; para saltar la pregunta, marque numeral.",
    ),
    QuestionKind.YES_NO: (
        "No le escuché. ¿Sí o no?",
        "Sigo sin escucharle. Marque uno para sí o dos para no.",
    ),
    QuestionKind.CHOICE: (
        "No le escuché. Diga su respuesta o marque el número de la opción.",
        "Sigo sin escucharle. Marque en su teléfono el número de la opción, o asterisco para oírlas otra vez.",
    ),
    QuestionKind.OPEN: (
        "No le escuché. Cuéntenos después del tono y marque numeral al terminar.",
        "Si prefiere no dejar un comentario, marque numeral.",
    ),
}
NO_MATCH: Final = {
    QuestionKind.SCALE: (
        "Disculpe, no le entendí. Diga solamente el número.",
        "Sigo sin entender. Por favor, marque el número en su teléfono; para saltar la pregunta, marque numeral.",
    ),
    QuestionKind.YES_NO: (
        "Disculpe, no le entendí. ¿Sí o no?",
        "Sigo sin entender. Por favor, marque uno para sí o dos para no.",
    ),
    QuestionKind.CHOICE: (
        "Disculpe, no le entendí. Diga su respuesta con otras palabras o marque el número de la opción.",
        "Sigo sin entender. Por favor, marque el número de la opción, o asterisco para oírlas otra vez.",
    ),
    QuestionKind.OPEN: ("Cuéntenos después del tono y marque numeral al terminar.",),
}
