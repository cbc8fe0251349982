"""Which tree leads a call: that of the number that was called, in the version that is in force as it comes in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cti_api.clock import Clock
from cti_api.model.front_desk import LedCall
from cti_api.model.phone import PhoneNumber
from cti_api.numbers.phones import parse_phone
from cti_api.store.front_desk import FrontDesk
from ivr.agi.verbs import InboundCall
from ivr.call.desk import Desk, LooksUp, OnTheLine
from ivr.call.leaving import Conversation
from ivr.call.led_tree import LedTree
from ivr.call.on_record import OnRecord
from ivr.call.trees import TreesInForce


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontDoor:
    """`ivr.call.handler.Begins`. `region`: in whose form the trunks show callers' numbers."""

    trees: TreesInForce
    desk: Desk
    look_ups: LooksUp
    record: FrontDesk
    recordings: Path
    region: str
    clock: Clock

    async def begin(self, call: InboundCall) -> Conversation:
        tree = await self.trees.tree(call.entry)
        who = OnTheLine(call_id=call.id, number=self._e164(call.caller), called=call.number)
        led = LedCall(
            id=call.id,
            entry=call.entry,
            tree=tree.id,
            version=tree.version,
            number=who.number,
            called=call.number,
            channel_id=call.channel_id,
            began_at=self.clock.now(),
        )
        on_record = OnRecord(self.record, led)
        await on_record.begin()
        return LedTree(tree, who, self.desk, self.look_ups, on_record, self.recordings, self.clock)

    def _e164(self, caller: str) -> str:
        """Empty where it is withheld, or no number of any plan."""
        for written in (caller, f"+{caller}"):  # a trunk may leave the plus sign out
            number = parse_phone(written, self.region)
            if caller and isinstance(number, PhoneNumber):
                return number.e164
        return ""
