"""Evidence and erasure on the command line, over a system in which things really happened."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cti_api.logs import configure_logs
from cti_api.model.agents import Agent
from cti_api.model.calls import CallResult
from cti_api.model.ids import AgentId, CampaignId
from cti_api.model.leads import Lead, LeadState
from cti_api.model.phone import PhoneNumber
from cti_api.settings import LogFormat, LogSettings
from tests.support.campaigns import CAMPAIGN_FILE, recording
from tests.support.control_server import ControlServer, control_server
from tests.support.shell import Shell
from tests.support.store import attempt_for, closed, event, move

CAMPAIGN, ANA = CampaignId("mantenimiento"), AgentId("ana")
NAME, MOBILE, LANDLINE = "Zoraida Quiñones Vélez", "+573017654321", "+576017654329"
LIST = (
    "nombre;telefono;placa;nota;canal;fecha;prueba\n"
    "Cliente Uno;3001112233;AAA111;;;;\n"
    f"{NAME};301 765 43 21 / 601 765 4329;ZQV913;prefiere la tarde;llamada;2026-01-05;firmado por Zoraida\n"
    "Cliente Dos;3001112244;BBB222;=cmd();;;\n"
)
THEIRS = ["3017654321", "6017654329", "Zoraida", "zoraida", "Quiñones", "ZQV913", "prefiere la tarde", "muy amable"]
IMPORT = ("leads", "import", "mantenimiento", "list.csv", "--phone", "telefono", "--name", "nombre")
CONSENTS = [each for pair in (("channel", "canal"), ("date", "fecha"), ("evidence", "prueba"))
            for each in ("--map", f"consent_{pair[0]}={pair[1]}")]  # fmt: skip


@pytest.fixture
def server(tmp_path: Path, sqlite_template: Path) -> Iterator[ControlServer]:
    (tmp_path / "recordings").mkdir()
    shutil.copy(sqlite_template, tmp_path)
    with control_server(tmp_path) as running:
        yield running


@pytest.fixture
def shell(
    server: ControlServer, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shell]:
    """Where three people were imported and called; the log goes into a file beside the store."""
    work = tmp_path.parent / f"{tmp_path.name}-work"  # what a person has lying about is not the store's
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("COLUMNS", "400")
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with (tmp_path / "vocero.log").open("w", encoding="utf-8") as log:
        configure_logs(LogSettings(format=LogFormat.JSON), log)
        here = Shell(capsys, server.socket)
        Path("campaign.yaml").write_text(CAMPAIGN_FILE, encoding="utf-8")
        Path("list.csv").write_text(LIST, encoding="utf-8")
        Path("rne.csv").write_text("6017654329\n3001112244\n", encoding="utf-8")
        here("campaign", "create", "campaign.yaml")
        here(*IMPORT, *CONSENTS)
        here("registry", "import", "RNE", "rne.csv", "--taken-at", "2026-01-05 08:00")
        server.do(lambda: _called(server, tmp_path / "recordings"))
        yield here
        root.handlers[:] = handlers
        root.setLevel(level)


async def _called(server: ControlServer, folder: Path) -> None:
    """Each of them twice: busy first, then a talk that is recorded; the one says no."""
    store, now = server.store, server.dialer.clock.now()
    await store.agents.add(Agent(id=ANA, name="Ana", campaigns=(CAMPAIGN,)), now)
    for talks in (False, True):
        for lead in await store.leads.reserve(CAMPAIGN, 10, now, now):
            await _call(server, folder, lead, talks=talks)
    while await store.outbox.number():
        pass


async def _call(server: ControlServer, folder: Path, lead: Lead, *, talks: bool) -> None:
    now = server.dialer.clock.now()
    attempt = attempt_for(lead, now)
    attempt = replace(attempt, recording=f"{attempt.id}.wav")
    told: dict[str, Any] = {"campaign_id": CAMPAIGN, "lead_id": lead.id, "attempt_id": attempt.id}
    logging.getLogger("dialer").info("call placed", extra={"attempt": attempt.id, "number": lead.phone})
    logging.getLogger("dialer").warning("call to %s refused", lead.phone.e164)
    with (folder.parent / "journal.csv").open("a", encoding="utf-8") as journal:
        row = f'"{attempt.id}","{attempt.id}","Local/{lead.phone.digits}@vocero-out-0001;1",""'
        journal.write(f'"CHAN_START","{now.timestamp()}",{row}\n')
    await server.store.attempts.open(attempt, event(when=now, **told, payload={"trunk": "principal"}))
    done, goes = closed(attempt, CallResult.BUSY, now), move(LeadState.READY)
    if talks:
        (folder / attempt.recording).write_bytes(recording())
        answers = {"motivo": "precio", "nota": f"{lead.contact.name}: muy amable"}
        done = closed(
            attempt, CallResult.CONNECTED, now, agent_id=ANA, connected_at=now, ended_at=now, disposition="sin_cita",
            disposition_fields=answers if lead.contact.name == NAME else {"motivo": "precio"},
        )  # fmt: skip
        goes = move(LeadState.CLOSED, "sin_cita", suppress_number=lead.contact.name == NAME)
    await server.store.attempts.close(done, goes, event(when=now, **told, payload={"result": done.result}))


def left_in(folder: Path) -> dict[str, list[str]]:
    """Files under the store's folder in which something of the person is, as grep would find it."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            hits = [each for each in THEIRS if each.encode() in content or json.dumps(each)[1:-1].encode() in content]
            found |= {path.name: hits} if hits else {}
    return found


