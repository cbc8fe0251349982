"""Every line of a tree that is known before anybody calls, so that all of them can be made into sound beforehand."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.tree.nodes import Asking, Confirm, Question, Tree
from ivr.tree.prompts import Line, Piece, Prompt, filled, in_words, names_in
from ivr.tree.steps import Kind
from ivr.tree.where import prompts_of


def wordings(tree: Tree) -> tuple[Piece, ...]:
    """Each once, those of the trees within it too. A line with a variable is left out, but for what is read back of
    something that a caller chose: that is one line for each choice."""
    return tuple(dict.fromkeys(piece for each in (tree, *tree.parts.values()) for piece in _all(each)))


def recorded(tree: Tree) -> Iterator[tuple[str, Line]]:
    """Each line that is to have a recording, once for each name of one, with the node that says it.

    A node of a tree within it has that tree's name before its own; ``words`` is what is no single node's.
    """
    seen = set()
    for name, line in _recorded(tree):
        if line.file not in seen:
            seen.add(line.file)
            yield name, line


def _recorded(tree: Tree) -> Iterator[tuple[str, Line]]:
    for prefix, each in [("", tree), *((f"{part.id}.", part) for part in tree.parts.values())]:
        for name, node in each.nodes.items():
            for _, prompt, _ in prompts_of(name, node):
                yield from ((prefix + name, line) for line in prompt if line.file)
        yield from ((f"{prefix}words", line) for line in (*each.confirm, *each.sorry) if line.file)


def _all(tree: Tree) -> Iterator[Piece]:
    for name, node in tree.nodes.items():
        for _, prompt, _ in prompts_of(name, node):
            yield from _known(prompt)
        if isinstance(node, Asking):
            yield from _read_back(tree, node.question)
    yield from (*_known(tree.confirm), *_known(tree.sorry))


def _known(prompt: Prompt) -> Iterator[Piece]:
    yield from filled(tuple(line for line in prompt if not _variables(line)), {})


def _read_back(tree: Tree, question: Question) -> Iterator[Piece]:
    if question.confirm is Confirm.NEVER or question.kind is Kind.OPEN:
        return
    heard = [choice.shown for choice in question.choices]
    if question.kind is Kind.YES_NO:
        heard += [in_words(True), in_words(False)]
    lines = tuple(line for line in question.say_back or tree.confirm if _variables(line) == {"heard"})
    for each in heard:
        yield from filled(lines, {"heard": each})


def _variables(line: Line) -> set[str]:
    return set(names_in((line,)))
