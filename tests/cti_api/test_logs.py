"""Log lines: what they look like, and what never shows in them."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_api.logs import configure_logs, masked
from cti_api.model.phone import PhoneNumber
from cti_api.settings import LogFormat, LogLevel, LogSettings

log = logging.getLogger("dialer.engine")


@pytest.fixture(autouse=True)
def root_logger_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def lines(form: LogFormat, level: LogLevel = LogLevel.INFO) -> io.StringIO:
    stream = io.StringIO()
    configure_logs(LogSettings(level=level, format=form), stream)
    return stream


def test_a_text_line_is_a_sentence_and_named_fields() -> None:
    stream = lines(LogFormat.TEXT)
    log.info("attempt closed", extra={"attempt": "4f0c", "result": "busy", "talk_s": 1.5, "why": "a b"})
    line = stream.getvalue()
    assert line.endswith('Z INFO dialer.engine: attempt closed attempt=4f0c result=busy talk_s=1.5 why="a b"\n')


def test_a_json_line_holds_the_same_with_its_types() -> None:
    stream = lines(LogFormat.JSON)
    log.warning("trunk open", extra={"trunk": "claro", "failures": 3})
    line = json.loads(stream.getvalue())
    assert line.pop("at").endswith("Z")
    assert line == {
        "level": "warning",
        "logger": "dialer.engine",
        "event": "trunk open",
        "trunk": "claro",
        "failures": 3,
    }


@pytest.mark.parametrize("form", LogFormat)
def test_numbers_are_masked_in_fields_sentences_and_tracebacks(form: LogFormat) -> None:
    stream = lines(form)
    number = PhoneNumber("+573001234567")
    try:
        raise ValueError("cannot dial +573001234567 or 3001234567")
    except ValueError:
        log.exception("dialing %s", number, extra={"number": number, "digits": "573001234567", "both": [number]})
    written = stream.getvalue()
    assert "3001234567" not in written
    assert "4567" in written
    assert "Traceback" in written


def test_ids_instants_and_figures_are_left_alone() -> None:
    for text in ("0123456789abcdef0123456789abcdef", "2025-11-22T03:00:00.123456", "1732240000.125", "123456"):
        assert masked(text) == text


def test_below_the_level_nothing_is_written_and_libraries_are_quiet() -> None:
    stream = lines(LogFormat.TEXT, LogLevel.WARNING)
    log.info("attempt closed")
    logging.getLogger("uvicorn.error").info("Started server process")
    assert stream.getvalue() == ""


@pytest.mark.parametrize("form", LogFormat)
@given(value=st.text())
def test_no_value_begins_a_new_line_or_moves_the_cursor(form: LogFormat, value: str) -> None:
    stream = lines(form)
    log.info("lead imported", extra={"name_": value})
    log.info(value or "empty")
    written = stream.getvalue()
    assert written.count("\n") == 2
    assert all(line.isprintable() for line in written.split("\n"))
