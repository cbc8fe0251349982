"""`vocero init`: what it writes, what it keeps, what it refuses."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from cti_api.errors import Conflict, InputError, SettingsError
from cti_api.settings import load_settings
from vocero.asterisk_site import RENDERED, SHIPPED
from vocero.first_start import OF_THE_CONTAINERS, Made, Wishes, first_start, prefix_wish, trunk_wish

WISHES = Wishes(trunks=(trunk_wish("claro:30:2000"), trunk_wish("etb:5")), prefixes=("57", "593"))

PLACES = {
    "ASTERISK__RECORDINGS": "recordings",
    "ASTERISK__CEL_JOURNAL": "cel/vocero.csv",
    "ASTERISK__SOUNDS": "sounds",
    "ASTERISK__SIP_ACCOUNTS": "accounts/sip.sqlite3",
    "API__SOCKET": "run/vocero.sock",
}


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folders that an installation has in /var, here."""
    for name, place in PLACES.items():
        monkeypatch.setenv(f"VOCERO_{name}", str(tmp_path / place))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "vocero"


def start(home: Path, wishes: Wishes = WISHES, *, etc: Path | None = None, force: bool = False) -> Made:
    return first_start(home, wishes, asterisk_etc=etc, force=force)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_both_sides_are_told_the_same(home: Path) -> None:
    made = start(home)
    settings = load_settings(home / "vocero.yaml")
    assert settings == made.settings
    assert [(t.name, t.channels, t.calls_per_hour) for t in settings.trunks] == [("claro", 30, 2000), ("etb", 5, 2000)]
    assert settings.asterisk.allowed_prefixes == ("57", "593")
    rendered = (home / RENDERED).read_text()
    for line in (
        f"secret = {settings.asterisk.ami.secret.get_secret_value()}",
        "bindaddr = 127.0.0.1",
        "permit = 127.0.0.1/255.255.255.255",
        "bind = 127.0.0.1:5060",
        "exten => _593.,1,Return()",
        "exten => etb,1,Set(channels=5)",
        f" same => n,Set(recordings={settings.asterisk.recordings})",
    ):
        assert line in rendered.splitlines()


def test_what_holds_the_secret_is_its_owners_alone(home: Path) -> None:
    start(home)
    assert (mode(home / "vocero.yaml"), mode(home / RENDERED)) == (0o600, 0o600)


def test_every_section_of_the_settings_keeps_its_explanation(home: Path) -> None:
    start(home)
    text = (home / "vocero.yaml").read_text()
    for words in ("the lines to the public network", "the command line speaks here", "of the whole system"):
        assert words in text
    assert "\n\napi:" in text


def test_the_secret_is_a_new_one_each_time(home: Path) -> None:
    first = start(home).settings.asterisk.ami.secret
    assert start(home.with_name("other")).settings.asterisk.ami.secret != first


def test_settings_that_are_there_are_kept_and_told_to_asterisk_again(home: Path) -> None:
    first = start(home)
    file = home / "vocero.yaml"
    file.write_text(file.read_text().replace("channels: 30", "channels: 12"))
    again = start(home, Wishes())
    assert (first.new_settings, again.new_settings) == (True, False)
    assert again.settings.asterisk.ami == first.settings.asterisk.ami
    assert "exten => claro,1,Set(channels=12)" in (home / RENDERED).read_text()


def test_other_wishes_for_settings_that_are_there_need_force(home: Path) -> None:
    before = start(home).settings
    with pytest.raises(Conflict, match="is there already"):
        start(home, replace(WISHES, prefixes=("1",)))
    assert load_settings(home / "vocero.yaml") == before
    after = start(home, replace(WISHES, prefixes=("1",)), force=True).settings
    assert after.asterisk.allowed_prefixes == ("1",)
    assert after.asterisk.ami.secret != before.asterisk.ami.secret


@pytest.mark.parametrize("wishes", [Wishes(), replace(WISHES, trunks=()), replace(WISHES, prefixes=())])
def test_a_first_start_needs_a_trunk_and_a_prefix(home: Path, wishes: Wishes) -> None:
    with pytest.raises(InputError, match="at least one trunk"):
        start(home, wishes)
    assert not (home / "vocero.yaml").exists()


def test_two_trunks_of_one_name_are_refused(home: Path) -> None:
    with pytest.raises(InputError, match="one name"):
        start(home, replace(WISHES, trunks=WISHES.trunks * 2))


@pytest.mark.parametrize("text", ["", "Claro", "claro:x", "claro:0", "claro:30:2000:1", "a b", "claro:", "claro\n"])
def test_a_trunk_that_cannot_be_one_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="claro:30:2000"):
        trunk_wish(text)


def test_a_prefix_is_digits_with_or_without_plus() -> None:
    assert (prefix_wish("+57"), prefix_wish("573")) == ("57", "573")
    for text in ("", "+", "057", "5a", "57.", "57\n", "_57"):
        with pytest.raises(InputError, match="such as 57"):
            prefix_wish(text)


def test_settings_that_would_not_load_are_not_written(home: Path) -> None:
    with pytest.raises(SettingsError, match=r"asterisk\.sip\.address"):
        start(home, replace(WISHES, sip_address="10.0.0.1; exec"))
    assert list(home.iterdir()) == []