def test_the_evidence_tells_everything_in_spanish(shell: Shell) -> None:
    said = shell("evidence", "301 765 4321").out
    for words in (
        NAME, "se entendió como un teléfono", MOBILE, LANDLINE, "list.csv, línea 3", "placa: ZQV913",
        "permitida por all", "Todo permite marcar.", "ocupado", "conversación con un agente", "sin_cita",
        "muy amable", "firmado por Zoraida", "RNE, consultada el", "Grabaciones", "No llamar", "call.originated",
    ):  # fmt: skip
        assert words in said, words
    assert "Cliente Uno" not in said
    assert "3001112244" not in said


@pytest.mark.parametrize("way", ["phone", "contact", "lead", "attempt"])
def test_a_person_is_found_by_whatever_names_them(shell: Shell, way: str) -> None:
    found = shell("evidence", MOBILE, "--json").json
    rows = {held["table"]: held["rows"] for held in found["held"]}
    by = {
        "phone": f"phone:{LANDLINE}",
        "contact": f"contact:{rows['contacts'][0]['id']}",
        "lead": f"lead:{rows['leads'][0]['id']}",
        "attempt": rows["attempts"][0]["id"],
    }
    again = shell("evidence", by[way], "--json").json
    assert again["person"]["meant"] == way
    assert again["held"] == found["held"]
    assert again["recordings"] == found["recordings"]


def test_the_export_is_whole_and_anybody_can_check_it(shell: Shell) -> None:
    shell("evidence", MOBILE, "--export", "folder")
    shell("evidence", MOBILE, "--export", "packed.zip")
    with zipfile.ZipFile("packed.zip") as packed:
        packed.extractall("unpacked")
    for folder in (Path("folder"), Path("unpacked")):
        sums = dict(reversed(line.split("  ")) for line in (folder / "SHA256SUMS").read_text().splitlines())
        assert len(sums) == 3
        assert {path for path in sums if path.startswith("grabaciones/")}
        for name, digest in sums.items():
            assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
        page = (folder / "evidencia.html").read_text(encoding="utf-8")
        assert NAME in page
        assert "src=" not in page
        assert json.loads((folder / "evidencia.json").read_text(encoding="utf-8"))["person"]["names"] == [NAME]
    assert Path("packed.zip").stat().st_mode & 0o077 == Path("folder").stat().st_mode & 0o077 == 0
    assert "is there already" in shell("evidence", MOBILE, "--export", "folder", expect=1).err


def test_what_strangers_wrote_is_text_on_the_page(shell: Shell, server: ControlServer) -> None:
    shell("leads", "add", "mantenimiento", "--phone", "3019998877", "--name", "<script>alert(1)</script>")
    shell("evidence", "3019998877", "--export", "folder")
    page = Path("folder/evidencia.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_an_erased_person_is_in_no_file_and_the_report_is_what_it_was(
    shell: Shell, server: ControlServer, tmp_path: Path
) -> None:
    before = shell("campaign", "report", "mantenimiento", "--json").json
    assert left_in(tmp_path)
    would = shell("privacy", "erase", "3017654321", "--by", "mesa", "--reason", "Ley 1581", "--dry-run")
    assert "se borraría" in would.out
    assert shell("campaign", "report", "mantenimiento", "--json").json == before
    assert len(list((tmp_path / "recordings").iterdir())) == 3

    said = shell("privacy", "erase", "3017654321", "--by", "mesa de datos", "--reason", "Ley 1581 art. 8").out
    assert "Ni rastro" in said
    assert "La prueba de que pidió no ser llamada (1 número)" in said
    assert "No se alcanzan desde aquí: copias de seguridad" in said
    assert left_in(tmp_path) == {}
    assert shell("campaign", "report", "mantenimiento", "--json").json == before
    assert len(list((tmp_path / "recordings").iterdir())) == 2

    [audit] = shell("privacy", "erasures", "--json").json
    assert (audit["by"], audit["reason"], audit["recordings"]) == ("mesa de datos", "Ley 1581 art. 8", 2)
    assert audit["finished_at"]
    assert "Ley 1581 art. 8" in shell("privacy", "erasures").out
    assert "no quedaba nada" in shell("privacy", "erase", MOBILE, "--by", "mesa", "--reason", "otra vez").out
    assert len(shell("privacy", "erasures", "--json").json) == 1


