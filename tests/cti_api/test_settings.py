"""The settings file and the environment: what is taken, what is refused, and in which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from cti_api.errors import SettingsError
from cti_api.settings import load_settings

SECRET = "0123456789abcdef0123456789abcdef"
COMPLETE = f"""
timezone: America/La_Paz
store:
  url: sqlite:///data/vocero.db
asterisk:
  ami:
    host: 127.0.0.1
    secret: {SECRET}
  recordings: recordings
trunks:
  - name: claro
    channels: 30
    calls_per_hour: 1000
    calls_per_second: 2.5
api:
  socket: run/vocero.sock
"""


def write(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "vocero.yaml"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def refusal(folder: Path, text: str, mode: int = 0o600) -> str:
    with pytest.raises(SettingsError) as refused:
        load_settings(write(folder, text, mode))
    assert SECRET not in str(refused.value)
    return str(refused.value)


def test_a_file_is_read_and_its_paths_count_from_its_folder(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, COMPLETE))
    assert settings.timezone == "America/La_Paz"
    assert settings.asterisk.ami.port == 5038
    assert settings.asterisk.recordings == tmp_path / "recordings"
    assert settings.api.socket == tmp_path / "run/vocero.sock"
    assert settings.store.url.get_secret_value() == f"sqlite:///{tmp_path}/data/vocero.db"
    assert [(t.name, t.channels, t.calls_per_second) for t in settings.trunks] == [("claro", 30, 2.5)]


def test_the_models_of_speech_lie_in_folders_beside_the_file(tmp_path: Path) -> None:
    speech = load_settings(write(tmp_path, COMPLETE)).speech
    assert (speech.vosk.folder, speech.whisper.folder) == (None, None)
    text = COMPLETE + "speech:\n  vosk: {folder: models/es, rate: 16000}\n  whisper: {folder: /models/base}\n"
    speech = load_settings(write(tmp_path, text)).speech
    assert (speech.vosk.folder, speech.vosk.rate) == (tmp_path / "models/es", 16000)
    assert speech.whisper.folder == Path("/models/base")
    assert "speech.vosk.rate" in refusal(tmp_path, COMPLETE + "speech: {vosk: {rate: 44100}}\n")


@pytest.mark.parametrize("store", ["", "store: {}\n", "store: {url: 'sqlite:///vocero.db'}\n"])
def test_one_file_is_one_store_whatever_folder_a_command_is_run_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: str
) -> None:
    path = write(tmp_path, f"asterisk: {{ami: {{secret: {SECRET}}}}}\n{store}")
    found = set()
    for folder in (tmp_path, tmp_path.parent):
        monkeypatch.chdir(folder)
        found.add(load_settings(path).store.url.get_secret_value())
    assert found == {f"sqlite:///{tmp_path}/vocero.db"}


def test_a_store_named_in_the_environment_is_that_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOCERO_STORE__URL", "postgresql://vocero@127.0.0.1/vocero")
    settings = load_settings(write(tmp_path, f"asterisk: {{ami: {{secret: {SECRET}}}}}\n"))
    assert settings.store.url.get_secret_value() == "postgresql://vocero@127.0.0.1/vocero"


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOCERO_ASTERISK__AMI__PORT", "5039")
    monkeypatch.setenv("VOCERO_TRUNKS", '[{"name": "tigo", "channels": 1, "calls_per_hour": 10}]')
    settings = load_settings(write(tmp_path, COMPLETE))
    assert settings.asterisk.ami.port == 5039
    assert settings.asterisk.ami.secret.get_secret_value() == SECRET
    assert [trunk.name for trunk in settings.trunks] == ["tigo"]


def test_a_secret_from_the_environment_lets_the_file_be_readable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOCERO_ASTERISK__AMI__SECRET", SECRET)
    load_settings(write(tmp_path, "timezone: America/Bogota\n", mode=0o644))


def test_secrets_do_not_show_in_the_settings_text(tmp_path: Path) -> None:
    assert SECRET not in repr(load_settings(write(tmp_path, COMPLETE)))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o700])
def test_a_file_with_a_secret_that_others_can_read_is_refused_with_the_chmod_to_run(tmp_path: Path, mode: int) -> None:
    text = refusal(tmp_path, COMPLETE, mode)
    assert f"run chmod 600 {tmp_path}/vocero.yaml" in text
    text = refusal(tmp_path, "store: {url: 'postgresql://vocero:pw@127.0.0.1/vocero'}", mode)
    assert "chmod 600" in text


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("host: 127.0.0.1", "hots: 127.0.0.1", "line 7: asterisk.ami.hots: no such setting, did you mean 'host'?"),
        ("timezone:", "timezon:", "line 2: timezon: no such setting, did you mean 'timezone'?"),
        (
            f"secret: {SECRET}",
            "secret: short",
            "line 8: asterisk.ami.secret: needs at least 16 characters; make one with",
        ),
        (f"    secret: {SECRET}\n", "", "line 6: asterisk.ami.secret: is not set and has no default"),
        ("channels: 30", "channels: many", "line 12: trunks.0.channels: must be a whole number"),
        ("channels: 30", "channels: 0", "line 12: trunks.0.channels: must be greater than or equal to 1"),
        (
            "  - name: claro",
            "  - {name: claro, channels: 1, calls_per_hour: 1}\n  - name: claro",
            "line 10: trunks: two trunks are called claro",
        ),
        (
            "  recordings:",
            "  sip: {rtp_first: 20000, rtp_last: 10000}\n  recordings:",
            "line 9: asterisk.sip.rtp_last: must be more than rtp_first, 20000",
        ),
        ("    channels: 30\n", "", "line 11: trunks.0.channels: is not set"),
        ("name: claro", "name: Claro Móvil", "line 11: trunks.0.name: use lower-case letters, digits and hyphens"),
        ("America/La_Paz", "America", "line 2: timezone: not an IANA time zone"),
        ("America/La_Paz", "../passwd", "line 2: timezone: not an IANA time zone"),
        ("America/La_Paz", "Bolivia", "line 2: timezone: not an IANA time zone; write one like America/Bogota"),
        ("run/vocero.sock", "r" * 120, "line 16: api.socket: a socket's path has at most 107 bytes"),
        ("asterisk:", "asterisk: [", "this is not YAML"),
        ("trunks:", "store: {}\ntrunks:", "line 10: store: is here a second time; the first is in line 3"),
    ],
)
def test_a_fault_is_one_line_with_its_place_and_what_to_write(
    tmp_path: Path, before: str, after: str, sentence: str
) -> None:
    text = refusal(tmp_path, COMPLETE.replace(before, after))
    assert sentence in text
    assert text.count("\n") == 0


@pytest.mark.parametrize(
    "text",
    [
        f"asterisk:\n  ami:\n    secret: {SECRET}\n    secret: {SECRET[::-1]}",
        f"asterisk: {{ami: {{secret: &x {SECRET}, secret: *x}}}}",
        f"asterisk:\n  ami:\n    secret: !{SECRET}!x",
        f"asterisk:\n  ami:\n    secret: !{SECRET} x",
        f"asterisk:\n  ami:\n    secret: &{SECRET} x\n    user: *{SECRET[::-1]}",
        f"asterisk:\n  ami:\n    secret: '{SECRET}",
        f"asterisk:\n  ami:\n    secret: {SECRET}\n   {SECRET[::-1]}",
        f"asterisk: [{SECRET}: {SECRET}",
        f"%{SECRET} x\n---\na: 1",
    ],
)
def test_no_fault_repeats_a_secret(tmp_path: Path, text: str) -> None:
    said = refusal(tmp_path, text)
    assert SECRET[::-1] not in said


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    text = refusal(tmp_path, COMPLETE.replace("channels: 30", "channels: 0").replace("host:", "hots:"))
    assert len(text.splitlines()) == 2


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("VOCERO_ASTERISK_AMI__PORT", "1", "VOCERO_ASTERISK_AMI__PORT: no such setting"),
        ("VOCERO_STOR__URL", "x", "did you mean 'store'?"),
        ("VOCERO_ASTERISK__AMI__PRT", "1", "no such setting, did you mean 'port'?"),
        ("VOCERO_ASTERISK__AMI__PORT", "0", "VOCERO_ASTERISK__AMI__PORT: must be greater"),
        ("VOCERO_TRUNKS", "claro", "JSON"),
    ],
)
def test_an_unknown_or_wrong_variable_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(name, value)
    assert sentence in refusal(tmp_path, COMPLETE)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "asterisk: is not set"),
        ("- a\n- b\n", "a settings file is a list of names with values"),
        ("1: {}\n", "1: no such setting"),
        ("a: 1\n---\nb: 2\n", "one document"),
        ("a: \x00", "YAML"),
    ],
)
def test_a_file_of_another_shape_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    assert sentence in refusal(tmp_path, text)


def test_a_missing_folder_unreadable_or_foreign_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="There is no settings file"):
        load_settings(tmp_path / "nothing.yaml")
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(tmp_path)
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="not UTF-8 at byte 0"):
        load_settings(binary)


def test_the_example_needs_only_a_secret_and_shows_the_defaults(tmp_path: Path) -> None:
    example = (Path(__file__).parents[2] / "examples" / "vocero.yaml").read_text(encoding="utf-8")
    assert "asterisk.ami.secret" in refusal(tmp_path, example)
    shown = load_settings(write(tmp_path, example.replace("    secret: ", f"    secret: {SECRET} ")))
    bare = load_settings(write(tmp_path, f"asterisk: {{ami: {{secret: {SECRET}}}}}"))
    assert shown.model_dump(exclude={"trunks", "store"}) == bare.model_dump(exclude={"trunks", "store"})


MESSAGES = """
messages:
  whatsapp: {phone_number_id: "106540352242922", token: TOKEN, app_secret: "file:SECRET_FILE", verify_token: uno-dos}
  webhooks: {crm: {url: "https://crm.example.com/hook", secret: "file:SECRET_FILE"}}
