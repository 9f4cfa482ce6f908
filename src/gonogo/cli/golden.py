"""Commands over golden tasks: draft.

Here: parsing and writing files. Not here: making drafts (``evaluation.draft``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gonogo.cli.session import Session, pass_session
from gonogo.errors import BadInput

if TYPE_CHECKING:
    from gonogo.domain import GoldenTask


@click.group()
def golden() -> None:
    """Draft and keep golden tasks."""


@golden.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--out", type=click.Path(path_type=Path), help="Write here instead of to standard output.")
@pass_session
def draft(session: Session, folder: Path, limit: int, out: Path | None) -> None:
    """Write template-made drafts from the documents of FOLDER. Drafts never gate: read each, then remove `draft`."""
    tasks = session.run(lambda workspace: workspace.draft_golden(folder, limit))
    if not tasks:
        raise BadInput(f"no sentence of the documents of {folder} states a number or a name to ask about")
    text = tasks_as_yaml(tasks)
    if out is None:
        click.echo(text)
        return
    if out.exists():
        raise BadInput(f"{out} exists already: choose another file, or remove it first")
    out.write_text(text, encoding="utf-8")
    click.echo(f"{len(tasks)} drafts in {out}. Read each one, correct it, and take `draft: true` away.")


def tasks_as_yaml(tasks: list[GoldenTask]) -> str:
    """Golden tasks as they stand in a golden file."""
    import yaml

    return yaml.safe_dump([_as_written(task) for task in tasks], sort_keys=False, allow_unicode=True, width=110)


def _as_written(task: GoldenTask) -> dict[str, Any]:
    expect = [{assertion.name: assertion.options or assertion.value} for assertion in task.expect]
    written: dict[str, Any] = {"id": task.id, "question": task.question, "tags": list(task.tags), "expect": expect}
    if task.turns:
        written["turns"] = list(task.turns)
    if task.draft:
        written["draft"] = True
    return written
