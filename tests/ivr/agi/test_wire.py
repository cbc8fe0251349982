"""AGI's bytes: what Asterisk says becomes events, however TCP cuts it; what we say is one command and no more."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti_api.errors import Conflict, InputError, ProtocolError
from ivr.agi.wire import (
    MAX_COMMAND_BYTES,
    MAX_ENVIRONMENT_LINES,
    MAX_LINE_BYTES,
    MAX_USAGE_LINES,
    Environment,
    Event,
    HungUp,
    Refusal,
    Reply,
    Wire,
    encode,
)
from tests.support.agi_fake import words
from tests.support.agi_recording import COMMANDS, recording
from tests.support.hostile import FRAGMENTS

HELLO = b"agi_network: yes\nagi_callerid: 573001112233\n\n"


def at_replies() -> Wire:
    wire = Wire()
    wire.feed(HELLO)
    return wire


def answered(reply: bytes) -> list[Event]:
    wire = at_replies()
    wire.command("NOOP")
    return wire.feed(reply)


def conversation(cuts: list[int]) -> list[Event]:
    """The recorded conversation, said in pieces of these sizes, over and over."""
    wire, events = Wire(), []
    spoken = recording("commands")
    said = [("\n".join([*spoken.environment, "", ""])).encode()]
    said += ["".join(f"{line}\n" for line in lines).encode() for _, lines in spoken.exchanges]
    for number, block in enumerate(said):
        if number:
            wire.command("NOOP")
        at = 0
        while at < len(block):
            size = cuts[(number + at) % len(cuts)]
            events += wire.feed(block[at : at + size])
            at += size
    return events


# ------------------------------------------------------------------ what Asterisk says


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 70), min_size=1, max_size=12))
def test_however_the_bytes_are_cut_the_events_are_the_same(cuts: list[int]) -> None:
    assert conversation(cuts) == conversation([100_000])


def test_a_recorded_conversation_is_understood() -> None:
    environment, *replies = conversation([100_000])
    assert isinstance(environment, Environment)
    assert (environment.get("callerid"), environment.get("calleridname")) == ("573001112233", "")
    understood = dict(zip(COMMANDS, replies, strict=True))
    assert understood['GET VARIABLE "A"'] == Reply("1", 'a b=c (d) "q" \\ ñ')
    assert understood['GET VARIABLE "NADA"'] == Reply("0")
    assert understood['GET FULL VARIABLE "${NADA}"'] == Reply("1", "")
    assert understood['STREAM FILE "@SOUNDS@/pip" "12" "0"'] == Reply("0", endpos=288)
    assert understood["GET DATA @SOUNDS@/pip 40 3"] == Reply("", "timeout")
    assert understood["NO SUCH"] == Refusal(510, "Invalid or unknown command")
    usage = understood["WAIT FOR DIGIT"]
    assert isinstance(usage, Refusal)
    assert (usage.code, usage.text.splitlines()[-1]) == (520, "520 End of proper usage.")


def test_a_caller_who_hangs_up_is_told_apart_from_the_reply_that_comes_with_it() -> None:
    wire = at_replies()
    wire.command("STREAM FILE", "/x", "", 0)
    assert wire.feed(b"200 result=-1 endpos=2720\nHANGUP\nHANGUP\n") == [Reply("-1", endpos=2720), HungUp(), HungUp()]


def test_a_hangup_before_the_reply_does_not_take_its_place() -> None:
    wire = at_replies()
    wire.command("GET VARIABLE", "A")
    assert wire.feed(b"HANGUP\n200 result=1 (HANGUP)\n") == [HungUp(), Reply("1", "HANGUP")]


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        (b"200 result=1 (a) endpos=3)\n", Reply("1", "a) endpos=3")),
        (b"200 result=0 (timeout) endpos=5\n", Reply("0", "timeout", 5)),
        (b"200 result=0 endpos=-1\n", Reply("0", endpos=-1)),
        (b"200 result=1 ())\n", Reply("1", ")")),
        (b"100 result=0 Trying...\n200 result=0 Gosub complete\n", Reply("0")),
        (b"200 result=-1 Gosub label not found\n", Reply("-1")),
        (b"100 result=0 Trying...\n200 result=0 Gosub failed\n", Reply("-1")),
        (b"511 Command Not Permitted on a dead channel or intercept routine\n",
         Refusal(511, "Command Not Permitted on a dead channel or intercept routine")),
        (b"520 Invalid command syntax.  Proper usage not available.\n",
         Refusal(520, "Invalid command syntax.  Proper usage not available.")),
    ],
)  # fmt: skip
def test_replies_are_read(line: bytes, reply: Event) -> None:
    assert answered(line) == [reply]


def test_the_lines_of_a_refusal_are_its_own_whatever_they_say() -> None:
    usage = b"520-Invalid command syntax.\n200 result=0\nHANGUP\n510 no\n520 End of proper usage.\n"
    assert answered(usage) == [
        Refusal(520, "Invalid command syntax.\n200 result=0\nHANGUP\n510 no\n520 End of proper usage.")
    ]


# ------------------------------------------------------------------ what it may not say


@pytest.mark.parametrize(
    "said",
    [
        b"GET / HTTP/1.1\r\n",
        b"agi_network yes\n",
        b"agi_a: 1\nagi_a: 2\n",
        HELLO + b"200 result=1 (evil)\n",
        HELLO + b"agi_arg_1: evil\n",
        b"x" * (MAX_LINE_BYTES + 1),
        b"agi_x: " + b"x" * MAX_LINE_BYTES + b"\n",
        b"".join(b"agi_arg_%d: 1\n" % n for n in range(MAX_ENVIRONMENT_LINES + 1)),
    ],
)
def test_what_is_no_beginning_of_a_call_is_refused(said: bytes) -> None:
    with pytest.raises(ProtocolError):
        Wire().feed(said)


@pytest.mark.parametrize(
    "reply",
    [
        b"\n",
        b"hola\n",
        b"200 result=1 (a\n",
        b"200 OK\n",
        b"200 result=0\n200 result=1 (for somebody else)\n",
        b"100 Trying\n",
        b"200 result=1 (" + b"x" * MAX_LINE_BYTES + b")\n",
        b"520-Usage\n" + b"more\n" * MAX_USAGE_LINES,
    ],
)
def test_a_reply_that_is_none_is_refused_and_never_passes_for_one(reply: bytes) -> None:
    with pytest.raises(ProtocolError):
        answered(reply)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=40),
            st.sampled_from([HELLO, b"HANGUP\n", b"200 result=0\n", b"520-x\n", b"520 y\n", b"\n", b"200 result=1 ("]),
        ),
        max_size=12,
    )
)
def test_hostile_bytes_are_events_or_one_clear_error_and_never_anything_else(pieces: list[bytes]) -> None:
    wire = Wire()
    with contextlib.suppress(ProtocolError):
        for piece in pieces:
            for event in wire.feed(piece):
                assert isinstance(event, Environment | Reply | Refusal | HungUp)
            if not wire.awaits_reply:
                wire.command("NOOP")


def test_a_value_is_as_long_as_asterisk_makes_them() -> None:
    assert answered(b"200 result=1 (" + b"x" * 4095 + b")\n") == [Reply("1", "x" * 4095)]


# ------------------------------------------------------------------ what we say


ARGUMENTS = st.lists(st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=30), max_size=6)


@settings(max_examples=100, deadline=None)
@given(ARGUMENTS)
def test_every_argument_arrives_as_the_one_word_it_was(arguments: list[str]) -> None:
    line = encode("EXEC", *arguments).decode()
    assert line.count("\n") == 1
    assert line.endswith("\n")
    assert words(line[:-1]) == ["EXEC", *arguments]


@pytest.mark.parametrize("fragment", FRAGMENTS)
def test_a_hostile_argument_is_one_word_or_refused_before_a_byte_leaves(fragment: str) -> None:
    try:
        line = encode("SET VARIABLE", "A", fragment)
    except InputError as error:
        assert fragment not in str(error) or len(fragment) < 2
    else:
        assert words(line.decode().rstrip("\n")) == ["SET", "VARIABLE", "A", fragment]


def test_a_command_is_as_long_as_asterisk_reads_and_no_longer() -> None:
    room = MAX_COMMAND_BYTES - len(encode("NOOP", ""))
    assert len(encode("NOOP", "x" * room)) == MAX_COMMAND_BYTES
    with pytest.raises(InputError, match="2047 at most"):
        encode("NOOP", "x" * (room + 1))


def test_there_are_no_more_words_than_asterisk_takes() -> None:
    encode("NOOP", *["x"] * 125)
    with pytest.raises(InputError):
        encode("NOOP", *["x"] * 126)


def test_there_is_one_command_at_a_time() -> None:
    wire = at_replies()
    wire.command("ANSWER")
    with pytest.raises(Conflict):
        wire.command("HANGUP")
    wire.feed(b"200 result=0\n")
    assert wire.command("NOOP", 1) == b'NOOP "1"\n'


def test_a_connection_that_said_nothing_is_silent() -> None:
    wire = Wire()
    assert wire.silent
    wire.feed(b"a")
    assert not wire.silent
    assert not at_replies().silent
