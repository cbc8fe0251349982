"""`vocero init`"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from cti_api.clock import SystemClock
from cti_api.settings import FILE_NAME
from vocero.door import door_of


def add_to(app: typer.Typer) -> None:
    app.command()(init)


def init(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help=f"Where {FILE_NAME} is to be, such as /etc/vocero.", file_okay=False)],
    trunk: Annotated[
        list[str] | None,
        typer.Option(
            help="A line to the public network, with its limits; several times.", metavar="NAME:CHANNELS:HOURLY"
        ),
    ] = None,
    prefix: Annotated[
        list[str] | None, typer.Option(help="How numbers begin that may be dialled, such as 57; several times.")
    ] = None,
    sip_address: Annotated[
        str | None, typer.Option(help="Where Asterisk meets trunks and softphones; without it 127.0.0.1.")
    ] = None,
    public_address: Annotated[str | None, typer.Option(help="Behind NAT: the address that carriers see.")] = None,
    local_network: Annotated[
        list[str] | None, typer.Option(help="Behind NAT: reached without it, such as 192.168.0.0/255.255.0.0.")
    ] = None,
    asterisk_etc: Annotated[
        Path | None,
        typer.Option(
            help="Also write Asterisk's whole configuration here; what was another is set aside.", file_okay=False
        ),
    ] = None,
    containers: Annotated[bool, typer.Option("--containers", help="With the folders of docker-compose.yml.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Begin anew where settings are, with a new secret.")] = False,
) -> None:
    """Make the settings, and from them what Asterisk has to know. Again: tell Asterisk what the settings say now."""
    from cti_api.store.migrate import upgrade
    from vocero.asterisk_site import SHIPPED, refuse_partial_install
    from vocero.first_admin import first_link
    from vocero.first_start import Wishes, as_owner_of, first_start, prefix_wish, trunk_wish

    refuse_partial_install()
    door = door_of(context)
    wishes = Wishes(
        trunks=tuple(trunk_wish(each) for each in trunk or ()),
        prefixes=tuple(prefix_wish(each) for each in prefix or ()),
        sip_address=sip_address,
        public_address=public_address,
        local_networks=tuple(local_network or ()),
        containers=containers,
    )
    made = first_start(folder, wishes, asterisk_etc=asterisk_etc, force=force)
    with door.waiting("Making the store …"), as_owner_of(asterisk_etc):
        asyncio.run(upgrade(made.settings.store.url.get_secret_value(), SystemClock()))
        link = asyncio.run(first_link(made.settings, SystemClock()))

    def tell(sentence: str) -> None:
        door.out.print(sentence, highlight=False, markup=False, soft_wrap=True)

    if made.new_settings:
        tell(f"✓ {folder / FILE_NAME}: the settings, with a new secret, readable for their owner alone")
    tell(f"✓ {' and '.join(map(str, made.rendered))}: the same for Asterisk")
    for path in made.set_aside:
        tell(f"! {path}: this is how that file was before")
    tell("Next:")
    if asterisk_etc is None and not containers:
        tell(f"  copy {SHIPPED}/*.conf and {made.rendered[0]} to Asterisk's folder, or give it with --asterisk-etc")
    tell(f"  write your trunks into {made.trunks_file}, then start Asterisk again")
    tell(f"  vocero --settings {folder / FILE_NAME} doctor")
    if link:
        tell("Once Vocero runs, choose the password of the user admin; this opens once, within 24 hours:")
        tell(f"  {link}")
