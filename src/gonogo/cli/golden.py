"""Commands over golden tasks: draft.

Here: parsing and writing files. Not here: making drafts (``evaluation.draft``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gonogo.cli.output import counted, json_option, print_json
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
@json_option
@pass_session
def draft(session: Session, folder: Path, limit: int, out: Path | None, as_json: bool) -> None:
    """Write template-made drafts from the documents of FOLDER. Drafts never gate: read each, then remove `draft`."""
    tasks = session.run(lambda workspace: workspace.folders.draft_golden(folder, limit))
    if not tasks:
        raise BadInput(f"no sentence of the documents of {folder} states a number or a name to ask about")
    if out is not None:
        write_whole(out, tasks_as_yaml(tasks))
    if as_json:
        print_json([_as_written(task) for task in tasks])
    elif out is None:
        click.echo(tasks_as_yaml(tasks), nl=False)
    else:
        click.echo(f"{counted(len(tasks), 'draft')} in {out}. Read each one, correct it, and take `draft: true` away.")


def write_whole(path: Path, text: str, *, over: bool = False) -> None:
    """Write a file that is there whole or not at all: a full disk or a kill loses nothing that stood there.

    Raises:
        BadInput: it exists and may not be written ``over``, or its folder does not exist.
    """
    if path.exists() and not over:
        raise BadInput(f"{path} exists already: choose another file, or remove it first")
    if not path.parent.is_dir():
        raise BadInput(f"there is no folder {path.parent} to write {path.name} into: make it first")
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


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
