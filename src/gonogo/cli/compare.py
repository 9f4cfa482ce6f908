"""Command that compares: Versions and models side by side on the same golden tasks.

Here: parsing, the matrix on a terminal. Not here: running (``assembly.comparison``), the page (``compare_page``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gonogo.cli.output import counted, dim, duration, json_option, money, print_json, printable
from gonogo.cli.progress import evaluation_progress
from gonogo.cli.prove import stopped_by, version_of
from gonogo.cli.recordings import recording_options, use_recording
from gonogo.cli.session import Session, pass_session
from gonogo.cli.spans import points, share
from gonogo.cli.tables import table

if TYPE_CHECKING:
    from gonogo.assembly import Workspace
    from gonogo.domain.matrix import Matrix, MatrixCell


@click.command()
@click.argument("targets", nargs=-1, required=True)
@click.option("--models", help="Names of the Mission's models, or PROVIDER/MODEL, with commas between.")
@click.option("--concurrency", type=click.IntRange(1, 1024), help="Tasks in flight; left out, as evaluate.")
@click.option("--repeats", default=1, show_default=True, type=click.IntRange(1, 100), help="Runs of each task.")
@click.option("--seed", default=0, show_default=True, help="Gives the random order of tasks.")
@click.option("--fresh", is_flag=True, help="Run again what was run before.")
@recording_options
@click.option("--max-cost", type=click.FloatRange(0, min_open=True), help="Dollars this command may spend.")
@click.option("--max-tokens", type=click.IntRange(1), help="Tokens, in and out, this command may spend.")
@click.option("--html", "page", type=click.Path(path_type=Path, dir_okay=False), help="Write the matrix as one page.")
@json_option
@pass_session
def compare(
    session: Session, /, targets: tuple[str, ...], models: str | None, concurrency: int | None, repeats: int, seed: int,
    fresh: bool, record: Path | None, replay: Path | None, max_cost: float | None, max_tokens: int | None,
    page: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Run TARGETS (folders, or Versions such as support@7), each with each of --models, on the golden tasks of the
    first target, and show pass rates, cost and latency side by side.

    Every cell is held against the first one, task by task. What was run before is not run again. Nothing is decided:
    `gonogo evaluate` gives Verdicts.
    """
    from gonogo.evaluation import Cap, RunOptions

    named = _names(models)
    if len(targets) * max(1, len(named)) < 2:
        raise click.UsageError("one cell has nothing to be compared with: name another target, or --models a,b")
    cap = None if max_cost is None and max_tokens is None else Cap(max_cost=max_cost, max_tokens=max_tokens)
    session.if_stopped = "What was finished is kept; the same command goes on from there."
    options = RunOptions(
        concurrency=concurrency, repeats=repeats, seed=seed, fresh=fresh or record is not None,
        replayed=replay is not None, progress=None if as_json else evaluation_progress(), cap=cap,
    )  # fmt: skip

    async def work(workspace: Workspace) -> Matrix:
        use_recording(workspace, record, replay)
        versions = [await version_of(workspace, target, quiet=as_json) for target in targets]
        return await workspace.comparison.compare(versions, named, options)

    found = session.run(work)
    if page is not None:
        from gonogo.cli.compare_page import written

        page.write_text(written(found), encoding="utf-8")
    if as_json:
        print_json(found)
    else:
        _print(found)
        if page is not None:
            click.echo(dim(f"the page is {page}"))
    if cap is not None and cap.stopped:
        click.echo(stopped_by(cap), err=True)
    if found.stopped:
        click.echo(f"Stopped: {printable(found.stopped)}. The same command goes on from there.", err=True)


def _names(models: str | None) -> list[str]:
    named = [name.strip() for name in (models or "").split(",") if name.strip()]
    if models is not None and not named:
        raise click.BadParameter("names no model", param_hint="--models")
    for name in named:
        if named.count(name) > 1:
            raise click.BadParameter(f"{name!r} stands there twice", param_hint="--models")
    return named


def _print(found: Matrix) -> None:
    rows = [
        (
            cell.name,
            share(cell.passed),
            "" if place == 0 else points(cell.difference),
            "" if place == 0 else f"{len(cell.broke)} / {len(cell.mended)}",
            "-" if cell.tokens is None else money(cell.cost),
            "-" if cell.p50 is None else f"{duration(cell.p50)} / {duration(cell.p95)}",
            _without(cell),
        )
        for place, cell in enumerate(found.cells)
    ]
    table(
        ("CELL", "PASSED", "POINTS TO THE FIRST", "BROKE / MENDED", "A TASK COSTS", "p50 / p95", "WITHOUT RESULT"),
        rows,
        yielding=("BROKE / MENDED", "p50 / p95"),
    )
    differ = sum(task.differs for task in found.tasks)
    asked = sum(cell.asked for cell in found.cells)
    click.echo(
        f"{counted(len(found.tasks), 'golden task')} of {found.judged_by}, {differ} of them come out differently; "
        f"{counted(asked, 'answer')} made now in {duration(found.wall)}"
    )
    click.echo(dim("intervals: 95 % each (Wilson; paired difference to the first cell: Tango)"))


def _without(cell: MatrixCell) -> str:
    said = [f"{cell.errors} failed" if cell.errors else "", f"{cell.never_run} never run" if cell.never_run else ""]
    return ", ".join(filter(None, said))
