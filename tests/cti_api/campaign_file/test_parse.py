"""The campaign file: what it means, and every fault of it found at once, with its line."""

from __future__ import annotations

from datetime import time

import pytest

from cti_api.campaign_file.parse import parse_campaign
from cti_api.errors import Fault, InputError
from cti_api.law.terms import Purpose
from cti_api.model.abandonment import AbandonmentPolicy, AbandonmentWindow, HoldFrom, LiveAnswer
from cti_api.model.campaigns import (
    DailyHours,
    DayPart,
    Disposition,
    DispositionField,
    FieldKind,
    MachineAction,
    PacingMode,
    RecordingMode,
    RetryAction,
    RetryRule,
)
from cti_api.model.phone import PhoneNumber
from tests.support.whole_campaign import WHOLE


def faults_of(text: str) -> list[Fault]:
    with pytest.raises(InputError) as refused:
        parse_campaign(text)
    return list(refused.value.faults)


def faults_with(old: str, new: str) -> dict[str, Fault]:
    assert old in WHOLE
    return {fault.path: fault for fault in faults_of(WHOLE.replace(old, new, 1))}


def test_every_entry_reaches_the_campaign() -> None:
    spec = parse_campaign(WHOLE)
    assert (spec.id, spec.title, spec.region) == ("mantenimiento-noviembre", "Mantenimiento, noviembre", "CO")
    assert (spec.mode, spec.calls_per_agent, spec.priority) == (PacingMode.POWER, 1.5, 3)
    assert spec.purpose is Purpose.SERVICE
    assert spec.trunks == ("operador-a", "operador-b")
    assert spec.caller_id == PhoneNumber("+576017420000")
    assert spec.allowed_prefixes == ("+573", "+5760")
    assert spec.hours.timezone == "America/Bogota"
    assert len(spec.hours.days) == 11
    assert spec.hours.days[1] == DailyHours(weekday=0, start=time(13), end=time(19))
    assert spec.hours.days[-1] == DailyHours(weekday=5, start=time(0), end=time(0))
    assert (spec.calls_per_second, spec.max_channels) == (0.5, 8)
    assert (spec.ring_seconds, spec.min_ring_seconds) == (30.0, 20.0)
    assert spec.abandonment == AbandonmentPolicy(
        limit=0.025,
        window=AbandonmentWindow.ROLLING_24H,
        half_hour=True,
        hold_seconds=1.5,
        hold_from=HoldFrom.GREETING_END,
        live_answers=LiveAnswer.PUT_THROUGH,
        amd_mistakes=0.04,
    )
    assert spec.callbacks.any_agent_after_seconds == 2700.0
    assert (spec.wrap_up_seconds, spec.preview_seconds) == (120.0, 90.0)
    assert (spec.amd.enabled, spec.amd.on_machine) == (True, MachineAction.LEAVE_MESSAGE)
    assert spec.recording is RecordingMode.ON
    assert (spec.abandoned_message, spec.voicemail_message) == ("sounds/disculpe.wav", "")
    assert spec.retry.max_attempts == 3
    assert spec.retry.min_gap_seconds == 7200.0
    assert spec.retry.day_parts[1] == DayPart(name="evening", start=time(13), end=time(19))
    assert spec.retry.rules["busy"] == RetryRule(action=RetryAction.RETRY, after_seconds=600.0, factor=2.0, most=4)
    assert spec.retry.rules["no_answer"].next_day_part
    assert spec.retry.rules["volver"].personal
    assert spec.retry.rules["default"].after_seconds == 86_400.0
    assert spec.dispositions[0] == Disposition(
        code="cita", label="Cita agendada", key="1", effective=True, contact=True, success=True
    )
    assert spec.dispositions[1].fields[1] == DispositionField(
        name="motivo", label="Motivo", kind=FieldKind.CHOICE, required=False, choices=("precio", "tiempo")
    )
    assert spec.columns.phones == ("telefono", "telefono_2")
    assert spec.script == "Buenos días {nombre}.\n"


def test_a_file_from_before_the_promise_had_its_section_says_the_same_as_ever() -> None:
    start = WHOLE.index("abandonment: {")
    flat = WHOLE.replace(WHOLE[start : WHOLE.index("}", start) + 1], "abandonment_limit: 1 %\nhold: 3 s")
    assert parse_campaign(flat).abandonment == AbandonmentPolicy(limit=0.01, hold_seconds=3.0)


def test_a_campaign_that_does_not_say_what_it_is_for_is_held_to_the_strictest_rules() -> None:
    assert parse_campaign(WHOLE.replace("purpose: service\n", "")).purpose is Purpose.COMMERCIAL
    told = faults_with("purpose: service", "purpose: ventas")["purpose"].message
    assert told == "must be one of collections, commercial, survey, service, asked_for"


