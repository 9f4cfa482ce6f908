"""Command that asks recorded questions again: backtest.

Here: parsing, the plan in words. Not here: the workflow (``evaluation.backtest``), phrasing a Verdict
(``verdict_page``).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gonogo.cli.moments import MOMENT
from gonogo.cli.output import counted, dim, json_option, money, print_json, say
from gonogo.cli.progress import evaluation_progress
from gonogo.cli.prove import proof_of, stopped_by, version_of
from gonogo.cli.recordings import recording_options, use_recording
from gonogo.cli.reports import report_options, targets_of, write_reports
from gonogo.cli.session import Session, pass_session
from gonogo.cli.verdict_page import Proof, print_verdict

if TYPE_CHECKING:
    from gonogo.assembly import Workspace
    from gonogo.evaluation.backtest import BacktestPlan


@click.command()
@click.argument("target")
@click.option(
    "--from-traces", is_flag=True, default=True, help="Questions of recorded Traces; there is no other source."
)
@click.option("--environment", "-e", default="production", show_default=True, help="Whose Traces; '' for any.")
@click.option("--since", type=MOMENT, help="Only Traces from then on: 24h, 7d, 2026-11-01 or 2026-11-01T12:00 (UTC).")
@click.option("--until", type=MOMENT, help="Only Traces before then.")
@click.option("--version", "number", type=click.IntRange(1), help="Only what this Version number served.")
@click.option("--session", "session_id", help="Only Traces of this session.")
@click.option("--tenant", help="Only Traces of this tenant.")
@click.option("--model", help="Only Traces that this model of the Mission answered.")
@click.option(
    "--limit", default=10_000, show_default=True, type=click.IntRange(1, 1_000_000), help="Newest to look at."
)
@click.option("--sample", default=300, show_default=True, type=click.IntRange(1, 100_000), help="Most to ask again.")
@click.option("--seed", default=0, show_default=True, help="Gives the sample and the order.")
@click.option(
    "--cluster",
    type=click.Choice(["user", "session", "question"]),
    default="user",
    show_default=True,
    help="Whose questions count as one.",
)
@click.option(
    "--concurrency", type=click.IntRange(1, 1024), help="Questions in flight; left out, as many as upstream takes well."
)
@click.option("--fresh", is_flag=True, help="Ask again what was asked in an earlier backtest.")
@click.option("--plan", "plan_only", is_flag=True, help="Say what it would show and take, and ask nothing.")
@recording_options
@click.option("--max-cost", type=click.FloatRange(0, min_open=True), help="Dollars this command may spend.")
@click.option("--max-tokens", type=click.IntRange(1), help="Tokens, in and out, this command may spend.")
@report_options
@json_option
@pass_session
def backtest(
    session: Session,
    /,
    target: str,
    from_traces: bool,
    environment: str,
    since: float | None,
    until: float | None,
    number: int | None,
    session_id: str | None,
    tenant: str | None,
    model: str | None,
    limit: int,
    sample: int,
    seed: int,
    cluster: str,
    concurrency: int | None,
    fresh: bool,
    plan_only: bool,
    record: Path | None,
    replay: Path | None,
    max_cost: float | None,
    max_tokens: int | None,
    report: tuple[str, ...],
    summary: Path | None,
    root: Path | None,
    as_json: bool,
) -> int:
    """Ask TARGET (a folder, or support@7) what users asked, and hold its answers against those that were served.

    Judged by what needs no right answer: whether it answers, faithfulness, relevance, toxicity, judges, cost, latency.
    The Verdict allows no deployment. No Trace is left, no key is charged, and the cache is off.

    Exit code: as evaluate.
    """
    from gonogo.evaluation import Cap, RunOptions
    from gonogo.evaluation.backtest_selection import TraceChoice

    reports = targets_of(report, summary, root, as_json=as_json)
    cap = None if max_cost is None and max_tokens is None else Cap(max_cost=max_cost, max_tokens=max_tokens)
    session.if_stopped = "What was finished is kept; the same command goes on from there."
    choice = TraceChoice(
        environment=environment or None, since=since, until=until, version=number, session=session_id, tenant=tenant,
        model=model, limit=limit, sample=sample, seed=seed, by=cluster,  # type: ignore[arg-type]
    )  # fmt: skip
    options = RunOptions(
        concurrency=concurrency,
        seed=seed,
        fresh=fresh or record is not None,
        replayed=replay is not None,
        progress=None if as_json else evaluation_progress(),
        cap=cap,
    )

    def tell(plan: BacktestPlan) -> None:
        for line in () if as_json else said_of(plan):
            click.echo(dim(line), err=True)

    async def work(workspace: Workspace) -> Proof | BacktestPlan:
        use_recording(workspace, record, replay)
        version = await version_of(workspace, target, quiet=as_json)
        if plan_only:
            return await workspace.backtests.plan(version, choice, options=options)
        found = await workspace.backtests.backtest(version, choice, options=options, told=tell)
        return await proof_of(workspace, found)

    found = session.run(work)
    if not isinstance(found, Proof):
        if as_json:
            print_json(found)
        else:
            for line in said_of(found):
                say("", line)
        return 0
    if as_json:
        print_json(found.verdict)
    elif not reports.in_place_of_page:
        print_verdict(found)
    if cap is not None and cap.stopped:
        click.echo(stopped_by(cap), err=True)
    return write_reports(found, reports, None)


def said_of(plan: BacktestPlan) -> Iterator[str]:
    """The plan, a line each: which questions, what they can show, what asking them takes."""
    whose = "" if plan.clusters == plan.replayed else f" of {counted(plan.clusters, plan.clustered_by)}"
    drawn = f", {plan.not_drawn} not drawn" if plan.not_drawn else ""
    yield f"{counted(plan.replayed, 'question')}{whose} from {counted(plan.looked_at, 'Trace')}{drawn}"
    for why, count in plan.left_out.items():
        yield f"left out {count}: {why}"
    if plan.visible_margin is not None:
        yield f"can show a margin of {100 * plan.visible_margin:.1f} points in what is answered, if one in ten changes"
    if plan.too_small:
        worth = f" independent ones (these are worth {plan.worth_least:.0f})"
        have = "" if plan.clusters == plan.replayed else worth
        yield (
            f"warning: at least {plan.smallest_set}{have} are needed to prove a margin of {100 * plan.margin:g} points "
            "even if no answer changes: ask more (--sample, --since, --limit)"
        )
    known = f"; {counted(plan.known, 'answer')} known already" if plan.known else ""
    tokens = "unknown tokens" if plan.tokens is None else f"about {plan.tokens} tokens"
    took = "" if not plan.asked else f": {tokens}, cost {money(plan.cost)}, as when they were served"
    yield f"to ask: {plan.asked} of {plan.version}{took}{known}"
