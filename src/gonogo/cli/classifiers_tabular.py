"""Commands for classifiers of columns: train from a CSV file, drift of a later one.

Here: parsing and phrasing; ``train_csv`` is what ``classifiers train --csv`` calls. Not here: the workflow
(``assembly.classifier_tables``), the group they hang in (``classifiers``).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gonogo.cli.output import counted, dim, duration, json_option, print_json, say
from gonogo.cli.progress import StatusLine
from gonogo.cli.session import Session, pass_session
from gonogo.cli.tables import table

if TYPE_CHECKING:
    from gonogo.domain import ClassifierCard, Measure, Slice
    from gonogo.domain.columns import Column
    from gonogo.training.tabular.drift import ColumnDrift, TableDrift
    from gonogo.training.tabular.prepare import TableOptions
    from gonogo.training.tabular.train import TableReport

ALARM = 1
SHOWN_CATEGORIES = 5
ALARMS = ("moved", "moved much")


def train_csv(session: Session, path: Path, name: str | None, options: TableOptions, *, as_json: bool = False) -> None:
    """Train, register and show a classifier of the columns of a CSV file.

    Raises:
        BadInput: nothing can be learned from this file; names line and column.
        ExtraMissing: scikit-learn is not installed.
    """
    from gonogo.assembly.classifier_tables import name_for, train_file

    chosen = name_for(path, name)
    session.if_stopped = "Nothing was registered."
    line = StatusLine() if sys.stderr.isatty() else None
    found = session.run(lambda workspace: train_file(workspace, path, chosen, options, _progress(line)))
    if line is not None:
        line.clear()
    if as_json:
        print_json(found)
        return
    _print_report(found.report)
    print_card(found.card)
    _print_gaps(found.report)
    if found.comparison is not None:
        say("\nagainst what builds pin now: ", found.comparison.line)
    _print_next(found.card)


def _progress(line: StatusLine | None) -> Callable[[str, int, int], None] | None:
    if line is None:
        return None
    return lambda what, done, total: line.write(f"{what}: {done}/{total}")


def _print_report(report: TableReport) -> None:
    share = 100.0 * report.positives / report.rows
    say(f"{report.file}: ", f"{report.rows:,} rows, {report.positives:,} of them {report.positive} ({share:.1f} %)")
    table(
        ("COLUMN", "TAKEN AS", ""), [(column.name, column.kind, dim(_categories(column))) for column in report.columns]
    )
    for column, reason in report.left_out.items():
        say("left out: ", f"{column} {reason}")
    for warning in report.warnings:
        say(click.style("warning: ", fg="yellow"), warning)
    say(
        f"split {report.split}: ",
        f"{report.taught:,} rows taught, {report.calibrated:,} calibrated, {report.tested:,} tested",
    )
    say("form: ", report.form)


def _categories(column: Column) -> str:
    if column.kind != "category":
        return "with decimal commas" if column.decimal == "," else ""
    shown = ", ".join(column.categories[:SHOWN_CATEGORIES])
    more = len(column.categories) - SHOWN_CATEGORIES
    return shown + (f" and {more} more" if more > 0 else "") + (", others" if column.others else "")


def print_card(card: ClassifierCard) -> None:
    """Threshold, measures, importance, slices and cost of a card."""
    from gonogo.training.measures import MEASURES

    threshold = card.threshold
    say(
        f"threshold {threshold.value:.4f}: ",
        f"set for {100 * threshold.target:g} % false positives before the test: {told(threshold.false_positives)}",
    )
    click.echo(f"\nTested on {card.tested_on}")
    table(
        ("MEASURE", "VALUE"), [(name, told(card.measures[name])) for name in MEASURES if name in card.measures]
    )  # fmt: skip
    if card.label_noise is not None:
        say("labels that are probably wrong: ", told(card.label_noise))
    if card.importance:
        click.echo("\nLog loss a row gains when a column is shuffled")
        table(("COLUMN", "IMPORTANCE"), [(name, told(measure)) for name, measure in card.importance.items()])
    if card.slices:
        click.echo("\nBy slice, at the threshold")
        table(("SLICE", "ROWS", "POSITIVE", "FALSE POSITIVES", "FALSE NEGATIVES"), _slice_rows(card.slices))
    if card.cost is not None:
        cost = card.cost
        took = f"{duration(cost.cpu_seconds)} CPU, {duration(cost.wall_seconds)} in all"
        click.echo(f"\ncost: {took}, at most {cost.peak_memory / 2**20:.0f} MiB")


def _print_gaps(report: TableReport) -> None:
    for gap in report.gaps:
        if gap.stands:
            rate = gap.rate.replace("_", " ")
            say(
                click.style("bias: ", fg="yellow"),
                f"{gap.dimension}: {gap.name} has another {rate} than the other rows, by {told(gap.gap)}",
            )
    if report.gaps and not any(gap.stands for gap in report.gaps):
        click.echo(dim("no slice's error rates are proven to differ from those of the other rows"))


def _slice_rows(slices: Sequence[Slice]) -> list[tuple[str, ...]]:
    return [
        (
            f"{one.dimension}: {one.name}",
            str(one.rows),
            str(one.positives),
            told(one.measures["false_positive_rate"]),
            told(one.measures["false_negative_rate"]),
        )
        for one in slices
    ]


def told(measure: Measure) -> str:
    """``0.871 (0.842 to 0.897) of 600``, or why nothing can be said."""
    if measure.value is None:
        return measure.note or "unknown"
    if measure.low is None or measure.high is None:
        return f"{measure.value:.3f} of {measure.n}"
    return f"{measure.value:.3f} ({measure.low:.3f} to {measure.high:.3f}) of {measure.n}"


def _print_next(card: ClassifierCard) -> None:
    named = f"{card.name}@{card.digest[:12]}"
    click.echo(f"\nregistered {named}")
    say("next: ", f"`gonogo classifiers promote {named}` lets builds pin it; in mission.yaml then")
    click.echo(f"  routing: {{..., rules: [{{when: {{classifier: {card.name}}}, to: MODEL}}]}}")


@click.command()
@click.argument("name")
@click.option(
    "--csv", "csv_file", required=True, type=click.Path(dir_okay=False, path_type=Path), help="A later CSV file."
)
@json_option
@pass_session
@click.pass_context
def drift(context: click.Context, session: Session, name: str, csv_file: Path, as_json: bool) -> None:
    """Whether a later CSV file looks like the one NAME was trained from. Exit code 1 where it moved."""
    from gonogo.assembly.classifier_tables import drift_of_file

    found = session.run(lambda workspace: drift_of_file(workspace, name, csv_file))
    if as_json:
        print_json(found)
    else:
        print_drift(found)
    if found.level in ALARMS:
        context.exit(ALARM)


def print_drift(found: TableDrift) -> None:
    """Columns, largest change first; the scores; measures where the target is known."""
    colour = {"calm": "green", "cannot tell": "yellow"}.get(found.level, "red")
    say(
        f"{found.classifier}@{found.digest[:12]} on {found.file}: ",
        f"{click.style(found.level, fg=colour, bold=True)}, {counted(found.rows, 'row')}",
    )
    table(
        ("COLUMN", "", "SIZE", "P", "MISSING BEFORE/NOW", "MOST"),
        [_drift_row(one) for one in (*found.columns, found.probability)],
    )
    for column in found.absent:
        say("not in the file: ", column)
    say("called positive: ", told(found.flagged))
    for name in ("auc", "recall", "false_positive_rate"):
        if name in found.measures:
            say(f"{name} on these rows: ", told(found.measures[name]))
    if found.level in ALARMS:
        say("next: ", f"`gonogo classifiers train --csv {found.file} --target COLUMN --name {found.classifier}`")


def _drift_row(one: ColumnDrift) -> tuple[str, ...]:
    said = one.note or one.most
    if one.unreadable:
        said = f"{counted(one.unreadable, 'value')} of another kind; {said}"
    size = "-" if one.size is None else f"{one.size:.3f}"
    p = "-" if one.p is None else "<0.001" if one.p < 0.001 else f"{one.p:.3f}"
    missing = f"{100 * one.missing_before:.1f} % / {100 * one.missing_now:.1f} %"
    return one.column, one.level, size, p, missing, said
