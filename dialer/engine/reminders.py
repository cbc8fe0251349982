"""Reminds of appointments: told once when it is time, to whoever makes a message of it, or as a lead to be called.

What is due stands in the store, with its instant; so a restart loses none, and one that is late because nothing ran is
told as long as the appointment is still to come.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final
from zoneinfo import ZoneInfo

from cti_api.appointments.agreed import policy_of
from cti_api.appointments.spanish import day_in_words, hour_in_words
from cti_api.errors import NotFound, StoreUnavailable, VoceroError
from cti_api.law.terms import Purpose
from cti_api.model.appointments import Appointment, ReminderBy, ReminderPolicy
from cti_api.model.campaigns import CampaignSpec
from cti_api.model.ids import CampaignId
from cti_api.model.leads import NewLead
from dialer.engine.floor import Floor

LOOK_SECONDS: Final = 5.0
"""How often the store is asked; a reminder may be so much late."""

HOUR_FIELD: Final = "cita"
"""Day and hour in words, in the event and in the lead of a reminding call: ``{cita}`` in message and guion."""

log = logging.getLogger(__name__)


class Reminders:
    """One loop."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    async def run(self) -> None:
        while True:
            try:
                await self.tell_due()
            except StoreUnavailable as error:
                log.warning("reminders wait for the store", extra={"reason": str(error)})
            await asyncio.sleep(LOOK_SECONDS)

    async def tell_due(self) -> int:
        """Tell every reminder that is due; returns how many were told."""
        floor, count = self._floor, 0
        for appointment in await floor.store.appointments.to_remind(floor.clock.now()):
            spec = await floor.spec(appointment.campaign_id)
            policy = policy_of(spec)
            reminder = policy.reminder if policy is not None else None
            count += await self._tell(appointment, spec, reminder)
        return count

    async def _tell(self, appointment: Appointment, spec: CampaignSpec, reminder: ReminderPolicy | None) -> bool:
        floor = self._floor
        by = reminder.by if reminder is not None else ReminderBy.MESSAGE
        hour = appointment.starts_at.astimezone(ZoneInfo(spec.hours.timezone))
        told: dict[str, Any] = {"by": by.value, HOUR_FIELD: f"{day_in_words(hour.date())}, {hour_in_words(hour)}"}
        calls = await self._calling(reminder, appointment)
        call = None if calls is None else (calls, await self._lead(appointment, told[HOUR_FIELD]))
        try:
            return await floor.store.appointments.remind(appointment.id, floor.clock.now(), call, **told)
        except StoreUnavailable:
            raise
        except VoceroError as error:
            # Told without its call: the next ones are not to wait behind it.
            log.error("a reminder could not be made", extra={"appointment": appointment.id, "reason": str(error)})
            return await floor.store.appointments.remind(appointment.id, floor.clock.now(), **told)

    async def _calling(self, reminder: ReminderPolicy | None, appointment: Appointment) -> CampaignId | None:
        """The campaign that calls; None where none does, or where it may not."""
        if reminder is None or reminder.campaign is None:
            return None
        try:
            service = (await self._floor.spec(reminder.campaign)).purpose is Purpose.SERVICE
            why = "its purpose is not service"
        except NotFound:
            service, why = False, "there is no such campaign"
        if service:
            return reminder.campaign
        log.error(
            "nobody is called to be reminded",
            extra={"campaign": reminder.campaign, "appointment": appointment.id, "why": why},
        )
        return None

    async def _lead(self, appointment: Appointment, hour: str) -> NewLead:
        """The person, to be called before the hour and not after it."""
        lead = await self._floor.store.leads.get(appointment.lead_id)
        return NewLead(
            name=lead.contact.name,
            phones=lead.contact.phones,
            fields=lead.fields | {HOUR_FIELD: hour},
            external_key=appointment.key,
            timezone=lead.timezone,
            department=lead.department,
            valid_until=appointment.starts_at,
        )
