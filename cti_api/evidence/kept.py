"""What is kept of a person who was erased, and what cannot be reached from here: sentences for a supervisor. Pure."""

from __future__ import annotations

from collections.abc import Sequence

NOT_REACHED = (
    "No se alcanzan desde aquí: copias de seguridad, archivos de filas rechazadas y exportaciones que alguien guardó, "
    "diarios de Asterisk ya comprimidos, lo ya entregado a otros sistemas, y un registro público que se vuelva a "
    "importar."
)


def what_is_kept(request: str, attempts: int, numbers: int, opted_out: int, shared: Sequence[str]) -> list[str]:
    """`request`: the audit's id; the rest as `cti_api.store.erasures.Erased` counts it."""
    told = [f"La auditoría de la solicitud {request}: quién, cuándo, por qué y cuántas filas, sin datos de la persona."]
    if attempts:
        told.append(
            f"{attempts} intentos de llamada sin persona: cuándo, cuánto y con qué resultado; los informes no cambian."
        )
    if numbers:
        told.append(
            f"La huella con clave (HMAC-SHA256) de {numbers} números, para que ninguna lista vuelva a traerlos."
        )
    if opted_out:
        told.append(f"La prueba de que pidió no ser llamada ({opted_out} números): la huella y la fecha, nada más.")
    if shared:
        told.append(
            f"{', '.join(shared)}: también es de otra persona y queda con ella, con sus autorizaciones y exclusiones."
        )
    return [*told, NOT_REACHED]
