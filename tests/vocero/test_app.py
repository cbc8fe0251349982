"""What `vocero up` refuses before it dials."""

from __future__ import annotations

from pathlib import Path

import pytest

from cti_api.errors import SettingsError
from cti_api.settings import load_settings
from vocero.app import refuse_same_names


def test_a_trunk_that_is_called_like_an_agent_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vocero.yaml"
    path.write_text(
        "asterisk: {ami: {secret: 0123456789abcdef01}}\n"
        "trunks: [{name: claro, channels: 1, calls_per_hour: 1}, {name: ana, channels: 1, calls_per_hour: 1}]\n"
    )
    path.chmod(0o600)
    settings = load_settings(path)
    refuse_same_names(settings, ["luis"])
    with pytest.raises(SettingsError, match="The trunk ana is called like an agent"):
        refuse_same_names(settings, ["luis", "ana"])
