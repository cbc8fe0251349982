"""The command line against a running system: what it says, what it leaves, and with which exit code."""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from pathlib import Path

import pytest

from cti_api.clock import SystemClock
from cti_api.model.calls import CallResult
from cti_api.model.ids import CampaignId
from cti_api.model.leads import LeadState
from tests.support.campaigns import CAMPAIGN_FILE, recording
from tests.support.control_server import ControlServer
from tests.support.dialer_port import pacing_decision
from tests.support.shell import Shell
from tests.support.store import at, attempt_for, closed, event, move, number
from vocero import asterisk_site
from vocero.cli import main
from vocero.commands.campaign import counted_within


@pytest.fixture
def shell(server: ControlServer, alone: Shell) -> Shell:
    Path("campaign.yaml").write_text(CAMPAIGN_FILE, encoding="utf-8")
    rows = "".join(f"Cliente {n},{number(n).e164},ABC{n:03d}\n" for n in range(1, 4))
    Path("leads.csv").write_text("nombre,telefono,placa\n" + rows + "Eva,nada,XYZ000\n", encoding="utf-8")
    return alone


@pytest.fixture
def campaign(shell: Shell) -> None:
    shell("campaign", "create", "campaign.yaml")


@pytest.fixture
def ana(shell: Shell, campaign: None) -> None:
    shell("agents", "add", "ana", "--name", "Ana Díaz", "--campaign", "mantenimiento")


def attempt_closed(server: ControlServer, result: CallResult, code: str = "") -> None:
    """The first lead of the campaign gets one closed attempt."""

    async def work() -> None:
        (lead,) = await server.store.leads.reserve(CampaignId("mantenimiento"), 1, at(0), at(120))
        attempt = attempt_for(lead, at(1))
        await server.store.attempts.open(attempt)
        moved = move(LeadState.COMPLETED if code else LeadState.WAITING, "retry:busy")
        await server.store.attempts.close(closed(attempt, result, at(60), disposition=code), moved, event())

    server.do(work)


