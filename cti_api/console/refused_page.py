"""Why somebody does not see the page they asked for."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import Request
from fastapi.responses import Response

from cti_api.console.shown import page
from cti_api.console.words import words_of


def show(request: Request, why: str, status: HTTPStatus) -> Response:
    """`why`: the end of a problem's type."""
    return page(request, "refused.html", status, why=why if why in words_of().part("refused") else "other")
