"""AudioSocket's bytes: any split gives the same frames, and nonsense a clear error."""

import struct
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.wire import (
    KEYS,
    MAX_AUDIO_BYTES,
    TERMINATE,
    Decoder,
    Failed,
    Identified,
    KeyPressed,
    Sound,
    Terminated,
    sound,
)
from cti_api.errors import ProtocolError

CALL = UUID("40325ec2-5efd-4bd3-805f-53576e581d13")


def raw(kind: int, payload: bytes) -> bytes:
    return struct.pack(">BH", kind, len(payload)) + payload


FRAMES = st.one_of(
    st.uuids().map(lambda call: (raw(0x01, call.bytes), Identified(call))),
    st.sampled_from(sorted(KEYS)).map(lambda key: (raw(0x03, key.encode()), KeyPressed(key))),
    st.binary(max_size=200).map(lambda half: (raw(0x10, half + half), Sound(half + half))),
    st.just((raw(0x00, b""), Terminated())),
    st.binary(max_size=16).map(lambda code: (raw(0xFF, code), Failed(code.hex()))),
)


@given(st.lists(FRAMES, max_size=8), st.data())
def test_any_split_gives_the_same_frames(written, data):
    stream = b"".join(bytes_ for bytes_, _ in written)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    decoder = Decoder()
    found = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += decoder.feed(stream[start:end])
    assert found == [frame for _, frame in written]


@given(st.binary(max_size=4000), st.integers(1, 500))
def test_hostile_bytes_give_frames_or_a_clear_error_and_keep_little(noise, piece):
    decoder = Decoder()
    try:
        for start in range(0, len(noise), piece):
            decoder.feed(noise[start : start + piece])
            assert len(decoder._buffer) <= 3 + MAX_AUDIO_BYTES
    except ProtocolError as error:
        assert "AudioSocket" in str(error) or "telephone" in str(error)


@pytest.mark.parametrize(
    ("stream", "why"),
    [
        (raw(0x02, b""), "no frames of kind 0x02"),
        (b"GET / HTTP/1.1\r\n\r\n", "no frames of kind 0x47: what speaks here is not Asterisk"),
        (raw(0x01, b"short"), "kind 0x01 cannot have 5 bytes"),
        (struct.pack(">BH", 0x10, 65534), "kind 0x10 cannot have 65534 bytes"),
        (raw(0x10, b"odd"), "kind 0x10 cannot have 3 bytes"),
        (raw(0x03, b"12"), "kind 0x03 cannot have 2 bytes"),
        (raw(0x03, b"\n"), "no telephone has a key 0x0a"),
        (raw(0x00, b"x"), "kind 0x00 cannot have 1 bytes"),
        (struct.pack(">BH", 0xFF, 500), "kind 0xff cannot have 500 bytes"),
    ],
)
def test_what_asterisk_never_sends_is_refused_as_soon_as_its_header_is_there(stream, why):
    with pytest.raises(ProtocolError, match=why):
        Decoder().feed(stream)


def test_frames_of_ours_are_what_asterisk_reads():
    assert sound(b"\1\2" * 160) == b"\x10\x01\x40" + b"\1\2" * 160
    assert TERMINATE == b"\0\0\0"
    assert Decoder().feed(raw(0x01, CALL.bytes) + TERMINATE) == [Identified(CALL), Terminated()]
