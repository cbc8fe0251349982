"""Yes or no, as it is said in Colombia, Bolivia and Peru."""

from __future__ import annotations

import re
from typing import Final

from audio.alike import alike, plain
from ivr.understanding.understood import NEARLY, PERHAPS, SURE, Understood, meant, not_understood

UNSURE: Final = (
    "no se", "no sabria", "no estoy seguro", "no estoy segura", "no entiendo", "no entendi", "no le entiendo",
    "no le entendi", "no escucho", "no escuche", "no le escucho", "no oigo", "no le oigo", "no oi", "como dice",
    "como dijo", "si o no", "tal vez", "quizas", "quiza", "de pronto", "depende", "puede ser", "mas o menos",
    "que dijo", "perdon", "ni si ni no", "no me acuerdo", "no recuerdo",
)  # fmt: skip
"""Neither: the question is asked again."""

YES_WITH_A_NO: Final = (
    "como no", "por que no", "no hay problema", "no hay ningun problema", "no tengo problema", "sin problema",
    "no hay inconveniente", "no tengo inconveniente", "no faltaba mas", "no lo dude", "no se diga mas", "no hay lio",
)  # fmt: skip
NO_WITH_A_YES: Final = (
    "claro que no", "por supuesto que no", "obvio que no", "obvio no", "desde luego que no", "seguro que no",
    "creo que no", "no es correcto", "no esta correcto", "no estoy de acuerdo", "no de acuerdo",
    "no es asi", "asi no es", "asi no", "no asi no", "eso no es", "eso no", "no es eso", "no me parece", "no por ahora",
    "por ahora no", "ahora no", "no todavia", "todavia no", "aun no", "ya no", "no quiero", "no acepto", "no confirmo",
    "no me gustaria", "no es cierto", "no exactamente", "no es exacto", "no es ese",
    "no es esa", "no señor", "no señora", "no señorita", "no gracias", "no muchas gracias", "pues no",
    "no pues", "que no", "mejor no", "no por favor", "no deseo",
)  # fmt: skip
NO: Final = (
    "de ninguna manera", "de ningun modo", "para nada", "ni hablar", "ni loco", "ni loca", "en absoluto",
    "en ningun momento", "nones", "negativo", "nunca", "jamas", "tampoco", "incorrecto", "equivocado", "falso", "nop",
    "nel", "nada", "no",
)  # fmt: skip
YES: Final = (
    "claro que si", "por supuesto que si", "por supuesto", "desde luego", "obvio que si", "obvio", "creo que si",
    "pues si", "si señor", "si señora", "si señorita", "si por favor", "si claro", "si gracias", "eso es", "asi es",
    "si pues", "ya pues", "claro pues", "ya esta", "esta bien", "muy bien", "de acuerdo", "de una", "de one",
    "con gusto", "con mucho gusto", "me parece bien", "me parece", "si quiero", "quiero", "acepto", "confirmo",
    "me gustaria", "listo pues", "dele pues", "dale pues", "hagale pues", "hagale", "hagamosle", "hagamoslo", "metale",
    "de lo mas", "es correcto", "esta correcto", "correcto", "es cierto", "cierto", "exactamente", "exacto",
    "efectivamente", "afirmativo", "positivo", "conforme", "perfecto", "excelente", "seguro", "simon", "sip", "aja",
    "claro", "si",
)  # fmt: skip
WEAK_YES: Final = (
    "dale",
    "dele",
    "listo",
    "bueno",
    "bien",
    "vale",
    "va",
    "ok",
    "okay",
    "okey",
    "oki",
    "ya",
    "eso",
    "pues",
)
"""Said for yes, and for much else: less sure; "ya" is a yes in Peru and Bolivia, and an "already" elsewhere."""

AROUND: Final = frozenset({
    "señor", "señora", "señorita", "doctor", "doctora", "gracias", "muchas", "por", "favor", "joven", "amigo",
    "amiga", "mi", "y", "es", "eh", "ah", "oh", "pues", "hola", "le", "lo", "que", "todo", "asi", "estoy", "muy",
    "amable", "hombre", "mamita", "papi", "vea", "mire", "eso",
})  # fmt: skip
_WEAK_CONFIDENCE: Final = 0.75
LEAST_ALIKE: Final = 0.7
_MARGIN: Final = 0.12
_LEAST_LETTERS: Final = 4
"""Of a phrase that something may only be alike: any grunt is like a "sí" or a "no"."""


def _of(phrases: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(phrases, key=len, reverse=True)
    return re.compile(r"\b(?:" + "|".join(longest_first) + r")\b")


_UNSURE, _YES_WITH_A_NO, _NO_WITH_A_YES = _of(UNSURE), _of(YES_WITH_A_NO), _of(NO_WITH_A_YES)
_ALIKE: Final = {
    value: tuple(phrase for phrase in phrases if len(phrase) >= _LEAST_LETTERS)
    for value, phrases in ((True, YES + YES_WITH_A_NO + WEAK_YES), (False, NO + NO_WITH_A_YES), (None, UNSURE))
}
_NO, _YES, _WEAK_YES = _of(NO), _of(YES), _of(WEAK_YES)


def yes_no(text: str) -> Understood[bool]:
    """True for yes. Both at once ("sí, no", "no, sí quiero"), or neither, is not understood."""
    words = re.sub(r"\b(si|no)(?: \1)+\b", r"\1", re.sub(r"\bs+i+\b", "si", plain(text)))
    words, yes = _YES_WITH_A_NO.subn(" ", words)
    if _UNSURE.search(words):
        return not_understood(text)
    words, no = _NO_WITH_A_YES.subn(" ", words)
    words, plainly_no = _NO.subn(" ", words)
    words, plainly_yes = _YES.subn(" ", words)
    words, weakly_yes = _WEAK_YES.subn(" ", words)
    yes, no = yes + plainly_yes, no + plainly_no
    if no and (yes or weakly_yes):
        return not_understood(text, (True, False))
    strange = [word for word in words.split() if word not in AROUND]
    if yes or no:
        return meant(bool(yes), SURE if not strange else NEARLY if len(strange) <= 3 else NEARLY**2, text)
    if weakly_yes and not strange:
        return meant(True, min(1.0, _WEAK_CONFIDENCE + 0.1 * (weakly_yes - 1)), text)
    return _by_sound(text)


def _by_sound(text: str) -> Understood[bool]:
    """What it is alike as a whole: "ciseñorita", "estabian"; never sure, and nothing shorter than a word."""
    fits = {value: max(alike(text, phrase) for phrase in phrases) for value, phrases in _ALIKE.items()}
    best, second, *_ = sorted(fits.values(), reverse=True)
    if best < LEAST_ALIKE or best - second < _MARGIN or fits[None] == best:
        return not_understood(text)
    return meant(fits[True] == best, PERHAPS * best, text)