def test_the_next_list_says_of_an_erased_person_why_they_do_not_come_in(shell: Shell, tmp_path: Path) -> None:
    shell("privacy", "erase", MOBILE, "--by", "mesa", "--reason", "Ley 1581")
    Path("list.csv").write_text(LIST.replace("AAA111", "AAA112"), encoding="utf-8")
    result = shell(*IMPORT, "--rejected", "rejected.csv", "--json").json
    assert (result["rows"], result["imported"], result["already_there"], result["rejected_rows"]) == (3, 0, 2, 3)
    refused = Path("rejected.csv").read_text(encoding="utf-8-sig")
    assert "of somebody who asked to be erased" in refused
    added = shell("leads", "add", "mantenimiento", "--phone", LANDLINE, expect=1)
    assert "asked to be erased" in added.err
    shell("leads", "suppress", MOBILE)
    assert left_in(tmp_path) == {}


def test_who_lost_the_key_for_good_is_told_what_to_do(shell: Shell, tmp_path: Path) -> None:
    shell("privacy", "erase", MOBILE, "--by", "mesa", "--reason", "Ley 1581")
    lost = ("privacy", "lost-key", "--by", "mesa", "--reason", "disco dañado")
    assert "no se olvidó nada" in shell(*lost, expect=1).err
    moved = tmp_path / "moved"
    moved.mkdir()
    with closing(sqlite3.connect(tmp_path / "vocero.db")) as store, closing(sqlite3.connect(moved / "vocero.db")) as to:
        store.backup(to)
    with control_server(moved):
        there = ("--socket", str(moved / "vocero.sock"))
        assert "put it back" in shell(*there, *IMPORT, expect=1).err
        assert "huellas de 2 números" in shell(*there, *lost).out
        assert shell(*there, *IMPORT, "--json").json["imported"] == 1
        audited = shell(*there, "privacy", "erasures", "--json").json
        assert [each["reason"] for each in audited] == ["Ley 1581", "disco dañado"]


def test_a_copy_beside_the_store_is_found_and_told(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_bytes(LIST.replace("301 765 43 21", "3017654321").encode())
    said = shell("privacy", "erase", MOBILE, "--by", "mesa", "--reason", "Ley 1581", "--json", expect=1).json
    assert said["traces"]["found"] == [
        [str(tmp_path / "old.csv"), "un nombre"],
        [str(tmp_path / "old.csv"), "un teléfono"],
    ]


def test_whoever_is_talking_is_not_erased(shell: Shell, server: ControlServer) -> None:
    async def talk() -> None:
        now = server.dialer.clock.now()
        [lead] = await server.store.leads.reserve(CAMPAIGN, 1, now, now)
        await server.store.attempts.open(attempt_for(lead, now))

    shell("leads", "add", "mantenimiento", "--phone", "3019998877", "--name", "Rosa Neira")
    server.do(talk)
    said = shell("privacy", "erase", "3019998877", "--by", "mesa", "--reason", "Ley 1581", expect=1)
    assert "está en una llamada" in said.err
    assert "Rosa Neira" in shell("evidence", "3019998877").out


def test_a_number_of_two_people_is_asked_back(shell: Shell) -> None:
    shell("leads", "add", "mantenimiento", "--phone", "3019998877", "--name", "Rosa Neira", "--key", "7")
    shell("campaign", "create", _other())
    shell("leads", "add", "otra", "--phone", "3019998877", "--name", "Blas Neira", "--key", "8")
    said = shell("evidence", "3019998877", expect=2).err
    for words in ("puede ser más de una persona", "contact:4: Rosa Neira", "contact:5: Blas Neira"):
        assert words in said
    assert shell("evidence", "3019998877", "--everybody", "--json").json["person"]["names"] == [
        "Rosa Neira",
        "Blas Neira",
    ]
    assert shell("evidence", "key:8", "--json").json["person"]["shared"] == ["+573019998877"]
    assert "No hay nada de «4711»" in shell("evidence", "4711", expect=1).err


def _other() -> str:
    Path("otra.yaml").write_text(CAMPAIGN_FILE.replace("id: mantenimiento", "id: otra"), encoding="utf-8")
    return "otra.yaml"


def test_numbers_are_masked_for_whoever_reads_the_log(shell: Shell, tmp_path: Path) -> None:
    log = (tmp_path / "vocero.log").read_text(encoding="utf-8")
    assert "call placed" in log
    assert PhoneNumber(MOBILE).digits not in log