def test_words_that_other_yaml_readers_take_for_something_else_stay_what_they_are() -> None:
    spec = parse_campaign(WHOLE.replace("title: Mantenimiento, noviembre", "title: no"))
    assert spec.title == "no"
    assert spec.hours.days[1].end == time(19, 0)


def test_every_fault_is_found_at_once_with_its_line_and_in_the_order_of_lines() -> None:
    text = WHOLE
    for old, new in (
        ("mode: power", "mode: turbo"),
        ("ring: 30 s", "ring: 30 sec"),
        ("limit: 2.5 %", "limit: 3"),
        ("after: 10 min", "after: soon"),
        ("sat: 00:00-24:00", "sab: 08:00-15:00"),
        ("kind: datetime", "kind: date-time"),
        ("wrap_up:", "wrapup:"),
    ):
        text = text.replace(old, new, 1)
    found = faults_of(text)
    assert [(fault.line, fault.path) for fault in found] == [
        (4, "mode"),
        (14, "hours.days.sab"),
        (17, "abandonment.limit"),
        (19, "ring"),
        (21, "wrapup"),
        (35, "retry.rules.busy.after"),
        (51, "dispositions[1].fields[0].kind"),
    ]
    by_path = {fault.path: fault.message for fault in found}
    assert by_path["mode"] == "must be one of manual, preview, progressive, power, predictive, agentless"
    assert by_path["abandonment.limit"] == "must be from 0 % to 10 %; 3 % is written `3 %`"
    assert by_path["wrapup"] == "there is no such entry; did you mean `wrap_up`?"
    assert by_path["ring"] == "must be a length of time such as `90 s`, `10 min`, `2 h` or `1 d`"


def test_the_error_shows_path_line_and_message_to_a_person() -> None:
    with pytest.raises(InputError) as refused:
        parse_campaign(WHOLE.replace("ring: 30 s", "ring: 10 s"))
    assert str(refused.value) == (
        "The campaign file has faults; nothing was changed.\n  line 19, ring: must be from 15 s to 2 min"
    )


def test_everything_that_must_be_there_is_named_when_it_is_missing() -> None:
    found = faults_of("title: Vacía\n")
    assert {fault.path for fault in found} == {
        "id", "region", "mode", "trunks", "caller_id", "hours", "retry", "dispositions", "columns",
    }  # fmt: skip
    assert {fault.message for fault in found} == {"is missing"}


