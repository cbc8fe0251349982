"""Puts the API together. Four doors: the whole of it for the Unix socket, the whole of it for people who sign in and
systems with keys, health and figures alone, and what providers and customers need for the internet."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final, cast

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import JSONResponse

from cti_api.console import (
    account_page,
    agent_page,
    board_page,
    indicator_page,
    link_page,
    refused_page,
    sign_in_page,
    static_files,
)
from cti_api.console.administration import (
    access_pages,
    agent_pages,
    answering_pages,
    appointment_pages,
    campaign_pages,
    daily_pages,
    law_pages,
    report_pages,
    survey_pages,
)
from cti_api.settings import LimitSettings
from cti_api.web import (
    agent_call,
    agents,
    appointments,
    attempts,
    audit,
    board,
    calendars,
    calls,
    campaign_limits,
    campaigns,
    control_form,
    dispositions,
    events,
    evidence,
    experience,
    facts,
    front_desk,
    health,
    imports,
    kpi,
    lead_records,
    leads,
    machine_keys,
    made,
    messages,
    own_seat,
    own_work,
    policy,
    privacy,
    prompt_sessions,
    queues,
    recycling,
    registries,
    reports,
    second_factor,
    sign_in,
    softphone,
    streams,
    suppression,
    surveys,
    system,
    tasks,
    trees,
    users,
)
from cti_api.web.access import Access, Rules, permitted, rules_for
from cti_api.web.described import describe, described_by_name
from cti_api.web.doubles import Doubles
from cti_api.web.handed import Handed
from cti_api.web.known import ConsoleKeeper, SocketKeeper
from cti_api.web.limits import MAX_BODY_BYTES, BodyLimit
from cti_api.web.media import understood
from cti_api.web.refusals import ShowPage, install_problems
from cti_api.web.sign_in import Guard
from cti_api.web.sound import Listening

_MEGABYTE = 1024 * 1024
MAX_HOOK_BYTES = 3 * _MEGABYTE
"""The largest that Meta sends to a webhook."""
_CONSOLE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""Of whatever an answer does not say itself; a page has a policy of its own."""


_PREFIX = "/api/v1"
DESCRIPTION: Final = "/api/v1/openapi.json"
_PARTS = (
    system,
    campaigns,
    campaign_limits,
    recycling,
    imports,
    leads,
    lead_records,
    dispositions,
    made,
    attempts,
    evidence,
    experience,
    facts,
    control_form,
    reports,
    kpi,
    agents,
    softphone,
    agent_call,
    own_seat,
    own_work,
    calls,
    queues,
    suppression,
    registries,
    policy,
    privacy,
    calendars,
    appointments,
    surveys,
    messages,
    tasks,
    trees,
    prompt_sessions,
    front_desk,
    events,
    streams,
    board,
    users,
    machine_keys,
    audit,
)

_PAGES = (
    link_page, sign_in_page, static_files, account_page, agent_page, board_page, indicator_page, campaign_pages,
    daily_pages, agent_pages, answering_pages, survey_pages, appointment_pages, law_pages, access_pages,
    report_pages,
)  # fmt: skip


def create_app(handed: Handed, limits: LimitSettings) -> FastAPI:
    """The whole API, under ``/api/v1``, with health and figures beside it, for whoever reaches the control socket."""
    app = _api()
    rules = _served(app, [(_PREFIX, part.router) for part in _PARTS])
    app.add_middleware(Access, keeper=SocketKeeper(), rules=rules)
    return _hardened(app, handed, limits.upload_megabytes * _MEGABYTE)


def create_console_app(
    handed: Handed, limits: LimitSettings, keeper: ConsoleKeeper, pages: Sequence[APIRouter] = ()
) -> FastAPI:
    """The same for people who sign in and for systems with keys; each may do what `cti_api.access.matrix` says.

    `pages`: what else is served there; their operations stand in the same table. Raises `LookupError` for one that
    does not.
    """
    app = _api()
    app.state.guard = Guard(keeper)
    parts = [(_PREFIX, part.router) for part in (sign_in, second_factor, *_PARTS)]
    own_pages = [each.router for each in _PAGES]
    rules = _served(app, [*parts, *(("", router) for router in (*own_pages, *pages))], [softphone.sockets])
    headers = dict(_CONSOLE_HEADERS)
    if keeper.is_encrypted:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    app.add_middleware(Access, keeper=keeper, rules=rules, headers=headers, stranger_seconds=keeper.stranger_seconds)
    return _hardened(app, handed, limits.upload_megabytes * _MEGABYTE, show=refused_page.show)


def description() -> dict[str, Any]:
    """What the console's door serves, as OpenAPI; nothing is served."""
    keeper = ConsoleKeeper(base_url="http://127.0.0.1")
    return create_console_app(cast(Handed, None), LimitSettings(), keeper).openapi()


class _Api(FastAPI):
    """An app that describes itself in our words."""

    def openapi(self) -> dict[str, Any]:
        return describe(self)


def _api() -> FastAPI:
    app = _Api(
        title="Vocero",
        version="1",
        openapi_url=None,
        redirect_slashes=False,
        generate_unique_id_function=described_by_name,
    )
    app.add_route(DESCRIPTION, _description, include_in_schema=False)
    return app


async def _description(request: Request) -> JSONResponse:
    """For whoever may ask for anything here; in a thread, since it takes part of a second the first time."""
    return JSONResponse(await asyncio.to_thread(request.app.openapi))


def _served(app: FastAPI, parts: list[tuple[str, APIRouter]], sockets: Sequence[APIRouter] = ()) -> Rules:
    """Routes into the app, each behind its rule; of `sockets`, which are WebSockets, `Access` alone asks."""
    parts = [*parts, ("", health.router)]
    for prefix, router in parts:
        app.include_router(router, prefix=prefix, dependencies=[Depends(permitted), Depends(understood)])
    for router in sockets:
        app.include_router(router)
    app.state.rules = rules_for([*parts, *(("", router) for router in sockets)])
    return app.state.rules  # type: ignore[no-any-return]


def put_together(app: FastAPI) -> None:
    """Have its routes made. Else the first request makes them: half a second in which nothing else is done."""
    scope = {"type": "http", "method": "GET", "path": "/", "root_path": "", "headers": [], "app": app}
    for route in app.routes:
        route.matches(scope)


def create_metrics_app(handed: Handed) -> FastAPI:
    """Health and figures only: nothing in it is personal and nothing can be changed through it."""
    app = FastAPI(title="Vocero", openapi_url=None, redirect_slashes=False)
    app.include_router(health.router)
    return _hardened(app, handed, max_upload_bytes=0)


def create_public_app(handed: Handed, *routers: APIRouter) -> FastAPI:
    """The door to the internet: nothing but these routes, each of which trusts nobody. Health is not told there."""
    app = FastAPI(title="Vocero", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    for router in routers:
        app.include_router(router)
    return _hardened(app, handed, max_upload_bytes=0, max_body_bytes=MAX_HOOK_BYTES)


def _hardened(
    app: FastAPI,
    handed: Handed,
    max_upload_bytes: int,
    max_body_bytes: int = MAX_BODY_BYTES,
    show: ShowPage | None = None,
) -> FastAPI:
    app.state.handed = handed
    app.state.doubles = Doubles()
    app.state.listening = Listening()
    app.add_middleware(BodyLimit, max_upload_bytes=max_upload_bytes, max_body_bytes=max_body_bytes)
    install_problems(app, show)
    return app
