"""Classifier page: a card on one screen; how a measure is written.

Here: phrasing. Not here: commands (``classifiers_show``, ``classifiers_train``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from gonogo.cli.output import counted, dim, duration, moment, printable, say
from gonogo.cli.tables import table
from gonogo.digest import short

if TYPE_CHECKING:
    from gonogo.domain import ClassifierCard, DataFingerprint, IdentityGap, Measure, Slice, TrainingCost

MOST_SLICES, MOST_SOURCES, MOST_COLUMNS = 12, 8, 8


def told(measure: Measure) -> str:
    """``0.941 [0.930, 0.952] n 400``, or why nothing can be said."""
    if measure.value is None:
        return measure.note or "unknown"
    if measure.low is None or measure.high is None:
        return f"{measure.value:.3f} n {measure.n}"
    return f"{measure.value:.3f} [{measure.low:.3f}, {measure.high:.3f}] n {measure.n}"


def _between(measure: Measure) -> str:
    return told(measure).rpartition(" n ")[0]


def share(value: float) -> str:
    """``1 %``, ``0.25 %``."""
    return f"{100.0 * value:.3g} %"


def print_card(card: ClassifierCard) -> None:
    """Everything that matters of a card; ``--json`` has the rest."""
    click.secho(f"{card.name}@{short(card.digest)}", bold=True)
    parent = f", made from @{short(card.parent)}" if card.parent else ""
    click.echo(f"  trained    {moment(card.created_at)}, seed {card.seed}{parent}")
    click.echo(f"  form       {card.form} over {card.features}, code {short(card.code)}")
    _print_data(card.data)
    threshold = card.threshold
    where = f" ({printable(threshold.negatives)})" if threshold.negatives else ""
    say(
        "  threshold  ",
        f"{threshold.value:.4f}, set for {share(threshold.target)} false positives; gave "
        f"{told(threshold.false_positives)}{where}",
        hang=13,
    )
    print_measures(card.measures, card.tested_on)
    print_slices(card.slices)
    if card.identity is not None:
        _print_identity(card.identity)
    if card.label_noise is not None:
        click.echo(f"\nlabels that are probably wrong: {told(card.label_noise)}")
    if card.importance:
        click.echo("\nlog loss a row gains when a column is shuffled")
        table(("COLUMN", "IMPORTANCE"), [(name, told(m)) for name, m in list(card.importance.items())[:MOST_COLUMNS]])
        _left_out(len(card.importance) - MOST_COLUMNS, "column")
    if card.cost is not None:
        click.echo(f"\ncost  {_cost(card.cost)}")
    if card.note:
        say("\nnote  ", printable(card.note), hang=6)


def print_measures(measures: Mapping[str, Measure], tested_on: str) -> None:
    """One line each, with interval and count."""
    from gonogo.training.measures import MEASURES

    named = [name for name in MEASURES if name in measures] + [name for name in measures if name not in MEASURES]
    click.echo(f"\nmeasured on {printable(tested_on)}" if tested_on else "\nmeasured")
    width = max(map(len, named), default=0)
    for name in named:
        click.echo(f"  {name.replace('_', ' '):<{width}}  {told(measures[name])}")
    if not named:
        click.echo(dim("  nothing yet: `gonogo classifiers evaluate NAME --data FILE`"))


def print_slices(slices: Sequence[Slice], most: int = MOST_SLICES) -> None:
    """The largest ones: AUC and both error rates."""
    if not slices:
        return
    click.echo()
    largest = sorted(slices, key=lambda one: -one.rows)[:most]
    shown = sorted(largest, key=lambda one: (one.dimension, -one.rows, one.name))
    table(
        ("SLICE", "ROWS", "POSITIVE", "FALSE POSITIVES", "FALSE NEGATIVES", "AUC"),
        [_slice(one) for one in shown],
        yielding=("AUC", "POSITIVE"),
    )
    _left_out(len(slices) - most, "smaller slice")


def _slice(one: Slice) -> tuple[str, ...]:
    rates = (one.measures.get(name) for name in ("false_positive_rate", "false_negative_rate", "auc"))
    # What each rests on stands in the row: all of it, its negatives, its positives.
    cells = (dim("n too small") if rate is None or rate.value is None else _between(rate) for rate in rates)
    return (f"{one.dimension}: {printable(one.name)}", str(one.rows), str(one.positives), *cells)


def _print_data(data: DataFingerprint) -> None:
    click.echo(f"  data       {counted(data.rows, 'row')}, {data.positives} positive, fingerprint {short(data.digest)}")
    for source in data.sources[:MOST_SOURCES]:
        licence = source.licence or "no licence named"
        counts = f"{counted(source.rows, 'row')}, {source.positives} positive"
        click.echo(f"               {printable(source.name)}: {counts}; {dim(printable(licence))}")
    _left_out(len(data.sources) - MOST_SOURCES, "more source", indent=15)


def _print_identity(found: IdentityGap) -> None:
    click.echo(f"\n{counted(found.sentences, 'sentence')}, each with {counted(found.terms, 'group term')}")
    click.echo(f"  change sides when only the term changes  {told(found.flip_rate)}")
    ends = f" (highest '{found.highest}', lowest '{found.lowest}')" if found.highest else ""
    click.echo(f"  gap of mean probability                  {told(found.score_gap)}{ends}")


def _cost(cost: TrainingCost) -> str:
    gpu = f", {cost.gpu_hours:.2f} GPU hours" if cost.gpu_hours else ""
    took = f"{duration(cost.cpu_seconds)} CPU, {duration(cost.wall_seconds)} in all{gpu}"
    return f"{took}, at most {cost.peak_memory / 2**20:,.0f} MiB"


def _left_out(count: int, noun: str, indent: int = 2) -> None:
    if count > 0:
        click.echo(dim(" " * indent + f"and {counted(count, noun)}: see --json"))