"""


def test_a_number_that_is_answered_is_named_once_and_as_a_number(tmp_path: Path) -> None:
    file = COMPLETE + 'inbound: [{number: "+576015550100", entry: recepcion}, {number: "6015550100", entry: ventas}]'
    settings = load_settings(write(tmp_path, file))
    assert [(each.number, each.entry) for each in settings.inbound] == [
        ("+576015550100", "recepcion"),
        ("6015550100", "ventas"),
    ]
    assert "6015550100 is there twice" in refusal(tmp_path, file.replace("+57", ""))
    for wrong in ("_X.", "s", "57 60", "57,1"):
        assert "inbound.0.number" in refusal(tmp_path, file.replace("+576015550100", wrong))
    assert "inbound.1.entry" in refusal(tmp_path, file.replace("ventas", "Ventas y más"))
    assert "ivr.host" in refusal(tmp_path, file + "\nivr: {host: asterisk.example}")


TRANSFERS = """

transfers:
  outside: {trunk: claro, caller_id: "+576015550100"}
  targets:
    - {to: "2121", agent: maria}
    - {agent: luis}
    - {number: "+573001234567"}
"""


def test_where_callers_may_be_transferred_is_a_closed_list_of_telephones_and_numbers(tmp_path: Path) -> None:
    transfers = load_settings(write(tmp_path, COMPLETE + TRANSFERS)).transfers
    assert [target.name for target in transfers.targets] == ["2121", "luis", "573001234567"]
    assert transfers.outside is not None
    assert transfers.outside.at_once == 2


@pytest.mark.parametrize(
    ("instead_of", "there_is", "said"),
    [
        ("{agent: luis}", '{to: "1"}', "name either an agent or a number"),
        ("{agent: luis}", '{agent: luis, number: "+573001234567"}', "name either an agent or a number"),
        ("{agent: luis}", '{to: "2121", agent: luis}', "2121 is there twice"),
        ("{agent: luis}", "{to: h, agent: luis}", "targets.1.to"),
        ("trunk: claro", "trunk: otro", "which `trunks` does not have"),
        ('outside: {trunk: claro, caller_id: "+576015550100"}', "outside:", "is outside"),
        ("+573001234567", "3001234567", "targets.2.number"),
    ],
)
def test_a_transfer_that_leads_nowhere_or_to_two_places_is_refused(
    tmp_path: Path, instead_of: str, there_is: str, said: str
) -> None:
    assert said in refusal(tmp_path, COMPLETE + TRANSFERS.replace(instead_of, there_is))


def test_a_secret_may_lie_in_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    settings = load_settings(write(tmp_path, COMPLETE + MESSAGES.replace("SECRET_FILE", str(tmp_path / "secret"))))
    assert settings.messages.whatsapp is not None
    assert settings.messages.whatsapp.app_secret.get_secret_value() == SECRET
    assert settings.messages.whatsapp.token.get_secret_value() == "TOKEN"
    assert SECRET not in repr(settings)


def test_a_secret_of_a_provider_in_a_file_that_others_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET)
    of_file = MESSAGES.replace("SECRET_FILE", str(tmp_path / "secret"))
    said = refusal(tmp_path, COMPLETE.replace(f"secret: {SECRET}", "user: vocero") + of_file, mode=0o644)
    assert "holds a secret and its mode is 0644" in said


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("public: {base_url: 'http://citas.example.com'}", "must begin with https"),
        ("public: {base_url: 'https://ana:clave@citas.example.com'}", "without a name or password"),
        ("messages: {webhooks: {crm: {url: 'ftp://x', secret: s}}}", "write one like https"),
        ("messages: {webhooks: {crm: {url: 'https://x', secret: 'file:secret'}}}", "from the root on"),
        ("messages: {webhooks: {crm: {url: 'https://x', secret: 'file:/nowhere'}}}", "/nowhere cannot be read"),
        ("messages: {email: {host: mail, sender: a@b.co, security: none}}", "is for a mail server on this machine"),
        ("messages: {email: {host: mail, sender: 'no address'}}", "sender: has signs that it may not have"),
    ],
)
def test_an_address_or_secret_that_cannot_be_meant_is_refused(tmp_path: Path, entry: str, said: str) -> None:
    assert said in refusal(tmp_path, f"{COMPLETE}{entry}\n")


LOOK_UP = """
look_ups:
  cuenta:
    url: https://erp.example.com/cuentas/{linea}
    headers: {X-Api-Key: "HEADER"}
    gives: {estado: cuenta.estado, saldo: {path: cuenta.saldo, kind: number, otherwise: "0"}}
