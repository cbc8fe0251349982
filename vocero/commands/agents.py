"""`vocero agents …`"""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.markup import escape

from cti_api.clock import SystemClock
from cti_api.errors import InputError
from cti_api.model.agents import AgentConnect, AgentPhone
from vocero import screens
from vocero.client import at
from vocero.commands.campaign import AsJson
from vocero.door import door_of

Name = Annotated[str, typer.Argument(help="The agent's id, such as ana.", metavar="AGENT")]


def commands() -> typer.Typer:
    group = typer.Typer(no_args_is_help=True)
    group.command()(add)
    group.command()(change)
    group.command("list")(list_agents)
    group.command()(show)
    group.command()(password)
    group.command()(login)
    group.command()(logout)
    group.command()(pause)
    group.command()(ready)
    group.command()(hangup)
    group.command()(disposition)
    group.command()(accept)
    group.command()(skip)
    group.command()(dial)
    return group


def add(
    context: typer.Context,
    agent: Name,
    name: Annotated[str, typer.Option(help='As people call them: "Ana Díaz".')] = "",
    campaign: Annotated[list[str] | None, typer.Option(help="A campaign whose calls they take; several times.")] = None,
    connect: Annotated[
        AgentConnect,
        typer.Option(
            help="nailed_up: one call for the whole shift, customers join it. rung: the phone rings each time."
        ),
    ] = AgentConnect.NAILED_UP,
    phone: Annotated[
        AgentPhone, typer.Option(help="sip: a telephone or softphone. browser: the page at which they sign in.")
    ] = AgentPhone.SIP,
    as_json: AsJson = False,
) -> None:
    """Make an agent and the account of their telephone."""
    door = door_of(context)
    new = {"id": agent, "name": name or agent, "campaigns": campaign or [], "connect": connect.value}
    new["phone"] = phone.value
    with door.control() as control, door.waiting("Making the account …"):
        made = control.post("/agents", new)
    done = f"[green]✓[/] Agent [bold]{escape(made['id'])}[/] is made."
    door.answer(made, as_json=as_json, sentence=f"{done} {_what_follows(made)}")


