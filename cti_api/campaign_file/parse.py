"""The campaign file's format: which entries there are, what each may hold, and its default.

Entries are named as in `CampaignSpec`, without the unit: ``ring: 28 s`` becomes `ring_seconds`. An annotated example is
``examples/p1_dealership/campaign.yaml``.
"""

from __future__ import annotations

from typing import Final

from cti_api.campaign_file import agentless, values
from cti_api.campaign_file.abandonment import abandonment
from cti_api.campaign_file.checks import MORE_COLUMNS, check
from cti_api.campaign_file.follow_ups import follow_up
from cti_api.campaign_file.plan_checks import check_plan
from cti_api.campaign_file.retry import callbacks, retry
from cti_api.campaign_file.screen_pop import screen_pop
from cti_api.campaign_file.section import Notes, Section
from cti_api.campaign_file.weekly import weekly_windows
from cti_api.errors import InputError
from cti_api.law.terms import Purpose
from cti_api.model.appointments import AppointmentPolicy, ReminderBy, ReminderPolicy
from cti_api.model.campaigns import (
    MIN_RING_SECONDS,
    AmdPolicy,
    CampaignHours,
    CampaignSpec,
    ColumnMap,
    ControlForm,
    DailyHours,
    Disposition,
    DispositionField,
    FieldKind,
    MachineAction,
    PacingMode,
    RecordingMode,
)
from cti_api.model.ids import CampaignId, TrunkId
from cti_api.model.phone import PhoneNumber
from cti_api.yaml_tree import FileKind, read_tree

CAMPAIGN_FILE: Final = FileKind(
    noun="campaign file",
    largest_bytes=256 * 1024,  # a long guion is 10 KiB
    looks_like="id: mantenimiento-noviembre",
)

_NO_NUMBER: Final = PhoneNumber("+10000000")
"""Stand-in; never leaves this file."""


def parse_campaign(text: str) -> CampaignSpec:
    """The campaign that a YAML file describes.

    Raises `InputError` with every fault of the file, in the order of its lines; there is no half-read campaign.
    """
    notes = Notes()
    top = Section(read_tree(text, CAMPAIGN_FILE, notes.faults), "", notes)
    spec = _campaign(top)
    # What is known to be wrong has stand-ins in the spec: what they seem to break is not told.
    found_wrong = (*check(spec), *check_plan(spec))
    sound = [found for found in found_wrong if not any(map(notes.has_fault_at, (found.path, *found.rests_on)))]
    for found in sound:
        notes.fault(found.path, found.message)
    if notes.faults:
        raise InputError(
            "The campaign file has faults; nothing was changed.",
            sorted(notes.faults, key=lambda fault: (fault.line or 0, fault.path)),
        )
    return spec


def _campaign(top: Section) -> CampaignSpec:
    region = top.required("region", values.region, "US")
    mode = top.required("mode", values.one_of(PacingMode), PacingMode.PROGRESSIVE)
    with_agents = mode is not PacingMode.AGENTLESS
    spec = CampaignSpec(
        id=CampaignId(top.required("id", values.slug, "")),
        title=top.required("title", values.line_of_text, ""),
        region=region,
        purpose=top.optional("purpose", values.one_of(Purpose), Purpose.COMMERCIAL if with_agents else Purpose.SURVEY),
        mode=mode,
        survey=agentless.survey(top, mode),
        survey_after=agentless.survey_after(top, mode),
        priority=top.optional("priority", values.integer(-1000, 1000), 0),
        trunks=tuple(TrunkId(name) for name in top.texts("trunks", values.slug, required=True)),
        caller_id=top.required("caller_id", values.phone_in(region), _NO_NUMBER),
        allowed_prefixes=top.texts("allowed_prefixes", values.prefix),
        hours=_hours(top.section("hours", required=True)),
        calls_per_agent=top.optional("calls_per_agent", values.number(1.0, 10.0), 1.0),
        calls_per_second=top.optional("calls_per_second", values.number(0.01, 100.0), 2.0),
        max_channels=agentless.lines(top, mode),
        abandonment=abandonment(top),
        ring_seconds=top.optional("ring", values.duration(MIN_RING_SECONDS, 120.0), 28.0),
        min_ring_seconds=top.optional("min_ring", values.duration(MIN_RING_SECONDS, 120.0), float(MIN_RING_SECONDS)),
        wrap_up_seconds=top.optional("wrap_up", values.duration(0.0, 3600.0), 60.0),
        preview_seconds=top.optional("preview", values.duration(1.0, 3600.0), 60.0),
        amd=_amd(top.section("amd")),
        recording=top.optional("recording", values.one_of(RecordingMode), RecordingMode.OFF),
        abandoned_message=top.optional("abandoned_message", values.sound, ""),
        voicemail_message=top.optional("voicemail_message", values.sound, ""),
        retry=retry(top.section("retry", required=True)),
        callbacks=callbacks(top.section("callbacks")),
        dispositions=_dispositions(top) if with_agents else agentless.DISPOSITIONS,
        columns=_columns(top.section("columns", required=True)) if with_agents else ColumnMap(name="", phones=()),
        brief=top.optional("brief", values.long_text, ""),
        script=top.optional("script", values.long_text, ""),
        screen_pop=top.optional("screen_pop", screen_pop, ""),
        appointments=_appointments(top),
        control_form=_control_form(top.section("control_form")),
        follow_ups=tuple(follow_up(entry) for entry in top.sections("follow_ups")),
    )
    top.finish()
    return spec


