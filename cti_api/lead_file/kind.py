"""What kind of file a list is, by its first bytes: a name says what its owner believes."""

from __future__ import annotations

import zipfile
import zlib
from enum import StrEnum
from typing import BinaryIO, Final

from cti_api.errors import InputError

MOST_UNPACKED_BYTES: Final = 1024**3
"""Of everything in a spreadsheet file, which is a zip archive. A million rows have a fifth of it (catalogue F73)."""

MOST_ENTRIES: Final = 10_000

_PIECE_BYTES: Final = 1024 * 1024


class ListKind(StrEnum):
    """How a list is read."""

    TEXT = "text"
    """CSV and its relatives."""
    XLSX = "xlsx"
    """And XLSM and XLSB."""
    XLS = "xls"
    ODS = "ods"


_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""The container of Office up to 2003, and of what newer Office encrypts ([MS-CFB] 2.2)."""

_NO_LIST: Final = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "a gzip archive: unpack it"),
    (b"7z\xbc\xaf", "a 7-Zip archive: unpack it"),
    (b"Rar!", "a RAR archive: unpack it"),
    (b"SQLite format 3", "a database"),
    (b"{\\rtf", "a text document"),
)
_SAVE: Final = "save the list as CSV or XLSX"


def kind_of(file: BinaryIO) -> ListKind:
    """The kind of a file that can be sought in; it is left at its beginning.

    Raises `InputError` for what is no list, and for a spreadsheet that would unpack to more than it may: nothing of it
    is looked at before that is known.
    """
    file.seek(0)
    head = file.read(4096)
    file.seek(0)
    for begin, what in _NO_LIST:
        if head.startswith(begin):
            raise InputError(f"The file is {what}, not a list: {_SAVE}.")
    if head.startswith(_ZIP):
        kind = _of_archive(file)
        file.seek(0)
        return kind
    if head.startswith(_OLE):
        return ListKind.XLS
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html", b"<?xml", b"<table")):
        raise InputError(
            f"The file is a web page or XML, whatever its name says: open it in a spreadsheet and {_SAVE}."
        )
    return ListKind.TEXT


def _of_archive(file: BinaryIO) -> ListKind:
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
            if len(names) > MOST_ENTRIES:
                raise InputError(f"The file has more than {MOST_ENTRIES} parts: that is no list.")
            if "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names):
                kind = ListKind.XLSX
            elif "content.xml" in names and b"spreadsheet" in _mimetype(archive, names):
                kind = ListKind.ODS
            elif "[Content_Types].xml" in names or "content.xml" in names:
                raise InputError(f"The file is a document or slides, not a spreadsheet: {_SAVE}.")
            else:
                raise InputError("The file is a zip archive: unpack it and import the list in it.")
            _refuse_bomb(archive)
            return kind
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError) as error:
        raise InputError(f"The spreadsheet is damaged or cut short ({error}): save it again.") from None
    except RuntimeError:
        raise InputError("The spreadsheet has a password: save it without one.") from None


def _mimetype(archive: zipfile.ZipFile, names: set[str]) -> bytes:
    if "mimetype" not in names:
        return b"spreadsheet"
    with archive.open("mimetype") as entry:
        return entry.read(200)


def _refuse_bomb(archive: zipfile.ZipFile) -> None:
    """Raise `InputError` where the parts are more than they may be, by what they say and by what they are.

    An archive may lie about the size of a part; so each is unpacked once, a piece at a time. `zipfile` stops where the
    part should end, and finds by its checksum that there is more.
    """
    if sum(entry.file_size for entry in archive.infolist()) > MOST_UNPACKED_BYTES:
        raise InputError(
            f"The spreadsheet would unpack to more than {MOST_UNPACKED_BYTES // 1024**3} GiB: import it in parts."
        )
    for entry in archive.infolist():
        with _opened(archive, entry) as part:
            while part.read(_PIECE_BYTES):
                pass


def _opened(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> zipfile.ZipExtFile:
    part = archive.open(entry)
    assert isinstance(part, zipfile.ZipExtFile)
    return part
