"""Campaigns without agents: who answers is asked a survey by the IVR.

The survey decides what becomes of a call, so these files have no dispositions of their own: `DISPOSITIONS`, one for
each way in which a survey ends, are what their retry rules answer. They have no columns either: people are invited,
and come from no list.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cti_api.campaign_file import values
from cti_api.campaign_file.findings import Finding
from cti_api.campaign_file.section import Section
from cti_api.errors import Conflict
from cti_api.law.terms import Purpose
from cti_api.model.campaigns import CampaignSpec, Disposition, MachineAction, PacingMode, RecordingMode
from cti_api.model.surveys import Outcome, SurveyId

DISPOSITIONS: Final = (
    Disposition(
        code=Outcome.FINISHED.value, label="Encuesta completa", effective=True, contact=True, success=True
    ),
    Disposition(code=Outcome.PARTIAL.value, label="Encuesta incompleta", effective=True, contact=True),
    Disposition(code=Outcome.REFUSED.value, label="No quiso la encuesta", effective=True, contact=True),
    Disposition(code=Outcome.SILENT.value, label="Contestó y no respondió nada"),
)  # fmt: skip


def survey(top: Section, mode: PacingMode) -> SurveyId | None:
    """The entry ``survey``; it is for campaigns without agents alone."""
    if mode is not PacingMode.AGENTLESS:
        _only_without_agents(top, "survey")
        return None
    return SurveyId(top.required("survey", values.slug, ""))


def survey_after(top: Section, mode: PacingMode) -> SurveyId | None:
    """The entry ``survey_after``, where there are agents to talk with before."""
    name = "" if mode is PacingMode.AGENTLESS else top.optional("survey_after", values.slug, "")
    return SurveyId(name) if name else None


def lines(top: Section, mode: PacingMode) -> int:
    """Most calls at once: the entry ``lines`` of campaigns without agents, ``max_channels`` of the others."""
    if mode is PacingMode.AGENTLESS:
        return top.required("lines", values.integer(1, 2000), 1)
    _only_without_agents(top, "lines")
    return top.optional("max_channels", values.integer(1, 2000), 30)


def _only_without_agents(top: Section, entry: str) -> None:
    if top.written(entry) is not None:
        top.note(entry, f"is only for `mode: {PacingMode.AGENTLESS}`")


def check_agentless(spec: CampaignSpec) -> Iterator[Finding]:
    """What a campaign without agents cannot have."""
    if spec.mode is not PacingMode.AGENTLESS:
        return
    if spec.purpose is not Purpose.SURVEY:
        yield Finding("purpose", f"must be `{Purpose.SURVEY}` with `mode: {spec.mode}`", ("mode",))
    if spec.amd.enabled and spec.amd.on_machine is MachineAction.CONNECT:
        yield Finding("amd.on_machine", "must be hang_up or leave_message: a machine is asked nothing", ("mode",))
    if spec.recording is not RecordingMode.OFF:
        yield Finding("recording", "must be off: it is of talks with agents; comments are kept anyway", ("mode",))


def refuse_lists(spec: CampaignSpec) -> None:
    """Raise `Conflict` where people come by invitation alone: a call to anybody else would ask nothing."""
    if spec.mode is PacingMode.AGENTLESS:
        how = f"vocero survey invite {spec.survey} FILE"
        raise Conflict(f"The campaign {spec.id} calls whoever is invited to its survey, and takes no leads: {how}")