"""


def test_a_look_up_is_an_address_with_variables_and_what_its_answer_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key").write_text(SECRET)
    path = write(tmp_path, COMPLETE + LOOK_UP.replace("HEADER", f"file:{tmp_path}/key"))
    settings = load_settings(path)
    cuenta = settings.look_ups["cuenta"]
    assert cuenta.headers["X-Api-Key"].get_secret_value() == SECRET
    assert (cuenta.gives["estado"].path, cuenta.gives["saldo"].otherwise) == ("cuenta.estado", "0")
    assert (cuenta.method, cuenta.not_found.statuses, cuenta.seconds) == ("GET", (404,), 3.0)
    assert SECRET not in repr(settings)
    monkeypatch.setenv("VOCERO_LOOK_UPS", '{"cuenta": {"headers": {"X-Api-Key": "another"}}}')
    cuenta = load_settings(path).look_ups["cuenta"]
    assert cuenta.headers["X-Api-Key"].get_secret_value() == "another"
    assert cuenta.url.endswith("{linea}")


def test_a_header_of_a_look_up_in_a_file_that_others_read_is_refused(tmp_path: Path) -> None:
    bare = COMPLETE.replace(f"secret: {SECRET}", "user: vocero")
    assert "chmod 600" in refusal(tmp_path, bare + LOOK_UP, mode=0o644)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("https://erp", "http://erp", "must begin with https"),
        ("erp.example.com", "{linea}.example.com", "has a variable in its host"),
        ("https://erp.example.com/cuentas/{linea}", "https://erp.example.com?{linea}{", "is no variable"),
        ("{linea}", "{Línea}", "is no variable"),
        ("cuenta.estado", "cuenta..estado", "such as orders.0.status"),
        ("kind: number", "kind: money", "gives.saldo.kind"),
        ("X-Api-Key", "X Api", "headers"),
        ("HEADER", "a\\r\\nb", "has signs in it that no secret has"),
        ("    url:", "    seconds: 4\n    url:", "less than or equal to 3"),
        ("    url:", "    body: {a: b}\n    url:", "a body needs method: POST"),
        ("    url:", "    body: {a: ['{b']}\n    method: POST\n    url:", "is no variable"),
        ("    url:", "    not_found: {statuses: [200]}\n    url:", "greater than or equal to 400"),
        ("  cuenta:", "  Mi cuenta:", "look_ups"),
    ],
)
def test_a_look_up_that_cannot_be_meant_is_refused(tmp_path: Path, before: str, after: str, said: str) -> None:
    assert before in LOOK_UP
    assert said in refusal(tmp_path, COMPLETE + LOOK_UP.replace(before, after))


def test_a_file_with_the_secret_of_the_links_is_its_owner_s_alone(tmp_path: Path) -> None:
    text = f"asterisk: {{ami: {{secret: {SECRET}}}}}\npublic: {{link_secret: {SECRET}}}\n"
    path = write(tmp_path, text)
    loaded = load_settings(path)
    assert loaded.public.link_secret is not None
    assert SECRET not in repr(loaded)
    path.chmod(0o640)
    with pytest.raises(SettingsError, match="chmod 600"):
        load_settings(path)


def test_the_console_is_not_reached_unencrypted_unless_it_is_said(tmp_path: Path) -> None:
    def console(lines: str) -> str:
        return f"{COMPLETE}console:\n  port: 8480\n{lines}"

    assert load_settings(write(tmp_path, console(""))).console.url == "http://127.0.0.1:8480"
    behind = load_settings(write(tmp_path, console("  base_url: https://consola.example.com/\n")))
    assert behind.console.url == "https://consola.example.com"
    assert "plain_http" in refusal(tmp_path, console("  host: 0.0.0.0\n"))
    assert "plain_http" in refusal(tmp_path, console("  host: 0.0.0.0\n  base_url: https://consola.example.com\n"))
    assert "https" in refusal(tmp_path, console("  base_url: http://consola.example.com\n"))
    assert "base_url" in refusal(tmp_path, console("  base_url: https://ada:secret@consola.example.com\n"))
    told = load_settings(write(tmp_path, console("  host: 0.0.0.0\n  plain_http: true\n  mask_numbers_for: [agent]\n")))
    assert [role.value for role in told.console.mask_numbers_for] == ["agent"]
    factors = console("  second_factor_for: [admin]\n")
    assert load_settings(write(tmp_path, factors)).console.second_factor_for == ("admin",)
    on_a_server = factors.replace("sqlite:///data/vocero.db", "postgresql://vocero@db/vocero")
    assert "console.second_factor_key" in refusal(tmp_path, on_a_server)
    kept = on_a_server.replace("[admin]", "[admin]\n  second_factor_key: factors.key")
    assert load_settings(write(tmp_path, kept)).console.second_factor_key == tmp_path / "factors.key"


def test_a_number_leads_to_a_tree_or_into_a_queue_and_perhaps_to_campaigns_before(tmp_path: Path) -> None:
    file = COMPLETE + 'inbound: [{number: "6015550100", queue: soporte, campaigns: true}]'
    (number,) = load_settings(write(tmp_path, file)).inbound
    assert (number.entry, number.queue, number.campaigns) == (None, "soporte", True)
    for wrong in ("entry: a, queue: soporte", "campaigns: true"):
        told = refusal(tmp_path, file.replace("queue: soporte, campaigns: true", wrong))
        assert "either an `entry` (a tree) or a `queue`" in told


def test_the_reasons_of_pauses_are_a_list_that_a_company_may_change(tmp_path: Path) -> None:
    assert "almuerzo" in load_settings(write(tmp_path, COMPLETE)).agents.pause_reasons
    own = load_settings(write(tmp_path, COMPLETE + "agents: {pause_reasons: [tinto, médico]}\n"))
    assert own.agents.pause_reasons == ("tinto", "médico")
    assert load_settings(write(tmp_path, COMPLETE + "agents: {pause_reasons: []}\n")).agents.pause_reasons == ()


@pytest.mark.parametrize(
    ("reasons", "sentence"),
    [
        ("[technical]", "a pause is called that nobody asked for"),
        ("[baño, baño]", "is there twice"),
        ("['']", "write a word or two"),
        ("[' baño']", "write a word or two"),
    ],
)
def test_a_reason_that_is_none_or_the_systems_own_is_refused(tmp_path: Path, reasons: str, sentence: str) -> None:
    assert sentence in refusal(tmp_path, f"{COMPLETE}agents: {{pause_reasons: {reasons}}}\n")
