"""Command ask: one question through the whole pipeline.

Here: parsing and phrasing. Not here: answering (``pipeline``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gonogo.cli.output import dim, duration, json_option, money, print_json, printable
from gonogo.cli.session import Session, pass_session

if TYPE_CHECKING:
    from gonogo.assembly import Workspace
    from gonogo.domain import Trace


@click.command()
@click.argument("target")
@click.argument("question")
@json_option
@pass_session
def ask(session: Session, target: str, question: str, as_json: bool) -> None:
    """Ask TARGET (support, support:staging, support@7 or an edited folder) one QUESTION. Nothing is stored."""

    async def work(workspace: Workspace) -> Trace:
        if target and Path(target).is_dir():
            return (await workspace.ask_folder(Path(target), question)).trace
        return (await workspace.ask(await workspace.version(target), question)).trace

    trace = session.run(work)
    if as_json:
        print_json(trace)
        return
    click.echo(printable(trace.answer))
    click.echo(dim(_footnote(trace)), err=True)


def _footnote(trace: Trace) -> str:
    # Who answered: after a fallback that is not the model that was chosen.
    model = trace.calls[-1].name if trace.calls else "none"
    about = "about " if trace.usage.estimated else ""
    tokens = f"{about}{trace.usage.input} tokens in, {trace.usage.output} out"
    name = f"{trace.mission}@{trace.version or 'folder'}"
    return f"{name}, {trace.outcome}, model {model}, {tokens}, {money(trace.cost)}, {duration(trace.wall)}"
