"""How large a request may be. Counted as it arrives, so that a lying Content-Length helps nobody."""

from __future__ import annotations

import re
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 1024 * 1024
"""Of every request but a list's upload: a campaign file of a thousand rules has a tenth of it."""

_UPLOAD = re.compile(r"/api/v1/campaigns/[^/]+/leads(/preview)?\Z")


class BodyLimit:
    """ASGI middleware that ends a request whose body grows past its limit with 413."""

    def __init__(self, app: ASGIApp, *, max_upload_bytes: int, max_body_bytes: int = MAX_BODY_BYTES) -> None:
        self._app = app
        self._max_upload_bytes = max_upload_bytes
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_list = _UPLOAD.search(scope["path"])
        limit = self._max_upload_bytes if is_list else self._max_body_bytes
        too_large = (
            f"The list is larger than {_mb(limit)}: send it in parts, or raise limits.upload_megabytes in the settings."
            if is_list
            else f"Send at most {_mb(limit)}."
        )
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, too_large)
            return message

        await self._app(scope, counted, send)


def _mb(size: int) -> str:
    return f"{size // (1024 * 1024)} MB"
