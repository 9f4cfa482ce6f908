"""Command route: how many questions the simple model may take.

Here: parsing and phrasing. Not here: the measurement (``assembly.routing_threshold``).
"""

from __future__ import annotations

from pathlib import Path

import click

from gonogo.cli.output import dim, json_option, print_json
from gonogo.cli.session import Session, pass_session
from gonogo.cli.tables import table


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
@json_option
@pass_session
def route(session: Session, folder: Path, as_json: bool) -> None:
    """Choose routing.threshold of FOLDER under its max_quality_loss: runs its golden tasks on both models. Nothing is
    written."""
    choice = session.run(lambda workspace: workspace.folders.choose_threshold(folder))
    if as_json:
        print_json(choice)
        return
    table(
        ("THRESHOLD", "TO SIMPLE", "PASSED", "LOSS", "WITH ITS ERROR BAR"),
        [
            ("0", "0", f"{choice.complex_passed}/{choice.tasks}", "0.0 pts", dim("always the complex model")),
            *(
                (
                    f"{row.threshold:g}",
                    f"{row.to_simple}/{choice.tasks}",
                    f"{row.passed}/{choice.tasks}",
                    f"{100 * row.loss:.1f} pts",
                    f"at most {-100 * row.interval.low:.1f} pts"
                    + ("" if row.safe(choice.max_quality_loss) else " - too much"),
                )
                for row in choice.rows
            ),
        ],
    )
    click.echo(
        f"\nrouting: {{threshold: {choice.threshold:g}}}   the largest that loses at most "
        f"{100 * choice.max_quality_loss:g} points with 95 % confidence over all rows"
    )
    if not choice.threshold:
        click.echo(
            dim(
                "No share of the questions is shown to be safe with the simple model: more golden tasks, a better "
                "simple model, or a larger max_quality_loss would change that."
            )
        )
