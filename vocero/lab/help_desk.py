"""A company's billing and help desk on this machine, as far as the example trees ask it: states of accounts and their
requirements (R4.4), orders and claims (R5.3, R5.4), and whether a service may be suspended (R5.6).

It answers from a small file (`examples/help_desk.json`) and counts what it was asked. ``with`` serves it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from types import TracebackType
from typing import Any, Final, Self, TypeAlias
from urllib.parse import parse_qs, unquote, urlsplit

from vocero.lab.ports import LOOPBACK

RECORDS: Final = Path(__file__).parents[2] / "examples" / "help_desk.json"
LOOK_SECONDS: Final = 0.02
"""How often it looks whether it is to end."""
MOST_SUSPENDED_MONTHS: Final = 4
"""R5.6: and once a year."""

Answer: TypeAlias = "dict[str, Any] | None"
"""None: nobody of that name is known."""


def look_ups_at(address: str) -> dict[str, Any]:
    """The section ``look_ups:`` of the settings by which the trees of the examples ask a help desk at `address`."""
    return {
        "estado-de-cuenta": {
            "url": f"{address}/cuentas/{{linea}}?tramite={{tramite}}",
            "gives": {"estado": "estado", "saldo": "saldo", "falta": {"path": "falta", "otherwise": ""}},
        },
        "ordenes-de-falla": {
            "url": f"{address}/empresas/{{nit}}/ordenes?producto={{producto}}",
            "gives": {"orden_estado": "estado", "orden": "numero", "causa": "causa"},
        },
        "reclamos-de-factura": {
            "url": f"{address}/empresas/{{nit}}/reclamos?mes={{mes}}",
            "gives": {
                "reclamo_estado": "estado",
                "reclamo": "numero",
                "resolucion": {"path": "resolucion", "otherwise": ""},
            },
        },
        "suspensiones": {
            "url": f"{address}/empresas/{{nit}}/suspension?meses={{meses_suspension}}",
            "gives": {
                "suspension_estado": "estado",
                "desde_cuando": {"path": "desde", "kind": "date", "otherwise": ""},
            },
        },
    }


class HelpDesk:
    """``with`` serves it on a free port, in a thread of its own."""

    def __init__(self, today: date, records: Path = RECORDS) -> None:
        self._today = today
        self._records: dict[str, Any] = json.loads(records.read_text(encoding="utf-8"))
        self._lock = Lock()
        self._asked: Counter[str] = Counter()
        self._server = ThreadingHTTPServer((LOOPBACK, 0), _handler(self))
        self._thread = Thread(target=self._server.serve_forever, args=[LOOK_SECONDS], name="help-desk", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def look_ups(self) -> dict[str, Any]:
        """The section ``look_ups:`` of whoever asks it."""
        return look_ups_at(f"http://{LOOPBACK}:{self._server.server_port}")

    @property
    def asked(self) -> Counter[str]:
        """How often it was asked what, by path without query."""
        with self._lock:
            return self._asked.copy()

    def answer(self, address: str) -> Answer:
        """What is on record; also counts. `address`: the path and query that was asked for."""
        parts = urlsplit(address)
        with self._lock:
            self._asked[parts.path] += 1
        asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        match [unquote(part) for part in parts.path.strip("/").split("/")]:
            case ["cuentas", line]:
                return account(self._records["lines"].get(line))
            case ["empresas", nit, what] if nit in self._records["companies"]:
                company = self._records["companies"][nit]
                match what:
                    case "ordenes":
                        return order(company["orders"], asked.get("producto", ""))
                    case "reclamos":
                        return claim(company["claims"], asked.get("mes", ""))
                    case "suspension":
                        return suspension(company.get("last_suspension"), asked.get("meses", ""), self._today)
        return None


def account(line: Mapping[str, Any] | None) -> Answer:
    """State, debt and what is missing."""
    if line is None:
        return None
    return {"estado": line["state"], "saldo": line.get("balance", 0), "falta": line.get("missing")}


def order(orders: Sequence[Mapping[str, str]], product: str) -> Answer:
    """The latest order of that product."""
    of_product = [each for each in orders if each["product"] == product]
    if not of_product:
        return None
    latest = of_product[-1]
    return {"estado": latest["state"], "numero": latest["number"], "causa": latest["cause"]}


def claim(claims: Sequence[Mapping[str, str]], month: str) -> Answer:
    """The latest claim about the invoice of that month."""
    of_month = [each for each in claims if each["month"] == month]
    if not of_month:
        return None
    latest = of_month[-1]
    return {"estado": latest["state"], "numero": latest["number"], "resolucion": latest.get("resolution")}


def suspension(last: str | None, months: str, today: date) -> Answer:
    """Whether a service may be suspended for so many months: once a year, four at most."""
    if not months.isascii() or not months.isdecimal():
        return None
    if int(months) > MOST_SUSPENDED_MONTHS:
        return {"estado": "demasiado_larga", "desde": None}
    again = _a_year_after(date.fromisoformat(last)) if last else today
    if today < again:
        return {"estado": "ya_usada", "desde": again.isoformat()}
    return {"estado": "permitida", "desde": None}


def _a_year_after(day: date) -> date:
    leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year + 1, day=28 if leap_day else day.day)


def _handler(desk: HelpDesk) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = desk.answer(self.path)
            written = json.dumps(answer or {}, ensure_ascii=False).encode()
            self.send_response(HTTPStatus.NOT_FOUND if answer is None else HTTPStatus.OK)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(written)))
            self.end_headers()
            self.wfile.write(written)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            """It counts, it tells nothing."""

    return Handler