def test_behind_nat_asterisk_listens_everywhere_and_names_its_public_address(home: Path) -> None:
    nat = replace(
        WISHES, sip_address="0.0.0.0", public_address="203.0.113.7", local_networks=("192.168.0.0/255.255.0.0",)
    )
    start(home, nat)
    rendered = (home / RENDERED).read_text()
    for line in ("bind = 0.0.0.0:5060", "external_media_address = 203.0.113.7", "local_net = 192.168.0.0/255.255.0.0"):
        assert line in rendered.splitlines()
    assert "\nmedia_address" not in rendered
    assert "=> 203.0.113.7" not in rendered


def test_behind_nat_browsers_are_told_the_public_address_of_the_inner_one(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOCERO_ASTERISK__BROWSERS__INNER_ADDRESS", "10.0.0.5")
    start(home, replace(WISHES, sip_address="0.0.0.0", public_address="203.0.113.7"))
    assert "10.0.0.5 => 203.0.113.7" in (home / RENDERED).read_text().splitlines()


def test_an_asterisk_on_another_machine_is_not_rendered_for(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOCERO_ASTERISK__AMI__HOST", "10.0.0.9")
    with pytest.raises(SettingsError, match="on this machine"):
        start(home)


def test_in_containers_both_meet_in_one_volume(home: Path) -> None:
    start(home, replace(WISHES, containers=True))
    text = (home / "vocero.yaml").read_text()
    for key, place in OF_THE_CONTAINERS.items():
        assert f"\n  {key}: {place}\n" in text
    assert "url: sqlite:////var/lib/vocero/vocero.db " in text


# ------------------------------------------------------------------ Asterisk's folder


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    folder = tmp_path / "etc"
    folder.mkdir()
    return folder


def test_asterisks_folder_gets_every_file(home: Path, etc: Path) -> None:
    start(home, etc=etc)
    for conf in SHIPPED.glob("*.conf"):
        assert (etc / conf.name).read_bytes() == conf.read_bytes()
    assert (etc / RENDERED).read_bytes() == (home / RENDERED).read_bytes()
    assert "[claro](vocero-trunk)" in (etc / "trunks.conf").read_text()


def test_what_was_in_asterisks_folder_is_set_aside_and_never_lost(home: Path, etc: Path) -> None:
    (etc / "extensions.conf").write_text("[oficina]\n")
    (etc / "trunks.conf").write_text("[claro](vocero-trunk)\n")
    (etc / "voicemail.conf").write_text("[general]\n")
    assert start(home, etc=etc).set_aside == (etc / "extensions.conf.old-1",)
    assert start(home, Wishes(), etc=etc).set_aside == ()
    (etc / "extensions.conf").write_text("[otra]\n")
    start(home, Wishes(), etc=etc)
    assert [(etc / f"extensions.conf.old-{n}").read_text() for n in (1, 2)] == ["[oficina]\n", "[otra]\n"]
    assert (etc / "trunks.conf").read_text() == "[claro](vocero-trunk)\n"
    assert (etc / "voicemail.conf").exists()


def test_a_folder_that_is_not_there_is_named(home: Path, etc: Path) -> None:
    with pytest.raises(InputError, match="nowhere is no folder"):
        start(home, etc=etc / "nowhere")
    assert not home.exists()


@pytest.fixture
def theirs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that everybody reaches, in it one of Asterisk's that is another user's, and where all is to be made."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "etc").mkdir()
        os.chown(folder / "etc", 12345, 23456)
        for key, place in PLACES.items():
            monkeypatch.setenv(f"VOCERO_{key}", str(folder / "var" / place))
        yield folder


BY_ROOT = """
import os, sys
from pathlib import Path
from ruamel.yaml import YAML
from vocero.first_start import EXAMPLE, Wishes, first_start, prefix_wish, trunk_wish
YAML(typ="rt").dump(YAML(typ="rt").load(EXAMPLE), open(os.devnull, "w"))  # imports the rest of itself when it is used
wishes = Wishes(trunks=(trunk_wish("claro:30:2000"),), prefixes=(prefix_wish("57"),))
try:
    first_start(Path(sys.argv[1]), wishes, asterisk_etc=Path(sys.argv[2]), force=False)
finally:
    print(os.geteuid(), os.getegid())
"""


def by_root(theirs: Path) -> subprocess.CompletedProcess[str]:
    """A first start in a process of its own, since as whom a process acts holds for all its threads; and from a copy of
    the project where everybody can read it, which root's own folder is not.
    """
    project = theirs.with_name(f"{theirs.name}-project")
    for part in ("asterisk", "cti_api", "dialer", "examples", "vocero"):
        shutil.copytree(SHIPPED.parent / part, project / part, ignore=shutil.ignore_patterns("__pycache__"))
    project.chmod(0o755)
    try:
        command = [sys.executable, "-c", BY_ROOT, str(theirs / "vocero"), str(theirs / "etc")]
        return subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=60, check=False)
    finally:
        shutil.rmtree(project)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root acts for others")
def test_by_root_everything_is_made_as_asterisks_user(theirs: Path) -> None:
    done = by_root(theirs)
    assert (done.returncode, done.stdout) == (0, "0 0\n"), done.stderr
    assert {(place.stat().st_uid, place.stat().st_gid) for place in theirs.rglob("*")} == {(12345, 23456)}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root acts for others")
def test_root_follows_no_link_that_asterisks_user_left(theirs: Path) -> None:
    (theirs / "precious").write_text("root's own")
    (theirs / "precious").chmod(0o600)
    for name in ("rendered.conf", "extensions.conf", "manager.conf"):
        (theirs / "etc" / name).symlink_to(theirs / "precious")
    assert by_root(theirs).stdout == "0 0\n"
    assert (theirs / "precious").read_text() == "root's own"
    assert (theirs / "precious").stat().st_uid == 0
