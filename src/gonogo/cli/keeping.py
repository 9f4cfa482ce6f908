"""Commands over the store as a whole: backup, restore, forget.

Here: parsing, asking before something is gone, saying what was done. Not here: doing it (``assembly.keeping``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gonogo.cli.output import counted, json_option, print_json
from gonogo.cli.session import Session, pass_session

if TYPE_CHECKING:
    from gonogo.assembly import Workspace
    from gonogo.assembly.keeping import Forgotten


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@pass_session
def backup(session: Session, file: Path, as_json: bool) -> None:
    """Copy the store into a new FILE while it goes on serving, from SQLite or PostgreSQL. The secret that keys are
    hashed with, settings and weights of classifiers are not in it."""
    import asyncio

    from gonogo.assembly.keeping import make_backup

    done = asyncio.run(make_backup(session.settings(), file))
    if as_json:
        print_json(done)
    else:
        click.echo(f"{done.file}: {done.bytes:,} bytes, the whole of {done.store}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@pass_session
def restore(session: Session, file: Path, as_json: bool) -> None:
    """Make the backup FILE into the store that the settings name, SQLite or PostgreSQL, which must be empty."""
    import asyncio

    from gonogo.assembly.keeping import restore_backup

    done = asyncio.run(restore_backup(session.settings(), file))
    if as_json:
        print_json(done)
    else:
        click.echo(f"{done.store} now holds what {done.file} held; `gonogo status` shows what is live")


@click.command()
@click.option("--user", required=True, help="The `user` that requests carried.")
@click.option("--tenant", help="Only of this tenant (default: of all).")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@pass_session
def forget(session: Session, user: str, tenant: str | None, yes: bool, as_json: bool) -> None:
    """Delete every Trace of a user and what people said of them, and write who did it to audit.jsonl. There is no way
    back; backups made before still hold them."""
    if not yes:
        click.confirm(f"Delete every Trace of user '{user}'? There is no way back.", abort=True, err=True)

    async def work(workspace: Workspace) -> Forgotten:
        return await workspace.forget(user, tenant=tenant)

    done = session.run(work)
    if as_json:
        print_json(done)
        return
    click.echo(f"{counted(done.traces, 'Trace')} and {counted(done.annotations, 'annotation')} deleted.")
    for path in done.unread:
        click.echo(f"{path} holds lines that cannot be read: look yourself, or delete it.", err=True)
