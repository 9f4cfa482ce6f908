"""Command ``knowledge gc``: drop what no Version needs.

Here: parsing and phrasing. Not here: what is needed (``assembly.knowledge_gc``).
"""

from __future__ import annotations

import click

from gonogo.cli.output import counted, dim, json_option, print_json
from gonogo.cli.session import Session, pass_session


@click.command()
@click.option("--keep", default=5, show_default=True, metavar="N", help="Newest Versions of each Mission that stay.")
@click.option("--apply", is_flag=True, help="Drop it; without, only say what would go.")
@json_option
@pass_session
def gc(session: Session, keep: int, apply: bool, as_json: bool) -> None:
    """Drop snapshots, index files, vectors and collections on servers that no kept Version needs.

    Live Versions stay, those of the last five changes of each Environment, and the newest ones of each Mission.
    """
    found = session.run(lambda workspace: workspace.search_quality.collect(keep=keep, apply=apply))
    if as_json:
        print_json(found)
        return
    for one in found.forgotten:
        size = "" if one.size is None else dim(f"  {one.size / 1e6:.1f} MB")
        click.echo(f"{'dropped' if found.done else 'would drop'}  {one.name}{size}")
    if not found.forgotten:
        click.echo("Nothing can go: every snapshot is needed.")
        return
    if found.chunks:
        click.echo(f"dropped  {counted(found.chunks, 'chunk')} of the store")
    if found.lost:
        click.echo(dim(f"To be served again, these must be built again: {', '.join(found.lost)}"))
    if not found.done:
        click.echo(dim("Nothing was dropped. `gonogo knowledge gc --apply` drops it."))
