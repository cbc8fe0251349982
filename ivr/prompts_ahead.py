"""Makes, while Vocero runs, the prompts of the trees and surveys in force, so that no caller waits for a voice."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from audio.prompts import Prompt, build
from audio.synthesis import Voice
from cti_api.errors import StoreUnavailable, VoceroError
from cti_api.store.store import Store
from cti_api.survey_file.parse import parse_survey
from ivr.call.trees import TreesInForce
from ivr.prompts import name_of
from ivr.survey.wordings import wordings as said_by_survey
from ivr.tree.wordings import wordings as said_by_tree

LOOK_SECONDS: Final = 5.0
"""How often it is looked for something new; whoever calls before hears a voice that says the same at once."""

log = logging.getLogger(__name__)


class PromptsAhead:
    """Makes what the trees and surveys in force say and nobody has made yet; what is there is left as it is.

    The words of a recording are made too: should it be missing, nobody has to wait for a voice.
    """

    def __init__(self, store: Store, trees: TreesInForce, folder: Path, voice: Voice) -> None:
        self._store, self._trees = store, trees
        self._folder, self._voice = folder, voice
        self._seen: set[tuple[str, str, int]] = set()

    async def run(self, look_seconds: float = LOOK_SECONDS) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.make()
            except StoreUnavailable as error:
                log.warning("prompts are not made beforehand: the store is away", extra={"why": str(error)})
            await asyncio.sleep(look_seconds)

    async def make(self) -> None:
        """What came into force since the last time."""
        for tree in await self._store.trees.in_force():
            if self._is_new("tree", tree.tree, tree.version):
                try:
                    pieces = said_by_tree(await self._trees.tree(tree.tree))
                except VoceroError as error:
                    log.warning("a tree's prompts are not made", extra={"tree": tree.tree, "why": str(error)})
                    continue
                await self._make(tree.tree, [piece.text for piece in pieces])
        for survey in await self._store.surveys.all():
            if self._is_new("survey", survey.id, survey.version):
                try:
                    parsed = await asyncio.to_thread(parse_survey, survey.text)
                except VoceroError as error:
                    log.warning("a survey's prompts are not made", extra={"survey": survey.id, "why": str(error)})
                    continue
                await self._make(survey.id, said_by_survey(parsed))

    def _is_new(self, kind: str, name: str, version: int) -> bool:
        seen = (kind, name, version) in self._seen
        self._seen.add((kind, name, version))
        return not seen

    async def _make(self, of: str, texts: Iterable[str]) -> None:
        wanted = [Prompt(name=name_of(text), text=text) for text in dict.fromkeys(texts)]
        missing = await asyncio.to_thread(self._missing, wanted)
        made = 0
        for prompt in missing:
            try:
                await build([prompt], self._folder, self._voice)
                made += 1
            except StoreUnavailable as error:
                log.warning("prompts are not made: a voice says them", extra={"of": of, "why": str(error)})
                return
            except VoceroError as error:
                log.warning("a prompt is not made: a voice says it", extra={"text": prompt.text, "why": str(error)})
        if missing:
            log.info("prompts made", extra={"of": of, "made": made, "missing": len(missing)})

    def _missing(self, wanted: Iterable[Prompt]) -> list[Prompt]:
        return [prompt for prompt in wanted if not (self._folder / f"{prompt.name}.wav").exists()]
