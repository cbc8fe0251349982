"""`vocero doctor` on a real Asterisk that `vocero init` set up: and each planted fault is found."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
import pytest_asyncio
from rich.console import Console

from cti_api.clock import SystemClock
from cti_api.model.phone import PhoneNumber
from tests.support.own_asterisk import TRUNK, OwnAsterisk, init, own_asterisk
from vocero.cli import main
from vocero.demo import CACHE
from vocero.doctor.findings import Finding, Verdict
from vocero.doctor.machine import listener, may
from vocero.doctor.manager import outside_address
from vocero.doctor.run import doctor
from vocero.doctor.trial_call import TrialCall
from vocero.lab.asterisk import fetch_asterisk
from vocero.lab.customers import Behaviour, Customers, number
from vocero.lab.ports import free_ports

pytestmark = pytest.mark.asterisk


class LateClock(SystemClock):
    """Ten seconds behind."""

    def now(self) -> datetime:
        return super().now() - timedelta(seconds=10)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def healthy(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OwnAsterisk]:
    """An installation as it should be, with customers behind its trunk."""
    folder = tmp_path_factory.mktemp("own")
    async with AsyncExitStack() as stack:
        ports = stack.enter_context(free_ports())
        environment = stack.enter_context(pytest.MonkeyPatch.context())
        await stack.enter_async_context(Customers(folder / "customers", ports))
        yield await stack.enter_async_context(own_asterisk(await fetch_asterisk(CACHE), folder, ports, environment))


@pytest.fixture
def settings_file(healthy: OwnAsterisk) -> Iterator[Path]:
    """Its settings, to be spoiled; they are mended afterwards."""
    keep = shutil.copy2(healthy.settings_file, healthy.settings_file.with_name("keep"))
    yield healthy.settings_file
    Path(keep).replace(healthy.settings_file)


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text, f"{old!r} is not in {path.name}"
    path.write_text(text.replace(old, new))


def open_to_all(path: Path) -> None:
    path.chmod(0o644)


def told(findings: list[Finding], verdict: Verdict = Verdict.FAULT) -> list[str]:
    """What was found of this kind; each with a way to mend it."""
    assert all(finding.mend for finding in findings if finding.verdict is not Verdict.OK)
    return [finding.what for finding in findings if finding.verdict is verdict]


def only(findings: list[Finding], words: str) -> None:
    """There is this one fault and no other."""
    (one,) = told(findings)
    assert words in one


# ------------------------------------------------------------------ all is well


async def test_an_asterisk_set_up_by_init_has_no_fault(healthy: OwnAsterisk) -> None:
    findings = await healthy.findings()
    assert told(findings) == []
    # the lab's Asterisk runs as whoever runs the tests
    assert [w for w in told(findings, Verdict.WARNING) if "runs as root" not in w] == []
    for words in (
        "Asterisk 22.",
        "modules that are needed are loaded",
        "the dialplan is this version's",
        "begin with 57",
        "answers the 0 numbers",
        "told of a call to nobody",
        "trunk claro is there",
        "takes the SIP of browsers",
    ):
        assert any(words in what for what in told(findings, Verdict.OK)), words


async def test_the_exit_code_and_the_last_line_tell_how_it_went(healthy: OwnAsterisk, settings_file: Path) -> None:
    said = StringIO()
    assert await doctor(settings_file, Console(file=said), SystemClock()) == 0
    assert said.getvalue().splitlines()[-1] in ("All is well.", "It works; 1 could be better.")
    open_to_all(settings_file)
    assert await doctor(settings_file, Console(file=said), SystemClock()) == 1
    assert said.getvalue().splitlines()[-1] == "1 to mend."


def test_it_is_a_command(healthy: OwnAsterisk, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--settings", str(healthy.settings_file), "doctor"])
    assert left.value.code == 0
    assert "✓ settings:" in capsys.readouterr().out


# ------------------------------------------------------------------ the test call


def trial(to: PhoneNumber, trunk: str | None = None) -> TrialCall:
    return TrialCall(number=to, caller_id=PhoneNumber("+576015550100"), trunk=trunk)


@pytest.mark.parametrize(
    ("to", "verdict", "words"),
    [
        (number(Behaviour.HANGS_UP_AT_ONCE, 1), Verdict.OK, "answered"),
        (number(Behaviour.RINGS_THEN_FAILS, 1, status=486), Verdict.OK, "it rang"),
        (number(Behaviour.FAILS, 1, status=403), Verdict.FAULT, "SIP 403, it never rang"),
        (PhoneNumber("+8816123456789"), Verdict.FAULT, "refused by the dialplan's guard (number)"),
    ],
)
async def test_a_test_call_says_how_far_it_came(
    healthy: OwnAsterisk, to: PhoneNumber, verdict: Verdict, words: str
) -> None:
    last = [f for f in await healthy.findings(call=trial(to)) if f.what.startswith("test call")]
    assert [(f.verdict, words in f.what) for f in last] == [(verdict, True)]


async def test_a_test_call_names_the_trunks_there_are(healthy: OwnAsterisk) -> None:
    only(await healthy.findings(call=trial(number(Behaviour.TALKS, 2), "tigo")), "there is no trunk 'tigo'")


@pytest.mark.parametrize("numbers", [("--call", "+573001234567"), ("--call", "300", "--caller-id", "+576015550100")])
def test_a_test_call_without_a_whole_number_to_show_or_to_call_is_refused(numbers: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["doctor", *numbers])
    assert left.value.code == 2


# ------------------------------------------------------------------ faults on our side, one by one


async def test_settings_that_others_may_read(healthy: OwnAsterisk, settings_file: Path) -> None:
    open_to_all(settings_file)
    only(await healthy.findings(), "its mode is 0644: run chmod 600")


async def test_a_rendered_conf_that_everybody_may_read(healthy: OwnAsterisk) -> None:
    rendered = healthy.settings_file.with_name("rendered.conf")
    open_to_all(rendered)
    only(await healthy.findings(), "holds the AMI secret and everybody may read it")
    rendered.chmod(0o600)


async def test_a_wrong_secret(healthy: OwnAsterisk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOCERO_ASTERISK__AMI__SECRET", "not-the-one-in-rendered.conf")
    only(await healthy.findings(), "does not let the manager user 'vocero' in")


async def test_no_asterisk_at_that_port(healthy: OwnAsterisk, monkeypatch: pytest.MonkeyPatch) -> None:
    with free_ports() as ports:
        monkeypatch.setenv("VOCERO_ASTERISK__AMI__PORT", str(ports.ami))
        only(await healthy.findings(), f"no connection to Asterisk at 127.0.0.1:{ports.ami}")


async def test_a_store_without_tables(healthy: OwnAsterisk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "new.db").touch()
    monkeypatch.setenv("VOCERO_STORE__URL", f"sqlite:///{tmp_path}/new.db")
    only(await healthy.findings(), "run `vocero db upgrade`")


def made_in(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("new.db*")]


async def test_a_store_that_is_not_there_is_told_and_not_made(
    healthy: OwnAsterisk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VOCERO_STORE__URL", f"sqlite:///{tmp_path}/new.db")
    only(await healthy.findings(), f"the store {tmp_path}/new.db is not there")
    assert made_in(tmp_path) == []


async def test_recordings_in_two_places(healthy: OwnAsterisk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VOCERO_ASTERISK__RECORDINGS", str(tmp_path))
    only(await healthy.findings(), f"shared/recordings, the settings say {tmp_path}")


async def test_a_websocket_that_is_elsewhere(healthy: OwnAsterisk, monkeypatch: pytest.MonkeyPatch) -> None:
    with free_ports() as ports:
        monkeypatch.setenv("VOCERO_ASTERISK__BROWSERS__PORT", str(ports.websocket))
        warned = told(await healthy.findings(), Verdict.WARNING)
    assert any(f"{ports.websocket} does not take the SIP of browsers" in what for what in warned)


async def test_a_public_address_of_which_browsers_are_not_told(
    healthy: OwnAsterisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOCERO_ASTERISK__SIP__ADDRESS", "0.0.0.0")
    monkeypatch.setenv("VOCERO_ASTERISK__SIP__PUBLIC_ADDRESS", "203.0.113.7")
    warned = told(await healthy.findings(), Verdict.WARNING)
    assert any("not told by which address" in what for what in warned)


async def test_a_folder_that_is_not_there(
    healthy: OwnAsterisk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VOCERO_API__SOCKET", str(tmp_path / "nowhere/vocero.sock"))
    only(await healthy.findings(), f"the control socket: {tmp_path}/nowhere is not there")


async def test_a_journal_that_is_another(healthy: OwnAsterisk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VOCERO_ASTERISK__CEL_JOURNAL", str(tmp_path / "vocero.csv"))
    only(await healthy.findings(), "does not tell of a call that was just made")


async def test_caps_that_were_raised_in_the_settings_alone(healthy: OwnAsterisk, settings_file: Path) -> None:
    rewrite(settings_file, "channels: 30", "channels: 60")
    only(await healthy.findings(), f"trunk {TRUNK}: the dialplan's guard has channels 30, not 60")


async def test_a_prefix_that_was_added_in_the_settings_alone(healthy: OwnAsterisk, settings_file: Path) -> None:
    rewrite(settings_file, "allowed_prefixes: ['57']", "allowed_prefixes: ['57', '593']")
    only(await healthy.findings(), "Asterisk dials no numbers that begin with 593")


async def test_a_trunk_that_asterisk_does_not_know(healthy: OwnAsterisk, settings_file: Path) -> None:
    rewrite(settings_file, "- name: claro", "- name: tigo")
    assert told(await healthy.findings()) == [
        "trunk tigo is not in the dialplan's guard: it is never used",
        "trunk tigo is no PJSIP endpoint of this Asterisk",
    ]


async def test_a_clock_that_is_apart(healthy: OwnAsterisk) -> None:
    only(await healthy.findings(LateClock()), "s from this machine's")


async def test_a_number_that_asterisk_does_not_answer_yet_is_told(healthy: OwnAsterisk, settings_file: Path) -> None:
    rewrite(settings_file, "inbound: []", 'inbound: [{number: "6015550100", entry: recepcion}]')
    not_published = "calls to 6015550100 meet the tree recepcion, which was never published: callers hear an apology"
    not_answered = "calls to 6015550100 are answered by nothing, the settings say recepcion"
    assert told(await healthy.findings()) == [not_published, not_answered]
    await asyncio.to_thread(init, healthy)
    await healthy.asterisk.stop()
    await healthy.asterisk.start()
    assert told(await healthy.findings()) == [not_published]


async def test_init_again_brings_both_sides_together(healthy: OwnAsterisk, settings_file: Path) -> None:
    rewrite(settings_file, "channels: 30", "channels: 60")
    await asyncio.to_thread(init, healthy)
    await healthy.asterisk.stop()
    await healthy.asterisk.start()
    assert told(await healthy.findings()) == []


# ------------------------------------------------------------------ faults on Asterisk's side, all at once


READER = "[lector](ami-account)\nread = system\nwrite = reporting\n"
PLANTED = {
    "dangerous functions": ("asterisk.conf", "live_dangerously = no", "live_dangerously = yes"),
    "too many rights": ("manager.conf", "write = originate", "write = system,command,config,originate"),
    "an account of few rights": ("manager.conf", "[vocero](ami-account)", f"{READER}\n[vocero](ami-account)"),
    "open to other machines": ("rendered.conf", "bindaddr = 127.0.0.1", "bindaddr = 0.0.0.0"),
    "permitted to other machines": ("rendered.conf", "permit = 127.0.0.1/255.255.255.255", "permit = 0.0.0.0/0.0.0.0"),
    "a missing module": ("modules.conf", "load = app_amd.so", ";"),
    "a guard that follows redirections": ("extensions.conf", "@${trunk},${ring},gi)", "@${trunk},${ring},g)"),
    "agents who may dial out": ("extensions.conf", " same => n,Echo()", " same => n,Dial(PJSIP/1@claro)"),
    "a carrier who may dial": ("extensions.conf", "[vocero-in]", "[vocero-in]\ninclude => vocero-out"),
    "a premium number": (
        "rendered.conf",
        "exten => _57.,1,Return()",
        "exten => _57.,1,Return()\nexten => _1900.,1,Return()",
    ),
    "a number that nobody asked to have answered": (
        "rendered.conf",
        "[inbound-numbers](!)",
        "[inbound-numbers](!)\nexten => 6015550100,1,Set(entry=otra)\n same => n,Goto(vocero-inbound,s,1)",
    ),
    "a transfer that nobody allowed": (
        "rendered.conf",
        "[transfers](!)",
        "[transfers](!)\nexten => 2121,1,Set(telephone=maria)\n same => n,Return()",
    ),
    "an IVR elsewhere": ("rendered.conf", "Set(ivr=127.0.0.1:4573)", "Set(ivr=127.0.0.1:4574)"),
    "a looser cap": ("rendered.conf", "Set(calls_per_hour=2000)", "Set(calls_per_hour=90000)"),
    "transfers by the carrier": ("trunks.conf", "aors = claro", "aors = claro\nallow_transfer = yes"),
    "calls of the carrier that dial": ("trunks.conf", "aors = claro", "aors = claro\ncontext = vocero-out"),
    "a silent journal": ("cel.conf", "enable = yes", "enable = no"),
    "a manager over the web": ("manager.conf", "webenabled = no", "webenabled = yes"),
}
FOUND = [
    "dangerous dialplan functions are open to the manager port",
    "the manager user has the rights command, config, system: whoever has its secret has a shell",
    "lets us in from there: anybody may try passwords",
    "Asterisk has not loaded app_amd.so",
    "dialplan context vocero-dial is another than this version has",
    "dialplan context vocero-in is another than this version has",
    "Asterisk dials numbers that the settings do not allow: 1900",
    "Asterisk answers 6015550100, which the settings do not name",
    "callers can be transferred to 2121, which the settings do not name",
    "Asterisk looks for the IVR at 127.0.0.1:4574, the settings say 127.0.0.1:4573",
    "trunk claro: the dialplan's guard has calls_per_hour 90000, not 2000",
    "trunk claro has allow_transfer = true",
    "trunk claro has context = vocero-out",
    "does not tell of a call that was just made",
]
WARNED = [
    "dialplan context vocero-phones is another than this version has",
    "the manager port is open over the web too",
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def spoiled(healthy: OwnAsterisk, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[list[Finding]]:
    """What the doctor says of an Asterisk with all of them; it is mended afterwards."""
    await asyncio.to_thread(init, healthy)
    keep = tmp_path_factory.mktemp("keep") / "etc"
    shutil.copytree(healthy.etc, keep)
    await healthy.asterisk.stop()
    for file, old, new in PLANTED.values():
        rewrite(healthy.etc / file, old, new)
    await healthy.asterisk.start()
    yield await healthy.findings()
    await healthy.asterisk.stop()
    shutil.copytree(keep, healthy.etc, dirs_exist_ok=True)
    await healthy.asterisk.start()


@pytest.mark.parametrize("words", FOUND)
async def test_a_fault_in_asterisks_configuration_is_found(spoiled: list[Finding], words: str) -> None:
    if "from there" in words and outside_address() is None:
        pytest.skip("this machine has no way to others")
    assert [what for what in told(spoiled) if words in what]


@pytest.mark.parametrize("words", WARNED)
async def test_what_could_be_better_is_said(spoiled: list[Finding], words: str) -> None:
    assert [what for what in told(spoiled, Verdict.WARNING) if words in what]


@pytest.mark.usefixtures("spoiled")
async def test_an_account_of_few_rights_is_found(healthy: OwnAsterisk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOCERO_ASTERISK__AMI__USER", "lector")
    only(await healthy.findings(), "the manager user may not use Hangup, Originate, Redirect")


async def test_nothing_else_is_found(spoiled: list[Finding]) -> None:
    assert [what for what in told(spoiled) if not any(words in what for words in FOUND)] == []


# ------------------------------------------------------------------ whose is what


def test_who_listens_at_a_port_is_known(healthy: OwnAsterisk) -> None:
    assert listener(healthy.asterisk.ami_port) == os.geteuid()
    with free_ports() as ports:
        assert listener(ports.ami) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_rights_of_another_user_are_read_from_the_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    os.chown(tmp_path, 65534, 0)
    assert may(65534, tmp_path, os.W_OK)
    assert not may(1234567, tmp_path, os.R_OK)
    assert may(0, tmp_path, os.W_OK)
