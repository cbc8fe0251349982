"""The demo's customers: a list as the dealership's system would export it.

What a telephone does when it is called is told by its number (`vocero.lab.customers`).
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from random import Random
from typing import Final

from vocero.lab.customers import Behaviour, number

DEMO_MIX: Final[dict[Behaviour, int]] = {
    Behaviour.TALKS: 20,
    Behaviour.ECHOES: 6,
    Behaviour.BUSY: 7,
    Behaviour.RINGS_OUT: 6,
    Behaviour.MACHINE: 6,
    Behaviour.CONGESTED: 5,
    Behaviour.HANGS_UP: 5,
    Behaviour.ANSWERS_LATE: 5,
}
"""Sixty people."""

NAMES: Final = (
    "Ana", "Andrés", "Beatriz", "Camilo", "Carolina", "Daniela", "Diego", "Esteban", "Felipe", "Gloria", "Hernán",
    "Inés", "Jorge", "Juliana", "Laura", "Luz Marina", "Mateo", "Natalia", "Óscar", "Paola", "Ricardo", "Sofía",
)  # fmt: skip
SURNAMES: Final = (
    "Álvarez", "Cárdenas", "Duarte", "Echeverri", "Gómez", "Herrera", "Jaramillo", "Londoño", "Muñoz", "Niño",
    "Ospina", "Peña", "Quintero", "Restrepo", "Salazar", "Uribe", "Vélez", "Zapata",
)  # fmt: skip
CARS: Final = (
    ("Renault", "Duster"), ("Renault", "Sandero"), ("Mazda", "CX-30"), ("Mazda", "2"), ("Chevrolet", "Onix"),
    ("Chevrolet", "Tracker"), ("Kia", "Picanto"), ("Toyota", "Hilux"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Customer:
    """One person of the list."""

    name: str
    number: str
    """E.164."""
    behaviour: Behaviour
    fields: dict[str, str]


def make_customers(mix: dict[Behaviour, int], random: Random) -> list[Customer]:
    """People in random order, each with a number of their own."""
    customers = [_customer(behaviour, place, random) for behaviour, count in mix.items() for place in range(count)]
    random.shuffle(customers)
    return customers


def _customer(behaviour: Behaviour, place: int, random: Random) -> Customer:
    brand, model = random.choice(CARS)
    plate = "".join(random.choices("ABCDEFGHJKLMNPRSTUVWXYZ", k=3)) + f"{random.randrange(1000):03d}"
    return Customer(
        name=f"{random.choice(NAMES)} {random.choice(SURNAMES)} {random.choice(SURNAMES)}",
        number=number(behaviour, place).e164,
        behaviour=behaviour,
        fields={
            "placa": plate,
            "marca": brand,
            "modelo": model,
            "km": str(random.randrange(8, 140) * 1000),
            "ultimo_servicio": f"2026-{random.randrange(1, 10):02d}-{random.randrange(1, 29):02d}",
            "costo": f"${random.randrange(180, 950)}.000",
            "repuestos": random.choice(("filtro de aceite", "pastillas de freno", "filtro de aire y aceite")),
            "tiempo": random.choice(("1 hora", "2 horas", "medio día")),
            "asesor": random.choice(("Claudia Rojas", "Iván Mejía")),
        },
    )


def to_csv(customers: list[Customer]) -> str:
    """The list as a CSV file, national numbers as such exports write them."""
    out = io.StringIO()
    columns = ["nombre", "telefono", *customers[0].fields]
    writer = csv.DictWriter(out, columns)
    writer.writeheader()
    for customer in customers:
        writer.writerow({"nombre": customer.name, "telefono": customer.number.removeprefix("+57"), **customer.fields})
    return out.getvalue()
