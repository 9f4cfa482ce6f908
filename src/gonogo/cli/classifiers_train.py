"""Commands that learn and measure: train, evaluate, compare.

Here: parsing, progress, phrasing. Not here: learning (``training``), tables of columns (``classifiers_tabular``).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gonogo.cli.classifier_page import print_card, print_measures, print_slices
from gonogo.cli.output import counted, dim, json_option, print_json, printable, say
from gonogo.cli.progress import StatusLine
from gonogo.cli.session import Session, pass_session
from gonogo.cli.tables import table
from gonogo.digest import short

if TYPE_CHECKING:
    from gonogo.assembly.classifier_learning import Learned
    from gonogo.assembly.classifier_rows import NamedRows
    from gonogo.domain import ClassifierComparison, ComparedRows

FILE = click.Path(dir_okay=False, path_type=Path)
data_option = click.option(
    "--data",
    "data",
    type=FILE,
    multiple=True,
    help="Labelled rows as lines of JSON, once or more; for a classifier of columns a CSV file.",
)
Progress = Callable[[str, int, int], None]
COLOURS = {"better": "green", "not worse": "green", "worse": "red", "cannot tell": "yellow"}
OF_TABLES = ("target", "positive", "id_column", "time_column", "group_column", "slices", "ignore", "category")
"""Options that only a CSV file has."""


def rows_of(paths: Sequence[Path]) -> NamedRows:
    """The rows of some files, and what to call them.

    Raises:
        BadInput: a file cannot be read, or a line is no row; names file and line.
    """
    from gonogo.assembly.classifier_rows import read_named

    if not paths:
        raise click.UsageError("give --data FILE, with one JSON object a line: text and label (true or false)")
    return read_named(paths)


def working(line: StatusLine | None) -> Progress | None:
    """Shows (what, done, total) on a status line; ``None`` where standard error is no terminal."""
    if line is None:
        return None
    return lambda what, done, total: line.write(f"{what}: {done}/{total}")


def status_line() -> StatusLine | None:
    """On a terminal only."""
    return StatusLine() if sys.stderr.isatty() else None


@click.command()
@click.argument("name", required=False)
@data_option
@click.option("--valid", type=FILE, help="Rows held out for measuring; without them rows are cross-fitted by group.")
@click.option("--features", help="Feature set, where NAME has none of its own.")
@click.option("--parent", help="What it is made from, for its card (default: what builds pin now).")
@click.option("--fpr", type=click.FloatRange(0.0, 1.0, min_open=True, max_open=True),
              help="False-positive rate for the threshold (default: the shipped one's, else 0.01).")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--csv", "csv_file", type=FILE, help="Train a classifier of the columns of a CSV file instead.")
@click.option("--name", "named", help="With --csv: the name (default: the file's).")
@click.option("--target", help="With --csv: the column to predict.")
@click.option("--positive", help="With --csv: the value of the target to look for.")
@click.option("--id", "id_column", help="With --csv: a column that names rows; not learned from.")
@click.option("--time", "time_column", help="With --csv: a column of times; the newest rows test.")
@click.option("--group", "group_column", help="With --csv: a column whose rows stay on one side of the split.")
@click.option("--slice", "slices", multiple=True, help="With --csv: a column to report by.")
@click.option("--ignore", multiple=True, help="With --csv: a column not to learn from.")
@click.option("--category", multiple=True, help="With --csv: a column that is text however it looks.")
@json_option
@pass_session
def train(
    session: Session,
    /, name: str | None, data: tuple[Path, ...], csv_file: Path | None, as_json: bool,
          **given: object) -> None:  # fmt: skip
    """Learn a classifier from labelled rows and register it; nothing is promoted.

    NAME is a built-in one (its features read the texts), or any with --features. Same rows and seed: same digest. Needs
    scikit-learn: pip install 'gonogo[training]'.
    """
    if csv_file is not None:
        _train_table(session, csv_file, name, data, as_json, given)
        return
    if strange := [option for option in (*OF_TABLES, "named") if given[option]]:
        raise click.UsageError(f"--{strange[0].removesuffix('_column')} goes with --csv")
    if name is None:
        raise click.UsageError("give the NAME of the classifier, or --csv FILE")
    learned = _train(session, name, data, given)
    if as_json:
        print_json(learned)
        return
    print_card(learned.card)
    _print_what_next(learned)


def _train(session: Session, name: str, data: Sequence[Path], given: dict[str, object]) -> Learned:
    from dataclasses import replace

    from gonogo.training.fit_options import tuned

    rows = rows_of(data)
    valid = rows_of([given["valid"]]) if isinstance(given["valid"], Path) else None
    features, parent = (None if given[key] is None else str(given[key]) for key in ("features", "parent"))
    options = replace(tuned(features or name), seed=int(str(given["seed"])))
    if given["fpr"] is not None:
        options = replace(options, target=float(str(given["fpr"])))
    session.if_stopped = "Nothing was registered."
    line = status_line()
    learned = session.run(
        lambda workspace: workspace.classifiers.train(
            name, rows, valid=valid, features=features, parent=parent, options=options, progress=working(line)
        )
    )
    if line is not None:
        line.clear()
    return learned


def _train_table(
    session: Session, path: Path, name: str | None, data: Sequence[Path], as_json: bool, given: dict[str, object]
) -> None:
    from gonogo.cli.classifiers_tabular import train_csv
    from gonogo.training.tabular.prepare import TableOptions

    if not given["target"]:
        raise click.UsageError("--csv needs --target COLUMN, the column to predict")
    if strange := [option for option in ("valid", "features", "parent") if given[option]] or (["data"] if data else []):
        raise click.UsageError(f"--{strange[0]} does not go with --csv")
    columns = {"positive": "positive", "id": "id_column", "time": "time_column", "group": "group_column"}
    lists = {"slices": "slices", "ignore": "ignore", "categories": "category"}
    options = TableOptions(
        target=str(given["target"]),
        seed=int(str(given["seed"])),
        false_positives=0.01 if given["fpr"] is None else float(str(given["fpr"])),
        **{field: given[option] for field, option in (columns | lists).items()},  # type: ignore[arg-type]
    )
    chosen = name or (str(given["named"]) if given["named"] else None)
    train_csv(session, path, chosen, options, as_json=as_json)


def _print_what_next(learned: Learned) -> None:
    named = f"{learned.card.name}@{short(learned.card.digest)}"
    click.echo()
    if learned.known:
        click.echo(f"{named} was registered before: same rows, same seed, same weights")
    else:
        click.echo(f"registered {named}")
    if learned.comparison is not None:
        print_comparison(learned.comparison)
    if learned.comparison is None or learned.comparison.exit_code == 0:
        say("next: ", f"`gonogo classifiers promote {named} --reason WHY` lets new builds pin it", hang=6)


@click.command()
@click.argument("classifier")
@data_option
@json_option
@pass_session
def evaluate(session: Session, classifier: str, data: tuple[Path, ...], as_json: bool) -> None:
    """Measures of CLASSIFIER (NAME or NAME@DIGEST) on labelled rows, at its own threshold, overall and by slice."""
    rows, line = rows_of(data), status_line()
    found = session.run(lambda workspace: workspace.classifiers.evaluate(classifier, rows, working(line)))
    if line is not None:
        line.clear()
    if as_json:
        print_json(found)
        return
    click.secho(f"{found.card.name}@{short(found.card.digest)}", bold=True)
    if found.trained_on:
        click.secho("  its weights were learned from exactly these rows: it looks better than it is", fg="yellow")
    print_measures(found.measures, f"{counted(found.data.rows, 'row')} of {found.tested_on}")
    print_slices(found.slices)


@click.command()
@click.argument("candidate")
@click.argument("baseline")
@data_option
@json_option
@pass_session
def compare(session: Session, candidate: str, baseline: str, data: tuple[Path, ...], as_json: bool) -> int:
    """CANDIDATE against BASELINE on the same rows, paired, with the interval of the difference, also by slice.

    Kept as the proof of a promotion. Exit code 0 better or not worse, 1 worse, 3 cannot tell.
    """
    rows, line = rows_of(data), status_line()
    found = session.run(lambda workspace: workspace.classifiers.compare(candidate, baseline, rows, working(line)))
    if line is not None:
        line.clear()
    if as_json:
        print_json(found)
    else:
        print_comparison(found)
    return found.exit_code


def print_comparison(found: ClassifierComparison) -> None:
    """The outcome, and the slices that differ."""
    outcome, _, rest = found.line.partition(": ")
    head = f"@{short(found.candidate)} against @{short(found.baseline)} on {printable(found.tested_on)}: "
    say(head + click.style(outcome, fg=COLOURS[found.outcome], bold=True) + ": ", rest, hang=2)
    if not found.independent:
        click.secho("  learned from exactly these rows: proves nothing for a promotion", fg="yellow")
    measured = [part for part in found.slices if part.difference is not None]
    if measured:
        table(("SLICE", "ROWS", "CANDIDATE", "BASELINE", "DIFFERENCE AT 90 %", ""), [_part(part) for part in measured])
    small = len(found.slices) - len(measured)
    if small:
        click.echo(dim(f"  {counted(small, 'slice')} too small to say"))


def _part(part: ComparedRows) -> tuple[str, ...]:
    numbers = (part.candidate, part.baseline, part.low, part.high)
    if part.difference is None or None in numbers:
        return (part.name, str(part.rows), "-", "-", "-", part.note)
    spread = f"{part.difference:+.3f} [{part.low:+.3f}, {part.high:+.3f}]"
    outcome = click.style(part.outcome, fg=COLOURS[part.outcome])
    return (printable(part.name), str(part.rows), f"{part.candidate:.3f}", f"{part.baseline:.3f}", spread, outcome)
