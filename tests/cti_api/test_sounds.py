"""Campaign messages: what Asterisk can play is kept where it looks, nothing else."""

from __future__ import annotations

import contextlib
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_api.errors import InputError, StoreUnavailable
from cti_api.model.ids import CampaignId
from cti_api.sounds import CampaignSounds, Message, seconds_of
from tests.support.campaigns import recording

CAMPAIGN = CampaignId("mantenimiento")


def test_a_message_is_kept_where_the_dialplan_looks_and_can_be_replaced(tmp_path: Path) -> None:
    sounds = CampaignSounds(tmp_path / "sounds")
    assert sounds.put(CAMPAIGN, Message.ABANDONED, recording(2.0)) == 2.0
    assert sounds.put(CAMPAIGN, Message.ABANDONED, recording(3.0)) == 3.0
    (kept,) = (tmp_path / "sounds" / "mantenimiento").iterdir()
    assert (kept.name, kept.read_bytes()) == ("abandoned.wav", recording(3.0))
    assert stat.S_IMODE(kept.stat().st_mode) == 0o644


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"ID3 mp3",
        b"RIFF",
        recording(rate=16000),
        recording(channels=2),
        recording(width=1),
        recording(0.0),
        recording(61.0),
        recording()[:-100],
    ],
)
def test_what_asterisk_would_not_play_is_refused(tmp_path: Path, wrong: bytes) -> None:
    with pytest.raises(InputError, match="message"):
        CampaignSounds(tmp_path).put(CAMPAIGN, Message.MACHINE, wrong)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "mantenimiento").write_text("in the way")
    with pytest.raises(StoreUnavailable, match="cannot be written"):
        CampaignSounds(tmp_path).put(CAMPAIGN, Message.MACHINE, recording())


@given(
    start=st.integers(0, 43),
    junk=st.binary(max_size=20),
)
def test_no_bytes_make_it_fail_otherwise(start: int, junk: bytes) -> None:
    whole = recording(0.01)
    with contextlib.suppress(InputError):
        seconds_of(whole[:start] + junk + whole[start + len(junk) :])
