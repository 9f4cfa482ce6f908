"""Commands for classifiers of columns: train from a CSV file, drift of a later one.

Here: parsing and phrasing; ``train_csv`` is what ``classifiers train --csv`` calls. Not here: the workflow
(``assembly.classifier_tables``), the group they hang in (``classifiers``).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gonogo.cli.classifier_page import print_card, told
from gonogo.cli.output import counted, dim, json_option, print_json, printable, say
from gonogo.cli.progress import StatusLine
from gonogo.cli.session import Session, pass_session
from gonogo.cli.tables import table

if TYPE_CHECKING:
    from gonogo.domain import ClassifierCard
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
    say(
        f"{report.file}: ",
        f"{report.rows:,} rows, {report.positives:,} of them {printable(report.positive)} ({share:.1f} %)",
    )
    table(
        ("COLUMN", "TAKEN AS", ""),
        [(printable(column.name), column.kind, dim(_categories(column))) for column in report.columns],
    )
    for column, reason in report.left_out.items():
        say("left out: ", printable(f"{column} {reason}"))
    for warning in report.warnings:
        say(click.style("warning: ", fg="yellow"), printable(warning))
    say(
        f"split {report.split}: ",
        f"{report.taught:,} rows taught, {report.calibrated:,} calibrated, {report.tested:,} tested",
    )
    say("form: ", report.form)


def _categories(column: Column) -> str:
    if column.kind != "category":
        return "with decimal commas" if column.decimal == "," else ""
    shown = printable(", ".join(column.categories[:SHOWN_CATEGORIES]))
    more = len(column.categories) - SHOWN_CATEGORIES
    return shown + (f" and {more} more" if more > 0 else "") + (", others" if column.others else "")


def _print_gaps(report: TableReport) -> None:
    for gap in report.gaps:
        if gap.stands:
            rate = gap.rate.replace("_", " ")
            say(
                click.style("bias: ", fg="yellow"),
                f"{gap.dimension}: {printable(gap.name)} has another {rate} than the other rows, by {told(gap.gap)}",
            )
    if report.gaps and not any(gap.stands for gap in report.gaps):
        click.echo(dim("no slice's error rates are proven to differ from those of the other rows"))


def _print_next(card: ClassifierCard) -> None:
    named = f"{card.name}@{card.digest[:12]}"
    click.echo(f"\nregistered {named}")
    say("next: ", f"`gonogo classifiers promote {named} --reason WHY` lets new builds pin it; in mission.yaml then")
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
        again = f"gonogo classifiers train --csv FILE --target {found.target!r} --name {found.classifier}"
        say("next: ", f"`{again}` on rows as they are now")


def _drift_row(one: ColumnDrift) -> tuple[str, ...]:
    said = one.note or printable(one.most)
    if one.unreadable:
        said = f"{counted(one.unreadable, 'value')} of another kind; {said}"
    size = "-" if one.size is None else f"{one.size:.3f}"
    p = "-" if one.p is None else "<0.001" if one.p < 0.001 else f"{one.p:.3f}"
    missing = f"{100 * one.missing_before:.1f} % / {100 * one.missing_now:.1f} %"
    return one.column, one.level, size, p, missing, said
