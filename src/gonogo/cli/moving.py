"""The command `import`: what other tools wrote becomes a Mission folder.

Here: parsing and phrasing. Not here: the formats (``importing``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from gonogo.cli.folder import print_problems
from gonogo.cli.output import counted, json_option, print_json, printable, say
from gonogo.cli.session import Session, pass_session
from gonogo.errors import MissionInvalid

if TYPE_CHECKING:
    from gonogo.assembly.moving import Imported
    from gonogo.importing import ExpectedAs

NAMES = ("promptfoo", "openai-evals", "langfuse", "langsmith", "litellm", "table")
"""As `importing.FORMATS`, which is loaded only when the command is called."""
HOW = ("auto", "contains", "equals", "similar", "rouge-n", "reference")
SHOWN = 20


@click.command("import")
@click.argument("format", metavar="FORMAT", type=click.Choice(NAMES))
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--into", "folder", required=True, type=click.Path(path_type=Path),
              help="A new folder, or an existing Mission that gets golden files.")  # fmt: skip
@click.option(
    "--question", default="", metavar="COLUMN", help="Of a table or data set: what is asked; a path looks inside."
)
@click.option("--expected", default="", metavar="COLUMN", help="Of rows: the expected output.")
@click.option("--id", "identity", default="", metavar="COLUMN", help="Of a table: the task's id.")
@click.option("--tags", default="", metavar="COLUMN", help="Of a table: tags, with commas between them.")
@click.option("--as", "how", type=click.Choice(HOW), default="auto", show_default=True,
              help="What an expected output asks: auto is contains up to 80 characters, then similar.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@json_option
@pass_session
def bring(
    session: Session, format: str, source: Path, folder: Path, question: str, expected: str, identity: str,
    tags: str, how: str, dry_run: bool, as_json: bool,
) -> int:  # fmt: skip
    """Make a Mission folder of SOURCE, or golden files of an existing Mission. Nothing is overwritten or executed.

    FORMAT says what SOURCE is: promptfoo (promptfooconfig.yaml), openai-evals (a folder of what the API gave, rows, or
    the older registry's YAML), langfuse and langsmith (exports of data sets or prompts), litellm (config.yaml), table
    (CSV, TSV, JSON or JSONL). It is read on this machine. What cannot be carried is listed with what to do instead,
    here and in IMPORT.md.
    """
    from gonogo.importing import Columns, ImportOptions

    columns = Columns(question=question, expected=expected, id=identity, tags=tags)
    options = ImportOptions(columns=columns, expected_as=cast("ExpectedAs", how))
    made = session.run(lambda workspace: workspace.moving.bring(format, source, folder, options, dry_run=dry_run))
    if as_json:
        print_json(_plain(made, folder, dry_run))
    else:
        _show(made, folder, dry_run)
    return MissionInvalid.exit_code if made.problems else 0


def _plain(made: Imported, folder: Path, dry_run: bool) -> dict[str, object]:
    carried = made.carried
    return {
        "folder": str(folder),
        "written": not dry_run,
        "files": list(made.files),
        "problems": [str(problem) for problem in made.problems],
        "tasks": len(carried.tasks),
        "drafts": sum(1 for task in carried.tasks if task.get("draft")),
        "notes": carried.notes,
        "not_carried": [
            {
                "file": left.file,
                "line": left.lines[0] if left.lines else None,
                "lines": left.lines,
                "places": left.count,
                "key": left.key,
                "why": left.why,
                "instead": left.instead,
            }
            for left in carried.left
        ],
    }


def _show(made: Imported, folder: Path, dry_run: bool) -> None:
    carried = made.carried
    drafts = sum(1 for task in carried.tasks if task.get("draft"))
    also = f" ({counted(drafts, 'draft')} among them, expecting nothing yet)" if drafts else ""
    verb = "Would write" if dry_run else "Wrote"
    click.echo(f"{verb} {counted(len(carried.tasks), 'golden task')}{also} and {counted(len(made.files), 'file')}:")
    for name in made.files:
        click.echo(f"  {folder / name}")
    for note in carried.notes:
        say("note  ", printable(note), hang=6)
    if carried.left:
        click.echo(f"{counted(len(carried.left), 'thing')} could not be carried:")
        for left in carried.left[:SHOWN]:
            say("  ", printable(str(left)), hang=4)
        if len(carried.left) > SHOWN:
            click.echo(f"  and {len(carried.left) - SHOWN} more, all in IMPORT.md")
    if dry_run:
        return
    print_problems(made.problems, ())
    if made.problems:
        click.echo(f"{counted(len(made.problems), 'problem')}: the folder cannot be built before that is mended.")
        return
    click.echo("The folder can be built." if carried.tasks else "The folder can be built. It has no golden tasks yet.")
    click.echo(f"Next: read {folder / _report(made)}, then `gonogo evaluate {folder}/`")


def _report(made: Imported) -> str:
    return next(name for name in made.files if name.startswith("IMPORT"))
