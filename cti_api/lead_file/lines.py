"""The lines of a text file as text, in bounded memory whatever the file: a line of a gigabyte is cut short."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

from cti_api.lead_file.encoding import CHUNK_BYTES, Encoding

LONGEST_LINE: Final = 256 * 1024
"""Characters. A list has a few hundred per row; what is longer is cut to one more than this, so that it can be told."""

DAMAGE: Final = "surrogateescape"
"""Bytes that are none of their encoding's become U+DC80 … U+DCFF, which no sound text has: their row is refused."""


def text_lines(file: BinaryIO, encoding: Encoding) -> Iterator[str]:
    """Every line with its line feed. A file with carriage returns only (old Macs) has its lines there."""
    file.seek(encoding.mark_bytes)
    return _lines(_decoded(file, encoding))


def _decoded(file: BinaryIO, encoding: Encoding) -> Iterator[str]:
    wide = encoding.codec.startswith("utf-16")
    decoder = codecs.getincrementaldecoder(encoding.codec)("replace" if wide else DAMAGE)
    returns: bool | None = None
    while chunk := file.read(CHUNK_BYTES // 4):
        text = decoder.decode(chunk)
        if returns is None:
            returns = "\r" in text and "\n" not in text
        # A sign of UTF-16 that is half is none: told as damage like any other.
        text = text.replace("\ufffd", "\udcff") if wide else text
        yield text.replace("\r", "\n") if returns else text
    rest = decoder.decode(b"", final=True)
    if rest:
        yield rest.replace("\ufffd", "\udcff")


def _lines(pieces: Iterable[str]) -> Iterator[str]:
    begun = ""
    for piece in pieces:
        *whole, last = piece.split("\n")
        if whole:
            yield f"{begun}{whole[0]}\n" if len(begun) <= LONGEST_LINE else begun + "\n"
            for line in whole[1:]:
                yield line + "\n"
            begun = last
        elif len(begun) <= LONGEST_LINE:
            begun += last
        begun = begun[: LONGEST_LINE + 1]
    if begun:
        yield begun
