"""Whether what the campaigns' files want sent can go out as the settings stand."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Final

from cti_api.campaign_file.parse import parse_campaign
from cti_api.clock import Clock
from cti_api.errors import InputError, VoceroError
from cti_api.messages.office import ways
from cti_api.messages.pictures import NoPicture, read_picture
from cti_api.model.campaigns import CampaignSpec, CampaignState
from cti_api.model.follow_ups import CallWebhook, SendMessage, Via
from cti_api.settings import Settings
from cti_api.store.opening import file_of
from cti_api.store.store import Store
from vocero.doctor.findings import Finding, fault

MEND: Final = "set it up as docs/messages.md says; until then what should go waits, and expires"

LINK: Final = "{booking_link}"


async def follow_ups(settings: Settings, clock: Clock) -> list[Finding]:
    """What is missing, of every campaign that is not given up. A store that cannot be read is told of elsewhere."""
    url = settings.store.url.get_secret_value()
    file = file_of(url)
    if file is not None and not file.exists():
        return []
    try:
        async with Store.open(url, clock=clock) as store:
            campaigns = await store.campaigns.all()
    except VoceroError:
        return []
    specs = []
    for each in campaigns:
        # A file that cannot be read is the campaign's own trouble: the others are looked at all the same.
        with contextlib.suppress(InputError):
            if each.state is not CampaignState.CANCELLED:
                specs.append(parse_campaign(each.spec_text))
    set_up = {way.via for way in ways(settings.messages, clock)}
    return await asyncio.to_thread(lambda: [each for spec in specs for each in _missing(spec, settings, set_up)])


def _missing(spec: CampaignSpec, settings: Settings, set_up: set[Via]) -> Iterator[Finding]:
    for follow_up in spec.follow_ups:
        what = f"campaign {spec.id}, follow-up {follow_up.name}"
        match follow_up.action:
            case CallWebhook(name=name) if name not in settings.messages.webhooks:
                yield fault(f"{what}: the settings have no webhook {name}", MEND)
            case SendMessage(via=via) if via not in set_up:
                yield fault(f"{what}: messages by {via} are not set up", MEND)
            case SendMessage() as message:
                texts = (message.subject, message.text, *message.parameters)
                reached = settings.public.port is not None and settings.public.base_url
                if any(LINK in text for text in texts) and not reached:
                    yield fault(
                        f"{what}: there is no {LINK}: public.port and public.base_url are not both set",
                        "set both as docs/messages.md says: until then each message is a dead letter",
                    )
                for name in message.pictures:
                    if not name.startswith("https:"):
                        try:
                            read_picture(settings.messages.pictures, name)
                        except NoPicture as error:
                            yield fault(f"{what}: {error}", "put it there: without it each message is a dead letter")
            case _:
                pass
