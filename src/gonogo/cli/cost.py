"""Command cost: tokens, dollars, CPU and GPU, by whatever you ask.

Here: parsing and showing. Not here: adding up (``assembly.cost``, ``store``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gonogo.cli.moments import DAY
from gonogo.cli.output import counted, dim, duration, json_option, money, print_json, printable
from gonogo.cli.session import Session, pass_session
from gonogo.cli.tables import table

if TYPE_CHECKING:
    from gonogo.assembly.cost import CostReport, CostRow

BY = ("mission", "version", "model", "key", "tenant", "day")
NO_NAME = {"key": "(no key)", "model": "(none asked)"}


@click.command()
@click.argument("mission", required=False)
@click.option("--by", multiple=True, type=click.Choice(BY), help="Group by; again for finer groups (default: mission).")
@click.option("--since", type=DAY, help="First day, UTC: 7d, today or 2026-11-01 (default: ever).")
@json_option
@pass_session
def cost(session: Session, mission: str | None, by: tuple[str, ...], since: str | None, as_json: bool) -> None:
    """What requests took: tokens by kind, dollars, CPU; and what training took, CPU and GPU. Of MISSION or of all."""
    groups = by or ("mission",)
    found = session.run(lambda workspace: workspace.watch.cost(mission, by=groups, since=since or ""))
    if as_json:
        print_json(found)
        return
    if found.rows:
        _rows(found)
    else:
        asked = f" since {found.since}" if found.since else ""
        click.echo(f"No requests{asked}: what `gonogo serve` answers is counted here; `gonogo ask` keeps nothing.")
    _evaluation(found)
    _training(found)


def _rows(found: CostReport) -> None:
    header = (
        *(name.upper() for name in found.by),
        "REQUESTS", "INPUT", "CACHED", "WRITTEN", "OUTPUT", "REASONING", "COST", "UNKNOWN", "CPU",
    )  # fmt: skip
    rows = [_line(row, tuple(row.group[name] or NO_NAME.get(name, "") for name in found.by)) for row in found.rows]
    if len(found.rows) > 1:
        rows.append(_line(found.total, ("total", *("" for _ in found.by[1:]))))
    table(header, rows, yielding=("WRITTEN", "REASONING", "CPU", "CACHED"))
    if found.total.unpriced:
        click.echo(
            dim(f"{counted(found.total.unpriced, 'call')} of unknown price, not in COST: write prices into prices.toml")
        )
    if found.total.estimated:
        click.echo(dim(f"{counted(found.total.estimated, 'call')} whose tokens the provider did not report: estimated"))


def _line(row: CostRow, names: tuple[str, ...]) -> tuple[str, ...]:
    usage = row.usage
    numbers = (row.requests, usage.input, usage.cached, usage.cache_written, usage.output, usage.reasoning)
    unknown = counted(row.unpriced, "call") if row.unpriced else "-"
    return (
        *map(printable, names),
        *(f"{number:,}" for number in numbers),
        money(row.cost),
        unknown,
        duration(row.cpu_seconds),
    )


def _evaluation(found: CostReport) -> None:
    row = found.evaluation
    if row.requests:
        tokens = f"{row.usage.input:,} tokens read, {row.usage.output:,} written"
        click.echo(f"evaluations, of these  {counted(row.calls, 'call')}: {tokens}, {money(row.cost)}")


def _training(found: CostReport) -> None:
    training = found.training
    if not training.classifiers:
        return
    unknown = f", of {training.unknown} unknown" if training.unknown else ""
    click.echo(
        f"training  {counted(training.classifiers, 'classifier')}: {duration(training.cpu_seconds)} of CPU, "
        f"{training.gpu_hours:.2f} GPU hours{unknown}"
    )
