"""Every kind of event and what its payload holds: the one place where that is said.

The JSON Schema (`cti_api.streams.schema`) and the page docs/events.md are held against this table, and so are the
events of the suite's own calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cti_api.live_ports import Supervision
from cti_api.model.agents import AgentState
from cti_api.model.calls import AmdVerdict, CallResult
from cti_api.model.campaigns import CampaignState
from cti_api.model.events import EventKind as K
from cti_api.model.follow_ups import Via
from cti_api.model.front_desk import LedEnding
from cti_api.model.leads import LeadState
from cti_api.model.queues import InboundOutcome
from cti_api.streams.asked import ASKED
from cti_api.streams.fields import (
    Field,
    Told,
    instant,
    maybe,
    names,
    number,
    one_of,
    personal,
    seconds,
    sometimes,
    text,
    truth,
    values,
    whole,
)

_CALL: Final = ("campaign_id", "lead_id", "attempt_id")
_LEAD: Final = ("campaign_id", "lead_id")

_SAID: Final[Mapping[str, Field]] = {
    "contact": truth("The person wanted was reached, as the disposition says."),
    "effective": truth("It counts as effective."),
    "success": truth("… and as a success."),
    "reason": text("The choice that was made with it, else its label, else what became of the call."),
    "live_answers": number("1 where a person was on the line, as the campaign's promise of abandonment counts it."),
    "abandoned": number("… and nobody came in time. Of a machine a share, where the promise has one for AMD's errors."),
}
_LIST: Final = text("The list that the lead came with; without a name `#` and its number; empty: from none.")
_BRAND: Final = text("Of the lead, by the column that the campaign's file names; empty: none.")
_APPOINTMENT: Final[Mapping[str, Field]] = {
    "list": _LIST,
    "brand": _BRAND,
    "appointment_id": whole("Its number."),
    "calendar": text("The calendar it is booked in; empty: none of ours."),
    "starts_at": instant("When it begins."),
    "ends_at": maybe(instant("When it ends, where that is known.")),
    "sequence": whole("How often it was changed; a later event of it has a higher one."),
    "source": personal(text("Who made or changed it.")),
    "moved_from": sometimes(instant("When it was to begin before.")),
}
_REPORT: Final[Mapping[str, Field]] = {
    "run_id": text("Which sending: 32 hex digits."),
    "report": text("Its name in the settings; empty: somebody asked for it."),
    "report_kind": text("Its kind."), "of": text("The campaign or survey; empty: all."),
    "state": one_of(("sent", "in_doubt", "failed"), "`in_doubt`: it went, and no answer came."),
}  # fmt: skip
_MESSAGE: Final[Mapping[str, Field]] = {
    "message_id": text("Its id: 32 hex digits."),
    "action": text("The follow-up of the campaign's file that it is of."),
    "channel": one_of(Via, "How it goes."),
}
_LAW: Final[Mapping[str, Field]] = {
    "change": whole("Number of the change."),
    "packs": names("Packs of rules that it brings."),
    "removed": names("Packs that it takes away."),
    "loosens": truth("Something becomes allowed that was not: a second person is needed."),
    "by": text("Who proposed it."),
    "second": text("Who approved or withdrew it; empty: nobody yet."),
}
_QUEUE: Final = text("The queue.")
_WAITED: Final[Mapping[str, Field]] = {
    "arrived_at": instant("When they came, in the first queue."),
    "waited_seconds": seconds("waited; before the first agent, told with that one."),
    "in_time": truth("An agent took them within what the queue they are in promised then."),
}
_ENDED_BY: Final = sometimes(
    one_of(("agent",), "The agent asked for its end; missing: the other side, or nobody knows.")
)

PAYLOADS: Final[Mapping[K, Told]] = {
    # ------------------------------------------------------------ calls that we place
    K.CALL_ORIGINATED: Told(
        when="a call is about to be placed", of=_CALL, payload={"trunk": text("The trunk it goes out by.")}
    ),
    K.CALL_DELIVERED: Told(when="it rings at the person's", of=_CALL, payload={}),
    K.CALL_ESTABLISHED: Told(when="somebody, or something, took it", of=_CALL, payload={}),
    K.CALL_AMD_VERDICT: Told(
        when="it was told whether a person or a machine took it",
        of=_CALL,
        payload={"verdict": one_of(AmdVerdict, "Who took it.")},
    ),
    K.CALL_AGENT_RESERVED: Told(when="an agent is on the way to the person", of=(*_CALL, "agent_id"), payload={}),
    K.CALL_CONNECTED: Told(
        when="person and agent hear each other; of a campaign without agents, the person and the IVR",
        of=_CALL,
        payload={
            "answer_to_agent_seconds": sometimes(
                seconds("from the person's answer until now; with the first agent, where both instants are known")
            )
        },
    ),
    K.CALL_HELD: Told(
        when="the agent's telephone put the person on hold, who hears music; of a caller `call_id` says whom",
        of=("agent_id",),
        payload={},
    ),
    K.CALL_RETRIEVED: Told(
        when="… and took them up again, or the talk ended so",
        of=("agent_id",),
        payload={"held_seconds": seconds("on hold, this time.")},
    ),
    K.CALL_CONSULTED: Told(
        when="an agent asks a colleague before they hand somebody on, is answered, or has done; of a caller `call_id` "
        "says about whom",
        of=("agent_id",),
        payload={
            "what": personal(one_of(("asked", "answered", "ended"), "What happened.")),
            "from": personal(text("The agent who asks.")),
            "to": personal(text("Who is asked: `agent:luis`, `extension:2134`, `outside:ambulancia`.")),
            "how": personal(
                one_of(
                    ("", "handed_on", "back", "unanswered", "left", "late", "over"),
                    "Of the end: the colleague has them, the agent went back, nobody answered, the colleague left, it "
                    "lasted too long, the call is over.",
                )
            ),
        },
    ),
    K.CALL_TRANSFERRED: Told(
        when="whom an agent handed on was taken there, or is in that queue; of a caller `call_id` says whom",
        of=("agent_id",),
        payload={
            "from": personal(text("The agent who handed them on.")),
            "to": personal(text("Where to: `queue:soporte`, `agent:luis`, `extension:2134`, `outside:ambulancia`.")),
        },
    ),
    K.CALL_SUPERVISED: Told(
        when="a supervisor takes part in a talk, does so in another way, or no more; of a caller `call_id` says whose",
        of=("agent_id",),
        payload={
            "what": personal(one_of(("began", "changed", "ended"), "What happened.")),
            "by": personal(text("Who: `person:sara`.")),
            "mode": personal(one_of(Supervision, "How they take part, or did.")),
            "telephone": personal(text("Whose telephone: `agent:sara`, `extension:2134`.")),
        },
    ),
    K.CALL_ABANDONED: Told(
        when="a person was on the line and no agent came in time: our fault; `call.cleared` follows",
        of=_CALL,
        payload={},
    ),
    K.CALL_CLEARED: Told(
        when="it is over",
        of=_CALL,
        payload={
            "result": one_of(CallResult, "What became of it."),
            "ended_by": _ENDED_BY,
            "cause": maybe(whole("Q.850 cause of the person's channel; null where Asterisk told none.")),
            "trunk": text("The trunk it went out by."),
        },
    ),
    K.ATTEMPT_CLOSED: Told(
        when="nothing more is expected of a call: its disposition is chosen, and its lead has moved",
        of=_CALL,
        payload={
            "result": one_of(CallResult, "What became of the call."),
            "disposition": text("What the agent said; empty: nothing."),
            **_SAID,
            "list": _LIST,
            "brand": _BRAND,
            "placed_at": instant("When the call was placed."),
            "talk_seconds": seconds("person and agent were joined."),
            "held_seconds": seconds("of these, on hold."),
            "wrap_up_seconds": seconds("from the end of the talk until now, as far as the campaign lets agents."),
            "lead_state": one_of(LeadState, "Where the lead is now."),
            "lead_reason": text("Why."),
        },
    ),
    K.DISPOSITION_SET: Told(
        when="an agent chose, or corrected, what became of a call",
        of=_CALL,
        payload={
            "disposition": text("Its code in the campaign's file."),
            **{name: sometimes(field) for name, field in _SAID.items()},
        },
    ),
    K.RECORDING_FAILED: Told(
        when="a recording is missing or shorter than the talk",
        of=_CALL,
        payload={"bytes": whole("Size of the file."), "talk_seconds": seconds("talked.")},
    ),
    # ------------------------------------------------------------ leads, campaigns, agents, trunks
    K.LEAD_MOVED: Told(
        when="a lead was moved without a call",
        of=_LEAD,
        payload={"lead_state": one_of(LeadState, "Where it is now."), "lead_reason": text("Why.")},
    ),
    K.CALLBACK_MISSED: Told(
        when="an agreed call-back could not be made at its hour",
        of=_LEAD,
        payload={
            "due_at": instant("The hour."),
            "action": text("What the campaign's file says about that."),
            "lead_state": one_of(LeadState, "Where the lead is now."),
            "lead_reason": text("Why."),
        },
    ),
    K.NUMBER_SUPPRESSED: Told(
        when="a number came on the do-not-call list",
        payload={"number": personal(text("In E.164.")), "source": personal(text("Who said so, and where."))},
    ),
    K.CAMPAIGN_STATE: Told(
        when="a campaign is in another state",
        of=("campaign_id",),
        payload={"state": one_of(CampaignState, "The state.")},
    ),
    K.CAMPAIGN_IMPORTED: Told(
        when="people were brought into a campaign",
        of=("campaign_id",),
        payload={
            "added": whole("New leads."),
            "duplicates": whole("Rows of people who were in it already."),
            "list": text("The list; without a name `#` and its number; empty: none."),
        },
    ),
    K.CAMPAIGN_RECYCLED: Told(
        when="finished leads are called again",
        of=("campaign_id",),
        payload={"leads": whole("How many."), "into": maybe(text("The campaign they went to; null: their own."))},
    ),
    K.PACING_DECISION: Told(
        when="the pacer decided; a sample, every 10 s at most",
        of=("campaign_id",),
        payload={
            "place": whole("Calls to place."),
            "cancel": whole("Ringing calls to hang up."),
            "reason": text("What it followed, or the limit that bound it."),
            "why": text("The same in words."),
            "expected_free_agents": number("Agents it counts on when the calls are answered."),
            "expected_answers": number("Answers it counts on."),
            "expected_abandoned": maybe(number("Of these, abandoned.")),
            "budget_left": maybe(number("Calls that may still be abandoned within the promise.")),
            "live_answers": whole("In the promise's window."),
            "abandoned": whole("Of these."),
        },
    ),
    K.DIALER_STARTED: Told(
        when="a process took the right to dial: agents are taken up as they were, until their telephones are found",
        payload={
            "owner": text("The machine and the process."),
            "seen_until": maybe(
                instant("When the one before it last showed that it lives, every 5 s; null: none was.")
            ),
        },
    ),
    K.AGENT_STATE: Told(
        when="an agent is in another state, or asked for one",
        of=("agent_id",),
        payload={
            "state": one_of(AgentState, "The state."),
            "reason": text("Of `not_ready`."),
            "pending": maybe(one_of(AgentState, "Asked for during a call: taken after it.")),
            "pending_reason": text("Of a pause asked for so."),
            "source": text("Who moved them: agent, supervisor, system or timeout."),
        },
    ),
    K.TRUNK_STATE: Told(
        when="a trunk's breaker is in another state",
        payload={
            "trunk": text("The trunk."),
            "state": one_of(("closed", "open", "probing"), "`closed`: it works; `open`: given up; `probing`."),
        },
    ),
    # ------------------------------------------------------------ the law
    K.LAW_PROPOSED: Told(when="a change of the law waits for a second person", payload=_LAW),
    K.LAW_CHANGED: Told(when="a change of the law holds", payload=_LAW),
    K.LAW_WITHDRAWN: Told(when="a proposed change is given up", payload=_LAW),
    # ------------------------------------------------------------ appointments, messages, tasks
    K.APPOINTMENT_BOOKED: Told(when="an hour was booked", of=_LEAD, payload=_APPOINTMENT),
    K.APPOINTMENT_MOVED: Told(when="… moved to another hour", of=_LEAD, payload=_APPOINTMENT),
    K.APPOINTMENT_CANCELLED: Told(when="… given back", of=_LEAD, payload=_APPOINTMENT),
    K.APPOINTMENT_KEPT: Told(when="the person came", of=_LEAD, payload=_APPOINTMENT),
    K.APPOINTMENT_MISSED: Told(when="the person did not come", of=_LEAD, payload=_APPOINTMENT),
    K.APPOINTMENT_REMINDER_DUE: Told(
        when="it is time to remind the person",
        of=_LEAD,
        payload={
            **_APPOINTMENT,
            "by": personal(text("How the campaign's file wants that done.")),
            "cita": personal(text("Day and hour in words.")),
            "called": sometimes(truth("A call was planned.")),
        },
    ),
    K.MESSAGE_SENT: Told(when="a provider took a message", of=_LEAD, payload=_MESSAGE),
    K.MESSAGE_DELIVERED: Told(when="it arrived", of=_LEAD, payload=_MESSAGE),
    K.MESSAGE_READ: Told(when="it was read", of=_LEAD, payload=_MESSAGE),
    K.MESSAGE_FAILED: Told(when="it is a dead letter: a person decides", of=_LEAD, payload=_MESSAGE),
    K.MESSAGE_REPLY: Told(
        when="somebody answered",
        payload={
            "message_id": maybe(text("The message that was answered; null: nobody knows.")),
            "channel": one_of(Via, "How it came."),
            "says_no": truth("They want no more: their numbers are on the do-not-call list."),
        },
    ),
    K.TASK_CREATED: Told(
        when="a person has something to do",
        of=_LEAD,
        payload={
            "task_id": whole("Its number."),
            "action": text("The follow-up of the campaign's file that it is of."),
            "owner": text("Whose it is; empty: anybody's."),
        },
    ),
    K.REPORT_SENT: Told(when="the mail server took a report", payload=_REPORT),
    K.REPORT_FAILED: Told(when="a report was not sent, or nobody knows: a person decides", payload=_REPORT),
    **ASKED,
    # ------------------------------------------------------------ calls that come in
    K.QUEUE_CHANGED: Told(
        when="a queue was made, changed or taken away",
        payload={"queue": _QUEUE, "change": one_of(("put", "removed"), "What was done.")},
    ),
    K.CALLER_QUEUED: Told(when="a caller waits", of=("call_id",), payload={"queue": _QUEUE}),
    K.CALLER_MOVED: Told(
        when="a caller waits in another queue now, as their own let them overflow",
        of=("call_id",),
        payload={
            "queue": _QUEUE,
            "moved_from": text("Where they waited before."),
            **{name: sometimes(field) for name, field in _WAITED.items()},
        },
    ),
    K.CALLER_JOINED: Told(
        when="caller and agent hear each other",
        of=("call_id", "agent_id"),
        payload={"queue": _QUEUE, **{name: sometimes(field) for name, field in _WAITED.items()}},
    ),
    K.CALLER_CLOSED: Told(
        when="a caller's call is over",
        of=("call_id",),
        payload={
            "queue": _QUEUE,
            "outcome": one_of((*(outcome.value for outcome in InboundOutcome), ""), "What became of them."),
            **_WAITED,
            "talk_seconds": seconds("talked."),
            "held_seconds": seconds("of these, on hold."),
            "wrap_up_seconds": seconds("from the end of the talk until now, as far as the queue lets agents."),
            "ended_by": _ENDED_BY,
            "disposition": text("What the agent said; empty: nothing."),
        },
    ),
    K.IVR_ENDED: Told(
        when="a call that a tree led is over",
        of=("call_id",),
        payload={
            "tree": text("The tree."),
            "node": text("Where in it the call was last."),
            "ending": one_of(LedEnding, "How it ended."),
            "seconds": seconds("from its beginning."),
        },
    ),
    K.IVR_SEND: Told(
        when="something is to be sent to a caller",
        of=("call_id",),
        payload={
            "what": personal(text("What, as the tree calls it.")),
            "via": personal(one_of(Via, "How.")),
            "to": personal(text("Where to.")),
            "values": personal(values("What the caller told, by the tree's variables.")),
        },
    ),
    K.TICKET_OPENED: Told(
        when="a caller left something that somebody has to see to",
        of=("call_id",),
        payload={
            "what": personal(text("The kind of ticket, as the tree calls it.")),
            "values": personal(values("What the caller told, by the tree's variables.")),
            "ticket": personal(whole("Its number.")),
        },
    ),
}
