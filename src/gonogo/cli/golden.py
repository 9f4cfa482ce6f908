"""Commands over golden tasks: draft, add, check, status, promote.

Here: parsing and phrasing. Not here: making drafts (``evaluation.draft``), tasks of Traces (``assembly.golden``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gonogo.cli.output import coloured, counted, dim, json_option, print_json, printable, say, shortened
from gonogo.cli.session import Session, pass_session
from gonogo.cli.tables import table
from gonogo.errors import BadInput

if TYPE_CHECKING:
    from gonogo.assembly import Workspace
    from gonogo.assembly.golden import Added, GoldenRow, Promoted
    from gonogo.domain import EvaluationRun

STATES = ("gating", "shadow", "draft")
most_option = click.option(
    "--max-flake",
    "most",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.25,
    show_default=True,
    help="Share of attempts that may differ from the usual result; a larger one must be excluded at 95 %.",
)


@click.group()
def golden() -> None:
    """Draft golden tasks, make them of Traces, and let stable ones gate."""


@golden.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--out", type=click.Path(path_type=Path), help="Write here instead of to standard output.")
@json_option
@pass_session
def draft(session: Session, folder: Path, limit: int, out: Path | None, as_json: bool) -> None:
    """Write template-made drafts from the documents of FOLDER. Drafts never gate: read each, then remove `draft`."""
    from gonogo.building.golden_writing import as_written, tasks_as_yaml, write_whole

    tasks = session.run(lambda workspace: workspace.folders.draft_golden(folder, limit))
    if not tasks:
        raise BadInput(f"no sentence of the documents of {folder} states a number or a name to ask about")
    if out is not None:
        write_whole(out, tasks_as_yaml(tasks))
    if as_json:
        print_json([as_written(task) for task in tasks])
    elif out is None:
        click.echo(tasks_as_yaml(tasks), nl=False)
    else:
        click.echo(f"{counted(len(tasks), 'draft')} in {out}. Read each one, correct it, and take `draft: true` away.")


@golden.command()
@click.argument("trace_id", metavar="TRACE")
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    help="The Mission folder; left out, where its Mission was last built from.",
)
@click.option("--anyway", default="", metavar="WHY", help="Add it although a task asks the same already.")
@json_option
@pass_session
def add(session: Session, trace_id: str, into: Path | None, anyway: str, as_json: bool) -> None:
    """Make a golden task of a TRACE: a shadow task, scored and shown and deciding nothing until it is promoted.

    The reference is the note of the newest annotation `correct no`, else the served answer: a draft until somebody has
    called it correct or read it.
    """

    async def work(workspace: Workspace) -> Added:
        found = await workspace.trace(trace_id)
        folder = into or await _folder(workspace, found.mission)
        return await workspace.golden.add(found, folder, anyway=anyway)

    added = session.run(work)
    if as_json:
        print_json(added)
        return
    task = added.task
    say("added    ", f"{task.id} to {added.file}, as a shadow task", hang=9)
    say("asked    ", shortened(printable(task.question), 400), hang=9)
    say("reference", " " + (shortened(printable(task.reference), 400) or "none: it was declined"), hang=9)
    if added.origin == "served":
        click.echo("         served, and read by nobody: correct it in the file, and write what an answer must show")
    click.echo(dim("  next: gonogo golden check FOLDER runs it often enough to see whether it is stable"))


async def _folder(workspace: Workspace, mission: str) -> Path:
    known = await workspace.store.folder(mission)
    if known is None or not Path(known).is_dir():
        raise BadInput(f"nobody knows where the folder of {mission} is: name it with --into FOLDER")
    return Path(known)


@golden.command()
@click.argument("target")
@click.argument("tasks", nargs=-1, metavar="[TASK]...")
@click.option(
    "--repeats", type=click.IntRange(1, 1000), help="Runs of each task; left out, as many as can prove it stable."
)
@click.option(
    "--concurrency", type=click.IntRange(1, 1024), help="Tasks in flight; left out, as many as the upstream takes well."
)
@click.option("--fresh", is_flag=True, help="Run again what was run before.")
@click.option("--max-cost", type=click.FloatRange(0, min_open=True), help="Dollars this command may spend.")
@click.option("--max-tokens", type=click.IntRange(1), help="Tokens, in and out, this command may spend.")
@json_option
@pass_session
def check(
    session: Session,
    /,
    target: str,
    tasks: tuple[str, ...],
    repeats: int | None,
    concurrency: int | None,
    fresh: bool,
    max_cost: float | None,
    max_tokens: int | None,
    as_json: bool,
) -> None:
    """Run golden tasks of TARGET (a folder, or support@7) often enough to see whether they are stable.

    Without TASK those that do not gate. Nothing is decided; the cache is off, and no Trace is left.
    """
    from gonogo.cli.progress import evaluation_progress
    from gonogo.cli.prove import stopped_by, version_of
    from gonogo.evaluation import Cap, RunOptions
    from gonogo.evaluation.stability import least_attempts

    cap = None if max_cost is None and max_tokens is None else Cap(max_cost=max_cost, max_tokens=max_tokens)
    session.if_stopped = "What was finished is kept; the same command goes on from there."
    options = RunOptions(
        concurrency=concurrency,
        repeats=repeats or least_attempts(),
        fresh=fresh,
        progress=None if as_json else evaluation_progress(),
        cap=cap,
    )

    async def work(workspace: Workspace) -> EvaluationRun:
        version = await version_of(workspace, target, quiet=as_json)
        return await workspace.golden.check(version, tasks, options=options)

    run = session.run(work)
    if as_json:
        print_json(run)
        return
    for task_id in sorted({result.task_id for result in run.results}):
        found = [result.passed for result in run.results if result.task_id == task_id]
        lost = f", {found.count(None)} gave no result" if None in found else ""
        click.echo(f"{task_id}: {found.count(True)} of {counted(len(found), 'attempt')} passed{lost}")
    if cap is not None and cap.stopped:
        click.echo(stopped_by(cap), err=True)


@golden.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--all", "every", is_flag=True, help="Stable gating tasks too.")
@most_option
@json_option
@pass_session
def status(session: Session, folder: Path, every: bool, most: float, as_json: bool) -> None:
    """Which golden tasks of FOLDER gate, which are in the shadow, and which give other results from run to run.

    Attempts are those of the newest behaviour that a task was run on as it is now; the share of them that differs from
    the usual result has a one-sided exact bound at 95 % (Clopper and Pearson 1934).
    """
    rows = session.run(lambda workspace: workspace.golden.status(folder, most=most))
    if as_json:
        print_json({"counts": _counts(rows), "tasks": rows})
        return
    counts = _counts(rows)
    said = ", ".join(f"{counts[name]} {name}" for name in STATES)
    click.echo(f"{counted(len(rows), 'golden task')}: {said}; {counts['flaky']} flaky, {counts['unknown']} never run")
    shown = [row for row in rows if every or row.state != "gating" or row.stability.state == "flaky"]
    if shown:
        table(
            ("TASK", "STATE", "RESULTS", "PASSED", "DIFFER AT MOST", "MORE", "QUESTION"),
            [_cells(row) for row in shown],
            yielding=("MORE", "PASSED"),
        )


def _counts(rows: list[GoldenRow]) -> dict[str, int]:
    found = {name: sum(row.state == name for row in rows) for name in STATES}
    for state in ("stable", "unproven", "flaky", "unknown"):
        found[state] = sum(row.stability.state == state for row in rows)
    return found


def _cells(row: GoldenRow) -> tuple[str, ...]:
    known = row.stability
    return (
        row.id,
        f"{row.state}, unread" if row.unread and row.state == "shadow" else row.state,
        coloured(known.state),
        f"{known.passed}/{known.attempts}",
        f"{100 * known.high:.0f} %" if known.attempts else "-",
        str(known.more) if known.more else "-",
        shortened(printable(row.question), 60),
    )


@golden.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("tasks", nargs=-1, metavar="[TASK]...")
@click.option("--read", is_flag=True, help="Drafts among them were read by a person.")
@most_option
@json_option
@pass_session
def promote(session: Session, folder: Path, tasks: tuple[str, ...], read: bool, most: float, as_json: bool) -> int:
    """Let shadow tasks of FOLDER gate that are stable; without TASK all of them. Exit code 1 where one may not yet."""
    found = session.run(lambda workspace: workspace.golden.promote(folder, tasks, read=read, most=most))
    if as_json:
        print_json(found)
    else:
        _print_promoted(found, folder)
    return 1 if found.kept and (tasks or not found.raised) else 0


def _print_promoted(found: Promoted, folder: Path) -> None:
    for row in found.raised:
        known = row.stability
        fails = "" if known.usually else "; it fails: what is live fails it too, or the reference is wrong"
        say(f"{row.id} ", f"gates from the next Version on: {known.attempts} attempts, {known.passed} passed{fails}")
    for row, why in found.kept:
        say(f"{row.id} ", f"stays in the shadow: {why}")
    if not found.raised and not found.kept:
        click.echo(f"no shadow task in {folder}: `gonogo golden add TRACE` makes one")
