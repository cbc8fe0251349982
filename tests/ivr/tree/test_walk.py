"""The walk: whatever a caller does, there is a step for them, and it ends."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.tree import inputs, nodes, steps
from ivr.tree.inputs import Done, Failed, Heard, HungUp, Input, Keys, LookedUp, NoInput, NoMatch, TooManyKeys, Why
from ivr.tree.limits import MOST_KEYS_A_CALL, MOST_NODES, MOST_SECONDS, NODES_AFTER
from ivr.tree.nodes import Question, Tree, Way
from ivr.tree.place import Walked, entrance
from ivr.tree.prompts import Line
from ivr.tree.read import parse_tree
from ivr.tree.steps import BargeIn, Ending, HangUp, Kind, Listen, Queue, Say, Send, Survey, Transfer
from ivr.tree.walk import walk
from tests.support.trees import NOON, SMALL, Caller, small

FRONT_DESK = parse_tree((Path(__file__).parents[3] / "examples/p4_front_desk/tree.yaml").read_text(encoding="utf-8"))

VALUES = st.one_of(
    st.text(max_size=8),
    st.booleans(),
    st.decimals(allow_nan=True, allow_infinity=True),
    st.dates(),
    st.sampled_from(["2123456", "ventas", "al_dia", "en_mora", "Recursos Humanos", True, False]),
)
INPUTS: st.SearchStrategy[Input] = st.one_of(
    st.builds(Keys, st.text("0123456789*#", max_size=40)),
    st.sampled_from([Keys(key) for key in "1234509"]),
    st.builds(Heard, st.text(max_size=20), st.one_of(st.none(), VALUES), st.floats(0, 1)),
    st.builds(Heard, st.text(max_size=20), VALUES, st.floats(allow_nan=True, allow_infinity=True)),
    st.builds(NoInput),
    st.builds(NoMatch),
    st.builds(TooManyKeys, st.integers(0, 600)),
    st.builds(LookedUp, st.dictionaries(st.sampled_from(["estado", "saldo", "falta", "otro"]), VALUES), st.booleans()),
    st.builds(Done, VALUES),
    st.builds(Failed, st.sampled_from(Why)),
    st.builds(inputs.Started),
)


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """Any tree at all, those that `vocero ivr check` would refuse for their circles and dead ends included."""
    names = [f"n{place}" for place in range(draw(st.integers(1, 7)))]
    to = st.sampled_from(names)

    def node() -> nodes.Node:
        text = (Line("Hola {nadie}."),)
        match draw(st.integers(0, 8)):
            case 0:
                return nodes.Say(prompt=text, then=draw(to), barge_in=BargeIn())
            case 1:
                return nodes.GoTo(to=draw(to))
            case 2:
                case = nodes.Case(written="> 0", sign=">", value="0", to=draw(to))
                return nodes.Branch(variable="saldo", cases=(case,), otherwise=draw(to))
            case 3:
                return nodes.HangUp(prompt=text)
            case 4:
                ways = (Way("then", draw(to)), Way("waited", draw(to)))
                return nodes.Queue(name="ventas", prompt=text, most_wait_seconds=60.0, left_by=ways)
            case 5:
                return nodes.LookUp(
                    name="x",
                    values=(),
                    gives=("saldo",),
                    holding=text,
                    found=draw(to),
                    not_found=draw(to),
                    failed=draw(to),
                )
            case 6:
                return nodes.Hours(days=(), open=draw(to), closed=draw(to), holiday="")
            case 7:
                asked = question(Kind.YES_NO)
                return nodes.CallBack(question=asked, queue="ventas", number="", booked=draw(to), declined=draw(to))
            case _:
                choices = tuple(nodes.Choice(value=key, key=key, to=draw(to)) for key in "12")
                return nodes.Menu(question=question(Kind.MENU, choices), into="saldo")

    def question(kind: Kind, choices: tuple[nodes.Choice, ...] = ()) -> Question:
        return Question(
            kind=kind,
            prompt=(Line("¿Qué?"),),
            choices=choices,
            no_input=(),
            no_match=(),
            give_up=Way("give_up", draw(to)),
        )

    words = (Line("¿{heard}?"),)
    return Tree(
        id="t", title="t", start=names[0], fallback=draw(to), nodes={name: node() for name in names}, confirm=words,
        sorry=words,
    )  # fmt: skip


def keeps_its_promise(before: Walked | None, walked: Walked) -> None:
    """Nobody without a step: over, or exactly one is waited for, which is the last one given."""
    place, given_steps = walked.place, walked.steps
    assert all(isinstance(step, Say | Send) for step in given_steps[:-1])
    if place.is_over:
        assert place.awaits is None
        assert not given_steps or isinstance(given_steps[-1], HangUp)
    else:
        assert place.awaits is not None
        assert not isinstance(place.awaits, HangUp)
        assert given_steps[-1:] == (place.awaits,) or (
            not given_steps and before and before.place.awaits == place.awaits
        )
    assert place.nodes <= MOST_NODES + NODES_AFTER


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.just(FRONT_DESK), trees()), st.lists(INPUTS, max_size=60), st.floats(0, 90))
def test_nobody_is_ever_without_a_step_whatever_comes(tree: Tree, happened: list[Input], seconds: float) -> None:
    caller = Caller(tree)
    keeps_its_promise(None, caller.walked)
    for each in happened:
        before = caller.walked
        caller.does(each, seconds=seconds)
        keeps_its_promise(before, caller.walked)
        again = walk(tree, before.place, each, caller.now)
        assert repr(again) == repr(caller.walked), "the same place and input give the same walk"


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.just(FRONT_DESK), trees()), st.integers(), st.sampled_from([0.0, 2.0]))
def test_every_call_ends_within_the_limits_however_it_goes_on(tree: Tree, seed: int, seconds: float) -> None:
    chance, caller, answers = Random(seed), Caller(tree), 0
    while not caller.walked.place.is_over:
        answers += 1
        assert answers <= (MOST_NODES + NODES_AFTER) * 6
        caller.does(answer_to(caller.walked.place.awaits, chance), seconds=seconds)


def answer_to(awaits: steps.Awaited | None, chance: Random) -> Input:
    """Something that answers the step, and is no hanging up."""
    match awaits:
        case Listen():
            keys = [choice.key for choice in awaits.choices if choice.key] + ["1", "2", "2123456"]
            middling = Heard("x", chance.choice([c.value for c in awaits.choices] or [True]), 0.6)
            return chance.choice([Keys(chance.choice(keys)), middling, NoInput(), NoMatch()])
        case steps.LookUp():
            return chance.choice(
                [LookedUp({"saldo": Decimal(chance.randint(-1, 1))}), LookedUp({}, found=False), Failed()]
            )
        case _:
            return chance.choice([Done(), *map(Failed, Why)])


def test_silence_is_answered_with_more_help_each_time_and_then_with_a_person() -> None:
    caller = Caller(small())
    assert caller.hears == "¿Qué necesita? Ventas, 1. Despedirse, 2."
    assert caller.does(NoInput()).hears.startswith("No le escuché. ¿Qué necesita?")
    assert caller.does(NoInput()).hears.startswith("Sigo sin escucharle. ¿Qué necesita?")
    assert caller.does(NoInput()).hears == "Le paso con un asesor."
    assert isinstance(caller.walked.place.awaits, Queue)


def test_silence_and_misunderstanding_have_their_own_words_and_share_the_tries() -> None:
    caller = Caller(small()).does(NoInput(), NoMatch())
    assert caller.hears.startswith("No le entendí.")
    assert caller.does(Keys("9")).hears == "Le paso con un asesor."


def test_a_sure_word_is_taken_a_middling_one_read_back_and_a_vague_one_not_understood() -> None:
    sure, middling, vague = (Heard("quiero comprar", "ventas", share) for share in (0.9, 0.6, 0.3))
    assert Caller(small()).does(sure).hears == "¿Cuál es su número?"
    assert Caller(small()).does(middling).hears.startswith("Entendí: ventas.")
    assert Caller(small()).does(vague).hears.startswith("No le entendí.")


def test_what_was_read_back_is_taken_by_yes_and_asked_again_by_no() -> None:
    caller = Caller(small()).does(Heard("ventas", "ventas", 0.6))
    asked = caller.listening
    assert (asked.kind, asked.choices, asked.most_keys) == (Kind.YES_NO, (), 1)
    assert Caller(small()).does(Heard("ventas", "ventas", 0.6), Keys("1")).hears == "¿Cuál es su número?"
    said_no = Caller(small()).does(Heard("ventas", "ventas", 0.6), Heard("no", False, 0.9))
    assert said_no.hears.startswith("No le entendí. ¿Qué necesita?")
    silent = Caller(small()).does(Heard("ventas", "ventas", 0.6), NoInput())
    assert silent.hears.startswith("No le escuché. Entendí: ventas.")


def test_an_answer_that_has_to_be_confirmed_always_is_so_even_by_keys() -> None:
    tree = small(("    into: linea\n", "    into: linea\n    confirm: always\n    say_back: ¿Es {heard}?\n"))
    caller = Caller(tree).does(Keys("1"), Keys("2123456#"))
    assert caller.hears == "¿Es 2 1 2 3 4 5 6?"
    assert caller.does(Keys("1")).walked.place.values["linea"] == "2123456"


def test_what_is_listened_for_says_how_keys_and_speech_cut_it_short() -> None:
    listen = Caller(small()).listening
    assert listen.barge_in == BargeIn(keys=True, speech=False)
    assert next((c.value, c.key, c.phrases) for c in listen.choices) == ("ventas", "1", ("ventas", "comprar"))
    digits = Caller(small()).does(Keys("1")).listening
    assert (digits.kind, digits.least_keys, digits.most_keys, digits.ends_with) == (Kind.DIGITS, 7, 8, "#")


def test_too_few_digits_are_no_answer() -> None:
    assert Caller(small()).does(Keys("1"), Keys("21#")).hears.startswith("No le entendí.")


def test_a_flood_of_keys_ends_the_call_politely() -> None:
    caller = Caller(small()).does(TooManyKeys(MOST_KEYS_A_CALL + 1))
    assert caller.walked.place.is_over
    ended = caller.walked.steps[-1]
    assert isinstance(ended, HangUp)
    assert ended.ending is Ending.TOO_MANY_KEYS
    assert ended.pieces


def test_whoever_stays_too_long_is_led_to_the_fallback_and_then_the_call_ends() -> None:
    tree = small(
        ("fallback: asesor", "fallback: otro"),
        ("  adios:", "  otro: {ask: ¿Sigue ahí?, kind: yes_no, yes: asesor, no: adios, give_up: adios}\n  adios:"),
    )
    caller = Caller(tree).does(NoInput(), seconds=MOST_SECONDS + 1)
    assert caller.hears == "¿Sigue ahí?"
    caller.does(NoInput(), seconds=130)
    ended = caller.walked.steps[-1]
    assert isinstance(ended, HangUp)
    assert ended.ending is Ending.TOO_LONG


def test_waiting_for_people_is_not_counted_as_time_in_the_tree() -> None:
    caller = Caller(small()).does(Keys("1"), Keys("2123456#")).does(Failed(Why.WAITED), seconds=3000)
    assert caller.hears == "Hasta luego."
    assert caller.walked.place.seconds < 60


def test_circles_end_at_the_fallback_after_two_hundred_nodes() -> None:
    say = nodes.Say(prompt=(Line("Otra vez."),), then="n0", barge_in=BargeIn())
    tree = Tree(
        id="t", title="t", start="n0", fallback="n1", nodes={"n0": say, "n1": nodes.HangUp(prompt=(Line("Fin."),))},
        confirm=(), sorry=(Line("Disculpe."),),
    )  # fmt: skip
    caller = Caller(tree)
    assert caller.walked.place.is_over
    assert caller.hears == "Otra vez. " * MOST_NODES + "Fin."


def test_an_input_that_answers_nothing_changes_nothing() -> None:
    caller = Caller(small())
    before = caller.walked.place
    for stray in (Done("x"), Failed(), LookedUp({"linea": "1"}), inputs.Started()):
        assert caller.does(stray, seconds=0).walked == Walked(before)


def test_after_hanging_up_nothing_comes() -> None:
    caller = Caller(small()).does(HungUp())
    assert caller.walked.place.is_over
    assert caller.does(Keys("1"), HungUp()).walked.steps == ()


def test_only_what_a_look_up_was_asked_for_is_taken_over() -> None:
    caller = Caller(FRONT_DESK).does(Keys("5"), Keys("1"), Keys("71234567"))
    assert isinstance(caller.walked.place.awaits, steps.LookUp)
    caller.does(LookedUp({"estado": "en_mora", "saldo": Decimal("120.50"), "caller": "+1", "falta": "x" * 5000}))
    assert caller.walked.place.values["caller"] == "+59171234567"
    assert len(str(caller.walked.place.values["falta"])) == 2000
    assert "una deuda de 120.5 bolivianos" in caller.hears


def test_a_directory_confirms_and_transfers_and_comes_back_when_nobody_answers() -> None:
    caller = Caller(FRONT_DESK).does(Keys("2"), Heard("el gerente", "Gerencia General", 0.9))
    assert caller.hears.startswith("¿Le comunico con")
    transfer = caller.does(Keys("1")).walked.place.awaits
    assert isinstance(transfer, Transfer)
    assert transfer.to == "2100"
    assert caller.does(Failed()).hears.startswith("En este momento no contesta.")


def test_a_call_back_is_booked_for_the_queue_the_caller_waited_in() -> None:
    caller = Caller(FRONT_DESK).does(Keys("3"), Keys("4"), Done("101"), Failed(Why.WANTS_CALL_BACK), Keys("1"))
    booked = caller.walked.place.awaits
    assert isinstance(booked, steps.BookCallBack)
    assert (booked.queue, booked.to) == ("tienda", "")
    assert caller.does(Done()).hears.startswith("Listo. Guardamos su lugar")


def test_holidays_and_hours_are_those_of_the_tree_s_own_country() -> None:
    christmas = Caller(FRONT_DESK, NOON.replace(month=12))
    assert "cerrados" in christmas.hears
    late = Caller(FRONT_DESK, NOON.replace(hour=23))  # seven in the evening in La Paz
    assert "cerrados" in late.hears
    assert "cerrados" not in Caller(FRONT_DESK).hears


def test_a_number_and_a_day_are_taken_within_their_bounds() -> None:
    ask = "    kind: number\n    from: 1\n    to: 12\n"
    tree = small(("    kind: digits\n    digits: 7-8\n", ask))
    caller = Caller(tree).does(Keys("1"))
    assert caller.listening.most_keys == 2
    assert caller.does(Keys("13")).hears.startswith("No le entendí.")
    assert caller.does(Heard("once", Decimal(11), 0.9)).walked.place.values["linea"] == Decimal(11)
    day = Caller(small(("    kind: digits\n    digits: 7-8\n", "    kind: date\n"))).does(Keys("1"), Keys("29022027"))
    assert day.hears.startswith("No le entendí.")
    assert day.does(Keys("0512#")).walked.place.values["linea"] == date(2026, 12, 5)


def test_a_tree_within_a_tree_keeps_its_version_and_comes_back() -> None:
    part = parse_tree(
        "{tree: saludo, title: s, timezone: UTC, is_part: true, start: hola, fallback: adios, nodes: {"
        "hola: {say: Hola., then: pide}, pide: {ask: ¿Su nombre?, kind: open, into: nombre, then: return}, "
        "adios: {hang_up: Adiós.}}}"
    )
    text = "  principal:\n", "  principal: {sub_tree: saludo, version: 3, gives: [nombre], then: menu}\n  menu:\n"
    whole = parse_tree(SMALL.replace(*text, 1), parts={("saludo", 3): part})
    caller = Caller(whole)
    assert caller.hears == "Hola. ¿Su nombre?"
    assert caller.walked.place.tree == ("saludo", 3)
    caller.does(Heard("Ana", "Ana", 0.9))
    assert caller.hears.startswith("¿Qué necesita?")
    assert (caller.walked.place.tree, caller.walked.place.values["nombre"]) == (("pequeno", 0), "Ana")
    assert [each.node for each in caller.walked.passed] == ["pide", "principal"]


def test_the_time_that_goes_backwards_takes_nobody_s_time() -> None:
    tree = small()
    place = entrance(tree, NOON)
    started = walk(tree, place, inputs.Started(), NOON).place
    earlier = walk(tree, started, NoInput(), NOON - timedelta(hours=1)).place
    assert (earlier.seconds, earlier.since) == (0.0, NOON)


def test_a_survey_takes_no_time_of_the_tree_either() -> None:
    caller = Caller(FRONT_DESK).does(Keys("3"), Keys("1"), Done("101"), Done())
    assert isinstance(caller.walked.place.awaits, Survey)
    assert caller.does(Done(), seconds=900).hears.startswith("Gracias por llamar")


def test_choices_may_be_read_out_only_when_the_caller_is_asked_again() -> None:
    tree = small(("    barge_in: {speech: false}\n", "    read_choices: when_asked_again\n"))
    caller = Caller(tree)
    assert caller.hears == "¿Qué necesita?"
    assert caller.does(NoInput()).hears == "No le escuché. ¿Qué necesita? Ventas, 1. Despedirse, 2."


@pytest.mark.parametrize(
    ("value", "node"),
    [
        (Decimal(-1), "debe"), (Decimal("0.5"), "poco"), ("12", "mucho"), ("socio", "socio"), ("SOCIO", "socio"),
        ("nada", "otro"), (Decimal("NaN"), "otro"), (Decimal("sNaN"), "otro"), (True, "otro"),
    ],
)  # fmt: skip
def test_a_branch_takes_the_first_case_that_fits(value: object, node: str) -> None:
    cases = "{'< 0': debe, '<= 10': poco, '> 10': mucho, socio: socio}"
    ends = "".join(f"  {name}: {{hang_up: {name}}}\n" for name in ("debe", "poco", "mucho", "socio", "otro"))
    look_up = "  mira: {look_up: c, gives: [saldo], found: segun, not_found: otro, failed: otro}\n"
    branch = f"  segun: {{branch: saldo, cases: {cases}, otherwise: otro}}\n"
    tree = parse_tree(
        SMALL.replace("then: linea", "then: mira").replace("then: adios}", "then: linea}") + look_up + branch + ends
    )
    caller = Caller(tree).does(Keys("1"), LookedUp({"saldo": value}))  # type: ignore[dict-item]
    assert caller.hears == node


def test_a_day_off_of_the_house_is_a_holiday() -> None:
    text = "  principal: {hours: {mon-sun: 00:00-24:00}, open: menu, closed: adios, holiday: adios}\n  menu:\n"
    tree = parse_tree(SMALL.replace("  principal:\n", text, 1).replace("start:", "closed_on: [2026-11-26]\nstart:", 1))
    assert Caller(tree).hears.startswith("¿Qué necesita?")
    assert Caller(tree, NOON.replace(day=26)).hears == "Hasta luego."


def test_a_leaflet_goes_out_in_passing() -> None:
    caller = Caller(FRONT_DESK).does(Keys("1"), Keys("2"), Keys("1"))
    sent = next(step for step in caller.walked.steps if isinstance(step, Send))
    assert (sent.name, sent.via, sent.to) == ("folleto-servicios", steps.Via.WHATSAPP, "")
    assert isinstance(caller.walked.steps[-1], Listen)


def test_trees_within_trees_do_not_go_deeper_than_the_limit() -> None:
    parts: dict[tuple[str, int], Tree] = {}
    for level in range(9, 0, -1):
        deeper = nodes.SubTree(tree=f"t{level + 1}", version=1, gives=(), then="fin")
        node = deeper if level < 9 else nodes.GoTo(to="fin")
        parts[(f"t{level}", 1)] = Tree(
            id=f"t{level}", version=1, title="t", start="a", fallback="fin", confirm=(), sorry=(),
            nodes={"a": node, "fin": nodes.HangUp(prompt=(Line(f"Fin {level}."),))},
        )  # fmt: skip
    top = Tree(
        id="t0", title="t", start="a", fallback="fin", confirm=(), sorry=(), parts=parts,
        nodes={
            "a": nodes.SubTree(tree="t1", version=1, gives=(), then="fin"),
            "fin": nodes.HangUp(prompt=(Line("Fin 0."),)),
        },
    )  # fmt: skip
    assert Caller(top).hears == "Fin 5."
