"""What a caller hears where a tree has no words of its own. Short, polite, and each time with more help."""

from __future__ import annotations

from typing import Final

from ivr.tree.prompts import Line, Prompt

NO_INPUT: Final[tuple[Prompt, ...]] = (
    (Line("No le escuché."),),
    (Line("Sigo sin escucharle. También puede usar el teclado de su teléfono."),),
)
NO_MATCH: Final[tuple[Prompt, ...]] = (
    (Line("Disculpe, no le entendí."),),
    (Line("Sigo sin entenderle. Puede decirlo en pocas palabras o usar el teclado."),),
)
CONFIRM: Final[Prompt] = (Line("Entendí: {heard}. Si es correcto, diga sí o marque 1. Si no, diga no o marque 2."),)
SORRY: Final[Prompt] = (Line("Disculpe, no podemos continuar con su llamada. Por favor, llámenos de nuevo."),)
HOLDING: Final[Prompt] = (Line("Un momento, por favor, estoy consultando."),)
