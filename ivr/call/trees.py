"""The trees that new calls meet, read once for each version."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from typing import Final

from cti_api.errors import NotFound, StoreUnavailable
from cti_api.store.trees import Trees
from ivr.tree.nodes import Tree
from ivr.tree.published import published_tree
from ivr.tree.read import named_parts

MOST_KEPT: Final = 50
"""Versions in memory; each a few hundred nodes at most."""

ASKED_SECONDS: Final = 1.0
"""For the store to say which version is in force: whoever calls hears the ringing meanwhile."""

log = logging.getLogger(__name__)


class TreesInForce:
    """Asked for every call. Reading a tree of fifty nodes takes a third of a second, in a thread; then it is kept."""

    def __init__(self, trees: Trees) -> None:
        self._trees = trees
        self._read: OrderedDict[tuple[str, int], Tree] = OrderedDict()
        self._last: dict[str, int] = {}
        """The version that was in force when it was last asked: what callers meet while the store is away."""
        self._reading = asyncio.Lock()

    async def tree(self, name: str) -> Tree:
        """The one that a call begins with now. Raises `NotFound`, `InputError` for a text that this version of the
        product cannot read any more, and `StoreUnavailable` where the store is away and it was never asked for."""
        version = await self._version(name)
        if (name, version) not in self._read:
            async with self._reading:
                if (name, version) not in self._read:
                    self._read[name, version] = await self._parsed(name, version)
        self._read.move_to_end((name, version))
        while len(self._read) > MOST_KEPT:
            self._read.popitem(last=False)
        return self._read[name, version]

    async def _version(self, name: str) -> int:
        try:
            async with asyncio.timeout(ASKED_SECONDS):
                found = {each.tree: each.version for each in await self._trees.in_force()}
        except (StoreUnavailable, TimeoutError) as error:
            if name not in self._last:
                raise StoreUnavailable(f"The store does not say which tree is {name}.") from error
            log.warning("the store is away: a call meets the version that was last in force", extra={"tree": name})
            return self._last[name]
        if name not in found:
            raise NotFound(f"There is no tree {name}: publish it (`vocero ivr publish`).")
        self._last[name] = found[name]
        return found[name]

    async def _parsed(self, name: str, version: int) -> Tree:
        text = await self._trees.text(name, version)
        texts: dict[tuple[str, int], str] = {}
        to_see = list(named_parts(text))
        while to_see:
            key = to_see.pop()
            if key not in texts:
                texts[key] = await self._trees.text(*key)
                to_see += named_parts(texts[key])
        return await asyncio.to_thread(published_tree, text, version, texts)
