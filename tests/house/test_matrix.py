"""Every operation that is served has a rule in the one table, and every rule an operation."""

from __future__ import annotations

from typing import cast

import pytest
from fastapi import APIRouter, WebSocket

from cti_api.access.matrix import MATRIX
from cti_api.access.rules import WEBSOCKET, Rule
from cti_api.settings import LimitSettings
from cti_api.web.app import create_app, create_console_app
from cti_api.web.handed import Handed
from cti_api.web.known import ConsoleKeeper
from tests.support.console import console_app


def test_the_table_and_what_the_console_serves_are_the_same() -> None:
    app = console_app()
    served = {(method.upper(), path) for path, methods in app.openapi()["paths"].items() for method in methods}
    described = {(rule.method, rule.path) for rule in MATRIX if not _is_for_browsers(rule)}
    assert served == described
    assert set(app.state.rules.values()) == set(MATRIX)


def _is_for_browsers(rule: Rule) -> bool:
    """Pages, what they are made of, and what they keep open: in no description of the API."""
    return rule.is_page or rule.method == WEBSOCKET or rule.path.startswith(("/enlace/", "/static/"))


def test_the_control_socket_serves_the_same_but_for_signing_in() -> None:
    app = create_app(cast(Handed, None), LimitSettings())
    served = {(rule.method, rule.path) for rule in app.state.rules.values()}
    left = {rule for rule in MATRIX if (rule.method, rule.path) not in served}
    assert {rule.path for rule in left if not _is_for_browsers(rule)} == {
        "/api/v1/session", "/api/v1/links", "/api/v1/me", "/api/v1/me/password",
        "/api/v1/session/code", *(f"/api/v1/me/second-factor{each}" for each in ("", "/confirm", "/codes", "/off")),
    }  # fmt: skip


def test_an_operation_of_which_nobody_said_who_may_is_not_served() -> None:

    router = APIRouter()

    @router.get("/forgotten")
    async def forgotten() -> None:
        """Nobody thought of it."""

    with pytest.raises(LookupError, match="GET /forgotten"):
        create_console_app(cast(Handed, None), LimitSettings(), ConsoleKeeper(base_url="http://127.0.0.1:1"), [router])


def test_nor_is_a_websocket_of_which_nobody_said_who_may() -> None:
    router = APIRouter()

    @router.websocket("/forgotten")
    async def forgotten(socket: WebSocket) -> None:
        """Nobody thought of it either."""

    with pytest.raises(LookupError, match="WEBSOCKET /forgotten"):
        create_console_app(cast(Handed, None), LimitSettings(), ConsoleKeeper(base_url="http://127.0.0.1:1"), [router])
