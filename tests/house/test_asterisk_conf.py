"""The shipped Asterisk configuration: what it names is what Python names, and it leaves no door open."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cti_api import sip_accounts
from cti_api.model.ids import TrunkId
from cti_api.model.queues import HOLD_SECONDS, LONGEST_BETWEEN_SECONDS
from dialer.ami import actions, callers, translate
from dialer.calls import journal
from dialer.engine.coming_back import BACK_WITHIN
from dialer.queues import foresight
from ivr.agi import verbs
from vocero.asterisk_site import FORM, SHIPPED, AsteriskSite, TrunkCap, rendered_conf
from vocero.lab.asterisk import AMI_USER

README = (SHIPPED / "README.md").read_text()


def bare(name: str) -> str:
    """A file without comments."""
    return re.sub(r"(^|\s);.*$", "", (SHIPPED / name).read_text(), flags=re.MULTILINE)


def settings(name: str, section: str) -> list[tuple[str, str]]:
    """The lines of one section, in order."""
    found = re.search(rf"^\[{re.escape(section)}\][^\n]*\n(.*?)(?=^\[|\Z)", bare(name), re.MULTILINE | re.DOTALL)
    assert found, f"[{section}] is not in {name}"
    lines = (re.match(r"\s*(\S+?)\s*=>?\s*(.*?)\s*$", line) for line in found[1].splitlines())
    return [(line[1], line[2]) for line in lines if line]


DIALPLAN = bare("extensions.conf")
STEPS = [line.split(",", 1)[1] for line in re.findall(r"^(?:exten| same) => (.*)$", DIALPLAN, re.MULTILINE)]


def contexts() -> set[str]:
    return set(re.findall(r"^\[(vocero-[a-z]+)\]", DIALPLAN, re.MULTILINE))


def extensions(context: str) -> set[str]:
    return {value.split(",")[0] for key, value in settings("extensions.conf", context) if key == "exten"}


# ------------------------------------------------------------------------------------------- one language, two sides


def test_the_contexts_that_python_names_exist() -> None:
    ours = {name: value for name, value in vars(actions).items() if name.startswith("CONTEXT_")}
    assert set(ours.values()) <= contexts()
    assert {"enter", "wait", "sorry", "_tellXXXXX"} <= extensions(actions.CONTEXT_QUEUE)
    assert {"live", "amd", "abandoned", "orphaned"} <= extensions(actions.CONTEXT_CUSTOMER)
    assert "wait" in extensions(actions.CONTEXT_AGENT)


def test_python_and_dialplan_use_the_same_variables() -> None:
    folders = (Path(actions.__file__).parent, Path(verbs.__file__).parent)
    python = "".join(path.read_text() for folder in folders for path in folder.glob("*.py"))
    used = set(re.findall(r"[{,](VOCERO_[A-Z_]+)[)}]", DIALPLAN))
    assert set(re.findall(r'"(VOCERO_[A-Z_]+)"', python)) == used
    assert used <= set(re.findall(r"VOCERO_[A-Z_]+", README))


def test_python_and_dialplan_use_the_same_user_events() -> None:
    sent = set(re.findall(r"UserEvent\((\w+),Attempt: ", DIALPLAN))
    of_callers = set(re.findall(r"UserEvent\((\w+),Caller: ", DIALPLAN))
    assert sent == translate.USER_EVENTS_USED
    assert of_callers == callers.CALLER_EVENTS_USED
    known = re.findall(r"UserEvent\(Vocero\w+,(?:Attempt|Caller): ", DIALPLAN)
    assert DIALPLAN.count("UserEvent(Vocero") == len(known)
    assert sent | of_callers <= set(re.findall(r"Vocero[A-Z]\w+", README))


def test_wherever_python_sends_a_caller_the_dialplan_goes_on() -> None:
    assert {where.value for where in verbs.Next} == extensions("vocero-next")
    assert {f"`{where.value}`" for where in verbs.Next} <= set(re.findall(r"`[a-z-]+`", README))


def test_the_journals_columns_are_those_that_python_reads() -> None:
    ((file, columns),) = settings("cel_custom.conf", "mappings")
    named = re.findall(r"CSV_QUOTE\(\$\{(?:CHANNEL\()?(\w+)\)?\}\)", columns)
    ours = {"channame": "channel", "eventextra": "extra"}
    assert file == "vocero.csv"
    assert tuple(ours.get(name, name) for name in named) == journal.COLUMNS


def test_the_journals_own_rows_are_known_to_python() -> None:
    written = set(re.findall(r"CELGenUserEvent\((\w+)", DIALPLAN))
    read = set(re.findall(r'"(VOCERO_\w+)"', Path(journal.__file__).read_text()))
    assert read <= written
    assert written <= set(re.findall(r"`(VOCERO_[A-Z_]+)`", README))


def test_ami_lets_through_the_events_that_python_reads_and_no_other() -> None:
    filters = [key for key, _ in settings("manager.conf", AMI_USER) if key.startswith("eventfilter")]
    assert {re.fullmatch(r"eventfilter\(action\(include\),name\((\w+)\)\)", one)[1] for one in filters} == set(
        translate.EVENTS_USED
    )


def test_every_extension_is_explained() -> None:
    for context in (
        "vocero-customer",
        "vocero-agent",
        "vocero-queue",
        "vocero-answer",
        "vocero-supervise",
        "vocero-transfer",
        "vocero-phones",
        "vocero-inbound",
        "vocero-next",
    ):
        for extension in extensions(context) - {"h", "s"}:
            assert extension.startswith("_") or f"`{extension}`" in README, (context, extension)


# --------------------------------------------------------------------------------------------------------- the doors


@pytest.mark.parametrize("pattern", re.findall(r"^exten => (_[^,]*),", DIALPLAN, re.MULTILINE))
def test_no_pattern_takes_everything(pattern: str) -> None:
    assert len(re.sub(r"\[[^]]*\]|[.!]", "", pattern[1:])) + pattern.count("[") >= 7


def test_what_comes_from_outside_is_filtered() -> None:
    filtered = r"FILTER\([^,()]+,\$\{(?:IMPORT\(\$\{attempt\},)?(?:EXTEN|VOCERO_\w+|CALLERID\(\w+)\)?\}\)"
    for step in STEPS:
        rest = re.sub(rf"{filtered}|CELGenUserEvent\(VOCERO_\w+|Set\((?:__)?VOCERO_\w+=", "", step)
        assert not re.search(r"EXTEN|VOCERO_|\$\{CALLERID", rest), step


def test_no_application_or_function_reaches_the_machine() -> None:
    for danger in (
        "System",
        "TrySystem",
        "SHELL",
        "EVAL",
        "EXEC",
        "Exec",
        "ExternalIVR",
        "CURL",
        "FILE",
        "ODBC",
    ):
        assert not re.search(rf"\b{danger}\(", DIALPLAN, re.IGNORECASE if danger == "agi" else 0), danger


def test_the_only_script_is_our_own_server() -> None:
    assert sorted(step for step in STEPS if re.search(r"AGI\(", step)) == [
        "AGI(agi://${ivr}/${entry},${call},${number},${returned})",
        *(
            f"AGI(agi://${{ivr}}/{entry},${{UNIQUEID}},${{FILTER(0-9,${{VOCERO_CALLER_ID}})}})"
            for entry in (verbs.AFTER, verbs.SURVEY)
        ),
    ]
    assert verbs.MET in contexts()


def test_what_a_caller_says_of_himself_is_filtered_before_it_goes_to_the_ivr() -> None:
    """The environment of AGI is lines of text, and a SIP address can hold a line break (``%0A``)."""
    steps = [value.split(",", 1)[1] for _, value in settings("extensions.conf", "vocero-inbound")]
    before = steps[: next(n for n, step in enumerate(steps) if "ask,1" in step)]
    set_there = {name for step in before for name in re.findall(r"Set\(CALLERID\((\w+)\)=", step)}
    assert {"num", "name", "rdnis", "dnid"} <= set_there


def dials(context: str) -> list[str]:
    steps = (value.partition(",")[2] for _, value in settings("extensions.conf", context))
    return [step for step in steps if re.search(r"\bDial\(", step)]


def test_one_dial_leads_to_a_trunk_and_stands_behind_the_guard() -> None:
    assert len(dials("vocero-dial")) == 1
    assert dials("vocero-transfer") == [
        "Dial(PJSIP/${telephone},${ring},giI)",
        "Dial(Local/${to}@vocero-outside/n,${ring},giI)",
    ]
    assert dials("vocero-led") == ["Dial(Local/s@vocero-through/n,10,i)"]
    assert dials("vocero-brought") == [
        "Dial(PJSIP/${telephone},20,gim(vocero)I)",
        "Dial(Local/${to}@vocero-outside/n,20,gim(vocero)I)",
    ]
    assert len([step for step in STEPS if re.search(r"\bDial\(", step)]) == 6


def test_no_dial_follows_a_redirection() -> None:
    for dial in dials("vocero-dial") + dials("vocero-transfer") + dials("vocero-led") + dials("vocero-brought"):
        assert "i" in dial.rsplit(",", 1)[1]


@pytest.mark.parametrize("context", ["vocero-in", "vocero-phones"])
def test_what_comes_in_reaches_no_line(context: str) -> None:
    words = {
        re.split(r"\(", value.split(",")[2])[0] for key, value in settings("extensions.conf", context) if key == "exten"
    }
    assert words <= {"Answer", "Echo", "NoOp"}


def test_however_a_caller_is_led_on_it_is_to_no_line_and_to_nobody_elses_call() -> None:
    """Every context that can be reached from where calls come in, and every application there. `vocero-transfers` and
    `vocero-outside` stand in the rendered file: the closed list of the settings (`test_asterisk_site`)."""
    reached: set[str] = set()
    ahead = {"vocero-in", "vocero-inbound"}  # the second is where every number of rendered.conf goes on to
    while ahead:
        context = ahead.pop()
        reached.add(context)
        section = re.search(rf"^\[{context}\].*\n((?:(?!^\[).*\n?)*)", DIALPLAN, re.MULTILINE)
        assert section is not None
        ahead |= set(re.findall(r"\bvocero-[a-z]+", section[1])) - reached
    assert reached == {
        *("vocero-in", "vocero-numbers", "vocero-inbound", "vocero-next", "vocero-fallback"),
        *("vocero-ivr", "vocero-folders", "vocero-queue"),
        *("vocero-transfer", "vocero-transfers", "vocero-outside", "vocero-brought"),
    }
    assert {context for context in reached if dials(context)} == {"vocero-transfer", "vocero-brought"}
    telephones = [step for step in STEPS if re.search(r"Set\((telephone|to)=", step)]
    assert telephones == ["Set(to=${FILTER(a-z0-9\\-,${VOCERO_TRANSFER})})", "Set(to=${ARG1})"]
    used = {
        re.split(r"\(", re.sub(r"^(?:[^,]+,\d+|n(?:\([a-z]+\))?),", "", value), maxsplit=1)[0]
        for context in reached
        for key, value in settings("extensions.conf", context)
        if key in ("exten", "same")
    }
    assert used <= {
        *("Set", "Goto", "GotoIf", "Gosub", "Return", "NoOp", "CELGenUserEvent"),
        *("Ringing", "Answer", "Playback", "AGI", "Hangup"),
        *("UserEvent", "Wait", "WaitExten", "BackGround", "Dial", "MusicOnHold", "Bridge"),
    }
    # with the one channel that their agent has consulted, where that agent sends them: by letters, which no key is
    bridging = [step for _, step in settings("extensions.conf", "vocero-brought") if ",Bridge(" in step]
    assert bridging == ["n,Bridge(${other})"]
    by = [step for step in STEPS if step.startswith("Gosub(vocero-brought,there")]
    assert by == ["Gosub(vocero-brought,there,1(${asked:8}))"] * 2


def test_trunks_cannot_dial_transfer_or_be_impersonated() -> None:
    trunk = dict(settings("pjsip.conf", "vocero-trunk"))
    assert (trunk["context"], trunk["allow_transfer"], trunk["identify_by"]) == ("vocero-in", "no", "ip")
    assert "anonymous" not in bare("pjsip.conf")


def test_nobody_may_send_a_call_on_by_refer() -> None:
    assert dict(settings("pjsip.conf", "vocero-trunk"))["allow_transfer"] == "no"
    assert {each["allow_transfer"] for each in sip_accounts.KINDS.values()} == {"no"}


def test_only_named_modules_are_loaded() -> None:
    modules = settings("modules.conf", "modules")
    assert ("autoload", "no") in modules
    loaded = {value for key, value in modules if key in ("load", "preload")}
    doors = [name for name in loaded if re.search(r"anonymous|system|curl|http|iax|manager|ari", name)]
    assert doors == ["res_http_websocket.so"]
    assert [name for name in loaded if "agi" in name] == ["res_agi.so"]


def test_nothing_dangerous_is_allowed_from_outside_the_dialplan() -> None:
    options = dict(settings("asterisk.conf", "options"))
    assert options["live_dangerously"] == "no"
    assert options["disable_remote_console_shell"] == "yes"
    assert options["execincludes"] == "no"
    assert settings("http.conf", "general") == [
        ("enabled", "yes"), ("enable_static", "no"), ("enable_status", "no"), ("sessionlimit", "500")
    ]  # fmt: skip


def test_the_ami_user_may_do_what_the_dialer_does_and_no_more() -> None:
    user = dict(settings("manager.conf", AMI_USER))
    assert set(user["write"].split(",")) == {"originate", "call", "agent", "reporting", "user"}
    assert not {"all", "command", "config"} & set(user["read"].split(","))
    assert dict(settings("manager.conf", "general"))["webenabled"] == "no"


def test_a_site_that_says_nothing_else_is_on_loopback() -> None:
    site = AsteriskSite(
        ami_secret="x" * 24,
        sounds=Path("/s"),
        campaign_sounds=Path("/c"),
        recordings=Path("/r"),
        sip_accounts=Path("/a"),
        allowed_prefixes=("57",),
        trunk_caps={TrunkId("claro"): TrunkCap(channels=30, calls_per_hour=600)},
    )
    rendered = rendered_conf(FORM.read_text(), site)
    addresses = re.findall(r"^(?:bind|bindaddr|media_address|permit) = ([\d.]+)", rendered, re.MULTILINE)
    assert set(addresses) == {"127.0.0.1"}
    assert len(addresses) == 5
    assert "bindaddr = 127.0.0.1\nbindport = 8088" in rendered
    assert "deny = 0.0.0.0/0.0.0.0" in rendered
    assert not re.search(r"^[^;]*@", rendered, re.MULTILINE)


# --------------------------------------------------------------------------------------------------------- the files


def test_the_agents_pip_is_over_in_forty_milliseconds() -> None:
    assert 0 < (SHIPPED / "sounds/pip.alaw").stat().st_size <= 40 * 8


def test_every_sound_that_the_dialplan_plays_is_shipped() -> None:
    messages = re.findall(r"vocero-message,s,1\((\w+)\)", DIALPLAN)
    for name in {*messages, *re.findall(r"Playback\(\$\{sounds\}/([a-z-]+)\)", DIALPLAN)}:
        assert (SHIPPED / f"sounds/{name}.alaw").stat().st_size > 0
    assert list((SHIPPED / "sounds/music").glob("*.alaw"))
    places = {f"place-{place:02d}" for place in range(1, foresight.LAST_POSITION + 1)}
    waits = {f"wait-{minutes:02d}" for minutes in foresight.STEPS_MINUTES}
    assert {path.stem for path in (SHIPPED / "sounds/queue").glob("*.alaw")} == places | waits | {
        "sorry",
        "offer",
        "offer-call",
        "notice",
        "kept",
    }


def test_the_music_lasts_as_long_as_the_dialer_waits_for_an_agent_who_may_come_back() -> None:
    (seconds,) = re.findall(r"MusicOnHold\(vocero,\$\[(\d+) \+ ", DIALPLAN)
    assert float(seconds) == BACK_WITHIN.total_seconds()


def test_the_dialplan_waits_for_a_word_of_the_dialer_as_long_as_the_dialer_thinks() -> None:
    (seconds,) = re.findall(r"WaitExten\((\d+),m\(vocero\)\)", DIALPLAN)
    assert float(seconds) == HOLD_SECONDS >= 2 * LONGEST_BETWEEN_SECONDS
