"""The script that gets an Asterisk, with other programs in the place of apt and of the machine's own Asterisk."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from vocero.lab.asterisk import FETCH


def program(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def fetch(tmp_path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [FETCH, tmp_path / "asterisk"],
        env={
            "PATH": f"{tmp_path}/bin:/usr/bin:/bin",
            "DEBIAN_MIRROR": "http://mirror/debian",
            "DEBIAN_KEYRING": "/etc/passwd",
        },
        capture_output=True,
        text=True,
        timeout=30,
    )


def test_the_machines_own_asterisk_22_is_used(tmp_path: Path) -> None:
    program(tmp_path / "bin", "asterisk", "echo Asterisk 22.4.1")
    assert fetch(tmp_path).stdout == "/\n"


def test_what_was_fetched_once_is_not_fetched_again(tmp_path: Path) -> None:
    program(tmp_path / "bin", "apt-get", "exit 1")
    (tmp_path / "asterisk").mkdir()
    (tmp_path / "asterisk/.version").write_text("1:22.10.1\n")
    assert fetch(tmp_path).stdout == f"{tmp_path}/asterisk\n"


@pytest.mark.parametrize("version", ["1:20.6.0~dfsg-1", "1:23.0.0-1", "(none)"])
def test_a_suite_with_another_version_is_refused_with_a_sentence(tmp_path: Path, version: str) -> None:
    program(tmp_path / "bin", "apt-get", "exit 0")
    program(tmp_path / "bin", "apt-cache", f"echo '  Candidate: {version}'")
    done = fetch(tmp_path)
    assert done.returncode == 1
    assert done.stderr == (
        f"fetch-asterisk: forky has Asterisk {version}, this product needs version 22: "
        "name a suite that has it in ASTERISK_SUITE\n"
    )
    assert not (tmp_path / "asterisk").exists()


EXPIRED = "E: Release file for http://mirror/debian is expired (invalid since 15d 20h). Updates will not be applied."


def updates(tmp_path: Path, said: str) -> subprocess.CompletedProcess[str]:
    """apt-get that complains so, unless the check of the date is off; then it finds a version we refuse."""
    program(tmp_path / "bin", "apt-get", f"grep -q Check-Valid-Until $APT_CONFIG && exit 0\necho '{said}'\nexit 100")
    program(tmp_path / "bin", "apt-cache", "echo '  Candidate: 1:21.0'")
    return fetch(tmp_path)


def test_only_the_age_of_the_release_file_is_overlooked(tmp_path: Path) -> None:
    assert "has Asterisk 1:21.0" in updates(tmp_path, EXPIRED).stderr


@pytest.mark.parametrize("said", ["E: The repository is not signed.", f"{EXPIRED}\nE: Hash Sum mismatch", "Killed"])
def test_every_other_complaint_of_apt_ends_it(tmp_path: Path, said: str) -> None:
    done = updates(tmp_path, said)
    assert done.returncode == 1
    assert done.stderr.endswith("fetch-asterisk: apt cannot read http://mirror/debian forky\n")
    assert said.splitlines()[-1] in done.stderr
