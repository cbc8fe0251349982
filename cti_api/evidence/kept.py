"""What is kept of a person who was erased, and what cannot be reached from here: sentences for a supervisor. Pure."""

from __future__ import annotations

from collections.abc import Sequence

NOT_REACHED = (
    "No se alcanzan desde aquí: copias de seguridad, archivos de filas rechazadas y exportaciones que alguien guardó, "
    "diarios de Asterisk ya comprimidos, lo ya entregado a otros sistemas, y un registro público que se vuelva a "
    "importar."
)


def what_is_kept(request: str, attempts: int, numbers: int, opted_out: int, shared: Sequence[str]) -> list[str]:
    """`request`: the audit's id, empty where nothing was done yet; the rest as `cti_api.store.erasures.Erased`."""
    named = f" de la solicitud {request}" if request else ""
    told = [f"La auditoría{named}: quién, cuándo, por qué y cuántas filas, sin datos de la persona."]
    if attempts:
        calls = _count(attempts, "intento", "intentos")
        told.append(f"{calls} de llamada, de nadie: cuándo, cuánto y con qué resultado; los informes no cambian.")
    if numbers:
        how_many = _count(numbers, "número", "números")
        told.append(f"La huella con clave (HMAC-SHA256) de {how_many}, para que ninguna lista vuelva a traerlos.")
    if opted_out:
        how_many = _count(opted_out, "número", "números")
        told.append(f"La prueba de que pidió no ser llamada ({how_many}): la huella y la fecha, nada más.")
    if shared:
        told.append(
            f"{', '.join(shared)}: también es de otra persona y queda con ella, con sus autorizaciones y exclusiones. "
            "Por la huella, ninguna lista nueva trae tampoco a esa otra persona con ese número."
        )
    return [*told, NOT_REACHED]


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
