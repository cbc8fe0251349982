"""The queue file's format: which entries there are, what each may hold, and its default.

An annotated example stands in ``docs/queues.md``.
"""

from __future__ import annotations

from typing import Final

from cti_api.campaign_file import values
from cti_api.campaign_file.section import Notes, Section
from cti_api.errors import InputError
from cti_api.model.ids import AgentId, CampaignId, QueueId
from cti_api.model.queues import LONGEST_BETWEEN_SECONDS, QueueAgent, QueueSpec
from cti_api.yaml_tree import FileKind, read_tree

QUEUE_FILE: Final = FileKind(noun="queue file", largest_bytes=64 * 1024, looks_like="id: soporte")

MOST_RANKS: Final = 9


def parse_queue(text: str) -> QueueSpec:
    """The queue that a YAML file describes. Raises `InputError` with every fault of the file, by line."""
    notes = Notes()
    top = Section(read_tree(text, QUEUE_FILE, notes.faults), "", notes)
    spec = _queue(top)
    if not spec.agents and not spec.campaigns:
        top.note("agents", "nobody serves this queue: name its agents, or campaigns whose agents serve it")
    named = [one.agent_id for one in spec.agents]
    for again in sorted({agent for agent in named if named.count(agent) > 1}):
        top.note("agents", f"{again} is named twice")
    if spec.overflow_to == spec.id:
        top.note("overflow_to", "is this queue itself: name another, or leave the entry out")
    if notes.faults:
        raise InputError(
            "The queue file has faults; nothing was changed.",
            sorted(notes.faults, key=lambda fault: (fault.line or 0, fault.path)),
        )
    return spec


def _queue(top: Section) -> QueueSpec:
    to = top.optional("overflow_to", values.slug, "")
    level, back = top.section("service_level"), top.section("call_back")
    call_back_in = back.required("campaign", values.slug, "") if "call_back" in top.names() else ""
    spec = QueueSpec(
        id=QueueId(top.required("id", values.slug, "")),
        title=top.required("title", values.line_of_text, ""),
        region=top.required("region", values.region, "US"),
        timezone=top.required("timezone", values.timezone, "UTC"),
        priority=top.optional("priority", values.integer(-1000, 1000), 0),
        agents=tuple(_agent(entry) for entry in top.sections("agents")),
        campaigns=tuple(CampaignId(name) for name in top.texts("campaigns", values.slug)),
        longest_wait_seconds=top.optional("longest_wait", values.duration(5.0, 7200.0), 600.0),
        overflow_to=QueueId(to) if to else None,
        announce_every_seconds=top.optional("announce_every", values.duration(10.0, LONGEST_BETWEEN_SECONDS), 45.0),
        answer_within_seconds=level.optional("within", values.duration(1.0, 3600.0), 20.0),
        service_level=level.optional("share", values.share(0.01, 1.0), 0.8),
        wrap_up_seconds=top.optional("wrap_up", values.duration(0.0, 3600.0), 30.0),
        call_back_in=CampaignId(call_back_in) if call_back_in else None,
        call_back_after_seconds=back.optional("after", values.duration(0.0, 3600.0), 60.0),
        records=top.optional("record", values.yes_no, False),
        notice=top.optional("notice", values.yes_no, True),
        dispositions=top.texts("dispositions", values.code),
    )
    level.finish()
    back.finish()
    top.finish()
    return spec


def _agent(entry: Section) -> QueueAgent:
    agent = QueueAgent(
        agent_id=AgentId(entry.required("agent", values.slug, "")),
        rank=entry.optional("rank", values.integer(1, MOST_RANKS), 1),
    )
    entry.finish()
    return agent
