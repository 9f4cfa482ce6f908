"""Commands over Traces: traces, trace, diagnose.

Here: parsing and phrasing. Not here: finding causes (``evaluation.diagnose``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gonogo.cli.output import (
    coloured,
    dim,
    duration,
    json_option,
    moment,
    money,
    print_json,
    printable,
    say,
    shortened,
)
from gonogo.cli.session import Session, pass_session
from gonogo.cli.tables import table
from gonogo.cli.trace_page import print_trace

if TYPE_CHECKING:
    from gonogo.assembly import Workspace
    from gonogo.domain import Trace
    from gonogo.evaluation import Diagnosis


TRACE_DIGITS = 18
"""Enough to tell two Traces of one millisecond apart."""


@click.command()
@click.argument("mission", required=False)
@click.option("--version", "number", type=int, help="Only Traces of this Version number.")
@click.option("--environment", "-e", help="Only Traces of this Environment.")
@click.option("--session", "session_id", help="Only Traces of this session.")
@click.option("--outcome", type=click.Choice(["answered", "cached", "refused", "failed", "aborted"]))
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000))
@json_option
@pass_session
def traces(
    session: Session,
    mission: str | None,
    number: int | None,
    environment: str | None,
    session_id: str | None,
    outcome: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List the last requests, newest first."""
    found = session.run(
        lambda workspace: workspace.traces(
            mission, version=number, environment=environment, session=session_id, outcome=outcome, limit=limit
        )
    )
    if as_json:
        print_json(found)
        return
    if not found:
        narrowed = any(value is not None for value in (mission, number, environment, session_id, outcome))
        click.echo(f"No Traces{' like that' if narrowed else ''}. `gonogo serve` records one for every request.")
        return
    table(
        ("TRACE", "WHEN", "VERSION", "OUTCOME", "MODEL", "TOKENS IN/OUT", "COST", "TIME", "QUESTION"),
        [
            (
                trace.id[:TRACE_DIGITS],
                moment(trace.created_at),
                f"{trace.mission}@{trace.version}",
                coloured(trace.outcome),
                trace.calls[-1].name if trace.calls else "-",
                f"{trace.usage.input}/{trace.usage.output}",
                money(trace.cost),
                duration(trace.wall),
                shortened(printable(trace.question), 60),
            )
            for trace in found
        ],
        yielding=("MODEL", "COST", "TOKENS IN/OUT", "VERSION"),
    )


@click.command()
@click.argument("trace_id")
@json_option
@pass_session
def trace(session: Session, trace_id: str, as_json: bool) -> None:
    """Show one request: its steps with time and CPU, chunks, findings, routing, tokens and cost."""
    found = session.run(lambda workspace: workspace.trace(trace_id))
    if as_json:
        print_json(found)
    else:
        print_trace(found)


@click.command()
@click.argument("trace_id")
@click.option("--replay", type=click.Path(path_type=Path), help="Ask the edited FOLDER the same question.")
@click.option(
    "--golden", type=click.Path(path_type=Path), help="Keep the case as a draft task at the end of this file."
)
@json_option
@pass_session
def diagnose(session: Session, trace_id: str, replay: Path | None, golden: Path | None, as_json: bool) -> None:
    """Why an answer was bad: chunk missing, chunk ignored, or guardrail too loose; and which file to edit."""

    async def work(workspace: Workspace) -> tuple[Trace, Diagnosis, Trace | None]:
        found = await workspace.trace(trace_id)
        again = (await workspace.folders.ask(replay, found.question)).trace if replay else None
        return found, await workspace.watch.diagnose(found), again

    found, diagnosis, again = session.run(work)
    if golden is not None:
        _keep(golden, found)
    if as_json:
        print_json({"diagnosis": diagnosis, "replay": again})
        return
    say("asked    ", printable(found.question), hang=9)
    say("answered ", printable(found.answer), hang=9)
    click.echo("")
    say(f"{click.style(diagnosis.cause, fg='yellow', bold=True)}  ", printable(diagnosis.message))
    click.echo(f"edit     {click.style(diagnosis.edit, bold=True)}")
    if again is None and found.outcome != "failed":
        click.echo(dim(f"  then: gonogo diagnose {found.id[:TRACE_DIGITS]} --replay FOLDER"))
    if again is not None:
        same = "the same answer" if again.answer == found.answer else printable(again.answer)
        click.echo(f"\nthe folder now answers: {same}")
    if golden is not None:
        click.echo(f"kept as draft task trace-{found.id[:12]} in {golden}: write what a good answer must show")


def _keep(path: Path, found: Trace) -> None:
    from gonogo.building.golden_writing import add_task
    from gonogo.domain import Assertion, GoldenTask

    task = GoldenTask(
        id=f"trace-{found.id[:12]}",
        question=found.question,
        turns=found.messages[:-1],
        expect=(Assertion(kind="refuses", value=False),),
        tags=("from-trace",),
        draft=True,
    )
    add_task(path, task)
