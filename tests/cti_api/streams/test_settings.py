"""Settings of where events go: what is unsafe or a slip of the pen is refused with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from cti_api.errors import SettingsError
from cti_api.model.events import EventKind
from cti_api.settings import Settings, load_settings

ASTERISK = "asterisk: {ami: {secret: 0123456789abcdef0123}}\n"


def loaded(folder: Path, text: str, mode: int = 0o600) -> Settings:
    path = folder / "vocero.yaml"
    path.write_text(text)
    path.chmod(mode)
    return load_settings(path)


def test_what_is_written_is_read_and_nothing_is_told_without_it(tmp_path: Path) -> None:
    nothing = loaded(tmp_path, ASTERISK)
    assert (nothing.mqtt.host, nothing.streams.webhooks) == (None, {})
    crm = "{url: https://crm.example.com/x, secret: s3cret, kinds: [attempt.closed]}"
    said = loaded(
        tmp_path,
        f"{ASTERISK}mqtt: {{host: 127.0.0.1, user: vocero, password: s3cret, ca_file: ca.pem}}\n"
        f"streams: {{webhooks: {{crm: {crm}}}}}\n",
    )
    assert said.mqtt.ca_file == tmp_path / "ca.pem"
    assert said.streams.webhooks["crm"].kinds == (EventKind.ATTEMPT_CLOSED,)
    assert "s3cret" not in repr(said)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("mqtt: {host: broker.example.com}", "needs tls: true"),
        ("mqtt: {host: 127.0.0.1, user: vocero}", "has a user and no password"),
        ("mqtt: {host: 127.0.0.1, prefix: 'vocero/#'}", "write a topic such as vocero"),
        ("mqtt: {host: 127.0.0.1, hots: x}", "no such setting"),
        ("streams: {webhooks: {crm: {url: 'http://crm.example.com', secret: x}}}", "must begin with https"),
        ("streams: {webhooks: {crm: {url: 'https://a:b@crm.example.com', secret: x}}}", "without a name or password"),
        ("streams: {webhooks: {crm: {url: 'https://crm.example.com', secret: x, kinds: [call.over]}}}", "kinds"),
        ("streams: {webhooks: {crm: {url: 'https://crm.example.com'}}}", "secret: is not set"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, written: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        loaded(tmp_path, f"{ASTERISK}{written}\n")


@pytest.mark.parametrize(
    "written",
    [
        "mqtt: {host: 127.0.0.1, user: vocero, password: s3cret}",
        "streams: {webhooks: {crm: {url: 'https://crm.example.com', secret: s3cret}}}",
    ],
)
def test_a_secret_in_a_file_that_others_may_read_is_refused(
    tmp_path: Path, written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOCERO_ASTERISK__AMI__SECRET", "0123456789abcdef0123")
    with pytest.raises(SettingsError, match="holds a secret"):
        loaded(tmp_path, f"{written}\n", mode=0o644)
