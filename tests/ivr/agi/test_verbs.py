"""What is said to Asterisk about a call, and what can never be said."""

from __future__ import annotations

import re
from ipaddress import IPv4Address
from uuid import UUID

import pytest

from cti_api.errors import InputError, ProtocolError
from ivr.agi import verbs
from ivr.agi.verbs import Application
from ivr.agi.wire import Environment, Reply
from tests.support.hostile import FRAGMENTS

CALL = {
    "network_script": "recepcion",
    "arg_1": "3bc79b39d9f34436b8dad708be84d4ec",
    "arg_2": "576015550100",
    "callerid": "573001112233",
    "channel": "PJSIP/claro-00000000",
    "uniqueid": "1795655644.0",
}


def test_the_environment_of_our_dialplan_tells_who_calls_whom() -> None:
    call = verbs.inbound_call(Environment(CALL))
    assert (call.id, call.entry, call.number) == (CALL["arg_1"], "recepcion", "576015550100")
    assert (call.caller, call.channel_id) == ("573001112233", "1795655644.0")


def test_a_withheld_number_is_an_empty_one() -> None:
    assert verbs.inbound_call(Environment(CALL | {"callerid": "unknown"})).caller == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("arg_1", ""),
        ("arg_1", "3BC79B39D9F34436B8DAD708BE84D4EC"),
        ("arg_1", "../../etc/passwd"),
        ("network_script", ""),
        ("network_script", "../recepcion"),
        ("arg_2", "claro"),
        ("channel", ""),
        ("callerid", "<script>"),
    ],
)
def test_a_call_that_our_dialplan_did_not_send_is_refused(name: str, value: str) -> None:
    with pytest.raises(ProtocolError):
        verbs.inbound_call(Environment(CALL | {name: value}))


@pytest.mark.parametrize("application", Application)
def test_no_application_that_can_be_run_dials_transfers_or_reaches_the_machine(application: Application) -> None:
    assert application.value in {"StartMusicOnHold", "StopMusicOnHold"}


@pytest.mark.parametrize("fragment", FRAGMENTS)
def test_nothing_hostile_is_given_to_the_dialplan(fragment: str) -> None:
    for say in (verbs.get_variable, verbs.get_full_variable, lambda text: verbs.set_variable(text, "1")):
        with pytest.raises(InputError):
            say(fragment)
    try:
        verbs.set_variable("A", fragment)
    except InputError as refused:
        assert len(fragment) < 3 or fragment not in str(refused)
    else:
        assert re.fullmatch(r"[\w.:+-]{1,64}", fragment, re.ASCII), "it means nothing to a dialplan"


def test_a_variable_that_is_set_is_never_a_function_of_the_dialplan() -> None:
    for name in ("DB(vocero/x)", "GLOBAL(X)", "CALLERID(num)", "x", "A,B", ""):
        with pytest.raises(InputError):
            verbs.set_variable(name, "1")


def test_only_what_reads_is_evaluated() -> None:
    assert verbs.get_full_variable("${CHANNEL(state)}").arguments == ("${CHANNEL(state)}",)
    for expression in ("${SHELL(rm -rf /)}", "${A}${B}", "$[1+1]", "${DB(a/b)}", "${EVAL(${X})}", "A"):
        with pytest.raises(InputError):
            verbs.get_full_variable(expression)


def test_sound_is_handed_over_by_trying() -> None:
    sound = UUID("40325ec2-5efd-4bd3-805f-53576e581d77")
    command = verbs.try_audio_socket(sound, IPv4Address("127.0.0.1"), 9092, 60)
    assert command.arguments == ("TryExec", f"AudioSocket({sound},127.0.0.1:9092)")
    with pytest.raises(InputError):
        verbs.try_audio_socket(sound, IPv4Address("127.0.0.1"), 0, 60)


def test_a_sound_is_one_file_named_whole_and_its_keys_exist() -> None:
    assert verbs.stream_file("/s/a", "12*", -3, 5).arguments == ("/s/a", "12*", 0)
    for path, keys in (("a", ""), ("/a&/b", ""), ("/" + "a" * 1000, ""), ("/a", "x"), ("/a", '1"')):
        with pytest.raises(InputError):
            verbs.stream_file(path, keys, 0, 5)


def test_times_are_of_a_call() -> None:
    for refused in (0, 600_001, -1):
        with pytest.raises(InputError):
            verbs.wait_for_digit(refused)
    for refused in (-1, 0, 86_401):
        with pytest.raises(InputError):
            verbs.set_autohangup(refused)


def test_a_command_may_take_as_long_as_what_it_does_and_a_little_longer() -> None:
    assert verbs.answer().seconds == verbs.QUICK_SECONDS
    assert verbs.wait_for_digit(5_000).seconds == 5 + verbs.QUICK_SECONDS
    assert verbs.stream_file("/a", "", 0, 20).seconds == 20 + verbs.QUICK_SECONDS


@pytest.mark.parametrize("key", sorted(verbs.KEYS))
def test_a_key_is_told_by_its_code(key: str) -> None:
    assert verbs.key_of(Reply(str(ord(key)))) == key


def test_no_key_is_an_empty_one_and_nonsense_is_none() -> None:
    assert verbs.key_of(Reply("0")) == ""
    for result in ("", "x", "7", "9999", "-5"):
        with pytest.raises(ProtocolError):
            verbs.key_of(Reply(result))


def test_a_variable_that_is_not_set_is_told_from_an_empty_one() -> None:
    assert verbs.variable_of(Reply("0")) is None
    assert verbs.variable_of(Reply("1", "")) == ""