def _hours(section: Section) -> CampaignHours:
    zone = section.required("timezone", values.timezone, "UTC")
    table = section.section("days", required=True)
    windows = weekly_windows(table, values.window)
    section.finish()
    return CampaignHours(
        timezone=zone, days=tuple(DailyHours(weekday=day, start=start, end=end) for day, start, end in windows)
    )


def _amd(section: Section) -> AmdPolicy:
    policy = AmdPolicy(
        enabled=section.optional("enabled", values.yes_no, False),
        on_machine=section.optional("on_machine", values.one_of(MachineAction), MachineAction.HANG_UP),
    )
    section.finish()
    return policy


def _dispositions(top: Section) -> tuple[Disposition, ...]:
    return tuple(_disposition(entry) for entry in top.sections("dispositions", required=True))


def _disposition(section: Section) -> Disposition:
    disposition = Disposition(
        code=section.required("code", values.code, ""),
        label=section.required("label", values.line_of_text, ""),
        key=section.optional("key", values.keypad_digit, ""),
        effective=section.optional("effective", values.yes_no, False),
        contact=section.optional("contact", values.yes_no, False),
        success=section.optional("success", values.yes_no, False),
        machine=section.optional("machine", values.yes_no, False),
        fields=tuple(_field(entry) for entry in section.sections("fields")),
    )
    section.finish()
    return disposition


def _field(section: Section) -> DispositionField:
    field = DispositionField(
        name=section.required("name", values.code, ""),
        label=section.required("label", values.line_of_text, ""),
        kind=section.required("kind", values.one_of(FieldKind), FieldKind.TEXT),
        required=section.optional("required", values.yes_no, True),
        choices=section.texts("choices", values.line_of_text),
    )
    section.finish()
    return field


def _columns(section: Section) -> ColumnMap:
    columns = ColumnMap(
        name=section.required("name", values.line_of_text, ""),
        phones=section.texts("phones", values.line_of_text, required=True),
        priority=section.optional("priority", values.line_of_text, ""),
        external_key=section.optional("external_key", values.line_of_text, ""),
        **{name: section.optional(name, values.line_of_text, "") for name in MORE_COLUMNS},
    )
    section.finish()
    return columns


def _appointments(top: Section) -> AppointmentPolicy | None:
    section = top.section("appointments")
    if "appointments" not in top.names():
        return None
    reminder = section.section("reminder")
    policy = AppointmentPolicy(
        calendar=section.optional("calendar", values.slug, ""),
        on=section.required("on", values.code, ""),
        at=section.required("at", values.code, ""),
        reminder=_reminder(reminder) if "reminder" in section.names() else None,
    )
    section.finish()
    return policy


def _reminder(section: Section) -> ReminderPolicy:
    campaign = section.optional("campaign", values.slug, "")
    reminder = ReminderPolicy(
        before_seconds=section.required("before", values.duration(60.0, 30 * 86_400.0), 60.0),
        by=section.required("by", values.one_of(ReminderBy), ReminderBy.MESSAGE),
        campaign=CampaignId(campaign) if campaign else None,
    )
    section.finish()
    return reminder


def _control_form(section: Section) -> ControlForm:
    standard = ControlForm()
    form = ControlForm(
        plate=section.optional("plate", values.line_of_text, standard.plate),
        brand=section.optional("brand", values.line_of_text, standard.brand),
        model=section.optional("model", values.line_of_text, standard.model),
        observations=section.texts("observations", values.code) or standard.observations,
    )
    section.finish()
    return form
