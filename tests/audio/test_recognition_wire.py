"""Messages between the server and a recogniser's process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.recognise import Grammar, Recognised, Scored
from audio.recognition_wire import (
    LONGEST,
    Kind,
    Message,
    Messages,
    Model,
    grammar_bytes,
    grammar_of,
    recognised_bytes,
    recognised_of,
)
from cti_api.errors import ProtocolError

A_MESSAGE = st.builds(Message, st.sampled_from(Kind), st.integers(0, 2**32 - 1), st.binary(max_size=400))


@given(st.lists(A_MESSAGE, max_size=8), st.integers(1, 50))
def test_messages_arrive_whole_however_they_are_cut(sent: list[Message], size: int) -> None:
    written = b"".join(message.to_bytes() for message in sent)
    messages = Messages()
    pieces = (written[at : at + size] for at in range(0, len(written), size))
    assert [message for piece in pieces for message in messages.feed(piece)] == sent


@pytest.mark.parametrize(
    "written", [b"\xff" * 9, b"\x01\0\0\0\1" + (LONGEST + 1).to_bytes(4, "big"), b"\x63" + bytes(8)]
)
def test_nonsense_is_refused(written: bytes) -> None:
    with pytest.raises(ProtocolError):
        list(Messages().feed(written))


def test_what_was_recognised_and_what_may_be_said_survive_the_way() -> None:
    heard = Recognised(text="sí, señor", confidence=0.25, phrases=(Scored(phrase="sí", fit=0.5, share=1.0),))
    assert recognised_of(recognised_bytes(heard)) == heard
    grammar = Grammar(phrases=("sí", "no"), hint="¿Sí o no?", loose=True)
    assert grammar_of(grammar_bytes(grammar)) == grammar
    model = Model(recogniser="whisper", folder=Path("/models/w"), threads=3)
    assert Model.from_json(model.to_json()) == model


@pytest.mark.parametrize("payload", [b"", b"\xff", b"{}", b"[]", b'["a", "b", []]', b'["a", 1, [["x"]]]', b"null"])
def test_an_answer_that_is_none_is_refused(payload: bytes) -> None:
    with pytest.raises(ProtocolError):
        recognised_of(payload)


def test_the_largest_answer_fits() -> None:
    phrases = tuple(Scored(phrase="x" * 200, fit=0.123456789012345, share=0.1) for _ in range(500))
    assert len(recognised_bytes(Recognised(text="x" * 400, confidence=1, phrases=phrases))) < LONGEST
    assert json.loads(recognised_bytes(Recognised(text="", confidence=0.0))) == ["", 0.0, []]
