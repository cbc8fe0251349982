"""An Asterisk that does what it is told, on the wire as `ami_fake`: the test says what happens on its channels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from cti_api.model.ids import CALLER_ID, InboundId, caller_channel
from tests.support.ami_fake import Action, AmiFake, Channel, Headers

RINGING, UP = 5, 6
IVR_CALL = "3bc79b39d9f34436b8dad708be84d4ec"
"""The IVR's id of every call of its."""


@dataclass
class LittleAsterisk(AmiFake):
    """Agents' softphones answer at once, unless they are `deaf` and ring; customers do what the test says."""

    deaf: bool = False
    gone: bool = False
    """No softphone is found: what is called ends without having rung."""
    calls: list[str] = field(default_factory=list)
    """Attempt ids in the order of their Originates."""
    legs: dict[str, str] = field(default_factory=dict)
    """By agent: the leg that was called last."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.answers["Originate"] = self._originate
        self.answers["Hangup"] = self._hang_up

    def joins(self) -> list[tuple[str, str]]:
        """Leg and attempt of every Redirect so far."""
        return [(action["Channel"], action["Exten"]) for action in self.named("Redirect")]

    def dialled(self, attempt: str) -> str:
        """The digits that were dialled for this attempt."""
        (originate,) = [action for action in self.named("Originate") if action["ChannelId"] == attempt]
        return originate["Channel"].removeprefix("Local/").partition("@")[0]

    async def rings(self, attempt: str) -> None:
        self._channel(attempt).state = RINGING
        state = [("DestUniqueid", attempt), ("DestChannel", self._channel(attempt).name), ("DialStatus", "RINGING")]
        await self.say([("Event", "DialState"), *state])

    async def answers_call(self, attempt: str) -> None:
        """The person is there, and needs an agent."""
        self._channel(attempt).state = UP
        await self.say(self._new_state(attempt), self._user_event("VoceroLive", attempt))

    async def is_led(self, attempt: str) -> None:
        """The IVR leads the person from now on."""
        channel = self._channel(attempt)
        channel.exten, channel.account = "led", "led"
        await self.say(self._user_event("VoceroLed", attempt))

    async def is_surveyed(self, attempt: str) -> None:
        """The agent has ended the talk, and the IVR has the person."""
        channel = self._channel(attempt)
        channel.bridge_id, channel.exten, channel.account = "", "surveyed", "after"
        await self.say(self._user_event("VoceroSurveyed", attempt))

    async def gives_up(self, attempt: str) -> None:
        """The person's hold limit is over: they hear the message."""
        self._channel(attempt).exten = "abandoned"
        await self.say(self._user_event("VoceroAbandoned", attempt))

    async def presses_nine(self, attempt: str) -> None:
        """In the message: the person wants no more calls. Also told of a channel that is not there any more."""
        for channel in self.channels:
            if channel.uniqueid == attempt:
                channel.exten = "opted-out"
        await self.say(self._user_event("VoceroOptOut", attempt))

    async def joined(self, leg: str, attempt: str) -> None:
        """The Redirect has led into a bridge."""
        for channel_id in (leg, attempt):
            self._channel(channel_id).bridge_id = f"bridge-{attempt}"
        self._channel(leg).exten = attempt
        await self.say(
            *([*self._head("BridgeEnter", i), ("Context", self._channel(i).context)] for i in (leg, attempt))
        )

    async def calls_in(self, caller: str, queue: str, number: str = "3001234567") -> str:
        """Somebody calls, and waits in a queue."""
        channel = Channel(caller, f"PJSIP/operador-a-{caller[-4:]}", UP, "wait", context="vocero-queue", account=queue)
        channel.number = number
        self.channels.append(channel)
        event = self._of_caller("VoceroQueued", caller)
        await self.say([*event, ("Queue", queue), ("CallerIDNum", number or "<unknown>")])
        return caller

    async def sends(
        self, caller: str, queue: str, *, most_wait: int = 0, offer: bool = False, noticed: bool = False
    ) -> str:
        """The IVR sends a caller into a queue, for the first time or again."""
        channel_id, _, stay = caller.rpartition(".") if caller.count(".") > 1 else (caller, "", "1")
        account = f"{queue}:0{most_wait}:0{offer:d}:{stay}"
        here = [channel for channel in self.channels if channel.uniqueid == channel_id]
        channel = here[0] if here else Channel(channel_id, f"PJSIP/operador-a-{channel_id[-4:]}", UP)
        channel.exten, channel.context, channel.account, channel.number = "wait", "vocero-queue", account, "3001234567"
        self.channels += [] if here else [channel]
        said = [("Queue", account), ("Call", IVR_CALL), ("CallerIDNum", channel.number)]
        said += [("Notice", "1" if noticed else "")]
        await self.say([*self._of_caller("VoceroQueued", caller), *said])
        return caller

    async def calls_the_number_shown(self, caller: str, called: str, number: str) -> None:
        """Somebody calls a number that campaigns show, and hears ringing."""
        channel = Channel(caller, f"PJSIP/operador-a-{caller[-4:]}", 4, "known", context="vocero-inbound")
        channel.number = number
        self.channels.append(channel)
        event = self._of_caller("VoceroCallsBack", caller)
        await self.say([*event, ("Number", called), ("CallerIDNum", number or "<unknown>")])

    async def is_let_in(self, caller: str) -> None:
        """The caller comes into the queue that the dialer knows of."""
        channel = self._channel(caller)
        channel.state, channel.context, channel.exten = UP, "vocero-queue", "wait"
        event = self._of_caller("VoceroQueued", caller)
        await self.say([*event, ("Queue", ""), ("CallerIDNum", channel.number)])

    async def gets_back(self, caller: str) -> None:
        """The IVR has the caller again."""
        channel = self._channel(caller)
        channel.context, channel.exten, channel.bridge_id = "vocero-inbound", "ask", ""
        await self.say(self._of_caller("VoceroReturned", caller))

    async def waits_again(self, caller: str) -> None:
        """The agent's leg died under the caller."""
        self._channel(caller).bridge_id, self._channel(caller).exten = "", "wait"
        await self.say(self._of_caller("VoceroWaitsAgain", caller))

    async def presses_one(self, caller: str) -> None:
        """The caller was offered to be called back, and wants it."""
        self._channel(caller).exten = "1"
        await self.say(self._of_caller("VoceroCallBack", caller))

    async def hears_the_apology(self, caller: str) -> None:
        self._channel(caller).exten = "sorry"
        await self.say(self._of_caller("VoceroSorry", caller))

    async def orphans(self, attempt: str) -> None:
        """The agent's leg died under the person."""
        self._channel(attempt).bridge_id, self._channel(attempt).exten = "", "orphaned"
        await self.say(self._user_event("VoceroOrphaned", attempt))

    async def is_passed(self, person: str) -> None:
        """Their agent has handed them on; they hear music, for another agent is on the way."""
        await self._is_apart(person, "VoceroPassed", "passed")

    async def is_brought(self, person: str) -> None:
        """… and a telephone of the closed list rings."""
        await self._is_apart(person, "VoceroBrought", "s")
        self._channel(person).context = "vocero-brought"

    async def is_reached(self, person: str) -> None:
        """It was taken there."""
        self._channel(person).bridge_id = "bridge-outside"
        await self.say([*self._head("BridgeEnter", person), ("Context", "vocero-brought")])

    async def is_not_reached(self, person: str) -> None:
        """Nobody takes them there."""
        channel, is_caller = self._channel(person), CALLER_ID.match(person) is not None
        channel.context = "vocero-queue" if is_caller else "vocero-customer"
        await (self.waits_again(person) if is_caller else self.orphans(person))

    async def is_kept(self, person: str, leg: str) -> None:
        """Their agent speaks with a colleague first: they hear music."""
        await self._is_apart(person, "VoceroKept", f"heldfor{leg}")

    async def speaks_with(self, leg: str, colleague: str) -> None:
        """That agent and the colleague hear each other."""
        for channel_id in (leg, colleague):
            self._channel(channel_id).bridge_id = f"bridge-{leg}"
        channel = self._channel(leg)
        channel.context, channel.exten = "vocero-consult", f"speaksto{colleague}"
        await self.say([*self._head("BridgeEnter", leg), ("Context", "vocero-consult")])

    async def is_handed(self, attempt: str, queue: str, caller: str) -> str:
        """They are a caller in a queue now."""
        channel = self._channel(attempt)
        channel.bridge_id, channel.account = "", "after"
        await self.say(self._user_event("VoceroHanded", attempt))
        self.channels.append(Channel(caller, "Local/s@vocero-through-01;2", UP, "wait", context="vocero-queue"))
        self._channel(caller).account = queue
        event = self._of_caller("VoceroQueued", caller)
        await self.say([*event, ("Queue", queue), ("CallerIDNum", "573001234567"), ("Was", attempt)])
        return caller

    async def _is_apart(self, person: str, event: str, exten: str) -> None:
        channel = self._channel(person)
        channel.bridge_id, channel.exten = "", exten
        said = self._of_caller if CALLER_ID.match(person) else self._user_event
        await self.say(said(event, person))

    async def ends(self, channel_id: str, cause: int = 16) -> None:
        await self.say(self.hangup(channel_id, cause))

    async def holds(self, agent: str) -> None:
        """The agent's softphone puts its call on hold."""
        await self.say([*self._head("Hold", self.legs[agent]), ("MusicClass", "")])

    async def retrieves(self, agent: str) -> None:
        await self.say(self._head("Unhold", self.legs[agent]))

    async def takes(self, agent: str) -> None:
        """A softphone that rang is answered."""
        leg = self.legs[agent]
        self._channel(leg).state = UP
        await self.say(self._new_state(leg))

    async def rejects(self, agent: str) -> None:
        """A softphone that rings, or would, says 486: its agent rejects the call, or wants none."""
        await self.say(*self._not_taken(self.legs[agent], 17, "5"))

    async def rings_out(self, agent: str) -> None:
        """The Originate's own limit is over, and nobody took the call."""
        await self.say(*self._not_taken(self.legs[agent], 19, "3"))

    def _not_taken(self, channel_id: str, cause: int, reason: str) -> list[Headers]:
        """What Asterisk says of a channel whose Originate came to nothing."""
        channel = self._channel(channel_id)
        context = "vocero-agent" if channel.name.startswith("PJSIP/") else "vocero-customer"
        failure = [("Event", "OriginateResponse"), ("ActionID", channel_id), ("Response", "Failure")]
        failure += [("Channel", channel.name), ("Context", context), ("Exten", channel.exten)]
        return [self.hangup(channel_id, cause), [*failure, ("Reason", reason), ("Uniqueid", channel_id)]]

    def _hang_up(self, action: Action) -> Iterable[Headers]:
        """Hangs up what is there, as Asterisk does."""
        channel = next((c for c in self.channels if c.uniqueid == action["Channel"]), None)
        if channel is None:
            return [self.reply(action, Response="Error", Message="No such channel")]
        done, cause = self.reply(action, Message="Channel Hungup"), int(action["Cause"])
        if channel.state == UP:
            return [done, self.hangup(channel.uniqueid, cause)]
        return [done, *self._not_taken(channel.uniqueid, cause, "0")]

    def hangup(self, channel_id: str, cause: int = 16) -> Headers:
        """The end of a channel, to be said."""
        channel, head = self._channel(channel_id), self._head("Hangup", channel_id)
        self.channels.remove(channel)
        return [*head, ("Context", channel.context), ("Cause", str(cause))]

    def _originate(self, action: Action) -> Iterable[Headers]:
        channel_id = action["ChannelId"]
        queued = self.reply(action, Message="Originate successfully queued")
        technology, _, rest = action["Channel"].partition("/")
        if technology == "Local" and "@vocero-colleague" in rest:
            self.legs[rest.partition("@")[0]] = channel_id
            self.channels.append(
                Channel(channel_id, f"{action['Channel'].removesuffix('/n')}-0001;1", RINGING, "waits")
            )
            return [queued]
        if technology == "Local":
            self.calls.append(channel_id)
            self.channels.append(Channel(channel_id, f"Local/{rest.removesuffix('/n')}-0001;1", 0))
            return [queued]
        self.legs[rest] = channel_id
        if self.gone:
            failure = [("Event", "OriginateResponse"), ("ActionID", channel_id), ("Response", "Failure")]
            failure += [("Channel", f"PJSIP/{rest}"), ("Context", "vocero-agent"), ("Exten", action["Exten"])]
            return [queued, [*failure, ("Reason", "0"), ("Uniqueid", "<null>")]]
        self.channels.append(Channel(channel_id, f"PJSIP/{rest}-0001", RINGING if self.deaf else UP, action["Exten"]))
        return [queued, self._new_state(channel_id)]

    def _new_state(self, channel_id: str) -> Headers:
        channel = self._channel(channel_id)
        state = ("ChannelState", str(channel.state))
        return [("Event", "Newstate"), ("Uniqueid", channel_id), ("Channel", channel.name), state]

    def _head(self, event: str, channel_id: str) -> Headers:
        channel = self._channel(channel_id)
        head = [("Event", event), ("Uniqueid", channel.uniqueid), ("Channel", channel.name)]
        return [*head, *([("AccountCode", channel.account)] if channel.account else [])]

    @staticmethod
    def _of_caller(name: str, caller: str) -> Headers:
        return [("Event", "UserEvent"), ("UserEvent", name), ("Caller", caller)]

    @staticmethod
    def _user_event(name: str, attempt: str) -> Headers:
        return [("Event", "UserEvent"), ("UserEvent", name), ("Attempt", attempt)]

    def _channel(self, channel_id: str) -> Channel:
        if CALLER_ID.match(channel_id):
            channel_id = caller_channel(InboundId(channel_id))
        return next(channel for channel in self.channels if channel.uniqueid == channel_id)
