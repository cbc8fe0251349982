"""What a person reads in the terminal, whatever strangers wrote into a list."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console, RenderableType

from vocero import message_screens, queue_screens, screens
from vocero.door import Door
from vocero.harmless import harmless, shown

NOW = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
EVIL = "Ana\x1b[2J\x1b]0;pwned\x07\r\n\x9b31m\u202e+57"


def printed(what: RenderableType) -> str:
    out = io.StringIO()
    Console(file=out, width=160, color_system=None).print(what)
    return out.getvalue()


def agent(**facts: Any) -> dict[str, Any]:
    call = {"lead_name": EVIL, "number": "+573001234567", "script": EVIL, "fields": {EVIL: EVIL}, "attempt_id": None}
    call |= {"campaign_id": "mantenimiento", "caller_id": None, "queue": None, "waited_seconds": 0.0}
    return {
        "id": "ana", "name": EVIL, "state": "busy", "reason": EVIL, "pending": None, "since": NOW.isoformat(),
        "call": call, "phone_reachable": True, "calls": 1, "talk_seconds": 2.0, "campaigns": [], "connect": "rung",
    } | facts  # fmt: skip


MESSAGE = {
    "id": "0" * 32, "action": "aviso", "campaign_id": "m", "lead_id": 1, "via": "email", "recipient": EVIL,
    "state": "dead", "state_since": NOW.isoformat(), "reason": EVIL, "due_at": NOW.isoformat(), "tries": 1,
    "expires_at": NOW.isoformat(), "provider_id": EVIL, "sent_at": None, "delivered_at": None, "read_at": None,
    "content": {"text": EVIL},
}  # fmt: skip
TASK = {
    "id": 1, "action": "llamar", "campaign_id": "m", "lead_id": 1, "text": EVIL, "owner": EVIL,
    "created_at": NOW.isoformat(), "done_at": NOW.isoformat(), "done_by": EVIL,
}  # fmt: skip
STORY = {
    "lead_id": 1, "round": 2, "name": EVIL, "phones": ["+573001234567"], "campaign_id": "m", "why": EVIL,
    "timezone": "America/Bogota",
    "earlier_attempts": 1200,
    "law": ["co 2026-11-25 was in force since [x]"],
    "attempts": [
        {"at": NOW.isoformat(), "number": "+57", "result": "busy", "state": "closed", "agent_id": None,
         "disposition": EVIL, "then_state": "waiting", "then_reason": EVIL}
    ],
    "messages": [MESSAGE], "tasks": [TASK],
    "replies": [{"via": "whatsapp", "at": NOW.isoformat(), "text": EVIL, "says_no": True, "message_id": None}],
}  # fmt: skip
REJECTION = {"line": 3, "column": EVIL, "reason": EVIL, "row_kept": False}


@pytest.mark.parametrize(
    "screen",
    [
        lambda: screens.agent_list([agent()], NOW),
        lambda: screens.agent_card(agent(), NOW),
        lambda: queue_screens.queue(QUEUE),
        lambda: queue_screens.queue_list([QUEUE]),
        lambda: queue_screens.gave_up([MISSED], UTC),
        lambda: screens.lead_story(STORY),
        lambda: screens.rejections([REJECTION]),
        lambda: message_screens.messages([MESSAGE], UTC),
        lambda: message_screens.message(MESSAGE, UTC),
        lambda: message_screens.tasks([TASK], UTC),
    ],
)
def test_nothing_of_a_list_moves_the_cursor_or_turns_a_line(screen: Any) -> None:
    said = printed(screen())
    assert "Ana" in said
    assert not {sign for sign in said if sign in "\x1b\x07\r\x9b\u202e"}


def test_what_is_meant_to_have_lines_keeps_them() -> None:
    assert shown({"script": "a\nb\x1b", "name": "a\nb"}) == {"script": "a\nb\ufffd", "name": "a\ufffdb"}
    assert harmless("José 👨‍👩‍👧 ñ") == "José 👨‍👩‍👧 ñ"


def test_instants_are_told_in_the_companys_time() -> None:
    campaign = {"id": "m", "title": "M", "state": "running", "state_since": "2026-03-02T03:30:00+00:00"}
    assert "2026-03-01 22:30" in printed(screens.campaign_list([campaign], ZoneInfo("America/Bogota")))
    assert "2026-03-02 12:30" in printed(screens.campaign_list([campaign], ZoneInfo("Asia/Tokyo")))


def test_the_companys_time_is_the_settings(tmp_path: Path) -> None:
    settings = tmp_path / "vocero.yaml"
    settings.write_text("timezone: Asia/Tokyo\nasterisk: {ami: {secret: 0123456789abcdef01}}\n")
    settings.chmod(0o600)
    door = Door(settings_file=settings, socket=None, out=Console(), err=Console())
    assert door.zone() == ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize("alarm", ["no_trunks", "link_down", "store", "recording", "clock"])
def test_every_alarm_is_a_sentence(alarm: str) -> None:
    assert " " in screens.ALARMS[alarm]


def test_an_agent_sees_the_person_and_the_guion_before_they_decide() -> None:
    call = {
        "campaign_id": "mantenimiento", "attempt_id": None, "lead_name": "Ana Ríos", "number": "+573001234567",
        "fields": {"placa": "ABC123"}, "script": "Buenos días, señora Ana.\nSu carro cumple 10.000 km.",
        "caller_id": None, "queue": None, "waited_seconds": 0.0,
    }  # fmt: skip
    said = printed(screens.agent_card(agent(call=call), NOW))
    for part in ("Ana Ríos", "ABC123", "Buenos días, señora Ana.", "Su carro cumple", "vocero agents accept ana"):
        assert part in said
    talking = printed(screens.agent_card(agent(call=call | {"attempt_id": "0" * 32}), NOW))
    assert "accept" not in talking
    assert "Su carro" not in printed(screens.agent_card(agent(call=None), NOW))


def test_an_agent_sees_in_which_queue_a_caller_waited_and_how_long() -> None:
    call = {
        "campaign_id": None, "attempt_id": None, "lead_name": "", "number": "+573001234567", "fields": {}, "script": "",
        "caller_id": "1764000000.1", "queue": "soporte", "waited_seconds": 65.0,
    }  # fmt: skip
    said = printed(screens.agent_card(agent(call=call), NOW))
    for part in ("soporte", "1:05", "+573001234567"):
        assert part in said
    assert "accept" not in said


QUEUE = {
    "id": "soporte", "title": EVIL, "waiting": 1, "longest_waiting_seconds": 65.0, "agents_ready": 0,
    "agents_at_work": 2, "answer_within_seconds": 20.0, "service_level_goal": 0.8, "file": EVIL,
    "today": {
        "offered": 3, "answered": 2, "caller_abandoned": 1, "called_back": 0, "overflowed": 0, "led_on": 0, "lost": 0,
        "service_level": 0.5, "asa_seconds": 12.0,
    },
    "callers": [
        {"number": EVIL, "state": "waiting", "waited_seconds": 65.0, "position": 1, "agent_id": None},
        {"number": "", "state": "talking", "waited_seconds": 5.0, "position": None, "agent_id": "ana"},
    ],
}  # fmt: skip
MISSED = {"number": EVIL, "arrived_at": NOW.isoformat(), "waited_seconds": 65.0, "outcome": "caller_abandoned"}


def test_a_queue_shows_who_waits_who_serves_and_the_day() -> None:
    said = printed(queue_screens.queue(QUEUE))
    for part in (
        "1 waiting, 0 agents ready of 2 at work",
        "50% (goal 80% within 20 s)",
        "1 min 05 s",
        "withheld",
        "ana",
    ):
        assert part in said
    assert "50%" in printed(queue_screens.queue_list([QUEUE]))
    assert "hung up waiting" in printed(queue_screens.gave_up([MISSED], UTC))
