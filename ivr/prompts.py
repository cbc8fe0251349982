"""What callers hear, as sound: made beforehand where a text is known beforehand, else said at once.

The prompts' folder holds what `audio.prompts.build` made, each under the name that `name_of` gives it, and in its
folder `RECORDINGS` what was recorded by telephone, under the name by which a tree calls it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from audio.finishing import finished, opened
from audio.prompts import Prompt, sound_of
from audio.speaker import Speaker
from cti_api.errors import InputError, Unreachable, VoceroError
from cti_api.model.surveys import Survey
from ivr.survey.wordings import wordings as said_by_survey
from ivr.tree.nodes import Tree
from ivr.tree.wordings import wordings as said_by_tree

RECORDINGS: Final = "recordings"
KEPT_BYTES: Final = 32 * 1024 * 1024
"""Of sound read from files: half an hour."""
READ_SECONDS: Final = 1.0
"""For reading: a disk that takes longer is ill, and a voice is quicker."""

log = logging.getLogger(__name__)


def name_of(text: str, file: str = "") -> str:
    """The name under which a text is made beforehand: the same in whichever tree or survey it stands."""
    return hashlib.sha256(json.dumps([text, file]).encode()).hexdigest()[:40]


def prompts_of_tree(tree: Tree, beside: Path) -> tuple[Prompt, ...]:
    """All that the tree can say, with its recordings, whose paths count from the folder `beside`."""
    return tuple(
        Prompt(name=name_of(piece.text, piece.file), text=piece.text, file=beside / piece.file if piece.file else None)
        for piece in said_by_tree(tree)
    )


def prompts_of_survey(survey: Survey) -> tuple[Prompt, ...]:
    """All that the survey can say."""
    return tuple(Prompt(name=name_of(text), text=text) for text in said_by_survey(survey))


class _Read(NamedTuple):
    path: Path
    stamp: tuple[int, int]
    """What changes when the file does."""
    pcm: bytes


class Sounds:
    """The sound of everything that callers hear, for all calls together; what was read last stays in memory."""

    def __init__(
        self,
        folder: Path,
        speaker: Speaker | None,
        *,
        kept_bytes: int = KEPT_BYTES,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        """`speaker` says what no file is there for; None where no voice is installed."""
        self._folder, self._speaker = folder, speaker
        self._most, self._deadline = kept_bytes, read_seconds
        self._kept: OrderedDict[Path, _Read] = OrderedDict()
        self.kept_bytes = 0
        """What it holds now."""

    async def sound_of(self, piece_text: str, file: str = "") -> bytes:
        """8 kHz, 16 bits, within the time for reading and that of the `Speaker` together; empty for a text without
        words.

        It is the recording `file`, where one is named; else what was made of the text beforehand; else the text as the
        `Speaker` says it now. Raises `Unreachable` or `InputError` only for what can be said in none of these ways.
        """
        pcm = await self._read(self._where(piece_text, file))
        if pcm is not None:
            return pcm
        if file:
            log.warning("a recording is missing: a voice says its text", extra={"file": file})
        if not any(sign.isalnum() for sign in piece_text):
            return b""
        if self._speaker is None:
            raise Unreachable("No voice is installed that says what no prompt was made for: apt-get install espeak-ng")
        return await self._speaker.say(piece_text)

    def _where(self, text: str, file: str) -> list[Path]:
        """Where its sound may be, the best first."""
        names = [f"{name_of(text, file)}.wav", f"{name_of(text)}.wav"] if file else [f"{name_of(text)}.wav"]
        made = [self._folder / name for name in names]
        return [self._folder / RECORDINGS / file, *made] if file else made

    async def _read(self, paths: Sequence[Path]) -> bytes | None:
        known = {path: self._kept[path] for path in paths if path in self._kept}
        try:
            async with asyncio.timeout(self._deadline):
                found = await asyncio.to_thread(_first, paths, known)
        except TimeoutError:
            log.warning("a prompt was not read in time", extra={"file": str(paths[0])})
            return None
        if found is None:
            return None
        self._keep(found)
        return found.pcm

    def _keep(self, read: _Read) -> None:
        before = self._kept.pop(read.path, None)
        self.kept_bytes += len(read.pcm) - (len(before.pcm) if before is not None else 0)
        self._kept[read.path] = read
        while self.kept_bytes > self._most:
            self.kept_bytes -= len(self._kept.popitem(last=False)[1].pcm)


def _first(paths: Sequence[Path], known: Mapping[Path, _Read]) -> _Read | None:
    """The first of `paths` that can be played; what is `known` and still so is not read again."""
    for path in paths:
        try:
            found = path.stat()
            stamp = (found.st_mtime_ns, found.st_size)
            if path in known and known[path].stamp == stamp:
                return known[path]
            return _Read(path, stamp, _pcm(path))
        except (FileNotFoundError, NotADirectoryError):
            pass
        except (OSError, VoceroError) as error:
            log.warning("a prompt cannot be played", extra={"file": str(path), "reason": str(error)})
    return None


def _pcm(path: Path) -> bytes:
    try:
        return sound_of(path.parent, path.stem)
    except InputError:  # made by another, of whatever rate and loudness
        return finished(opened(path))
