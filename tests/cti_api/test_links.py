"""Links in messages: nobody guesses one, changes one, or uses one that is over."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cti_api.errors import SettingsError
from cti_api.links import KEY_FILE, BookingLinks, links_secret
from cti_api.model.ids import LeadId

NOW = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)
LINKS = BookingLinks("a secret that nobody knows", "https://citas.example.com/", days=30)


def test_a_token_is_its_leads_until_it_expires() -> None:
    token = LINKS.token(LeadId(4711), NOW)
    assert LINKS.lead_of(token, NOW) == 4711
    assert LINKS.lead_of(token, NOW + timedelta(days=30, seconds=-1)) == 4711
    assert LINKS.lead_of(token, NOW + timedelta(days=30)) is None
    assert LINKS.link(LeadId(4711), NOW) == f"https://citas.example.com/c/{token}"
    assert BookingLinks("x").link(LeadId(1), NOW) == ""


def test_a_token_that_was_changed_guessed_or_signed_by_others_is_nobodys() -> None:
    token = LINKS.token(LeadId(4711), NOW)
    for place in range(len(token)):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        # the last sign of base64 has bits that mean nothing
        assert LINKS.lead_of(changed, NOW) is None or place == len(token) - 1
    others = BookingLinks("another secret").token(LeadId(4711), NOW)
    for wrong in ("", ".", "a.b", "é", "\0", "W10.x", "x" * 100_000, token * 3, others, token.encode().hex()):
        assert LINKS.lead_of(wrong, NOW) is None


def test_a_secret_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/vocero.db"
    made = links_secret("", url)
    assert links_secret("", url) == made
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]
    assert links_secret("of the settings", url) == "of the settings"


@pytest.mark.parametrize(("written", "mode", "said"), [("f" * 64, 0o644, "chmod 600"), ("", 0o600, "holds no secret")])
def test_a_secret_that_is_none_is_refused(tmp_path: Path, written: str, mode: int, said: str) -> None:
    (tmp_path / KEY_FILE).write_text(written, encoding="ascii")
    (tmp_path / KEY_FILE).chmod(mode)
    with pytest.raises(SettingsError, match=said):
        links_secret("", f"sqlite:///{tmp_path}/vocero.db")


def test_beside_a_server_no_secret_is_kept() -> None:
    with pytest.raises(SettingsError, match="link_secret"):
        links_secret("", "postgresql://vocero@db/vocero")