@pytest.mark.parametrize(
    ("old", "new", "path", "message"),
    [
        ("id: mantenimiento-noviembre", "id: Mantenimiento", "id", "lower-case letters"),
        ("region: CO", "region: Colombia", "region", "two letters"),
        ("caller_id: 601 742 0000", "caller_id: 742 0000", "caller_id", "no number of this form"),
        ("caller_id: 601 742 0000", "caller_id: anónimo", "caller_id", "no letters"),
        ('"+573"', '"573"', "allowed_prefixes[0]", "plus sign"),
        ('"+5760"', '"+573"', "allowed_prefixes[1]", "a second time"),
        ("operador-b", "operador-a", "trunks[1]", "a second time"),
        ("trunks: [operador-a, operador-b]", "trunks: []", "trunks", "at least one"),
        ("America/Bogota", "America/Macondo", "hours.timezone", "time zone"),
        ("America/Bogota", "America", "hours.timezone", "time zone"),
        ("America/Bogota", "../../etc/passwd", "hours.timezone", "time zone"),
        ("13:00-19:00]", "11:00-19:00]", "hours.days", "overlap"),
        ("13:00-19:00]", "19:00-13:00]", "hours.days.mon-fri[1]", "over midnight"),
        ("13:00-19:00]", "13:00-13:01]", "hours.days", "too short for a call"),
        ("mon-fri:", "fri-mon:", "hours.days.fri-mon", "a range of days"),
        ("min_ring: 20s", "min_ring: 14 s", "min_ring", "from 15 s"),
        ("min_ring: 20s", "min_ring: 40 s", "ring", "shorter than min_ring"),
        ("mode: power", "mode: progressive", "calls_per_agent", "only for `mode: power`"),
        ("rolling_24h", "rolling_week", "abandonment.window", "campaign_day, rolling_24h, rolling_30d"),
        ("enabled: true", "enabled: false", "abandonment.amd_mistakes", "only for `amd.enabled: true`"),
        ("leave_message", "connect", "abandonment.amd_mistakes", "nobody is hung up for a machine"),
        ("hold: 1.5 s", "hold_from: answer", "abandonment.hold", "longer than 5 s"),
        ("recording: on", "abandonment_limit: 3 %", "abandonment_limit", "said twice: here and in `abandonment.limit`"),
        ("recording: on", "hold: 2 s", "hold", "said twice: here and in `abandonment.hold`"),
        ('key: "1"', "machine: true", "dispositions[0].machine", "says that nobody was there"),
        ("on_machine: leave_message", "on_machine: sing", "amd.on_machine", "hang_up, leave_message, connect"),
        ("enabled: true", "enabled: yes", "amd.enabled", "true or false"),
        ("sounds/disculpe.wav", "../../etc/passwd", "abandoned_message", "inside the campaign file's folder"),
        ("sounds/disculpe.wav", "/etc/passwd", "abandoned_message", "inside the campaign file's folder"),
        ("max_attempts: 3", "max_attempts: 3.5", "retry.max_attempts", "whole number from 1 to 100"),
        ("evening: 13:00-19:00", "evening: 11:00-19:00", "retry.day_parts.evening", "overlaps with morning"),
        ("busy: {", "bussy: {", "retry.rules.bussy", "did you mean `busy`?"),
        ("cita: {action", "cita_agendada: {action", "retry.rules.cita", "is missing"),
        ("default: {action", "unavailable: {action", "retry.rules.default", "is missing"),
        ("connected: {action", "failed: {action", "retry.rules.connected", "who was reached"),
        ("default: {action: retry", "default: {action: suppress", "retry.rules.default.action", "must be retry"),
        ("busy: {action: retry", "busy: {action: callback", "retry.rules.busy.action", "only for a disposition"),
        ("kind: datetime", "kind: text", "retry.rules.volver.action", "`kind: datetime`"),
        ("no_answer: {action: next_phone", "no_answer: {action: close", "retry.rules.no_answer.next_day_part", "close"),
        ("after: 10 min, ", "personal: true, ", "retry.rules.busy.personal", "only for `action: callback`"),
        ("after: 10 min, ", "", "retry.rules.busy.factor", "multiplies `after`"),
        ("code: volver", "code: cita", "dispositions[1].code", "already"),
        ("code: cita", "code: busy", "dispositions[0].code", "call result"),
        ("label: Volver a llamar", 'label: Volver\n    key: "1"', "dispositions[1].key", "key of cita already"),
        ("label: Volver a llamar", 'label: Volver\n    key: "2"', "dispositions[1].key", "required fields"),
        ('key: "1"', 'key: "12"', "dispositions[0].key", "one digit"),
        ("choices: [precio, tiempo], ", "", "dispositions[1].fields[1].choices", "what to choose from"),
        ("name: motivo", "name: fecha", "dispositions[1].fields[1].name", "field before it"),
        ("telefono_2]", "nombre]", "columns.phones[1]", "the column of name already"),
        ("label: Cita agendada", "label: ''", "dispositions[0].label", "is empty"),
        ("label: Cita agendada", "label:", "dispositions[0].label", "is empty"),
        ("label: Cita agendada", 'label: "Cita\\nagendada"', "dispositions[0].label", "invisible"),
        ("    label: Cita agendada", "    label: A\n    label: B", "dispositions[0].label", "first is in line 43"),
        ("script: |\n  Buenos días {nombre}.", 'script: "a\\0b"', "script", "U+0000"),
        ("amd:\n  enabled: true\n  on_machine: leave_message", "amd: on", "amd", "must be a section"),
        ("max_channels: 8", "max_channels: [8]", "max_channels", "a single value"),
        ("columns:\n", "columns: &c\n", "", ""),
        ("priority: prioridad", "priority: *c", "columns.priority", "an alias"),
        ("priority: prioridad", "priority: !!str x", "columns.priority", "a tag"),
    ],
)
def test_what_is_wrong_is_named_where_it_stands(old: str, new: str, path: str, message: str) -> None:
    if not path:
        parse_campaign(WHOLE.replace(old, new, 1))  # a name for reuse alone does no harm
        return
    found = faults_with(old, new)
    assert path in found, found
    assert message in found[path].message


def test_a_wrong_entry_hides_no_other_and_invents_none() -> None:
    assert list(faults_with("region: CO", "region: Colombia")) == ["region"]
    assert list(faults_with("kind: datetime", "kind: no")) == ["dispositions[1].fields[0].kind"]
    assert list(faults_with("code: volver", "code: Volver")) == ["dispositions[1].code"]
    assert list(faults_with("mode: power", "mode: turbo")) == ["mode"]
    assert list(faults_with("after: 10 min", "after: soon")) == ["retry.rules.busy.after"]
