"""Commands over keys: create, list, revoke.

Here: parsing and showing a secret once. Not here: hashing (``access``), storing (``store``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gonogo.access import ROLES, new_key
from gonogo.cli.output import dim, json_option, moment, print_json
from gonogo.cli.session import Session, pass_session
from gonogo.cli.tables import table
from gonogo.errors import NotFound

if TYPE_CHECKING:
    from gonogo.assembly import Workspace


@click.group()
def keys() -> None:
    """Create, list and revoke keys for the gateway. Once one exists, every request needs one."""


@keys.command()
@click.option("--role", type=click.Choice(ROLES), default="viewer", show_default=True)
@click.option("--tenant", default="default", show_default=True)
@json_option
@pass_session
def create(session: Session, role: str, tenant: str, as_json: bool) -> None:
    """Make a key. Its secret is shown once; the store keeps a hash."""
    made = new_key()

    async def work(workspace: Workspace) -> bool:
        first = not await workspace.store.has_keys()
        await workspace.store.add_key(made.id, made.hashed, tenant, role, workspace.clock.now())
        return first

    first = session.run(work)
    if as_json:
        print_json({"id": made.id, "secret": made.secret, "role": role, "tenant": tenant})
        return
    click.echo(made.secret)
    click.echo(f"Key {made.id}, role {role}, tenant {tenant}. It is shown only this once.", err=True)
    if first:
        click.echo("From now on every request needs a key; a `gonogo serve` that runs asks within a second.", err=True)


@keys.command(name="list")
@json_option
@pass_session
def list_keys(session: Session, as_json: bool) -> None:
    """List keys, newest first. Secrets are not kept, so none is shown."""
    rows = session.run(lambda workspace: workspace.store.keys())
    if as_json:
        print_json(rows)
        return
    if not rows:
        click.echo("No keys: the gateway answers this machine only. `gonogo keys create` makes one.")
        return
    table(
        ("KEY", "ROLE", "TENANT", "CREATED", "REVOKED"),
        [
            (
                row.id,
                row.role,
                row.tenant,
                moment(row.created_at),
                moment(row.revoked_at) if row.revoked_at else dim("-"),
            )
            for row in rows
        ],
    )


@keys.command()
@click.argument("key_id")
@pass_session
def revoke(session: Session, key_id: str) -> None:
    """Refuse this key from now on."""
    if not session.run(lambda workspace: workspace.store.revoke_key(key_id)):
        raise NotFound(f"there is no valid key {key_id}; `gonogo keys list` lists them")
    click.echo(f"Key {key_id} is revoked.")
