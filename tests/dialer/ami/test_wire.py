"""Bytes ↔ messages."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_api.errors import InputError, ProtocolError
from dialer.ami.wire import (
    MAX_HEADERS_IN,
    MAX_HEADERS_OUT,
    MAX_LINE_BYTES_OUT,
    MAX_MESSAGE_BYTES,
    VARIABLES,
    Decoder,
    Message,
    encode,
)

GREETING = b"Asterisk Call Manager/11.0.0\r\n"
TWO_MESSAGES = (
    b"Response: Success\r\nActionID: 1\r\nMessage: Authentication accepted\r\n\r\n"
    b"Event: Hangup\r\nCallerIDName: Jos\xc3\xa9 Mu\xc3\xb1oz\r\nExten: \r\nCause: 17\r\n\r\n"
)

names = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,20}", fullmatch=True).filter(lambda name: name.lower() != "variable")
values = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=60)


def decode(stream: bytes, size: int) -> list[Message]:
    decoder = Decoder()
    pieces = [stream[start : start + size] for start in range(0, len(stream), size)]
    return [message for piece in pieces for message in decoder.feed(piece)]


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_messages_come_whole_whatever_the_size_of_the_pieces(size: int) -> None:
    answer, event = decode(GREETING + TWO_MESSAGES, size)
    assert (answer.response, answer.action_id, answer.event) == ("Success", "1", "")
    assert event.event == "Hangup"
    assert event.get("CallerIDName") == "José Muñoz"
    assert event.get("Exten") == ""


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_the_greeting_is_kept_and_is_no_message(size: int) -> None:
    decoder = Decoder()
    stream = GREETING + TWO_MESSAGES
    for start in range(0, len(stream), size):
        decoder.feed(stream[start : start + size])
    assert decoder.banner == "Asterisk Call Manager/11.0.0"


@given(st.lists(st.lists(st.tuples(names, values), min_size=1, max_size=8), max_size=4), st.integers(1, 40))
def test_what_is_encoded_is_decoded_to_the_same(messages: list[list[tuple[str, str]]], size: int) -> None:
    stream = GREETING + b"".join(encode(headers) for headers in messages)
    assert decode(stream, size) == [Message(tuple(headers)) for headers in messages]


@given(st.binary(max_size=300), st.integers(1, 50))
def test_any_bytes_after_the_greeting_decode_to_something(noise: bytes, size: int) -> None:
    whole = decode(GREETING + noise, 10_000)
    assert decode(GREETING + noise, size) == whole


@given(st.lists(st.tuples(st.text(max_size=12), st.text(max_size=40)), min_size=1, max_size=6))
def test_hostile_text_never_becomes_another_header_or_action(headers: list[tuple[str, str]]) -> None:
    try:
        sent = encode(headers)
    except InputError:
        return
    # read as Asterisk does: a bare LF ends a line, too, and the first empty line ends the action
    lines = re.split(rb"\r\n|\n", sent)
    assert lines[-2:] == [b"", b""]
    assert len(lines) == len(headers) + 2
    assert b"" not in lines[:-2]
    assert b"\0" not in sent


@pytest.mark.parametrize("hostile", ["x\r\nAction: Logoff", "x\ny", "x\ry", "x\0y", "x\x85y", "x\u2028y", "x\ud800y"])
def test_a_value_that_could_end_its_line_is_refused_and_not_repeated(hostile: str) -> None:
    with pytest.raises(InputError) as refusal:
        encode([("Action", "Ping"), ("Secret", hostile)])
    assert "Secret" in str(refusal.value)
    assert hostile not in str(refusal.value)


@pytest.mark.parametrize("name", ["", "a b", "a:b", "ñ", "Action\r\nX", "x" * 65])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(InputError):
        encode([(name, "x")])


@pytest.mark.parametrize("name", sorted(VARIABLES))
def test_the_agreed_variables_pass_plain_and_inherited(name: str) -> None:
    assert encode([("Variable", f"{name}=a.b:c+d-e_f")]) == f"Variable: {name}=a.b:c+d-e_f\r\n\r\n".encode()
    assert encode([("Variable", f"__{name}=")])


@pytest.mark.parametrize(
    "hostile",
    [
        "VOCERO_CAMPAIGN=x,CALLERID(num)=911666",
        "VOCERO_CAMPAIGN=x,DB(a/b)=pwn",
        "VOCERO_CAMPAIGN=${SHELL(id)}",
        "VOCERO_CAMPAIGN=x y",
        "VOCERO_CAMPAIGN=" + "x" * 65,
        "VOCERO_CAMPAIGN=x\n",
        "CALLERID(num)=1",
        "PATH=1",
        "PJSIP_DIAL_CONTACTS(a,b)",
        "PJSIP_DIAL_CONTACTS(${X})",
        "PJSIP_DIAL_CONTACTS(ana)=1",
        "SHELL(id)",
        "____VOCERO_CAMPAIGN=x",
        "VOCERO_CAMPAIGN",
        "",
    ],
)
@pytest.mark.parametrize("header", ["Variable", "variable", "VARIABLE"])
def test_any_other_variable_is_refused(header: str, hostile: str) -> None:
    with pytest.raises(InputError):
        encode([(header, hostile)])


def test_a_line_as_long_as_asterisk_takes_passes_and_one_byte_more_does_not() -> None:
    room = MAX_LINE_BYTES_OUT - len("X: \r\n")
    assert len(encode([("X", "y" * room)])) == MAX_LINE_BYTES_OUT + 2
    with pytest.raises(InputError, match="too long"):
        encode([("X", "y" * (room + 1))])
    with pytest.raises(InputError, match="too long"):
        encode([("X", "ñ" * (room // 2 + 1))])


def test_as_many_lines_as_asterisk_takes_pass_and_one_more_does_not() -> None:
    assert encode([("X", "y")] * MAX_HEADERS_OUT)
    with pytest.raises(InputError, match="128"):
        encode([("X", "y")] * (MAX_HEADERS_OUT + 1))


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_message_without_end_is_nonsense(size: int) -> None:
    with pytest.raises(ProtocolError, match="without an end"):
        decode(GREETING + b"X: " + b"y" * (MAX_MESSAGE_BYTES + 1), size)


def test_a_message_that_is_whole_but_too_long_is_nonsense() -> None:
    with pytest.raises(ProtocolError, match="bytes"):
        decode(GREETING + b"X: " + b"y" * MAX_MESSAGE_BYTES + b"\r\n\r\n", 1_000_000)


def test_a_message_with_too_many_headers_is_nonsense() -> None:
    assert decode(GREETING + b"X: y\r\n" * MAX_HEADERS_IN + b"\r\n", 100_000)
    with pytest.raises(ProtocolError, match="headers"):
        decode(GREETING + b"X: y\r\n" * (MAX_HEADERS_IN + 1) + b"\r\n", 100_000)


@pytest.mark.parametrize("size", [1, 7, 100_000])
@pytest.mark.parametrize("other", [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\r\n"])
def test_another_service_is_told_from_asterisk_by_its_first_bytes(other: bytes, size: int) -> None:
    with pytest.raises(ProtocolError, match="not an Asterisk"):
        decode(other, size)


def test_a_greeting_without_end_is_nonsense() -> None:
    with pytest.raises(ProtocolError, match="greeting"):
        decode(b"Asterisk Call Manager/" + b"1" * MAX_LINE_BYTES_OUT, 100)


def test_repeated_headers_are_all_kept() -> None:
    (message,) = decode(GREETING + b"Event: E\r\nChanVariable: a=1\r\nchanvariable: b=2\r\n\r\n", 1_000)
    assert message.every("ChanVariable") == ("a=1", "b=2")
    assert message.get("CHANVARIABLE") == "a=1"


def test_only_the_first_colon_and_one_blank_divide_name_and_value() -> None:
    (message,) = decode(GREETING + b"URI: sip:ana@127.0.0.1:5060\r\nA:b\r\nC:  d \r\nno colon\r\n\r\n", 1_000)
    assert message.headers == (("URI", "sip:ana@127.0.0.1:5060"), ("A", "b"), ("C", " d "), ("", "no colon"))


def test_bytes_that_are_no_utf8_are_replaced_and_harm_no_other_header() -> None:
    (message,) = decode(GREETING + b"Name: Jos\xe9\r\nCause: 17\r\n\r\n", 3)
    assert message.get("Name") == "Jos\ufffd"
    assert message.get("Cause") == "17"


def test_empty_lines_between_messages_are_nothing() -> None:
    assert len(decode(GREETING + b"\r\n\r\n\r\nEvent: A\r\n\r\n\r\n\r\nEvent: B\r\n\r\n", 5)) == 2
