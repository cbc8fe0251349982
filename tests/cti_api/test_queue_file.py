"""The queue file: read whole, or refused with every fault in it."""

from __future__ import annotations

import pytest

from cti_api.errors import InputError
from cti_api.model.queues import BY_CAMPAIGN
from cti_api.queue_file import parse_queue

WHOLE = """
id: soporte
title: Soporte técnico
region: CO
timezone: America/Bogota
priority: 10
agents:
  - agent: ana
  - agent: luis
    rank: 2
campaigns: [turno]
longest_wait: 10 min
overflow_to: ventas
announce_every: 30 s
service_level:
  within: 20 s
  share: 80 %
wrap_up: 15 s
call_back: {after: 90 s, campaign: turno}
dispositions: [resuelto, escalado]
"""


def test_a_whole_file_is_read() -> None:
    spec = parse_queue(WHOLE)
    assert (spec.id, spec.priority, spec.longest_wait_seconds, spec.overflow_to) == ("soporte", 10, 600.0, "ventas")
    assert (spec.answer_within_seconds, spec.service_level, spec.wrap_up_seconds) == (20.0, 0.8, 15.0)
    assert (spec.call_back_in, spec.call_back_after_seconds) == ("turno", 90.0)
    assert [(one.agent_id, one.rank) for one in spec.agents] == [("ana", 1), ("luis", 2)]


def test_who_is_named_has_the_rank_that_is_written_and_who_works_in_the_campaign_a_late_one() -> None:
    spec = parse_queue(WHOLE)
    turno = spec.campaigns
    assert spec.rank_of(spec.agents[1].agent_id, turno) == 2
    assert spec.rank_of(type(spec.agents[0].agent_id)("eva"), turno) == BY_CAMPAIGN
    assert spec.rank_of(type(spec.agents[0].agent_id)("eva"), ()) is None


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("id: Soporte", "id"),
        ("longest_wait: 1 s", "longest_wait"),
        ("announce_every: 10 min", "announce_every"),
        ("overflow_to: soporte", "overflow_to"),
        ("priorty: 3", "priorty"),
    ],
)
def test_a_fault_is_named_with_its_line(line: str, path: str) -> None:
    kept = [each for each in WHOLE.strip().splitlines() if each.partition(":")[0] != line.partition(":")[0]]
    with pytest.raises(InputError) as refused:
        parse_queue("\n".join([*kept, line]))
    (fault,) = refused.value.faults
    assert (fault.path, fault.line) == (path, len(kept) + 1)


HEAD = "id: soporte\ntitle: Soporte\nregion: CO\ntimezone: America/Bogota\n"


def test_a_queue_that_nobody_serves_is_refused() -> None:
    with pytest.raises(InputError, match="nobody serves this queue"):
        parse_queue(HEAD)


def test_an_agent_named_twice_is_refused() -> None:
    with pytest.raises(InputError, match="ana is named twice"):
        parse_queue(f"{HEAD}agents: [{{agent: ana}}, {{agent: ana, rank: 2}}]\n")


def test_talks_are_recorded_where_that_is_written_and_callers_are_told_unless_they_are_told_elsewhere() -> None:
    for lines, records, notice in (
        ("", False, True),
        ("record: true\n", True, True),
        ("record: true\nnotice: false\n", True, False),
    ):
        spec = parse_queue(f"{HEAD}agents: [{{agent: ana}}]\n{lines}")
        assert (spec.records, spec.notice) == (records, notice)