def test_without_a_running_system_one_line_says_what_to_do(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    said = Shell(capsys, tmp_path / "nobody.sock")("campaign", "list", expect=3)
    assert said.out == ""
    assert said.err == (
        f"✗ Vocero is not running here (nobody listens at {tmp_path}/nobody.sock): start it with `vocero up`\n"
    )


def test_a_campaign_from_its_file_to_its_end(shell: Shell) -> None:
    assert "vocero leads import mantenimiento" in shell("campaign", "create", "campaign.yaml").out
    assert "3 of 4 rows" in shell("leads", "import", "mantenimiento", "leads.csv").out
    assert "is running" in shell("campaign", "start", "mantenimiento").out
    assert "is paused" in shell("campaign", "pause", "mantenimiento").out
    assert "draining" in shell("campaign", "drain", "mantenimiento").out
    newer = CAMPAIGN_FILE.replace("de noviembre", "de diciembre")
    Path("newer.yaml").write_text(newer, encoding="utf-8")
    assert "has version 2 of its file" in shell("campaign", "replace", "mantenimiento", "newer.yaml").out
    assert "is running" in shell("campaign", "start", "mantenimiento").out
    shell("campaign", "pause", "mantenimiento")
    assert "is cancelled" in shell("campaign", "cancel", "mantenimiento").out
    assert shell("campaign", "start", "mantenimiento", expect=1).err.startswith("✗ The campaign mantenimiento is")


def test_a_file_with_faults_is_refused_with_the_line_of_each(shell: Shell) -> None:
    Path("campaign.yaml").write_text(CAMPAIGN_FILE.replace("mode: progressive", "mode: fast"), encoding="utf-8")
    said = shell("campaign", "create", "campaign.yaml", expect=2)
    assert "line 4, mode:" in said.err
    assert said.out == ""


def test_a_campaign_takes_its_messages_with_it(shell: Shell, tmp_path: Path) -> None:
    spoken = CAMPAIGN_FILE + "abandoned_message: sounds/lo-sentimos.wav\n"
    Path("campaign.yaml").write_text(spoken, encoding="utf-8")
    missing = shell("campaign", "create", "campaign.yaml", expect=2).err
    assert "sounds/lo-sentimos.wav cannot be read: No such file" in missing
    Path("sounds").mkdir()
    Path("sounds/lo-sentimos.wav").write_bytes(recording(rate=44100))
    assert "sox message.mp3 -r 8000" in shell("campaign", "create", "campaign.yaml", expect=2).err
    Path("sounds/lo-sentimos.wav").write_bytes(recording())
    shell("campaign", "create", "campaign.yaml")
    assert (tmp_path / "sounds/mantenimiento/abandoned.wav").read_bytes() == recording()
    assert "1.0 s" in shell("campaign", "message", "mantenimiento", "machine", "sounds/lo-sentimos.wav").err


@pytest.mark.usefixtures("campaign")
def test_wrong_input_leaves_with_2_and_says_what_is_wrong(shell: Shell) -> None:
    for arguments in (
        ("campaign", "create", "nothing.yaml"),
        ("leads", "import", "mantenimiento", "nothing.csv"),
        ("leads", "import", "mantenimiento", "."),
        ("leads", "suppress", "300"),
        ("agents", "add", "Ana Díaz"),
        ("agents", "disposition", "ana", "cita", "fecha"),
        ("campaign", "export", "mantenimiento", "--to", "/nowhere/at/all.csv"),
        ("campaign", "export", "mantenimiento", "--to", "/dev/full"),
        ("campaign", "status", "mantenimiento/report"),
        ("campaign", "report", "../agents"),
        ("agents", "login", "ana/password"),
        ("leads", "import", "mantenimiento/x", "leads.csv"),
        ("demo", "--json", "/no/such/x"),
        ("demo", "--json", "/dev/full/x"),
        ("campaign", "fly"),
        ("doctor", "--call", "300"),
    ):
        said = shell(*arguments, expect=2)
        assert said.err
        assert "Traceback" not in said.err


@pytest.mark.usefixtures("campaign")
def test_a_row_that_is_not_taken_is_shown_and_written(shell: Shell) -> None:
    said = shell("leads", "import", "mantenimiento", "leads.csv", "--rejected", "rejected.csv")
    assert "1 row was not taken" in said.out
    (line,) = csv.DictReader(Path("rejected.csv").read_text(encoding="utf-8-sig").splitlines())
    assert (line["line"], line["column"]) == ("5", "telefono")
    again = shell("leads", "import", "mantenimiento", "leads.csv", "--json").json
    assert (again["imported"], again["of_earlier_run"], again["already_there"]) == (3, 3, 0)


@pytest.mark.usefixtures("campaign")
def test_a_file_for_rejections_that_cannot_be_written_is_told_before_anybody_is_imported(shell: Shell) -> None:
    said = shell("leads", "import", "mantenimiento", "leads.csv", "--rejected", "/nowhere/rejected.csv", expect=2)
    assert said.err.endswith("✗ /nowhere/rejected.csv cannot be written: No such file or directory\n")
    assert shell("campaign", "status", "mantenimiento", "--json").json["leads"] == 0


@pytest.mark.usefixtures("campaign")
def test_every_rejection_is_written_and_a_few_are_shown(shell: Shell) -> None:
    Path("bad.csv").write_text("nombre,telefono,placa\n" + "Eva,nada,X\n" * 10_100, encoding="utf-8")
    said = shell("leads", "import", "mantenimiento", "bad.csv", "--rejected", "rejected.csv")
    assert said.out.startswith("! 0 of 10100 rows")
    assert len(said.out.splitlines()) < 40
    assert len(Path("rejected.csv").read_text(encoding="utf-8").splitlines()) == 10_101


@pytest.mark.usefixtures("campaign")
def test_a_list_without_the_columns_is_refused(shell: Shell) -> None:
    said = shell("leads", "import", "mantenimiento", "leads.csv", "--phone", "celular", expect=2)
    assert "celular: the file has no such column" in said.err


@pytest.mark.usefixtures("campaign")
def test_why_tells_the_story_of_a_lead(shell: Shell, server: ControlServer) -> None:
    shell("leads", "import", "mantenimiento", "leads.csv")
    attempt_closed(server, CallResult.BUSY)
    said = shell("leads", "why", "Cliente 1")
    assert "Tried once" in said.out
    assert "The campaign was never started." in said.out
    assert "waiting (retry:busy)" in said.out
    assert shell("leads", "why", "nadie", expect=1).err == "✗ No lead has this id, number or name.\n"


@pytest.mark.usefixtures("ana")
def test_a_board_shows_leads_attempts_agents_and_alarms(shell: Shell, server: ControlServer) -> None:
    shell("leads", "import", "mantenimiento", "leads.csv")
    shell("campaign", "start", "mantenimiento")
    shell("agents", "login", "ana")
    server.dialer.alarm = "no_trunks"
    said = shell("campaign", "status", "mantenimiento").out
    for part in ("Mantenimiento de noviembre", "running", "new 3", "Ana Díaz", "ready", "no trunk works"):
        assert part in said
    again = shell("campaign", "status").out
    # The same but for how long the agent has been ready.
    assert re.sub(r"\d:\d\d", "", again) == re.sub(r"\d:\d\d", "", said)
    assert shell("campaign", "status", "mantenimiento", "--json").json["leads"] == 3


@pytest.mark.usefixtures("campaign")
def test_the_pacers_decisions_are_explained_a_row_for_each_that_said_something_else(
    shell: Shell, server: ControlServer
) -> None:
    assert "Nothing was decided" in shell("campaign", "explain", "mantenimiento").out
    now = SystemClock().now()
    server.dialer.decisions = [
        pacing_decision(now - timedelta(minutes=20), "lines"),
        pacing_decision(now - timedelta(seconds=90), last=now, cancel=1),
        pacing_decision(now, "abandonment_budget", place=0, budget_left=None),
    ]
    said = shell("campaign", "explain", "mantenimiento").out
    for part in ("because of risk", "because of abandonment_budget", "2 min", "0.50", "2 of 100", "free agents"):
        assert part in said
    assert "because of lines" not in said, "five minutes ago at most"
    told = shell("campaign", "explain", "mantenimiento", "--minutes", "60", "--json").json
    assert [one["reason"] for one in told] == ["lines", "risk", "abandonment_budget"]
    assert "There is no campaign nada" in shell("campaign", "explain", "nada", expect=1).err


@pytest.mark.parametrize(("took", "old"), [(0.0, 0.0), (0.003, 0.06), (0.23, 4.6), (30.0, 10.0)])
def test_a_campaign_that_is_dear_to_count_is_counted_less_often_while_it_is_watched(took: float, old: float) -> None:
    assert counted_within(took) == pytest.approx(old)


@pytest.mark.usefixtures("ana")
def test_watching_ends_with_the_campaign(shell: Shell) -> None:
    shell("campaign", "start", "mantenimiento")
    shell("campaign", "drain", "mantenimiento")
    assert "completed" in shell("campaign", "status", "mantenimiento", "--watch").out


def test_nothing_under_way_is_said_so(shell: Shell) -> None:
    assert "No campaign is under way" in shell("campaign", "status").out
    assert "no campaigns yet" in shell("campaign", "list").out
    assert "no agents yet" in shell("agents", "list").out


@pytest.mark.usefixtures("campaign")
def test_report_and_export(shell: Shell, server: ControlServer) -> None:
    shell("leads", "import", "mantenimiento", "leads.csv")
    attempt_closed(server, CallResult.CONNECTED, "cita")
    said = shell("campaign", "report", "mantenimiento").out
    for part in ("100.0 % call effectiveness", "Cita agendada", "connected"):
        assert part in said
    assert shell("campaign", "report", "mantenimiento", "--json").json["effective"] == 1
    shell("campaign", "export", "mantenimiento", "--to", "attempts.csv")
    assert "Cliente 1" in Path("attempts.csv").read_text(encoding="utf-8-sig")
    shell("campaign", "export", "mantenimiento", "--to", "excel.csv", "--separator", "semicolon")
    (row,) = csv.DictReader(Path("excel.csv").read_text(encoding="utf-8-sig").splitlines(), delimiter=";")
    assert row["name"] == "Cliente 1"
    (attempt,) = shell("campaign", "export", "mantenimiento", "--format", "json").json
    assert attempt["result"] == "connected"


@pytest.mark.usefixtures("campaign")
def test_a_new_agent_is_told_what_to_enter_in_the_softphone(shell: Shell) -> None:
    said = shell("agents", "add", "eva", "--name", "Eva [Pérez]").out
    assert "user      eva" in said
    assert "vocero agents login eva" in said
    assert len(shell("agents", "add", "luis", "--json").json["sip"]["password"]) == 24
    assert len(shell("agents", "password", "luis", "--json").json["password"]) == 24
    assert "Eva [Pérez]" in shell("agents", "list").out


@pytest.mark.usefixtures("campaign")
def test_a_new_agent_with_a_browser_is_told_to_sign_in(shell: Shell) -> None:
    said = shell("agents", "add", "eva", "--phone", "browser").out
    assert "vocero users add eva --role agent" in said
    assert "password" not in said
    assert "vocero agents password eva" in shell("agents", "change", "eva", "--phone", "sip").out


@pytest.mark.usefixtures("ana")
def test_an_agent_s_shift(shell: Shell, server: ControlServer) -> None:
    assert "ana is ready" in shell("agents", "login", "ana").out
    assert "ana is not ready" in shell("agents", "pause", "ana", "--reason", "almuerzo").out
    assert "(almuerzo)" in shell("agents", "list").out
    assert "ana is ready" in shell("agents", "ready", "ana").out
    shell("agents", "dial", "ana", "+573001234567", "--campaign", "mantenimiento")
    server.dialer.connect("ana")
    assert "not ready after this call" in shell("agents", "pause", "ana").out
    shell("agents", "hangup", "ana")
    missing = shell("agents", "disposition", "ana", "cita", expect=2).err
    assert "fields.fecha: is required (Fecha)" in missing
    assert "Kept: cita" in shell("agents", "disposition", "ana", "cita", "fecha=2026-11-30").out
    assert "ana is logged off" in shell("agents", "logout", "ana").out


@pytest.mark.usefixtures("ana")
def test_an_agent_changes_campaign_and_name(shell: Shell) -> None:
    Path("other.yaml").write_text(CAMPAIGN_FILE.replace("id: mantenimiento", "id: segunda"), encoding="utf-8")
    shell("campaign", "create", "other.yaml")
    assert (
        "ana (Ana D.) takes the calls of segunda"
        in shell("agents", "change", "ana", "--campaign", "segunda", "--name", "Ana D.").out
    )
    assert "Say what is to change" in shell("agents", "change", "ana", expect=2).err


@pytest.mark.usefixtures("ana")
def test_a_preview_is_accepted_or_skipped(shell: Shell, server: ControlServer) -> None:
    server.dialer.show("ana", "María", "+573001234567")
    assert "María" in shell("agents", "list").out
    assert "+573001234567" in shell("agents", "show", "ana").out
    shell("agents", "skip", "ana")
    assert shell("agents", "accept", "ana", expect=1).err == "✗ Agent ana has nobody on show.\n"


@pytest.mark.usefixtures("ana")
def test_asterisk_away_leaves_with_3(shell: Shell, server: ControlServer) -> None:
    server.dialer.stands(link_up=False)
    assert "no link to Asterisk" in shell("agents", "login", "ana", expect=3).err


def test_a_suppressed_number_is_not_called_again(shell: Shell) -> None:
    assert "+573001234567 will not be called again" in shell("leads", "suppress", "+573001234567").err
    assert "+573001234567 will not be called again" in shell("leads", "suppress", "300 123 4567").err
    assert "+51987654321 will not" in shell("leads", "suppress", "987 654 321", "--region", "pe").err


def test_settings_lead_to_the_socket(
    server: ControlServer, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = tmp_path / "vocero.yaml"
    settings.write_text("asterisk: {ami: {secret: 0123456789abcdef01}}\napi: {socket: vocero.sock}\n")
    settings.chmod(0o600)
    with pytest.raises(SystemExit) as left:
        main(["campaign", "list"])
    assert left.value.code == 0
    settings.chmod(0o644)
    with pytest.raises(SystemExit) as left:
        main(["campaign", "list"])
    assert left.value.code == 2
    assert "chmod 600" in capsys.readouterr().err


def test_the_store_is_upgraded_from_the_settings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = tmp_path / "vocero.yaml"
    settings.write_text("asterisk: {ami: {secret: 0123456789abcdef01}}\nstore: {url: 'sqlite:///new.db'}\n")
    settings.chmod(0o600)
    for _ in range(2):
        with pytest.raises(SystemExit) as left:
            main(["db", "upgrade"])
        assert left.value.code == 0
    assert (tmp_path / "new.db").exists()


@pytest.mark.parametrize("group", [(), ("campaign",), ("leads",), ("agents",), ("db",)])
def test_every_command_has_a_line_of_help(capsys: pytest.CaptureFixture[str], group: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as left:
        main([*group, "--help"])
    assert left.value.code == 0
    assert "Usage: vocero" in capsys.readouterr().out


@pytest.mark.parametrize("command", [("init", "here"), ("up",), ("doctor",), ("demo",)])
def test_a_wheel_without_asterisk_s_configuration_says_how_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(asterisk_site, "SHIPPED", tmp_path / "asterisk")
    with pytest.raises(SystemExit) as left:
        main(list(command))
    assert left.value.code == 2
    assert "make install" in capsys.readouterr().err


def test_a_public_list_is_brought_in_and_shown_with_its_age(shell: Shell) -> None:
    assert "No public list" in shell("registry", "list").out
    Path("rne.csv").write_text(f"numero;canales\n{number(1).digits};sms\nnadie\n", encoding="utf-8")
    said = shell("registry", "import", "RNE", "rne.csv", "--taken-at", "2026-11-25T08:00-05:00")
    assert "1 numbers of RNE" in said.out
    assert "line 3:" in said.out
    [copy] = shell("registry", "list", "--json").json
    assert (copy["registry"], copy["entries"], copy["taken_at"]) == ("RNE", 1, "2026-11-25T13:00:00Z")
    assert "RNE" in shell("registry", "list").out
    assert "instant" in shell("registry", "import", "RNE", "rne.csv", "--taken-at", "hoy", expect=2).err
