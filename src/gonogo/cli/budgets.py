"""Command budgets: how the budgets of a day stand.

Here: showing. Not here: which there are (``assembly.budgets``).
"""

from __future__ import annotations

import click

from gonogo.cli.moments import DAY
from gonogo.cli.output import counted, dim, json_option, money, print_json, printable
from gonogo.cli.session import Session, pass_session
from gonogo.cli.tables import table


@click.command()
@click.option("--day", type=DAY, help="Which day, UTC: 1d, 2026-11-01 (default: today).")
@json_option
@pass_session
def budgets(session: Session, day: str | None, as_json: bool) -> None:
    """How today's budgets stand: spent, held by servers, left."""
    rows = session.run(lambda workspace: workspace.watch.budgets(day or ""))
    if as_json:
        print_json(rows)
        return
    if not rows:
        click.echo(
            "No budgets: `gonogo keys create --daily-budget DOLLARS` gives a key one; [budgets] in settings.toml gives "
            "them to tenants, Missions and all."
        )
        return
    table(
        ("BUDGET", "LIMIT", "SPENT", "HELD", "LEFT", "UNKNOWN"),
        [
            (
                printable(f"{row.scope} {row.name}".rstrip()),
                dim("-") if row.limit is None else money(row.limit),
                money(row.spent),
                money(row.held),
                dim("-") if row.left is None else money(row.left),
                counted(row.unpriced, "call") if row.unpriced else dim("-"),
            )
            for row in rows
        ],
    )
