"""Command that plans: what an evaluation can show, costs and takes, before a single token is spent.

Here: the command, and the plan in words, which open an evaluation too. Not here: the figures (``assembly.plans``).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gonogo.cli.output import counted, duration, json_option, money, print_json, say
from gonogo.cli.session import Session, pass_session

if TYPE_CHECKING:
    from gonogo.assembly import Workspace
    from gonogo.assembly.plans import EvaluationPlan, SidePlan
    from gonogo.gate import Plan


@click.command()
@click.argument("target")
@click.option(
    "--environment", "-e", default="production", show_default=True, help="Whose live Version to compare with."
)
@click.option(
    "--concurrency", type=click.IntRange(1, 1024), help="Tasks in flight; left out, as many as earlier runs had."
)
@click.option("--repeats", default=1, show_default=True, type=click.IntRange(1, 100), help="Runs of each task.")
@click.option("--fresh", is_flag=True, help="As if nothing were run before.")
@json_option
@pass_session
def plan(
    session: Session, target: str, environment: str, concurrency: int | None, repeats: int, fresh: bool, as_json: bool
) -> None:
    """What `gonogo evaluate TARGET` would show, cost and take: nothing is asked and nothing is stored.

    Tokens, dollars and time are those of earlier runs of the same models; without any, a bound by the sizes of prompts
    and the prices. What nobody knows is said to be unknown.
    """
    from gonogo.evaluation import RunOptions

    options = RunOptions(concurrency=concurrency, repeats=repeats, fresh=fresh)

    async def work(workspace: Workspace) -> EvaluationPlan:
        folder = Path(target)
        if folder.is_dir() or "/" in target or target.startswith("."):
            return await workspace.folders.plan(folder, environment=environment, options=options)
        version = await workspace.version(target)
        return await workspace.plans.plan(version, environment=environment, options=options)

    found = session.run(work)
    if as_json:
        print_json(found)
        return
    for line in said_of(found):
        say("", line)


def said_of(found: EvaluationPlan) -> Iterator[str]:
    """The plan, a line each: what the set can see, what is asked, what that takes, what makes it pointless."""
    yield shows_said(found.shows, found.version)
    if found.same_behaviour:
        yield f"nothing to ask: it behaves as live {found.live} by digest"
        return
    asked = [side for side in found.sides if side.asked]
    if not asked:
        yield "nothing to ask: every result is known"
    else:
        told = " and ".join(
            f"{side.asked} of {side.version + ' (live)' if side.live else side.version}" for side in asked
        )
        known = sum(side.known for side in found.sides)
        rest = f"; {counted(known, 'result')} known already" if known else ""
        yield f"to ask: {told}{rest}"
        yield f"takes {_takes(found, asked)}"
        if found.most_reruns:
            yield f"on top: a critical task that fails is asked again, at most {found.most_reruns} answers in all"
    if found.shows.warning:
        yield f"warning: {found.shows.warning}"


def shows_said(shows: Plan, name: str) -> str:
    """How many golden tasks there are, and what they can see."""
    said = f"{name}: {shows.tasks} golden tasks"
    if shows.drafts:
        said += f" and {shows.drafts} drafts that decide nothing"
    if shows.shadow:
        said += f" and {counted(shows.shadow, 'shadow task')}, shown only"
    if shows.clusters is not None:
        said += f" in {counted(shows.clusters, 'cluster')}, worth about {shows.worth:.0f} independent ones"
    if shows.visible_margin is not None:
        said += f"; can show a margin of {100 * shows.visible_margin:.1f} points if one task in ten changes"
    return said


def _takes(found: EvaluationPlan, asked: list[SidePlan]) -> str:
    bound = any(side.source == "sizes" for side in asked)
    tokens = "unknown tokens" if found.tokens is None else f"{found.tokens} tokens"
    unpriced = sorted({name for side in asked for name in side.unpriced})
    cost = f"cost {money(found.cost)}" + (f" (no price of {', '.join(unpriced)})" if unpriced else "")
    time = "time unknown" if found.seconds is None else f"about {duration(found.seconds)}"
    results = max(side.results for side in asked)
    basis = "by sizes of prompts and prices, as nothing was run yet" if bound else f"as {results} earlier results did"
    early = "; an early stop takes less" if found.may_stop_early else ""
    return f"{'at most' if bound else 'about'} {tokens}, {cost}, {time}: {basis}{early}"
