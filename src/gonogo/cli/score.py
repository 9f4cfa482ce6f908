"""Command score: metrics of answers that were made elsewhere.

Here: parsing and phrasing. Not here: the metrics (``metrics``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gonogo.cli.output import json_option, print_json, printable, shortened
from gonogo.cli.session import Session, pass_session
from gonogo.cli.tables import table

if TYPE_CHECKING:
    from gonogo.assembly import Workspace
    from gonogo.domain import Score

MOST_SHOWN = 50


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@pass_session
def score(session: Session, file: Path, as_json: bool) -> None:
    """Score the answers in FILE: JSON lines with question, answer and context. No key and no model is needed."""
    from gonogo.assembly.scoring import read_rows

    async def work(workspace: Workspace) -> list[tuple[dict[str, Any], tuple[Score, ...]]]:
        return [(row, await workspace.score(answer)) for row, answer in read_rows(file)]

    rows = session.run(work)
    if as_json:
        print_json([{**row, "scores": scores} for row, scores in rows])
        return
    if not rows:
        click.echo(f'{file} holds no rows. A row is {{"question": "...", "answer": "...", "context": ["..."]}}')
        return
    names = [found.metric for found in rows[0][1]]
    table(
        (*(name.upper() for name in names), "ANSWER", "WHY"),
        [(*map(_value, scores), shortened(printable(row["answer"]), 40), _why(scores)) for row, scores in rows][
            :MOST_SHOWN
        ],
        yielding=("ANSWER",),
    )
    if len(rows) > MOST_SHOWN:
        click.echo(f"... and {len(rows) - MOST_SHOWN} more (--json prints all)")


def _value(found: Score) -> str:
    return f"{found.value:.2f}" if found.value is not None else found.state


def _why(scores: tuple[Score, ...]) -> str:
    return shortened(printable("; ".join(found.detail for found in scores if found.detail)), 120)
