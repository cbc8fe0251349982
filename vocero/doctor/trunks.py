"""The lines to the public network, as Asterisk has them."""

from __future__ import annotations

from typing import Final

from cti_api.model.ids import TrunkId
from cti_api.settings import Settings
from dialer.ami.inspection import CONTEXT_IN, contacts, endpoint_option
from dialer.ami.session import AmiSession
from vocero.doctor.findings import Finding, fault, ok, warning
from vocero.doctor.manager import ask

RECIPE: Final = "asterisk/README.md has the recipes for trunks.conf; then: asterisk -rx 'pjsip reload'"
SAFE: Final = {"context": CONTEXT_IN, "allow_transfer": "false", "direct_media": "false", "allow_overlap": "false"}
"""What `vocero-trunk` in asterisk/pjsip.conf sets: a carrier's call, transfer or redirection reaches no line."""


async def trunks(session: AmiSession, settings: Settings) -> list[Finding]:
    if not settings.trunks:
        return [fault("no trunk is set", "add one under trunks: in the settings; its name is its PJSIP endpoint's")]
    return [finding for trunk in settings.trunks for finding in await _trunk(session, TrunkId(trunk.name))]


async def _trunk(session: AmiSession, trunk: TrunkId) -> list[Finding]:
    found = {option: await ask(session, endpoint_option(trunk, option)) for option in SAFE}
    if not found["context"]:
        return [fault(f"trunk {trunk} is no PJSIP endpoint of this Asterisk", RECIPE)]
    findings = [
        fault(f"trunk {trunk} has {option} = {found[option]}", f"[{trunk}](vocero-trunk) in trunks.conf sets {safe}")
        for option, safe in SAFE.items()
        if found[option] != safe
    ]
    if not await ask(session, contacts(trunk)):
        findings.append(
            warning(
                f"trunk {trunk} does not answer",
                "check contact = in trunks.conf, and the firewall; qualify_frequency = 0 where it answers no OPTIONS",
            )
        )
    return findings or [ok(f"trunk {trunk} is there, and nothing that comes in over it reaches a line")]
