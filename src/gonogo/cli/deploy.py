"""Commands that move the pointer or tell where it stands: deploy, rollback, status, history.

Here: parsing and phrasing. Not here: the gate (``deployments``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gonogo.cli.output import (
    coloured,
    counted,
    dim,
    duration,
    json_option,
    moment,
    print_json,
    printable,
    say,
    shortened,
)
from gonogo.cli.prove import version_of
from gonogo.cli.session import Session, pass_session
from gonogo.cli.tables import table
from gonogo.errors import GonogoError

if TYPE_CHECKING:
    from gonogo.assembly import Workspace
    from gonogo.building import VersionDiff
    from gonogo.deployments import EnvironmentStatus
    from gonogo.domain import Deployment, Verdict, Version

environment_option = click.option("--environment", "-e", default="production", show_default=True)


@click.command()
@click.argument("target")
@environment_option
@click.option("--reason", "-m", default="", help="Why; kept in the history.")
@click.option("--override", help="Deploy without GO; the reason is shown for ever.")
@json_option
@pass_session
def deploy(session: Session, target: str, environment: str, reason: str, override: str | None, as_json: bool) -> None:
    """Make TARGET (support@7, or a folder) live. Refused without a GO for exactly it against exactly what is live."""

    async def work(workspace: Workspace) -> tuple[Deployment, bool, Verdict | None]:
        version = await version_of(workspace, target, quiet=as_json)
        before = await workspace.store.environment(version.mission.name, environment)
        made = await workspace.deployments.deploy(version, environment=environment, reason=reason, override=override)
        stayed = before is not None and before.revision == made.revision
        return made, stayed, None if as_json else await _on_traffic(workspace, version)

    made, stayed, traffic = session.run(work)
    _print_deployment(made, as_json, stayed=stayed)
    if traffic is not None and traffic.outcome == "NO-GO":
        name = f"{made.mission}@{made.version}"
        said = (
            f"On recorded questions it was NO-GO, which closes no gate: `gonogo verdict {name} --backtest` shows why."
        )
        click.echo(click.style(f"  {said}", fg="yellow"))
    if override and made.override is None and not as_json:
        click.echo(dim("  The gate was open: the override was not needed and is not recorded."))


async def _on_traffic(workspace: Workspace, version: Version) -> Verdict | None:
    """What its newest backtest came to, where it has one."""
    try:
        return await workspace.verdict(version.name, backtest=True)
    except GonogoError:  # there is none, or the server does not show it to this key
        return None


@click.command()
@click.argument("mission")
@environment_option
@click.option("--to", type=int, help="Number of a Version that was live there before.")
@click.option("--reason", "-m", default="", help="Why; kept in the history.")
@json_option
@pass_session
def rollback(session: Session, mission: str, environment: str, to: int | None, reason: str, as_json: bool) -> None:
    """Serve again what was live before in MISSION's Environment. Moves the pointer; edits and deletes nothing."""
    made = session.run(
        lambda workspace: workspace.deployments.roll_back(mission, environment=environment, to=to, reason=reason)
    )
    _print_deployment(made, as_json)


@click.command()
@click.argument("mission", required=False)
@json_option
@pass_session
def status(session: Session, mission: str | None, as_json: bool) -> None:
    """What is live where, since when, by whom, on what proof; and whether its folder was edited since."""

    async def work(workspace: Workspace) -> list[tuple[EnvironmentStatus, VersionDiff | None]]:
        rows = []
        for place in await workspace.deployments.status(mission):
            live = await workspace.version(f"{place.mission}@{place.version}")
            rows.append((place, await workspace.versions.edited_since(live)))
        return rows

    rows = session.run(work)
    if as_json:
        print_json(
            [
                {"status": place, "name": place.name, "folder_edited": None if edited is None else not edited.empty,
                 "edited_parts": [] if edited is None else [part.name for part in edited.parts]}
                for place, edited in rows
            ]
        )  # fmt: skip
        return
    if not rows:
        click.echo(
            f"Nothing{f' of {mission}' if mission else ''} is live yet. `gonogo evaluate FOLDER` proves a Version, "
            "`gonogo deploy FOLDER` makes it live."
        )
        return
    for place, edited in rows:
        where = click.style(f"{place.mission}:{place.environment}", bold=True)
        click.echo(f"{where}  serves {click.style(place.name, bold=True)}")
        click.echo(
            f"  since {moment(place.since)} by {place.author}"
            + (f"; edit to live {duration(place.edit_to_live)}" if place.edit_to_live else "")
        )
        if place.verdict_line:
            outcome, _, rest = place.verdict_line.partition("  ")
            say(f"  {coloured(outcome)}  ", printable(rest), hang=4)
        for mark in place.marks:
            click.secho(f"  {printable(mark)}", fg="yellow")
        click.echo(f"  {_edited(edited)}")


def _edited(edited: VersionDiff | None) -> str:
    if edited is None:
        return dim("its folder is not here, or cannot be built now")
    if edited.empty:
        return dim("its folder is unchanged")
    changed = ", ".join(part.name for part in edited.parts)
    chunks = f" ({counted(len(edited.chunks), 'chunk')})" if edited.chunks else ""
    said = f"its folder was edited since: {changed}{chunks}; answers come from {edited.old} until a deployment"
    return click.style(said, fg="yellow")


@click.command()
@click.argument("mission")
@click.option("--environment", "-e", help="Only this Environment.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000))
@json_option
@pass_session
def history(session: Session, mission: str, environment: str | None, limit: int, as_json: bool) -> None:
    """Every change of MISSION's Environments: who, when, why, which Verdict, time from edit to live."""
    rows = session.run(lambda workspace: workspace.deployments.history(mission, environment, limit))
    if as_json:
        print_json(rows)
        return
    if not rows:
        where = f" to {environment}" if environment else ""
        click.echo(
            f"Nothing of {mission} was deployed{where} yet. `gonogo deploy {mission}` makes its newest Version live."
        )
        return
    table(
        ("WHEN", "WHERE", "CHANGE", "BY", "EDIT TO LIVE", "WHY"),
        [
            (
                moment(row.created_at),
                row.environment,
                f"{row.kind} {f'@{row.previous}' if row.previous else 'nothing'} -> @{row.version}",
                row.author,
                duration(row.edit_to_live),
                _why(row),
            )
            for row in rows
        ],
        yielding=("EDIT TO LIVE", "BY"),
    )


def _why(row: Deployment) -> str:
    marks = []
    if row.override is not None:
        marks.append(click.style(f"OVERRIDE: {shortened(printable(row.override), 200)}", fg="red"))
    if row.advisory:
        marks.append(click.style("ADVISORY", fg="yellow"))
    if row.reason:
        marks.append(shortened(printable(row.reason), 200))
    return " ".join(marks)


def _print_deployment(made: Deployment, as_json: bool, *, stayed: bool = False) -> None:
    if as_json:
        print_json(made)
        return
    name = click.style(f"{made.mission}@{made.version}", bold=True)
    said = f"already serves {name}; nothing was changed" if stayed else f"now serves {name} ({made.kind})"
    click.echo(f"{made.mission}:{made.environment} {said}")
    if made.override is not None:
        click.secho(f"  OVERRIDE: {printable(made.override)}", fg="red")
    if made.advisory:
        click.secho("  ADVISORY: the golden tasks were too few to prove it", fg="yellow")
    if made.edit_to_live is not None and not stayed:
        click.echo(dim(f"  from edit to live: {duration(made.edit_to_live)}"))
    if made.previous is None and not stayed:
        click.echo(dim("  next: `gonogo serve` answers with it"))
