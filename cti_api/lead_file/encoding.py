"""Which encoding a text file is in, found from all of it: the one ``ñ`` may stand in the last row.

The order is that of certainty: a byte order mark; the NULs of UTF-16; bytes that are UTF-8, which no other encoding's
text is by chance; then the eight-bit ones, told apart by whether their letters are those of Spanish and Portuguese. A
list in an alphabet of its own is taken for Windows-1252 where it is not UTF-8; its preview shows that it is not.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass
from typing import BinaryIO, Final

from charset_normalizer import from_bytes

from cti_api.errors import InputError

CHUNK_BYTES: Final = 1024 * 1024
_HEAD_BYTES: Final = 64 * 1024
_MOST_SEEN_BYTES: Final = 4 * CHUNK_BYTES
"""Of parts that are not ASCII, for telling eight-bit encodings apart; every part is held against UTF-8."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a file's bytes are text."""

    name: str
    """As people call it: ``Windows-1252``."""
    codec: str
    """As Python calls it."""
    mark_bytes: int = 0
    """Length of the byte order mark, which is no part of the text."""


UTF_8: Final = Encoding("UTF-8", "utf-8")
WINDOWS_1252: Final = Encoding("Windows-1252", "cp1252")

_MARKS: Final = (
    (codecs.BOM_UTF32_LE, None),
    (codecs.BOM_UTF32_BE, None),
    (codecs.BOM_UTF8, Encoding("UTF-8 with a byte order mark", "utf-8", 3)),
    (codecs.BOM_UTF16_LE, Encoding("UTF-16 LE", "utf-16-le", 2)),
    (codecs.BOM_UTF16_BE, Encoding("UTF-16 BE", "utf-16-be", 2)),
)
_EIGHT_BIT: Final = (WINDOWS_1252, Encoding("Mac Roman", "mac_roman"), Encoding("DOS 850", "cp850"))
_KNOWN: Final = {"cp1252": WINDOWS_1252, "latin_1": WINDOWS_1252, "iso8859_1": WINDOWS_1252}

_OTHERS: Final = (
    "cp1252", "latin_1", "mac_roman", "cp850", "cp437", "cp1250", "cp1251", "cp1253", "cp1254", "iso8859_15",
    "mac_latin2",
)  # fmt: skip
"""What is left to be told apart by frequency: one byte a letter, like all that a dealer system of ours writes."""

_ASCII: Final = bytes(range(0x80))
_UTF_8_SIGN: Final = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_DASHED_WORD: Final = re.compile(rb"[a-z][\x96\x97][a-z]")
"""As Windows-1252 a dash with no space on either side; in Mac Roman ``ñ`` and ``ó``."""

_OURS: Final = frozenset("áéíóúüñÁÉÍÓÚÜÑãõçâêôàÃÕÇÂÊÔÀ")
"""The letters of Spanish and Portuguese names."""
_HARMLESS: Final = frozenset("¿¡ºª°–—’‘“”…€·«» ´")


def find_encoding(file: BinaryIO) -> Encoding:
    """The encoding of a file that can be sought in; it is left at its beginning.

    Raises `InputError` for what is no text.
    """
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            file.seek(0)
            if encoding is None:
                raise InputError("The list is in UTF-32, which is not read: save it as CSV UTF-8.")
            return encoding
    wide = _without_mark(head)
    if wide is not None:
        file.seek(0)
        return wide
    file.seek(0)
    seen, all_utf_8 = _look_through(file)
    file.seek(0)
    if all_utf_8:
        return UTF_8
    signs = _UTF_8_SIGN.findall(seen)
    stray = len(seen.translate(None, _ASCII)) - sum(map(len, signs))
    # Several lists pasted together: most of it UTF-8, some rows not. Those rows are refused one by one.
    return UTF_8 if len(signs) >= stray else _eight_bit(seen)


def _without_mark(head: bytes) -> Encoding | None:
    """UTF-16 by its NULs: of text in our languages every second byte is one."""
    pairs = len(head) // 2
    if pairs < 2:
        return None
    even, odd = head[0 : 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    if odd > 0.7 * pairs and even < 0.1 * pairs:
        return Encoding("UTF-16 LE", "utf-16-le")
    if even > 0.7 * pairs and odd < 0.1 * pairs:
        return Encoding("UTF-16 BE", "utf-16-be")
    if even + odd > 0.3 * len(head):
        raise InputError("The file is no text and no spreadsheet that is known: save the list as CSV or XLSX.")
    return None


def _look_through(file: BinaryIO) -> tuple[bytes, bool]:
    """Parts of the file that are not ASCII, and whether all of it is UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    seen, all_utf_8 = bytearray(), True
    while chunk := file.read(CHUNK_BYTES):
        if all_utf_8:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                all_utf_8 = False
        if not chunk.isascii() and len(seen) < _MOST_SEEN_BYTES:
            seen += chunk
    # A sign that is cut off at the very end is a file that is cut off: its last row tells of it.
    return bytes(seen), all_utf_8


def _eight_bit(seen: bytes) -> Encoding:
    high = Counter(seen.translate(None, _ASCII))
    scores = {encoding: _score(high, encoding) for encoding in _EIGHT_BIT}
    scores[WINDOWS_1252] -= len(_DASHED_WORD.findall(seen))
    if scores[WINDOWS_1252] >= 0:
        if not any(0x80 <= byte < 0xA0 for byte in high):
            return Encoding("Latin-1 (the same as Windows-1252 here)", "cp1252")
        return WINDOWS_1252
    best = max(scores, key=lambda encoding: scores[encoding])
    if scores[best] > 0:
        return best
    return _by_frequency(seen)


def _score(high: Counter[int], encoding: Encoding) -> int:
    """How much the bytes beyond ASCII look like Spanish, read so."""
    total = 0
    for byte, times in high.items():
        try:
            sign = bytes([byte]).decode(encoding.codec)
        except UnicodeDecodeError:
            total -= 3 * times
            continue
        if sign in _OURS:
            total += 2 * times
        elif sign not in _HARMLESS:
            total += times if sign.isalpha() and ord(sign) < 0x100 else -times
    return total


def _by_frequency(seen: bytes) -> Encoding:
    """For text whose letters decide nothing: how often letters follow each other in the languages of the world."""
    lines = b"\n".join(line for line in seen.splitlines() if not line.isascii())
    best = from_bytes(lines[:_HEAD_BYTES], cp_isolation=list(_OTHERS)).best()
    if best is None:
        raise InputError("The file is no text in an encoding that can be found: save the list as CSV UTF-8.")
    return _KNOWN.get(best.encoding, Encoding(best.encoding.replace("_", "-"), best.encoding))
