"""One call to one number, on request: the way out, from Originate to a telephone that rings."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from cti_api.errors import VoceroError
from cti_api.model.ids import TrunkId, new_trial_id
from cti_api.model.phone import PhoneNumber
from cti_api.settings import Settings
from dialer.ami.actions import to_action
from dialer.ami.session import AmiSession
from dialer.telephony import CallAnswered, CallDialed, CallEnded, CallForbidden, CallRinging, PlaceCall, TelephonyEvent
from vocero.doctor.findings import Finding, fault, ok
from vocero.doctor.manager import ANSWER_SECONDS

RING_SECONDS: Final = 20.0
CALL_SECONDS: Final = 60.0
"""Ringing, and the abandonment message to its end."""
HOLD_SECONDS: Final = 0.2
CAMPAIGN: Final = "doctor"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialCall:
    """What was asked for."""

    number: PhoneNumber
    caller_id: PhoneNumber
    """Shown to whoever is called: one of the company's own, that the carrier accepts."""
    trunk: str | None
    """None: the first of the settings."""


async def trial_call(session: AmiSession, settings: Settings, wanted: TrialCall) -> Finding:
    """Ring one number; whoever answers hears the abandonment message. In no campaign and in no store."""
    names = [trunk.name for trunk in settings.trunks]
    trunk = wanted.trunk or next(iter(names), "")
    if trunk not in names:
        return fault(
            f"test call: there is no trunk {trunk!r}", f"--trunk with one of: {', '.join(names) or 'none is set'}"
        )
    call = PlaceCall(
        attempt_id=new_trial_id(),
        number=wanted.number,
        trunk=TrunkId(trunk),
        caller_id=wanted.caller_id,
        ring_seconds=RING_SECONDS,
        campaign=CAMPAIGN,
        hold_seconds=HOLD_SECONDS,
        amd=False,
        machine_action="hang_up",
        record=False,
    )
    what = f"test call to {wanted.number.masked} over {trunk}"
    said: list[TelephonyEvent] = []
    try:
        async with asyncio.timeout(CALL_SECONDS):
            await session.perform(to_action(call), ANSWER_SECONDS)
            async for event in session:
                if getattr(event, "attempt_id", None) == call.attempt_id:
                    said.append(event)  # type: ignore[arg-type]  # a Proof has no attempt_id
                    if isinstance(event, CallEnded):
                        break
    except TimeoutError:
        return fault(f"{what}: no end within {CALL_SECONDS:.0f} s", "see Asterisk's log")
    except VoceroError as error:
        return fault(f"{what}: {error}", "mend what is named above first")
    return verdict(what, said)


def verdict(what: str, said: list[TelephonyEvent]) -> Finding:
    """What the events of one call say of the way out."""
    for event in said:
        if isinstance(event, CallForbidden):
            mend = "see asterisk.allowed_prefixes and trunks in the settings; after a change: `vocero init FOLDER`"
            return fault(f"{what}: refused by the dialplan's guard ({event.why})", mend)
    if any(isinstance(event, CallAnswered) for event in said):
        return ok(f"{what}: answered")
    if any(isinstance(event, CallRinging) for event in said):
        return ok(f"{what}: it rang")
    last = next((event for event in said if isinstance(event, CallDialed)), None)
    if last is None or (last.sip_code is None and last.cause == 18):
        return fault(f"{what}: the trunk said nothing", "check its address in trunks.conf, and the firewall on the way")
    code = f"SIP {last.sip_code}" if last.sip_code else f"cause {last.cause}"
    return fault(
        f"{what}: {code}, it never rang", "check the trunk's account, and which numbers and caller ids it accepts"
    )
