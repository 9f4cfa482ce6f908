"""Commands over keys: create, revoke.

Here: parsing and showing a secret once. Not here: hashing (``access``), storing (``store``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gonogo.access import ROLES, new_key
from gonogo.cli.output import json_option, print_json
from gonogo.cli.session import Session, pass_session
from gonogo.errors import NotFound

if TYPE_CHECKING:
    from gonogo.assembly import Workspace


@click.group()
def keys() -> None:
    """Create and revoke keys for the gateway. Once one exists, every request needs one."""


@keys.command()
@click.option("--role", type=click.Choice(ROLES), default="viewer", show_default=True)
@click.option("--tenant", default="default", show_default=True)
@json_option
@pass_session
def create(session: Session, role: str, tenant: str, as_json: bool) -> None:
    """Make a key. Its secret is shown once; the store keeps a hash."""
    made = new_key()

    async def work(workspace: Workspace) -> None:
        await workspace.store.add_key(made.id, made.hashed, tenant, role, workspace.clock.now())

    session.run(work)
    if as_json:
        print_json({"id": made.id, "secret": made.secret, "role": role, "tenant": tenant})
    else:
        click.echo(f"{made.secret}\nKey {made.id}, role {role}, tenant {tenant}. It is shown only this once.")


@keys.command()
@click.argument("key_id")
@pass_session
def revoke(session: Session, key_id: str) -> None:
    """Refuse this key from now on."""
    if not session.run(lambda workspace: workspace.store.revoke_key(key_id)):
        raise NotFound(f"there is no key {key_id}")
    click.echo(f"Key {key_id} is revoked.")
