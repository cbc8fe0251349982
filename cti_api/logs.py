"""Log lines: a constant sentence and named fields, with telephone numbers masked.

    log.info("attempt closed", extra={"attempt": attempt.id, "result": "busy"})

gives, as text and as JSON:

    2025-11-22T03:00:00.123Z INFO dialer.engine: attempt closed attempt=4f0c… result=busy
    {"at": "2025-11-22T03:00:00.123Z", "level": "info", "logger": "dialer.engine", "event": "attempt closed", …}

A field's value can neither begin a new line nor move the cursor, whatever it holds.
"""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from typing import TextIO

from cti_api.model.phone import PhoneNumber
from cti_api.settings import LogFormat, LogSettings

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
"""What the logging package itself puts on a record; all else is a field of ours."""

_NUMBER = re.compile(r"(?<![\w.-])\+?[0-9]{7,15}(?!\.?\w|-)")
"""What may be somebody's telephone number in a text: 7 digits (the shortest local number) to 15 (ITU-T E.164)."""


class MaskNumbers(logging.Filter):
    """Leaves of every telephone number its last four digits, in fields and sentences alike."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.args:
            record.msg, record.args = record.getMessage(), None
        record.msg = masked(str(record.msg))
        for name, value in _fields(record).items():
            if isinstance(value, PhoneNumber):
                setattr(record, name, value.masked)
            elif not isinstance(value, int | float | bool | None):
                setattr(record, name, masked(str(value)))
        return True


def masked(text: str) -> str:
    """`text` with all but the last four digits of what looks like a telephone number replaced by stars."""
    return _NUMBER.sub(lambda found: "*" * (len(found[0]) - 4) + found[0][-4:], text)


class TextLines(logging.Formatter):
    """``key=value`` lines; a value that is not plain text is quoted as JSON."""

    def format(self, record: logging.LogRecord) -> str:
        fields = "".join(f" {name}={_quoted(value)}" for name, value in _fields(record).items())
        sentence = _plain(record.getMessage())
        line = f"{_instant(record)} {record.levelname} {record.name}: {sentence}{fields}"
        return f"{line}\n{masked(self.formatException(record.exc_info))}" if record.exc_info else line


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": _instant(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            line["exception"] = masked(self.formatException(record.exc_info))
        return json.dumps(line, default=str)


def configure_logs(settings: LogSettings, stream: TextIO) -> None:
    """Send every log line of this process to `stream`; earlier handlers of the root logger are dropped."""
    handler = logging.StreamHandler(stream)
    handler.addFilter(MaskNumbers())
    handler.setFormatter(JsonLines() if settings.format is LogFormat.JSON else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.level.upper())
    # Their INFO speaks of sockets and requests, once a poll; what they must tell us is a warning.
    for talkative in ("uvicorn", "httpx", "httpcore", "sqlalchemy", "alembic"):
        logging.getLogger(talkative).setLevel(max(logging.WARNING, root.level))


def _fields(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _OWN}


def _instant(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _plain(text: str) -> str:
    return text if text.isprintable() else json.dumps(text)[1:-1]


def _quoted(value: object) -> str:
    text = str(value)
    return text if text.isprintable() and text and not set(text) & set(' "=') else json.dumps(text)
