"""Commands that show classifiers: list, show, why.

Here: parsing, the lines of list and why. Not here: a card on one screen (``classifier_page``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gonogo.cli.classifier_page import print_card, share, told
from gonogo.cli.output import counted, dim, json_option, moment, print_json, printable, say, shortened
from gonogo.cli.session import Session, pass_session
from gonogo.cli.tables import table
from gonogo.digest import short

if TYPE_CHECKING:
    from gonogo.assembly.classifier_list import ClassifierRow
    from gonogo.domain import ClassifierComparison, ClassifierPromotion
    from gonogo.training.lineage import VersionUse, WeightsUse

MOST_SILENT = 3
"""Versions of which there is nothing to tell that are shown of each set of weights."""
EMPTY = (
    "No classifiers here yet. `gonogo classifiers train NAME --data FILE.jsonl` makes one from labelled texts, "
    "`gonogo classifiers train --csv FILE --target COLUMN` one from a table."
)


@click.command(name="list")
@json_option
@pass_session
def list_classifiers(session: Session, as_json: bool) -> None:
    """What builds pin of each classifier, how good it is, and which live Versions use it."""
    rows = session.run(lambda workspace: workspace.classifiers.listed())
    if as_json:
        print_json(rows)
        return
    if not rows:
        say("", EMPTY)
        return
    table(
        ("CLASSIFIER", "PINNED BY BUILDS", "FORM", "AUC", "THRESHOLD", "TRAINED", "LIVE IN"),
        [_row(row) for row in rows],
        yielding=("FORM", "TRAINED"),
    )
    for row in rows:
        _notes(row)


def _row(row: ClassifierRow) -> tuple[str, ...]:
    standing = dim("none, registered") if row.standing == "registered" else row.standing
    live = ", ".join(row.live) or dim("-")
    card = row.card
    if card is None:
        return (row.name, f"{standing} {short(row.digest)}", "?", "?", "?", "?", live)
    threshold = f"{card.threshold.value:.3f} (FPR {share(card.threshold.target)})"
    auc = told(card.measures["auc"]) if "auc" in card.measures else dim("not measured")
    return (row.name, f"{standing} {short(row.digest)}", card.form, auc, threshold, moment(card.created_at)[:10], live)


def _notes(row: ClassifierRow) -> None:
    if row.override is not None:
        click.secho(f"{row.name}: promoted by OVERRIDE: {printable(row.override)}", fg="red")
    if row.problem:
        say(click.style(f"{row.name}: ", fg="yellow"), printable(row.problem))
    if row.missions:
        own = ", ".join(f"{mission} {short(digest)}" for mission, digest in row.missions.items())
        click.echo(f"{row.name}: of its own for {own}")
    if row.live_otherwise:
        click.echo(f"{row.name}: other weights are live in {', '.join(row.live_otherwise)}")


@click.command()
@click.argument("classifier")
@json_option
@pass_session
def show(session: Session, classifier: str, as_json: bool) -> None:
    """The card of CLASSIFIER (NAME or NAME@DIGEST): data, licences, measures with intervals, slices, bias, cost."""
    card = session.run(lambda workspace: workspace.classifiers.card(classifier))
    if as_json:
        print_json(card)
    else:
        print_card(card)


@click.command()
@click.argument("name")
@json_option
@pass_session
def why(session: Session, name: str, as_json: bool) -> None:
    """From data to weights to the Versions that use NAME, where those are live, and what went wrong since."""
    found = session.run(lambda workspace: workspace.classifiers.why(name))
    if as_json:
        print_json(found)
        return
    click.secho(name, bold=True)
    for weights in found.weights:
        _print_weights(weights)
    if found.unknown:
        say("  ", f"pinned without a card here, by {', '.join(found.unknown)}", hang=4)


def _print_weights(weights: WeightsUse) -> None:
    card = weights.card
    stands = [f"promoted for {where}" for where in weights.promoted_for] + (["shipped"] if weights.shipped else [])
    click.echo(f"\n  {click.style('@' + short(card.digest), bold=True)}  {', '.join(stands) or dim('registered')}")
    sources = ", ".join(f"{one.name} ({one.licence or 'no licence named'})" for one in card.data.sources)
    data = f"{counted(card.data.rows, 'row')}, {card.data.positives} positive, fingerprint {short(card.data.digest)}"
    say("    data      ", data + (f": {printable(sources)}" if sources else ""), hang=14)
    parent = f" from @{short(card.parent)}" if card.parent else ""
    click.echo(f"    trained   {moment(card.created_at)}, seed {card.seed}, features {card.features}{parent}")
    if "auc" in card.measures:
        click.echo(f"    AUC       {told(card.measures['auc'])}")
    for comparison in weights.comparisons[:3]:
        _print_comparison(comparison, card.digest)
    for promotion in weights.promotions:
        say("    " + f"{promotion.kind:<10}", _moved(promotion), hang=14)
    telling = [use for use in weights.versions if use.live_in or use.alerts or use.rolled_back]
    silent = [use for use in weights.versions if use not in telling]
    for version in (*telling, *silent[:MOST_SILENT]):
        _print_version(version)
    if len(silent) > MOST_SILENT:
        others = counted(len(silent) - MOST_SILENT, "other Version")
        click.echo(dim(f"    {others} with it, live nowhere: see --json"))
    if not weights.versions:
        click.echo(dim("    no Version uses it"))


def _print_comparison(found: ClassifierComparison, digest: str) -> None:
    other = (
        f"against @{short(found.baseline)}" if found.candidate == digest else f"of @{short(found.candidate)} with it"
    )
    say("    compared  ", f"{other}: {found.line} ({printable(found.tested_on)})", hang=14)


def _moved(promotion: ClassifierPromotion) -> str:
    to = f"@{short(promotion.digest)}" if promotion.digest else "the shipped one"
    where = f" for {promotion.mission}" if promotion.mission else ""
    said = f"{moment(promotion.created_at)} by {promotion.author} to {to}{where}"
    if promotion.reason:
        said += f": {shortened(printable(promotion.reason), 200)}"
    if promotion.override is not None:
        said += click.style(f" OVERRIDE: {shortened(printable(promotion.override), 200)}", fg="red")
    return said


def _print_version(use: VersionUse) -> None:
    live = f"live in {', '.join(use.live_in)}" if use.live_in else dim(f"built {moment(use.built_at)}, live nowhere")
    click.echo(f"    {click.style(use.version, bold=True)}  {live}")
    for back in use.rolled_back:
        reason = f": {shortened(printable(back.reason), 200)}" if back.reason else ""
        said = f"rolled back {moment(back.created_at)} in {back.environment} by {back.author}{reason}"
        say("      ", click.style(said, fg="yellow"), hang=8)
    for alert in use.alerts:
        say("      ", click.style(f"{alert.severity}: {printable(alert.message)}", fg="red"), hang=8)
    if use.live_in and not use.alerts:
        click.echo(dim("      no alert"))
