"""Nobody has a default password: the first administrator chooses one by a link that opens once."""

from __future__ import annotations

from typing import Final

from cti_api.access.actors import Role
from cti_api.access.chain import Deed
from cti_api.access.tokens import digest_of, new_token
from cti_api.clock import Clock
from cti_api.settings import Settings
from cti_api.store.acting import acting
from cti_api.store.store import Store
from cti_api.store.users import NewUser

FIRST: Final = "admin"


async def first_link(settings: Settings, clock: Clock) -> str:
    """The link of the first administrator, who is entered with it; empty where there are users, or no console."""
    if settings.console.port is None:
        return ""
    token, now = new_token(), clock.now()
    async with Store.open(settings.store.url.get_secret_value(), clock=clock) as store:
        if await store.users.all():
            return ""
        with acting() as act:
            said = f"{FIRST}, {Role.ADMIN}"
            act.about_to(Deed(at=now, who="unix:init", address="", what="vocero init", target="", said=said))
            new = NewUser(id=FIRST, name="Administración", role=Role.ADMIN)
            if not await store.users.add_first(new, digest_of(token), now):
                return ""
    return f"{settings.console.url}/enlace/{token}"
