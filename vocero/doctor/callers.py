"""What answers callers: a tree for each number, a voice, and recognisers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from cti_api.clock import Clock
from cti_api.errors import VoceroError
from cti_api.settings import Settings
from cti_api.store.opening import file_of
from cti_api.store.store import Store
from ivr.agi.verbs import RECORD
from vocero.doctor.findings import Finding, fault, ok, warning

BY_KEYS = "callers answer by keys alone: docs/speech.md says where models are"


async def callers(settings: Settings, clock: Clock) -> list[Finding]:
    """Nothing is told of a system that answers no number."""
    if not settings.inbound:
        return []
    return [*await _trees(settings, clock), *_voice(), *_recognisers(settings)]


async def _trees(settings: Settings, clock: Clock) -> list[Finding]:
    url = settings.store.url.get_secret_value()
    file, published = file_of(url), set[str]()
    if file is None or file.exists():
        try:
            async with Store.open(url, clock=clock) as store:
                published = {each.tree for each in await store.trees.in_force()}
        except VoceroError:
            return []  # a store that cannot be used is told of beside this
    return [_entry(each.number, each.entry, published) for each in settings.inbound if each.entry is not None]


def _entry(number: str, entry: str, published: set[str]) -> Finding:
    if entry == RECORD:
        return ok(f"over {number} prompts are recorded, by the codes of `vocero prompts record`")
    if entry in published:
        return ok(f"calls to {number} meet the tree {entry}")
    return fault(
        f"calls to {number} meet the tree {entry}, which was never published: callers hear an apology",
        "`vocero ivr publish FILE`",
    )


def _voice() -> Iterator[Finding]:
    if shutil.which("espeak-ng") is None:
        yield fault(
            "espeak-ng, which says what no prompt was made for, is not installed: callers hear gaps",
            "apt-get install espeak-ng",
        )


def _recognisers(settings: Settings) -> Iterator[Finding]:
    named = {"vosk": settings.speech.vosk.folder, "whisper": settings.speech.whisper.folder}
    for recogniser, folder in named.items():
        if folder is not None and not folder.is_dir():
            yield fault(f"the model of {recogniser}, {folder}, is not there", BY_KEYS)
    if not any(folder is not None and folder.is_dir() for folder in named.values()):
        yield warning("no speech is recognised", BY_KEYS)