def change(
    context: typer.Context,
    agent: Name,
    name: Annotated[str | None, typer.Option(help='As people call them: "Ana Díaz".')] = None,
    campaign: Annotated[
        list[str] | None,
        typer.Option(help="A campaign whose calls they take from now on, and no other; several times."),
    ] = None,
    connect: Annotated[AgentConnect | None, typer.Option(help="How calls reach them; only while signed out.")] = None,
    phone: Annotated[
        AgentPhone | None, typer.Option(help="Their telephone; only while signed out, and it gets another password.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Give an agent other campaigns, another name, another way to be called; a call under way goes on."""
    door = door_of(context)
    wanted = {"name": name, "campaigns": campaign or None, "connect": connect, "phone": phone}
    body = {key: value for key, value in wanted.items() if value is not None}
    if not body:
        raise InputError("Say what is to change: --campaign, --name, --connect or --phone")
    with door.control() as control:
        now = control.patch(at("agents", agent), body)
    works = f"takes the calls of {escape(', '.join(now['campaigns']))}" if now["campaigns"] else "takes no calls"
    sentence = f"[green]✓[/] [bold]{escape(now['id'])}[/] ({escape(now['name'])}) {works}, {now['connect']}."
    if phone is AgentPhone.SIP:
        sentence += f" What to enter in the softphone: vocero agents password {escape(now['id'])}"
    door.answer(now, as_json=as_json, sentence=sentence)


def password(context: typer.Context, agent: Name, as_json: AsJson = False) -> None:
    """Give the agent's softphone another password."""
    door = door_of(context)
    with door.control() as control, door.waiting("Changing the account …"):
        sip = control.post(at("agents", agent, "password"))
    door.answer(sip, as_json=as_json, sentence=f"[green]✓[/] Changed. {_what_to_enter(sip)}")


def _what_follows(made: dict[str, Any]) -> str:
    """How a new agent comes to their first call."""
    if made["sip"] is not None:
        return _what_to_enter(made["sip"])
    user = escape(made["id"])
    return f"They sign in at the console, and talk there: vocero users add {user} --role agent"


def _what_to_enter(sip: dict[str, Any]) -> str:
    user, secret = escape(sip["user"]), escape(sip["password"])
    return (
        "In the softphone, enter\n"
        f"    user      [bold]{user}[/]\n"
        f"    password  [bold]{secret}[/]   [dim](shown this once)[/]\n"
        f"Then: vocero agents login {user}"
    )


def list_agents(context: typer.Context, as_json: AsJson = False) -> None:
    """All agents: state, since when, with whom."""
    door = door_of(context)
    with door.control() as control:
        found = control.get("/agents")
    if as_json:
        door.out.print_json(data=found)
    else:
        door.out.print(screens.agent_list(found, SystemClock().now()))


def show(context: typer.Context, agent: Name, as_json: AsJson = False) -> None:
    """One agent, and whom they are shown, talk with or wrap up: the list's columns, and the guion."""
    door = door_of(context)
    with door.control() as control:
        found = control.get(at("agents", agent))
    if as_json:
        door.out.print_json(data=found)
    else:
        door.out.print(screens.agent_card(found, SystemClock().now()))


def login(context: typer.Context, agent: Name, as_json: AsJson = False) -> None:
    """Begin a shift: the softphone is called and stays on the line."""
    _ask(context, agent, "login", "Calling the softphone …", as_json)


def logout(context: typer.Context, agent: Name, as_json: AsJson = False) -> None:
    """End the shift; in a call: after it."""
    _ask(context, agent, "logout", "Logging out …", as_json)


def pause(
    context: typer.Context,
    agent: Name,
    reason: Annotated[str, typer.Option(help="Why: one of the reasons of the settings, such as almuerzo.")] = "",
    as_json: AsJson = False,
) -> None:
    """Take no calls for a while; in a call: after it."""
    _ask(context, agent, "pause", "Pausing …", as_json, {"reason": reason})


def ready(context: typer.Context, agent: Name, as_json: AsJson = False) -> None:
    """Take calls again: ends a pause or the wrap-up."""
    _ask(context, agent, "ready", "Making ready …", as_json)


def hangup(context: typer.Context, agent: Name, as_json: AsJson = False) -> None:
    """End the agent's present call; the agent stays."""
    _ask(context, agent, "hangup", "Hanging up …", as_json)


def accept(context: typer.Context, agent: Name, as_json: AsJson = False) -> None:
    """Preview: dial the person that is shown."""
    _ask(context, agent, "preview/accept", "Accepting …", as_json)


def skip(context: typer.Context, agent: Name, as_json: AsJson = False) -> None:
    """Preview: give the person that is shown back to the list."""
    _ask(context, agent, "preview/skip", "Skipping …", as_json)


def disposition(
    context: typer.Context,
    agent: Name,
    code: Annotated[str, typer.Argument(help="A disposition of the campaign's file.")],
    field: Annotated[list[str] | None, typer.Argument(help="What it asks for: date=2025-12-01 …")] = None,
    attempt: Annotated[str | None, typer.Option(help="An earlier call to correct; without it the present one.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say what became of the call."""
    door = door_of(context)
    body: dict[str, Any] = {"code": code, "fields": dict(_pair(each) for each in field or [])}
    if attempt:
        body["attempt_id"] = attempt
    with door.control() as control:
        kept = control.post(at("agents", agent, "disposition"), body)
    door.answer(kept, as_json=as_json, sentence=f"[green]✓[/] Kept: [bold]{escape(code)}[/].")


def dial(
    context: typer.Context,
    agent: Name,
    number: Annotated[str, typer.Argument(help="With its country: +573001234567.")],
    campaign: Annotated[str, typer.Option(help="The campaign under whose rules it is called.")],
    as_json: AsJson = False,
) -> None:
    """Dial one number by hand, under the campaign's rules."""
    door = door_of(context)
    with door.control() as control, door.waiting("Dialing …"):
        made = control.post(at("agents", agent, "dial"), {"campaign_id": campaign, "number": number})
    door.answer(made, as_json=as_json, sentence=f"[green]✓[/] Dialing for [bold]{escape(agent)}[/].")


def _ask(
    context: typer.Context, agent: str, what: str, meanwhile: str, as_json: bool, body: dict[str, Any] | None = None
) -> None:
    door = door_of(context)
    with door.control() as control, door.waiting(meanwhile):
        now = control.post(at("agents", agent, what), body)
    pending = f", {now['pending'].replace('_', ' ')} after this call" if now["pending"] else ""
    door.answer(
        now,
        as_json=as_json,
        sentence=f"[green]✓[/] [bold]{escape(now['id'])}[/] is {screens.state(now['state'])}{pending}.",
    )


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise InputError(f"{text!r}: write a field as name=value, such as date=2025-12-01")
    return name, value
