"""Commands knowledge: sources against what is live, two Versions' knowledge, a search with its reasons.

Here: parsing and phrasing. Not here: comparing and searching (``assembly.knowledge``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gonogo.cli.knowledge_gc import gc
from gonogo.cli.knowledge_quality import evaluate, tune
from gonogo.cli.output import counted, dim, json_option, print_json, printable, screen_width, shortened
from gonogo.cli.progress import build_progress
from gonogo.cli.session import Session, pass_session
from gonogo.cli.tables import table
from gonogo.cli.versions import print_findings
from gonogo.digest import short

if TYPE_CHECKING:
    from gonogo.assembly.knowledge import FoundChunk, KnowledgeDiff, KnowledgeStatus, SearchReport

MARKS = {"new": ("+", "green"), "gone": ("-", "red"), "changed": ("~", "yellow")}
MOST_SOURCES = 50
"""Sources that are listed one by one on a terminal; ``--json`` has all."""


@click.group()
def knowledge() -> None:
    """What a Mission knows: sources against what is live, Versions against each other, searches with reasons."""


@knowledge.command()
@click.argument("mission")
@click.option("--env", "environment", default="production", show_default=True, help="Whose live Version.")
@json_option
@pass_session
def status(session: Session, mission: str, environment: str, as_json: bool) -> None:
    """Sources in the folder of MISSION against its live Version: changed, new, gone. Nothing is written."""
    progress = None if as_json else build_progress()
    found = session.run(lambda workspace: workspace.knowledge.status(mission, environment, progress))
    if as_json:
        print_json(found)
        return
    standing = f"live in {environment}" if found.live else f"the newest; nothing is live in {environment}"
    click.secho(f"{found.version} ({standing}) -> {printable(found.folder)}", bold=True)
    _sources(found.diff)
    _moved(found)
    if found.diff.sources:
        click.echo(dim(f"\n`gonogo evaluate {printable(found.folder)}` proves what changed before it is deployed."))


@knowledge.command()
@click.argument("old")
@click.argument("new")
@json_option
@pass_session
def diff(session: Session, old: str, new: str, as_json: bool) -> None:
    """What the knowledge of NEW has that OLD had not, source by source; `gonogo diff` shows the words."""
    found = session.run(lambda workspace: workspace.knowledge.diff(old, new))
    if as_json:
        print_json(found)
        return
    click.secho(f"{found.old} -> {found.new}", bold=True)
    _sources(found)


@knowledge.command()
@click.argument("version")
@click.argument("question")
@click.option("--explain", is_flag=True, help="Show each score's parts, shared words, and what becomes of it.")
@click.option("--limit", type=click.IntRange(1, 1000), help="Hits to show (default: twice top_k).")
@click.option("--tenant", default="", help="Whose chunks besides everybody's, where a Mission keeps tenants apart.")
@json_option
@pass_session
def search(
    session: Session, version: str, question: str, explain: bool, limit: int | None, tenant: str, as_json: bool
) -> None:
    """Search the knowledge of VERSION (support@7, or support for what is live) for QUESTION."""
    found = session.run(
        lambda workspace: workspace.knowledge.search(version, question, limit=limit, tenant=tenant),
    )
    if as_json:
        print_json(found)
        return
    if not found.found:
        _nothing(found)
        return
    for one in found.found:
        _hit(one, explain)
    if explain:
        weights = f"score = {1 - found.dense_weight:g} * bm25 + {found.dense_weight:g} * dense"
        weights += "".join(f", {name} {value:g}" for name, value in _floors(found) if value)
        click.echo(dim(f"\n{found.version}: {weights}; words of the question: {', '.join(found.words) or 'none'}"))


def _moved(found: KnowledgeStatus) -> None:
    for row in found.moved:
        click.secho(f"\n{printable(row.source)} has moved: {short(row.before)} -> {short(row.after)}", fg="yellow")
    if found.moved:
        click.echo(dim(f"`gonogo build {printable(found.folder)} --update-lock` takes it over."))


def _sources(found: KnowledgeDiff) -> None:
    rows = found.sources
    for row in found.revisions:
        was, now = (short(one) or "nothing" for one in (row.before, row.after))
        click.echo(f"  {printable(row.source)}: {was} -> {now}")
    counts = [
        f"{number} {change}"
        for change in ("changed", "new", "gone")
        if (number := sum(row.change == change for row in rows))
    ]
    if not rows:
        click.echo(f"  {counted(found.unchanged, 'source')}, all as they were")
    else:
        click.echo(f"  {', '.join(counts)}, {found.unchanged} as they were\n")
        table(
            ("", "SOURCE", "CHUNKS", "NEW OR CHANGED"),
            [
                (
                    click.style(MARKS[row.change][0], fg=MARKS[row.change][1]),
                    printable(row.source),
                    f"{row.chunks_before} -> {row.chunks_after}",
                    str(row.chunks_new),
                )
                for row in rows[:MOST_SOURCES]
            ],
        )
        if len(rows) > MOST_SOURCES:
            click.echo(dim(f"and {len(rows) - MOST_SOURCES} more: --json lists all"))
    if found.skipped:
        click.secho(f"\n{counted(len(found.skipped), 'file')} left out, since nothing could be read", fg="yellow")
        for name in found.skipped:
            click.echo(f"  {printable(name)}")
    print_findings(found.findings)


def _hit(one: FoundChunk, explain: bool) -> None:
    hit = one.hit
    head = f"{hit.rank:>3}. {hit.score:.3f}  {printable(hit.chunk.place)}"
    heading = f"  {printable(hit.chunk.heading)}" if hit.chunk.heading else ""
    click.echo(head + dim(heading))
    click.echo("     " + dim(shortened(printable(hit.chunk.text), (screen_width() or 110) - 6)))
    if explain:
        signals = ", ".join(f"{name} {value:.3f}" for name, value in hit.signals.items())
        words = f"words: {', '.join(map(printable, one.words))}" if one.words else "no word of the question"
        click.echo(f"     {signals}; {words}; {one.fate}")


def _floors(found: SearchReport) -> tuple[tuple[str, float], ...]:
    return ("min_score", found.min_score), ("least", found.least)


def _nothing(found: SearchReport) -> None:
    if not found.words:
        click.echo(f"Nothing found in {found.version}: the question holds no word that carries meaning.")
    else:
        words = ", ".join(map(printable, found.words))
        click.echo(f"Nothing found in {found.version}: no chunk holds any of {words}.")
        click.echo(dim("`gonogo knowledge status MISSION` lists sources that were not built yet."))


for command in (evaluate, tune, gc):
    knowledge.add_command(command)
