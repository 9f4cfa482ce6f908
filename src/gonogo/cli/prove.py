"""Commands that prove: evaluate, verdict.

Here: parsing. Not here: running (``evaluation``), deciding (``gate``), phrasing a Verdict (``verdict_page``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gonogo.cli.changed_files import changed_since, golden_state
from gonogo.cli.cluster import check_cluster, cluster_options, evaluating
from gonogo.cli.folder import print_problems
from gonogo.cli.output import dim, json_option, money, print_json
from gonogo.cli.plan import said_of
from gonogo.cli.progress import build_progress, evaluation_progress, index_progress
from gonogo.cli.recordings import recording_options, use_recording
from gonogo.cli.reports import report_options, targets_of, write_reports
from gonogo.cli.session import Session, pass_session
from gonogo.cli.verdict_page import MOST_SHOWN, Proof, print_verdict

if TYPE_CHECKING:
    from gonogo.assembly import Workspace
    from gonogo.domain import Verdict, Version
    from gonogo.evaluation import Cap, RunOptions

ALL = 1_000_000


async def version_of(workspace: Workspace, target: str, *, quiet: bool) -> Version:
    """A Version named, or built from a folder; ``quiet`` shows neither progress nor warnings."""
    folder = Path(target)
    if target and (folder.is_dir() or "/" in target or target.startswith(".")):
        built = await workspace.build(
            folder,
            progress=None if quiet else build_progress(),
            index_progress=None if quiet else index_progress(),
        )
        if not quiet:
            print_problems((), built.warnings)
        return built.version
    return await workspace.version(target)


async def proof_of(workspace: Workspace, verdict: Verdict) -> Proof:
    """A Verdict with everything its page shows."""
    candidate = await workspace.version(f"{verdict.mission}@{verdict.candidate}")
    run = await workspace.run(verdict.run_id) if verdict.run_id else None
    live = await workspace.run(verdict.baseline_run_id) if verdict.baseline_run_id else None
    mission = candidate.mission
    tasks = {task.id: task for task in mission.golden}
    if verdict.backtest is not None:
        return Proof(verdict=verdict, run=run, live=live, tasks=await workspace.backtests.tasks(verdict))
    return Proof(verdict=verdict, run=run, live=live, tasks=tasks, critical=mission.gate.critical)


async def folder_of(workspace: Workspace, target: str, mission: str) -> Path | None:
    """Where golden files stand: TARGET where it is a folder, else the one that the Mission was last built from."""
    if Path(target).is_dir():
        return Path(target)
    known = await workspace.store.folder(mission)
    return None if known is None else Path(known)


@click.command()
@click.argument("target")
@click.option(
    "--environment", "-e", default="production", show_default=True, help="Whose live Version to compare with."
)
@click.option(
    "--concurrency", type=click.IntRange(1, 1024), help="Tasks in flight; left out, as many as the upstream takes well."
)
@click.option("--repeats", default=1, show_default=True, type=click.IntRange(1, 100), help="Runs of each task.")
@click.option("--seed", default=0, show_default=True, help="Gives the random order of tasks.")
@click.option("--fresh", is_flag=True, help="Run again what was run before.")
@recording_options
@cluster_options
@click.option("--max-cost", type=click.FloatRange(0, min_open=True), help="Dollars this command may spend.")
@click.option("--max-tokens", type=click.IntRange(1), help="Tokens, in and out, this command may spend.")
@report_options
@json_option
@pass_session
def evaluate(
    session: Session,
    /,
    target: str,
    environment: str,
    concurrency: int | None,
    repeats: int,
    seed: int,
    fresh: bool,
    record: Path | None,
    replay: Path | None,
    on: str,
    workers: int | None,
    max_cost: float | None,
    max_tokens: int | None,
    report: tuple[str, ...],
    summary: Path | None,
    root: Path | None,
    as_json: bool,
) -> int:
    """Run the golden tasks of TARGET (a folder, or support@7) against what is live and give a Verdict.

    Exit code: 0 GO, 1 NO-GO, 3 INCONCLUSIVE, 4 INVALID; of a GO whose report cannot be written 65 or 75.
    """
    from gonogo.evaluation import Cap, RunOptions

    reports = targets_of(report, summary, root, as_json=as_json)
    cap = None if max_cost is None and max_tokens is None else Cap(max_cost=max_cost, max_tokens=max_tokens)
    check_cluster(session, on, workers, taped=record is not None or replay is not None)
    session.if_stopped = "What was finished is kept; the same command goes on from there."

    async def work(workspace: Workspace) -> tuple[Proof, Path | None, str]:
        use_recording(workspace, record, replay)
        version = await version_of(workspace, target, quiet=as_json)
        before = golden_state(target, version)
        options = RunOptions(
            concurrency=concurrency,
            repeats=repeats,
            seed=seed,
            fresh=fresh or record is not None,
            replayed=replay is not None,
            progress=None if as_json else evaluation_progress(),
            cap=cap,
        )
        if not as_json:
            await _say_plan(workspace, version, environment, options)
        async with evaluating(workspace, version, environment, on, workers) as prove:
            found = await prove(version, environment=environment, options=options)
        changed = changed_since(target, before, version)
        return await proof_of(workspace, found), await folder_of(workspace, target, found.mission), changed

    proof, folder, changed = session.run(work)
    if as_json:
        print_json(_with_attempts(proof))
    elif not reports.in_place_of_page:
        print_verdict(proof)
    if replay is not None and not as_json:
        click.echo(dim(f"every answer was replayed from {replay}: latencies say nothing of the models"), err=True)
    if cap is not None and cap.stopped:
        click.echo(stopped_by(cap), err=True)
    elif _stopped_by_errors(proof):
        click.echo(TOO_MANY_ERRORS, err=True)
    if changed:
        click.echo(changed, err=True)
    return write_reports(proof, reports, folder)


def _stopped_by_errors(proof: Proof) -> bool:
    runs = [run for run in (proof.run, proof.live) if run is not None and run.finished_at is None]
    over = any(reason.rule == "error_budget" for reason in proof.verdict.reasons)
    return over and any(result.passed is None for run in runs for result in run.results)


TOO_MANY_ERRORS = (
    "Stopped: the error budget was spent and most answers failed, so that asking the rest would only cost. What was "
    "finished is kept; mend the cause, and the same command goes on from there."
)


def _with_attempts(proof: Proof) -> object:
    """The Verdict, and beside its fields what repeats say, where there were any."""
    from msgspec import to_builtins

    return {**to_builtins(proof.verdict), **_repeats(proof)} if proof.attempts else proof.verdict


def _repeats(proof: Proof) -> dict[str, object]:
    return {"attempts": found} if (found := proof.attempts) else {}


def stopped_by(cap: Cap) -> str:
    """What is said when a cap ended a command."""
    options = [
        f"--max-cost {money(cap.max_cost)}" if cap.max_cost is not None else "",
        f"--max-tokens {cap.max_tokens}" if cap.max_tokens is not None else "",
    ]
    return (
        f"Stopped by {' and '.join(filter(None, options))}: {money(cap.cost)} and {cap.tokens} tokens were spent, and "
        "one more task might have passed it. What was finished is kept; the same command goes on from there."
    )


async def _say_plan(workspace: Workspace, version: Version, environment: str, options: RunOptions) -> None:
    """What it will take, before anything is asked."""
    found = await workspace.plans.plan(version, environment=environment, options=options)
    # Building the folder has said the warning already.
    lines = [line for line in said_of(found) if not line.startswith("warning: ")]
    if options.replayed:
        lines = lines[:1]  # nothing is spent, and only the models' own time is known
    for line in lines:
        click.echo(dim(line), err=True)


@click.command()
@click.argument("target")
@click.option("--failed", is_flag=True, help="List every task that failed or did not run, with its answer.")
@click.option("--backtest", is_flag=True, help="The newest one on recorded questions.")
@report_options
@json_option
@pass_session
def verdict(
    session: Session, /, target: str, failed: bool, backtest: bool, report: tuple[str, ...], summary: Path | None,
    root: Path | None, as_json: bool,
) -> int:  # fmt: skip
    """Show the newest Verdict of TARGET (support@7, or a Verdict id). Exit code: as evaluate."""
    reports = targets_of(report, summary, root, as_json=as_json)

    async def work(workspace: Workspace) -> tuple[Proof, Path | None]:
        found = await workspace.verdict(target, backtest=backtest)
        return await proof_of(workspace, found), await folder_of(workspace, target, found.mission)

    proof, folder = session.run(work)
    if as_json:
        print_json({"verdict": proof.verdict, "results": proof.run.results if proof.run else None, **_repeats(proof)})
    elif not reports.in_place_of_page:
        print_verdict(proof, every_failure=failed, most=ALL if failed else MOST_SHOWN)
    return write_reports(proof, reports, folder)
