"""How many AMI messages a second one core decodes and translates.

The messages are of the kind and length that Asterisk 22.10 sends in a storm: Newstate with its whole channel snapshot.
"""

import time

from dialer.ami.translate import Translator
from dialer.ami.wire import Decoder
from tests.bench.figure import Figure

GOAL_PER_SECOND = 30_000
"""Four times the 6,884 events/s that 120 calls/s made on two cores, nothing filtered."""

PIECE_BYTES = 65_536
"""What one read of the session takes at most."""

NEWSTATE = (
    "Event: Newstate\r\nPrivilege: call,all\r\nTimestamp: 1795319758.442189\r\nSystemName: lab\r\n"
    "Channel: Local/573001234567@vocero-out-00000000;1\r\nChannelState: 6\r\nChannelStateDesc: Up\r\n"
    "CallerIDNum: 573001234567\r\nCallerIDName: <unknown>\r\nConnectedLineNum: <unknown>\r\n"
    "ConnectedLineName: <unknown>\r\nLanguage: en\r\nAccountCode: \r\nContext: vocero-out\r\nExten: 573001234567\r\n"
    "Priority: 1\r\nUniqueid: {0:032x}\r\nLinkedid: {0:032x}\r\n\r\n"
)


def messages_per_second(messages: int = 100_000) -> float:
    """Decode and translate so many messages; the rate."""
    stream = "".join(NEWSTATE.format(number) for number in range(messages)).encode()
    pieces = [stream[start : start + PIECE_BYTES] for start in range(0, len(stream), PIECE_BYTES)]
    decoder, translator = Decoder(), Translator()
    decoder.feed(b"Asterisk Call Manager/11.0.0\r\n")
    understood = 0
    began = time.perf_counter()
    for piece in pieces:
        for message in decoder.feed(piece):
            understood += translator.translate(message) is not None
    elapsed = time.perf_counter() - began
    if understood != messages:
        raise AssertionError(f"{understood} of {messages} messages were understood")
    return messages / elapsed


def figures() -> list[Figure]:
    """Everything measured here."""
    rate = messages_per_second()
    return [Figure("AMI messages decoded and translated per second", rate, "1/s", f"≥ {GOAL_PER_SECOND}")]
