"""Commands over a Mission folder: new, validate, schema, build.

Here: parsing and phrasing. Not here: reading the folder (``building``).
"""

from __future__ import annotations

from pathlib import Path

import click

from gonogo.cli.output import counted, json_option, print_json, say
from gonogo.cli.progress import build_progress, index_progress
from gonogo.cli.session import Session, pass_session
from gonogo.errors import MissionInvalid, Problem

FOLDER = click.Path(path_type=Path)


@click.command()
@click.argument("folder", type=FOLDER)
@click.option("--kind", type=click.Choice(["chatbot", "agent", "content"]), default="chatbot", show_default=True)
@click.option("--name", help="Name of the Mission (default: the folder's).")
def new(folder: Path, kind: str, name: str | None) -> None:
    """Make a new Mission folder that passes its own golden tasks offline. Never overwrites."""
    from gonogo.building import new_mission

    made = new_mission(folder, name or folder.resolve().name, kind)
    click.echo(f"Made {'an' if kind == 'agent' else 'a'} {kind} Mission in {folder}:")
    for path in made:
        click.echo(f"  {path}")
    # A name alone could also be a Mission in the store; with a slash it is a folder.
    shown = folder if folder.is_absolute() else f"{folder}/"
    click.echo(f"Next:\n  gonogo evaluate {shown}\n  gonogo deploy {shown}")


@click.command()
@click.argument("folder", type=FOLDER, default=Path())
@json_option
@pass_session
def validate(session: Session, folder: Path, as_json: bool) -> int:
    """Report every problem of FOLDER at once, with file, line, key and the nearest known key."""
    report = session.run(lambda workspace: workspace.validate(folder))
    if as_json:
        print_json(
            {
                "problems": [_plain(item) for item in report.problems],
                "warnings": [_plain(item) for item in report.warnings],
            }
        )
    else:
        print_problems(report.problems, report.warnings)
        if report.usable:
            click.echo(f"{click.style('The folder can be built.', fg='green')} `gonogo evaluate {folder}` proves it.")
        else:
            click.echo(f"{counted(len(report.problems), 'problem')}: the folder cannot be built before that is mended.")
    return 0 if report.usable else MissionInvalid.exit_code


@click.command()
def schema() -> None:
    """Print the JSON Schema of mission.yaml (draft 2020-12), for editors."""
    from gonogo.building import json_schema

    print_json(json_schema())


@click.command()
@click.argument("folder", type=FOLDER, default=Path())
@click.option("--update-lock", is_flag=True, help="Accept installed components that differ from mission.lock.")
@json_option
@pass_session
def build(session: Session, folder: Path, update_lock: bool, as_json: bool) -> None:
    """Turn FOLDER into one immutable Version. An unchanged folder gives the Version it gave before."""
    progress, index = (None, None) if as_json else (build_progress(), index_progress())
    result = session.run(
        lambda workspace: workspace.build(folder, update_lock=update_lock, progress=progress, index_progress=index)
    )
    if as_json:
        print_json(
            {
                "version": result.version.name,
                "created": result.created,
                "behaviour_digest": result.version.behaviour_digest,
                "gate_digest": result.version.gate_digest,
                "index_digest": result.version.index_digest,
                "parts": {part.name: {"number": part.number, "digest": part.digest} for part in result.version.parts},
                "warnings": [_plain(item) for item in result.warnings],
            }
        )
        return
    print_problems((), result.warnings)
    click.echo(f"{result.version.name} {'built' if result.created else 'is unchanged'}")
    say("  ", " + ".join(str(part) for part in result.version.parts))


def print_problems(problems: tuple[Problem, ...], warnings: tuple[Problem, ...]) -> None:
    """One line each, on standard error."""
    for problem in problems:
        click.secho("problem ", fg="red", nl=False, err=True)
        click.echo(str(problem), err=True)
    for warning in warnings:
        click.secho("warning ", fg="yellow", nl=False, err=True)
        click.echo(str(warning), err=True)


def _plain(problem: Problem) -> dict[str, object]:
    return {
        "message": problem.message,
        "file": str(problem.file),
        "line": problem.line,
        "key": problem.key,
        "hint": problem.hint,
    }
