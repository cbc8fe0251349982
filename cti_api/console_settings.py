"""What the settings say of the door for people who sign in, and for other systems."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, StringConstraints, model_validator

from cti_api.access.actors import Role
from cti_api.setting_values import LOOPBACK, Host, Port, Section, none_when_empty

BaseUrl = Annotated[str, StringConstraints(pattern=r"^https?://[A-Za-z0-9.:\[\]-]{1,260}/?$")]


class ConsoleSettings(Section):
    """Where people sign in, and where other systems bring their keys (docs/access.md). TLS ends at a proxy."""

    host: Host = "127.0.0.1"
    port: Annotated[Port | None, BeforeValidator(none_when_empty)] = None
    """null: not served."""
    base_url: Annotated[BaseUrl | None, BeforeValidator(none_when_empty)] = None
    """How it is reached, such as ``https://consola.example.com``; empty: at that host and port, on this machine."""
    plain_http: bool = False
    """Whether it may be reached unencrypted from elsewhere: from a proxy in a network of yours, say."""
    proxies: tuple[Host, ...] = ("127.0.0.1", "::1")
    """Whose ``X-Forwarded-For`` is believed."""
    mask_numbers_for: tuple[Role, ...] = ()
    """Who see telephone numbers with dots in them."""
    second_factor_for: tuple[Role, ...] = ()
    """Who must have a second factor; until they do they can do nothing but set it up."""
    second_factor_key: Annotated[Path | None, BeforeValidator(none_when_empty)] = None
    """File of the key that their secrets are made with; empty: beside a SQLite store."""

    @model_validator(mode="after")
    def _encrypted(self) -> Self:
        if self.port is None or self.plain_http:
            return self
        if self.host not in LOOPBACK:
            raise ValueError(
                f"host {self.host} would take passwords unencrypted from elsewhere: let a proxy with TLS reach "
                "127.0.0.1, or say plain_http: true where the network between them is yours"
            )
        if not self.url.startswith("https://") and urlsplit(self.url).hostname not in LOOPBACK:
            raise ValueError("base_url must begin with https: passwords go there")
        return self

    def refuse_no_key(self, *, on_a_server: bool) -> None:
        """Raises `ValueError` where somebody must have a second factor and there is no place for the key.
        `on_a_server`: the store is no file beside which it could be."""
        if self.second_factor_for and self.second_factor_key is None and on_a_server:
            raise ValueError("console.second_factor_for needs console.second_factor_key: the store is on a server")

    @property
    def url(self) -> str:
        """What links begin with, and where changes by cookie have to come from."""
        if self.base_url is not None:
            return self.base_url.rstrip("/")
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}" if self.port is not None else ""
