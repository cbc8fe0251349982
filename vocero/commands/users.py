"""`vocero users …` and `vocero keys …`: who may come in by the console's door."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from cti_api.access.actors import Role, Scope
from vocero.client import at
from vocero.commands.campaign import AsJson
from vocero.door import Door, door_of

User = Annotated[str, typer.Argument(help="By which name they sign in, such as ana.", metavar="USER")]
Key = Annotated[str, typer.Argument(help="Of the system that has it, such as crm.", metavar="KEY")]
Seat = Annotated[str | None, typer.Option(help="The agent who they are; without it the one of the same name.")]


def commands() -> typer.Typer:
    group = typer.Typer(no_args_is_help=True)
    group.command()(add)
    group.command("list")(list_users)
    group.command()(role)
    group.command()(disable)
    group.command()(enable)
    group.command()(link)
    return group


def key_commands() -> typer.Typer:
    group = typer.Typer(no_args_is_help=True)
    group.command("add")(add_key)
    group.command("list")(list_keys)
    group.command("change")(change_key)
    group.command("replace")(replace_key)
    group.command()(revoke)
    return group


def add(
    context: typer.Context,
    user: User,
    role: Annotated[Role, typer.Option(help="What they are here for.")],
    name: Annotated[str, typer.Option(help='As people call them: "Ana Díaz".')] = "",
    agent: Seat = None,
    as_json: AsJson = False,
) -> None:
    """Somebody new who may sign in; the answer has the one-time link by which they choose a password."""
    door = door_of(context)
    new = {"id": user, "name": name or user, "role": role.value, "agent_id": agent}
    with door.control() as control:
        made = control.post("/users", {key: value for key, value in new.items() if value is not None})
    door.answer(made, as_json=as_json, sentence=f"[green]✓[/] {escape(user)}, {role.value}. {_opened_by(made)}")


def list_users(context: typer.Context, as_json: AsJson = False) -> None:
    """Everybody who may sign in, or could."""
    door = door_of(context)
    with door.control() as control:
        found = control.get("/users")
    if as_json:
        door.out.print_json(data=found)
        return
    table = _table("User", "Name", "Role", "Seat", "")
    for each in found:
        state = "disabled" if each["disabled"] else "" if each["has_password"] else "has not used their link"
        table.add_row(*map(escape, (each["id"], each["name"], each["role"], each["agent_id"] or "", state)))
    door.out.print(table)


def role(
    context: typer.Context,
    user: User,
    new: Annotated[Role, typer.Argument(help="The role they have from now on.", metavar="ROLE")],
    agent: Seat = None,
    as_json: AsJson = False,
) -> None:
    """Give somebody another role, or seat; they are signed out and sign in again."""
    body = {"role": new.value} | ({"agent_id": agent} if agent else {})
    _change(context, user, body, f"is {new.value} now", as_json)


def disable(context: typer.Context, user: User, as_json: AsJson = False) -> None:
    """Let somebody in no more; whatever session they have is over at once."""
    _change(context, user, {"disabled": True}, "does not come in any more", as_json)


def enable(context: typer.Context, user: User, as_json: AsJson = False) -> None:
    """Let somebody in again, with the password they had."""
    _change(context, user, {"disabled": False}, "may come in again", as_json)


def link(context: typer.Context, user: User, as_json: AsJson = False) -> None:
    """Another one-time link, for a password that is forgotten or was never chosen; those before it are over."""
    door = door_of(context)
    with door.control() as control:
        made = control.post(at("users", user, "link"))
    door.answer(made, as_json=as_json, sentence=f"[green]✓[/] {_opened_by(made)}")


def add_key(
    context: typer.Context,
    key: Key,
    scope: Annotated[list[Scope], typer.Option(help="What it opens; several times.")],
    days: Annotated[int | None, typer.Option(help="After how many days it opens nothing any more.", min=1)] = None,
    as_json: AsJson = False,
) -> None:
    """A key for another system, which brings it as `Authorization: Bearer …`. It is shown this once."""
    door = door_of(context)
    body: dict[str, Any] = {"id": key, "scopes": [each.value for each in scope]}
    if days is not None:
        body["days"] = days
    with door.control() as control:
        made = control.post("/keys", body)
    sentence = f"[green]✓[/] [bold]{escape(made['key'])}[/]   [dim](shown this once)[/]"
    door.answer(made, as_json=as_json, sentence=sentence)


def list_keys(context: typer.Context, as_json: AsJson = False) -> None:
    """Every key there ever was, and when it was used last."""
    door = door_of(context)
    with door.control() as control:
        found = control.get("/keys")
    if as_json:
        door.out.print_json(data=found)
        return
    table = _table("Key", "Opens", "Used", "Until", "")
    for each in found:
        state = "" if each["holds"] else "revoked" if each["revoked_at"] else "over"
        used, until = (_minute(each[name]) for name in ("used_at", "expires_at"))
        table.add_row(*map(escape, (each["id"], ", ".join(each["scopes"]), used or "never", until, state)))
    door.out.print(table)


def change_key(
    context: typer.Context,
    key: Key,
    scope: Annotated[list[Scope], typer.Option(help="All that it opens from now on; several times.")],
    as_json: AsJson = False,
) -> None:
    """A key opens something else; the key itself stays."""
    door = door_of(context)
    with door.control() as control:
        changed = control.patch(at("keys", key), {"scopes": [each.value for each in scope]})
    opens = ", ".join(changed["scopes"])
    door.answer(changed, as_json=as_json, sentence=f"[green]✓[/] The key {escape(key)} opens {escape(opens)}.")


def replace_key(context: typer.Context, key: Key, as_json: AsJson = False) -> None:
    """Another key under the same name; the one before opens nothing any more. It is shown this once."""
    door = door_of(context)
    with door.control() as control:
        made = control.post(at("keys", key, "replace"))
    sentence = f"[green]✓[/] [bold]{escape(made['key'])}[/]   [dim](shown this once)[/]"
    door.answer(made, as_json=as_json, sentence=sentence)


def revoke(context: typer.Context, key: Key, as_json: AsJson = False) -> None:
    """A key opens nothing any more, from this moment on."""
    door = door_of(context)
    with door.control() as control:
        gone = control.post(at("keys", key, "revoke"))
    door.answer(gone, as_json=as_json, sentence=f"[green]✓[/] The key {escape(key)} opens nothing any more.")


def _change(context: typer.Context, user: str, body: dict[str, Any], words: str, as_json: bool) -> None:
    door: Door = door_of(context)
    with door.control() as control:
        changed = control.patch(at("users", user), body)
    door.answer(changed, as_json=as_json, sentence=f"[green]✓[/] {escape(changed['id'])} {words}.")


def _opened_by(made: dict[str, Any]) -> str:
    if not made["link"].startswith("http"):
        return (
            "There is no console to sign in to yet: set console.port in the settings, start Vocero again, then\n"
            f"    vocero users link {escape(made['user']['id'])}"
        )
    return (
        f"By this link {escape(made['user']['name'])} chooses a password; it opens once, until "
        f"{_minute(made['expires_at'])} UTC:\n    [bold]{escape(made['link'])}[/]"
    )


def _minute(at: str | None) -> str:
    return at[:16].replace("T", " ") if at else ""


def _table(*titles: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in titles:
        table.add_column(title)
    return table
