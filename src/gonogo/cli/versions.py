"""Commands over Versions: log, show, diff.

Here: parsing and phrasing. Not here: comparing (``building``), storing (``store``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gonogo.cli.output import (
    coloured,
    counted,
    dim,
    json_option,
    moment,
    print_json,
    printable,
    say,
    screen_width,
    shortened,
)
from gonogo.cli.session import Session, pass_session
from gonogo.cli.tables import table
from gonogo.digest import short
from gonogo.domain.version import CLASSIFIER_PIN

if TYPE_CHECKING:
    from gonogo.assembly import Workspace
    from gonogo.assembly.version_rows import VersionRow
    from gonogo.building import VersionDiff
    from gonogo.domain import ChunkFinding, Version


@click.command()
@click.argument("mission", required=False)
@click.option("--part", help="History of one part, such as prompt.")
@click.option("--limit", default=30, show_default=True, type=click.IntRange(1, 100_000))
@json_option
@pass_session
def log(session: Session, mission: str | None, part: str | None, limit: int, as_json: bool) -> None:
    """List Versions, newest first, with what each changed and its newest Verdict; or the history of one part."""
    if part is not None:
        if mission is None:
            raise click.UsageError("--part needs a MISSION")
        _log_part(session, mission, part, as_json)
        return

    rows = session.run(lambda workspace: workspace.versions.rows(mission, limit))
    if as_json:
        print_json([{**_summary(row.version, row), "changed": row.changed, "verdict": row.verdict} for row in rows])
        return
    if not rows:
        click.echo("No Versions yet. `gonogo build FOLDER` makes one; `gonogo new FOLDER` starts a Mission.")
        return
    table(
        ("VERSION", "BUILT", "BY", "VERDICT", "CHANGED"),
        [
            (
                row.version,
                moment(row.created_at),
                row.created_by,
                coloured(row.verdict) if row.verdict else dim("none"),
                ", ".join(row.changed) or dim("its first Version"),
            )
            for row in rows
        ],
        yielding=("BY",),
    )


def _log_part(session: Session, mission: str, part: str, as_json: bool) -> None:
    from gonogo.domain import PART_NAMES

    if part not in PART_NAMES:
        raise click.UsageError(f"there is no part '{part}': parts are {', '.join(PART_NAMES)}")
    rows = session.run(lambda workspace: workspace.versions.part_history(mission, part))
    if as_json:
        print_json(
            [
                {"part": str(row.part), "digest": row.part.digest, "first_version": row.first_version, "at": row.at}
                for row in rows
            ]
        )
    else:
        table(
            ("PART", "FIRST IN", "BUILT", "DIGEST"),
            [(str(row.part), f"{mission}@{row.first_version}", moment(row.at), short(row.part.digest)) for row in rows],
        )


@click.command()
@click.argument("version")
@json_option
@pass_session
def show(session: Session, version: str, as_json: bool) -> None:
    """Show VERSION (support@7, or support for the newest): parts, digests, and for the built-in models which
    instructions were understood in the system prompt."""

    async def work(workspace: Workspace) -> tuple[Version, list[tuple[str, str]], list[str]]:
        found = await workspace.version(version)
        understood, ignored = await workspace.versions.understood(found)
        return found, understood, ignored

    found, understood, ignored = session.run(work)
    if as_json:
        print_json(
            {
                **_summary(found.name, found),
                "mission": found.mission,
                "understood": understood,
                "not_understood": ignored,
            }
        )
        return
    click.secho(found.name, bold=True)
    click.echo(f"  built      {moment(found.created_at)} by {found.created_by}")
    click.echo(f"  behaviour  {short(found.behaviour_digest)}    gate {short(found.gate_digest)}")
    for part in found.parts:
        click.echo(f"  {part.name:<12} {part.code:<5} {dim(short(part.digest))}")
    classifiers = {name: digest for name, digest in found.pins.items() if name.startswith(CLASSIFIER_PIN)}
    if classifiers:
        click.echo("\nclassifiers")
        for name, digest in classifiers.items():
            click.echo(f"  {name.removeprefix(CLASSIFIER_PIN):<12} {dim(short(digest))}")
    click.echo("\nmodels")
    for name, spec in found.mission.models.items():
        click.echo(f"  {name:<12} {spec.provider}/{spec.model}")
    click.echo("\nsystem prompt")
    for line in printable(found.mission.prompt.system).splitlines():
        say("  ", line, hang=4)
    if understood or ignored:
        click.echo("\nwhat the built-in models understood of it")
        room = (screen_width() or 110) - 29
        for name, sentence in understood:
            click.echo(f"  {click.style('+', fg='green')} {name:<24} {dim(shortened(printable(sentence), room))}")
        for sentence in ignored:
            click.echo(
                f"  {click.style('-', fg='yellow')} {'not understood':<24} {dim(shortened(printable(sentence), room))}"
            )


@click.command()
@click.argument("old")
@click.argument("new")
@json_option
@pass_session
def diff(session: Session, old: str, new: str, as_json: bool) -> None:
    """What differs between OLD and NEW: words in prompts, chunks in knowledge, values in policies, golden tasks."""
    found = session.run(lambda workspace: workspace.versions.diff(old, new))
    if as_json:
        print_json(found)
    else:
        print_diff(found)


def print_diff(found: VersionDiff) -> None:
    """A VersionDiff for a terminal."""
    if found.empty:
        click.echo(f"{found.old} and {found.new} are the same.")
        return
    click.secho(f"{found.old} -> {found.new}", bold=True)
    behaviour, gate = ("unchanged" if same else "changed" for same in (found.same_behaviour, found.same_gate))
    click.echo(f"  behaviour {behaviour}, gate {gate}")
    for part in found.parts:
        click.echo(f"  {part.old}  ->  {part.new}")
    for prompt in found.prompts:
        words = "".join(_run(run.kind, run.text) for run in prompt.words)
        click.echo(f"\n{prompt.name}\n  " + words.rstrip("\n").replace("\n", "\n  "))
    if found.chunks:
        click.echo("\nknowledge")
        for chunk in found.chunks:
            click.echo(f"  {_mark(chunk.change)} {chunk.source} {dim(chunk.heading)}")
            if chunk.words:
                click.echo("      " + shortened("".join(_run(run.kind, run.text) for run in chunk.words), 600))
    print_findings(found.findings)
    if found.values:
        click.echo("\nvalues")
        for value in found.values:
            click.echo(f"  {value.path}: {value.old} -> {value.new}")
    if found.golden:
        click.echo("\ngolden tasks")
        for task in found.golden:
            click.echo(f"  {_mark(task.change)} {task.id}")


def print_findings(findings: tuple[ChunkFinding, ...]) -> None:
    """What chunks hold that no page needs: how many, which, where."""
    for kind, what in (("instructions", "instructions"), ("invisible", "characters that nobody sees")):
        chosen = [one for one in findings if one.kind == kind]
        if not chosen:
            continue
        verb = "contains" if len(chosen) == 1 else "contain"
        click.secho(f"\n{counted(len(chosen), 'chunk')} {verb} {what}", fg="yellow", bold=True)
        for one in chosen:
            click.echo(f"  {printable(one.place)}  {dim(shortened(printable(one.excerpt), 100))}")


def _run(kind: str, text: str) -> str:
    text = printable(text)
    if kind in ("removed", "old", "delete"):
        return click.style(f"[-{text}-]", fg="red")
    if kind in ("added", "new", "insert"):
        return click.style(f"{{+{text}+}}", fg="green")
    return text


def _mark(change: str) -> str:
    return {"added": click.style("+", fg="green"), "removed": click.style("-", fg="red")}.get(
        change, click.style("~", fg="yellow")
    )


def _summary(name: str, version: Version | VersionRow) -> dict[str, object]:
    return {
        "version": name,
        "created_at": version.created_at,
        "created_by": version.created_by,
        "behaviour_digest": version.behaviour_digest,
        "gate_digest": version.gate_digest,
        "index_digest": version.index_digest,
        "parts": {part.name: {"number": part.number, "digest": part.digest} for part in version.parts},
        "pins": version.pins,
    }
