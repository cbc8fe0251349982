"""What a start makes of the packs on disk, where the store has the law in force already.

The first start records what is on disk. From then on the store's packs hold. A shipped pack that is new (an upgrade of
Vocero) and only tightens comes in by itself; everything else on disk is told, and comes in by `vocero policy apply`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cti_api.law.compare import compare, effect_of_all
from cti_api.law.strictness import Effect
from cti_api.law.written import WrittenPack, with_these


@dataclass(frozen=True, slots=True)
class AtStart:
    comes_in: tuple[WrittenPack, ...] = ()
    noted: tuple[WrittenPack, ...] = ()
    """Files that say what holds already, or are no news: they are not told again."""
    news: tuple[str, ...] = ()
    """One sentence for each file that says something else than what holds."""


def at_start(
    present: Sequence[WrittenPack],
    on_disk: Sequence[WrittenPack],
    known_files: Mapping[str, str],
    recorded: Mapping[tuple[str, str], str],
    *,
    shipped: bool,
) -> AtStart:
    """`present` is in force; `known_files`: name → digest of the files as they were last taken note of; `recorded`:
    name and version → digest of every text that was ever in force."""
    if not present:
        return AtStart(comes_in=tuple(on_disk), noted=tuple(on_disk))
    in_force = {each.name: each for each in present}
    comes_in, noted, news = [], [], []
    for each in on_disk:
        held = in_force.get(each.name)
        if known_files.get(each.name) == each.digest or (held is not None and held.pack == each.pack):
            noted.append(each)
            continue
        if recorded.get((each.name, each.version), each.digest) != each.digest:
            news.append(_other_text(each))
            continue
        law = [one.pack for one in with_these(present, [each], whole=False)]
        effect = effect_of_all(compare([one.pack for one in present], law))
        if shipped and effect is not Effect.LOOSENS:
            comes_in.append(each)
            noted.append(each)
        else:
            news.append(_sentence(each, held, effect))
    gone = sorted(known_files.keys() & in_force.keys() - {each.name for each in on_disk})
    news += [f"The pack {name} is in force and its file is gone: it stays in force." for name in gone]
    return AtStart(tuple(comes_in), tuple(noted), tuple(news))


def _other_text(each: WrittenPack) -> str:
    return (
        f"The file of the pack {each.name} says something else than what was in force as its version {each.version}, "
        "and decisions name that: copy the file, give the copy a `version` that was never used, and bring it in with "
        "`vocero policy apply FILE --by NAME`."
    )


def _sentence(each: WrittenPack, held: WrittenPack | None, effect: Effect) -> str:
    holds = "no pack of that name is in force" if held is None else f"{held.name} {held.version} is in force"
    does = "It would loosen the law" if effect is Effect.LOOSENS else "It would not loosen the law"
    return (
        f"The file of the pack {each.name} ({each.version}) is another one and {holds}. {does}: look at it with "
        "`vocero policy diff FILE`, bring it in with `vocero policy apply FILE --by NAME`."
    )
