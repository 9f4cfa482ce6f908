"""Commands that change what is registered and promoted: register, promote, rollback.

Here: parsing and phrasing. Not here: whether a promotion is allowed (``training.promote``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gonogo.cli.classifiers_train import data_option, rows_of, status_line, working
from gonogo.cli.output import dim, json_option, print_json, printable, say
from gonogo.cli.session import Session, pass_session
from gonogo.digest import short

if TYPE_CHECKING:
    from gonogo.assembly import Workspace
    from gonogo.domain import ClassifierPromotion

mission_option = click.option("--mission", "-m", default="", help="Only for builds of this Mission.")


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@json_option
@pass_session
def register(session: Session, folder: Path, as_json: bool) -> None:
    """Keep a classifier that was trained elsewhere: FOLDER holds weights.safetensors and card.json."""
    card = session.run(lambda workspace: workspace.classifiers.register_folder(folder))
    if as_json:
        print_json(card)
        return
    named = f"{card.name}@{short(card.digest)}"
    click.echo(f"registered {named}")
    say("next: ", f"`gonogo classifiers compare {named} {card.name} --data FILE`, then promote it", hang=6)


@click.command()
@click.argument("classifier")
@click.option("--reason", "-r", required=True, help="Why; kept in the history.")
@mission_option
@data_option
@click.option("--override", help="Promote it without having held its own; the reason is shown for ever.")
@json_option
@pass_session
def promote(
    session: Session,
    classifier: str,
    reason: str,
    mission: str,
    data: tuple[Path, ...],
    override: str | None,
    as_json: bool,
) -> None:
    """Let new builds pin CLASSIFIER: NAME@DIGEST, or NAME for the one registered last. Refused unless it held its own
    against what it replaces.

    The newest comparison counts; --data FILE makes one first. What is live stays as it is: `gonogo build --update-lock`
    makes a Version with it, which the golden tasks must prove like any other.
    """
    rows = rows_of(data) if data else None
    line = status_line()

    async def work(workspace: Workspace) -> tuple[ClassifierPromotion, bool]:
        before = await workspace.store.promotions(classifier.partition("@")[0], mission, limit=1)
        made = await workspace.classifiers.promote(
            classifier, reason=reason, mission=mission, override=override, rows=rows, progress=working(line)
        )
        return made, made in before

    made, stayed = session.run(work)
    if line is not None:
        line.clear()
    _print_promotion(made, as_json, stayed=stayed)
    if override and made.override is None and not stayed and not as_json:
        click.echo(dim("  It held its own: the override was not needed and is not recorded."))


@click.command()
@click.argument("name")
@click.option("--reason", "-r", default="", help="Why; kept in the history.")
@mission_option
@json_option
@pass_session
def rollback(session: Session, name: str, reason: str, mission: str, as_json: bool) -> None:
    """Let new builds pin again what they pinned of NAME before; in the end the shipped one. Deletes nothing."""
    made = session.run(lambda workspace: workspace.classifiers.roll_back(name, reason=reason, mission=mission))
    _print_promotion(made, as_json)


def _print_promotion(made: ClassifierPromotion, as_json: bool, *, stayed: bool = False) -> None:
    if as_json:
        print_json(made)
        return
    whose = f"new builds of {made.mission}" if made.mission else "new builds"
    nothing = "what holds for all Missions" if made.mission else "the shipped one"
    what = f"{made.name}@{short(made.digest)}" if made.digest else f"{made.name}: {nothing}"
    if stayed:
        click.echo(f"{whose} pin {click.style(what, bold=True)} already; nothing was changed")
        return
    click.echo(f"{whose} pin {click.style(what, bold=True)} ({made.kind})")
    if made.override is not None:
        click.secho(f"  OVERRIDE: {printable(made.override)}", fg="red")
    say(
        dim("  next: "),
        dim("`gonogo build FOLDER --update-lock` takes it over, `gonogo evaluate FOLDER` proves it"),
        hang=8,
    )
