"""The section ``abandonment`` of a campaign file, and what must be true of it together with the rest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cti_api.campaign_file import values
from cti_api.campaign_file.findings import Finding
from cti_api.campaign_file.section import Section
from cti_api.model.abandonment import AbandonmentPolicy, AbandonmentWindow, HoldFrom, LiveAnswer
from cti_api.model.campaigns import CampaignSpec, MachineAction

AMD_LONGEST_SECONDS: Final = 5.0
"""How long answering-machine detection may listen (``total_analysis_time`` in asterisk/amd.conf)."""

FLAT: Final = {"limit": "abandonment_limit", "hold": "hold"}
"""Entries that files had at the top before there was this section; they mean the same."""


def abandonment(top: Section) -> AbandonmentPolicy:
    """The promise, from its section or from the entries that stood for it."""
    section, standard = top.section("abandonment"), AbandonmentPolicy()
    limit, hold = values.share(0.0, 0.1), values.duration(0.5, 10.0)
    policy = AbandonmentPolicy(
        limit=section.optional("limit", limit, top.optional(FLAT["limit"], limit, standard.limit)),
        window=section.optional("window", values.one_of(AbandonmentWindow), standard.window),
        half_hour=section.optional("half_hour", values.yes_no, standard.half_hour),
        hold_seconds=section.optional("hold", hold, top.optional(FLAT["hold"], hold, standard.hold_seconds)),
        hold_from=section.optional("hold_from", values.one_of(HoldFrom), standard.hold_from),
        live_answers=section.optional("live_answers", values.one_of(LiveAnswer), standard.live_answers),
        amd_mistakes=section.optional("amd_mistakes", values.share(0.0, 0.5), standard.amd_mistakes),
    )
    for name, flat in FLAT.items():
        if name in section.names() and flat in top.names():
            top.note(flat, f"is said twice: here and in `abandonment.{name}`")
    section.finish()
    return policy


def check_abandonment(spec: CampaignSpec) -> Iterator[Finding]:
    """What the promise and the rest of the file say of each other."""
    policy, amd = spec.abandonment, spec.amd
    if policy.amd_mistakes and not amd.enabled:
        yield Finding("abandonment.amd_mistakes", "is only for `amd.enabled: true`", ("amd",))
    elif policy.amd_mistakes and amd.on_machine is MachineAction.CONNECT:
        message = "has no meaning with `amd.on_machine: connect`: nobody is hung up for a machine"
        yield Finding("abandonment.amd_mistakes", message, ("amd",))
    if policy.hold_from is HoldFrom.ANSWER and amd.enabled and policy.hold_seconds <= AMD_LONGEST_SECONDS:
        message = (
            f"with `hold_from: answer` must be longer than {AMD_LONGEST_SECONDS:g} s, for which AMD may listen: "
            "switch AMD off or count from greeting_end"
        )
        yield Finding("abandonment.hold", message, ("amd", "hold", "abandonment.hold_from"))
    for index, disposition in enumerate(spec.dispositions):
        if disposition.machine and (disposition.contact or disposition.effective or disposition.success):
            message = "says that nobody was there: it cannot be contact, effective or success as well"
            yield Finding(f"dispositions[{index}].machine", message)
