"""Commands that prove: evaluate, verdict.

Here: parsing and phrasing a Verdict. Not here: running (``evaluation``), deciding (``gate``).
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
    money,
    print_json,
    printable,
    progress_line,
    shortened,
)
from gonogo.cli.session import Session, pass_session

if TYPE_CHECKING:
    from gonogo.assembly import Workspace
    from gonogo.domain import EvaluationRun, GoldenTask, Verdict, Version

MOST_SHOWN = 12


async def version_of(workspace: Workspace, target: str) -> Version:
    """A Version named, or built from a folder."""
    folder = Path(target)
    if folder.is_dir() or "/" in target or target.startswith("."):
        return (await workspace.build(folder)).version
    return await workspace.version(target)


@click.command()
@click.argument("target")
@click.option(
    "--environment", "-e", default="production", show_default=True, help="Whose live Version to compare with."
)
@click.option("--concurrency", default=8, show_default=True, type=click.IntRange(1, 1024), help="Tasks in flight.")
@click.option("--repeats", default=1, show_default=True, type=click.IntRange(1, 100), help="Runs of each task.")
@click.option("--seed", default=0, show_default=True, help="Gives the random order of tasks.")
@click.option("--fresh", is_flag=True, help="Run again what was run before.")
@json_option
@pass_session
def evaluate(
    session: Session,
    target: str,
    environment: str,
    concurrency: int,
    repeats: int,
    seed: int,
    fresh: bool,
    as_json: bool,
) -> int:
    """Run the golden tasks of TARGET (a folder, or support@7) against what is live and give a Verdict.

    Exit code: 0 GO, 1 NO-GO, 3 INCONCLUSIVE, 4 INVALID.
    """
    from gonogo.evaluation import RunOptions
    from gonogo.gate import plan

    async def work(workspace: Workspace) -> tuple[Version, Verdict, EvaluationRun | None]:
        version = await version_of(workspace, target)
        if not as_json:
            outlook = plan(version.mission)
            visible = (
                ""
                if outlook.visible_margin is None
                else (f"; can show a margin of {100 * outlook.visible_margin:.1f} points if one task in ten changes")
            )
            click.echo(dim(f"{version.name}: {outlook.tasks} golden tasks{visible}"), err=True)
        options = RunOptions(
            concurrency=concurrency,
            repeats=repeats,
            seed=seed,
            fresh=fresh,
            progress=None if as_json else progress_line(),
        )
        verdict = await workspace.evaluate(version, environment=environment, options=options)
        run = await workspace.run(verdict.run_id) if verdict.run_id else None
        return version, verdict, run

    version, verdict_, run = session.run(work)
    if as_json:
        print_json(verdict_)
    else:
        print_verdict(verdict_, run, version.mission.golden)
    return verdict_.exit_code


@click.command()
@click.argument("target")
@click.option("--failed", is_flag=True, help="Also list every failed task with its answer.")
@json_option
@pass_session
def verdict(session: Session, target: str, failed: bool, as_json: bool) -> int:
    """Show the newest Verdict of TARGET (support@7, or a Verdict id)."""

    async def work(workspace: Workspace) -> tuple[Version, Verdict, EvaluationRun | None]:
        found = await workspace.verdict(target)
        run = await workspace.run(found.run_id) if found.run_id else None
        return await workspace.version(f"{found.mission}@{found.candidate}"), found, run

    version, found, run = session.run(work)
    if as_json:
        print_json({"verdict": found, "results": run.results if run else None})
    else:
        print_verdict(found, run, version.mission.golden, most=10_000 if failed else MOST_SHOWN)
    return found.exit_code


def print_verdict(
    found: Verdict, run: EvaluationRun | None, tasks: tuple[GoldenTask, ...], most: int = MOST_SHOWN
) -> None:
    """A Verdict: the line, what broke with question and answer, resources."""
    outcome, _, rest = found.line.partition("  ")
    click.echo(f"{coloured(outcome)}  {printable(rest)}")
    baseline = f"{found.mission}@{found.baseline}" if found.baseline else "nothing (first deployment)"
    click.echo(dim(f"  {found.mission}@{found.candidate} against {baseline}; verdict {found.id}"))
    for reason in found.reasons:
        click.echo(f"  {coloured(reason.outcome)} {reason.rule}: {printable(reason.message)}")
    if run is None:
        return
    broken = {task_id for comparison in found.comparisons for task_id in comparison.broke}
    broken |= {task_id for reason in found.reasons for task_id in reason.tasks}
    failing = [result for result in run.results if result.passed is not True]
    failing.sort(key=lambda result: (result.task_id not in broken, result.task_id))
    by_id = {task.id: task for task in tasks}
    shown = [result for result in failing if result.task_id in broken] or failing
    for result in shown[:most]:
        task = by_id.get(result.task_id)
        why = result.error or ", ".join(
            f"{score.metric}: {score.detail}" for score in result.scores if score.passed is False
        )
        click.echo(f"\n  {click.style(result.task_id, bold=True)}  {dim(task.source if task else '')}")
        click.echo(f"    asked    {shortened(printable(task.question if task else ''), 110)}")
        click.echo(f"    answered {shortened(printable(result.answer), 110)}")
        click.echo(f"    why      {shortened(printable(why), 110)}")
    if len(shown) > most:
        click.echo(
            dim(f"\n  ... and {len(shown) - most} more: gonogo verdict {found.mission}@{found.candidate} --failed")
        )
    costs = [result.cost for result in run.results]
    total = None if any(cost is None for cost in costs) else sum(cost or 0.0 for cost in costs)
    tokens_in = sum(result.usage.input for result in run.results)
    tokens_out = sum(result.usage.output for result in run.results)
    click.echo(
        dim(
            f"\n  {len(run.results)} results in {duration(run.wall)} ({duration(run.cpu)} CPU); tokens {tokens_in} in, "
            f"{tokens_out} out; cost {money(total)}"
        )
    )
