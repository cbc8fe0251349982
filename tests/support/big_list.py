"""A large list as a dealer system exports it, and what has to become of each row: written down before it is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

HEADER = "nombre;telefono;telefono_2;placa;marca;modelo;ultimo_servicio;km"
BAD = ("3.00123E+09", "", "no tiene", "12345", "+57 900 123 4567", "99999999999999999999")
"""What stands where a telephone should: one row in a hundred."""

NAMES = ("Jimena Niño Peña", "Óscar Muñoz Ibáñez", "María José Güell", "Sandra O’Brien", "Iván Darío Cañón")
CARS = (("Kia", "Picanto"), ("Renault", "Sandero"), ("Citroën", "C3"), ("Škoda".replace("Š", "S"), "Fabia"))


@dataclass
class Expected:
    """What has to become of the list."""

    rows: int = 0
    bad: list[int] = field(default_factory=list)
    """Lines of rows without a number that can be dialled."""
    twice: list[int] = field(default_factory=list)
    """Lines of rows whose number is in an earlier one."""

    @property
    def leads(self) -> int:
        return self.rows - len(self.bad) - len(self.twice)


def write_list(path: Path, rows: int) -> Expected:
    """`rows` rows in Windows-1252 with semicolons: 1 % bad, 2 % there before, the rest leads."""
    expected = Expected(rows=rows)
    with path.open("w", encoding="cp1252", newline="") as file:
        file.write(HEADER + "\r\n")
        file.writelines(_rows(rows, expected))
    return expected


def _rows(rows: int, expected: Expected) -> Iterator[str]:
    for n in range(rows):
        line = n + 2
        phone, second = str(3_000_000_000 + n), ""
        if n % 100 == 7:
            phone = BAD[n // 100 % len(BAD)]
            expected.bad.append(line)
        elif n % 50 == 23:
            # of a row that is a lead itself, some of them far above
            phone = str(3_000_000_000 + n // 100 * 50 + 1 - n // 100 * 50 % 100)
            expected.twice.append(line)
        elif n % 10 == 4:
            phone, second = f"{phone[:3]} {phone[3:6]} {phone[6:]}", f"(601) {2_000_000 + n % 1_000_000}"
            second = second if n < 1_000_000 else ""
        brand, model = CARS[n % len(CARS)]
        name = f"{NAMES[n % len(NAMES)]} {n}"
        yield f"{name};{phone};{second};ABC{n:06d};{brand};{model};2026-{n % 12 + 1:02d}-15;{n % 90_000}\r\n"
