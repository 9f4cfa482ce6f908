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
@click.option(
    "--metadata",
    "said",
    multiple=True,
    metavar="NAME=VALUE",
    help="What a client says beside the question, for routing rules; may be repeated.",
)
@json_option
@pass_session
def ask(session: Session, target: str, question: str, said: tuple[str, ...], as_json: bool) -> None:
    """Ask TARGET (support, support:staging, support@7 or an edited folder) one QUESTION. Nothing is stored."""
    metadata = _pairs(said)

    async def work(workspace: Workspace) -> Trace:
        if target and Path(target).is_dir():
            return (await workspace.folders.ask(Path(target), question, metadata=metadata)).trace
        return (await workspace.ask(await workspace.version(target), question, metadata=metadata)).trace

    trace = session.run(work)
    if as_json:
        print_json(trace)
        return
    click.echo(printable(trace.answer))
    click.echo(dim(_footnote(trace)), err=True)
    if metadata and trace.routing is not None:
        click.echo(dim(printable("; ".join(trace.routing.reasons))), err=True)


def _pairs(said: tuple[str, ...]) -> dict[str, object]:
    pairs: dict[str, object] = {}
    for pair in said:
        name, sign, value = pair.partition("=")
        if not sign or not name.strip():
            raise click.UsageError(f"--metadata takes NAME=VALUE, not {pair!r}")
        pairs[name.strip()] = value
    return pairs


def _footnote(trace: Trace) -> str:
    # Who answered: after a fallback that is not the model that was chosen.
    model = trace.calls[-1].name if trace.calls else "none"
    about = "about " if trace.usage.estimated else ""
    tokens = f"{about}{trace.usage.input} tokens in, {trace.usage.output} out"
    name = f"{trace.mission}@{trace.version or 'folder'}"
    return f"{name}, {trace.outcome}, model {model}, {tokens}, {money(trace.cost)}, {duration(trace.wall)}"
