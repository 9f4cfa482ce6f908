"""Commands that hold a classifier against traffic: rows, skew, drift, bias, calibrate, features; and annotate.

Here: parsing and phrasing. Not here: the workflows (``assembly.classifier_traffic``, ``training``), the group they hang
in (``classifiers``).
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gonogo.cli.output import counted, dim, json_option, print_json, say
from gonogo.cli.session import Session, pass_session
from gonogo.cli.tables import table
from gonogo.errors import BadInput

if TYPE_CHECKING:
    from gonogo.assembly import Workspace
    from gonogo.domain import Annotation, ClassifierCard, Measure
    from gonogo.training.calibrate import Calibration
    from gonogo.training.drift import ClassifierDrift

ALARM = 1
mission_option = click.option("--mission", "-m", required=True, help="Whose Traces.")
WORDS = {"yes": 1.0, "true": 1.0, "good": 1.0, "no": 0.0, "false": 0.0, "bad": 0.0}


def measured(measure: Measure) -> str:
    """``3.2% [1.1%, 6.8%] of 140``, or why nothing can be said."""
    if measure.value is None:
        return measure.note or "unknown"
    if measure.low is None or measure.high is None:
        return f"{measure.value:.3f}"
    return f"{measure.value:.3f} [{measure.low:.3f}, {measure.high:.3f}] of {measure.n}"


@click.command()
@click.argument("name")
@mission_option
@click.option(
    "--until", type=click.DateTime(), help="Only Annotations made by then: rows as they would have been (UTC)."
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the rows as lines of JSON.")
@json_option
@pass_session
def rows(session: Session, name: str, mission: str, until: datetime | None, out: Path | None, as_json: bool) -> None:
    """Training rows from a Mission's annotated Traces, each as things stood when it was answered."""
    from gonogo.assembly.classifier_traffic import metric_of
    from gonogo.training.rows import write_rows

    moment = None if until is None else until.replace(tzinfo=UTC).timestamp()

    found = session.run(lambda workspace: workspace.traffic.rows(name, mission, until=moment))
    if out is not None:
        write_rows(out, found.rows)
    positives = sum(row.label for row in found.rows)
    if as_json:
        print_json(
            {"rows": len(found.rows), "positives": positives, "skipped": found.skipped, "split": found.split,
             "file": str(out) if out else None}
        )  # fmt: skip
        return
    if not found.rows:
        say(
            "",
            f"no Trace of {mission} is annotated for {name}: `gonogo annotate TRACE {metric_of(name)} yes` makes one",
        )
        return
    click.echo(f"{counted(len(found.rows), 'row')}, {positives} positive" + (f", written to {out}" if out else ""))
    if found.split or found.skipped:
        click.echo(dim(f"left out: {found.split} on which people are split, {found.skipped} that {name} cannot judge"))
    if out is None:
        click.echo(
            f"next: `gonogo classifiers rows {name} --mission {mission} --out rows.jsonl`, then train with --data"
        )


@click.command()
@click.argument("name")
@mission_option
@json_option
@pass_session
def skew(session: Session, name: str, mission: str, as_json: bool) -> None:
    """Whether a classifier reads now, for training, what it read when it served. Exit code 1 where it does not."""
    found = session.run(lambda workspace: workspace.traffic.skew(name, mission))
    if as_json:
        print_json(found)
    elif not found.compared:
        click.echo(f"no Trace of {mission} kept what {name} read ({found.other_versions} by other versions of it)")
    else:
        click.echo(f"{name}, features {found.features}: {counted(found.compared, 'Trace')} compared")
        click.echo(f"differ: {measured(found.rows_differ)}")
        if found.skewed:
            table(
                ["feature", "differs", "largest", "Traces"],
                [
                    [one.feature, measured(one.differs), f"{one.largest:.4g}", " ".join(one.traces)]
                    for one in found.skewed
                ],
            )
    if found.skewed:
        click.get_current_context().exit(ALARM)


@click.command()
@click.argument("name")
@click.option("--mission", "-m", help="Whose Traces (built-in classifiers).")
@click.option("--csv", "csv_file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="A later table with the same columns (tabular classifiers).")  # fmt: skip
@json_option
@pass_session
@click.pass_context
def drift(
    context: click.Context, session: Session, name: str, mission: str | None, csv_file: Path | None, as_json: bool
) -> None:
    """What a classifier reads and says against before, and how right it is by the newest Annotations.

    Exit code 1 on an alarm; the alarm prints the command that retrains.
    """
    if csv_file is not None:
        from gonogo.cli.classifiers_tabular import drift as csv_drift

        context.invoke(csv_drift, name=name, csv_file=csv_file, as_json=as_json)
        return
    if mission is None:
        raise click.UsageError("give --mission NAME for a built-in classifier, or --csv FILE for a tabular one")
    found = session.run(lambda workspace: workspace.traffic.drift(name, mission))
    if as_json:
        print_json(found)
    else:
        _print_drift(found.drift)
        say("accuracy: ", found.accuracy.line)
    if found.alarm:
        context.exit(ALARM)


def _print_drift(found: ClassifierDrift) -> None:
    say("drift: ", f"{found.classifier}: {found.reading} ({found.stream} records against {found.reference})")
    shown = [one for one in found.quantities if one.alarm] or list(found.quantities[:5])
    if shown:
        table(
            ["quantity", "alarm", "evidence", "distance", "median before", "now", "moved by"],
            [
                [one.name, "ALARM" if one.alarm else "-", f"{one.evidence:.3g}", f"{one.distance:.3f}",
                 f"{one.before:.4g}", f"{one.now:.4g}", f"{one.shift:+.2f} spreads"]
                for one in shown
            ],
        )  # fmt: skip
        click.echo(dim(f"an alarm needs evidence {found.threshold:,.0f}: at most 1 false one in 100 such streams"))


@click.command()
@click.argument("name")
@click.option("--data", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Labelled rows: error rates by slice as well.")  # fmt: skip
@json_option
@pass_session
def bias(session: Session, name: str, data: Path | None, as_json: bool) -> None:
    """Whether a classifier treats texts differently for whom they name, how they are written or where they are from."""
    from gonogo.training.rows import read_rows

    labelled = read_rows(data) if data else []
    found = session.run(lambda workspace: workspace.traffic.bias(name, labelled))
    gap, gaps = found.identity, found.slices
    if as_json:
        print_json({"identity": gap, "slices": gaps})
        return
    click.echo(f"{counted(gap.sentences, 'plain sentence')}, each with {gap.terms} group terms:")
    click.echo(f"  change sides when only the term changes: {measured(gap.flip_rate)}")
    click.echo(f"  gap of mean probability: {measured(gap.score_gap)} (highest '{gap.highest}', lowest '{gap.lowest}')")
    if not labelled:
        click.echo(dim("error rates by slice need labels: give --data FILE"))
        return
    table(
        ["slice", "rate", "against all others", "stands"],
        [[f"{one.dimension}: {one.name}", one.rate.replace("_", " "), measured(one.gap), "yes" if one.stands else "-"]
         for one in gaps],
    )  # fmt: skip


@click.command()
@click.argument("name")
@mission_option
@click.option("--promote", is_flag=True, help="Let new builds of this Mission pin the calibrated classifier.")
@json_option
@pass_session
def calibrate(session: Session, name: str, mission: str, promote: bool, as_json: bool) -> None:
    """Make a classifier's probabilities true for a Mission, from a few dozen annotated Traces."""

    async def work(workspace: Workspace) -> tuple[Calibration, ClassifierCard]:
        return await workspace.classifiers.calibrate(name, await workspace.known(mission), promote=promote)

    found, card = session.run(work)
    if as_json:
        print_json({"calibration": found, "digest": card.digest, "helps": found.helps, "promoted": promote})
        return
    interval = found.gain.interval
    click.echo(f"{counted(found.labels, 'Annotation')}, {found.positives} positive")
    click.echo(f"log loss falls by {found.gain.value:.3f} [{interval.low:.3f}, {interval.high:.3f}] on labels not used")
    if not found.helps:
        click.echo("not proven to help: more Annotations, or leave it as it is")
    click.echo(f"registered as {name}@{card.digest[:12]}" + (f", pinned by new builds of {mission}" if promote else ""))


@click.command()
@click.argument("name", required=False)
@json_option
def features(name: str | None, as_json: bool) -> None:
    """Every feature that built-in classifiers read: name, type, version, digest of the code."""
    from gonogo.classifiers.catalogue import read_catalogue

    sets = read_catalogue().sets
    if name is not None and name not in sets:
        raise BadInput(f"there is no feature set '{name}': known are {', '.join(sets)}")
    chosen = {key: value for key, value in sets.items() if name in (None, key)}
    if as_json:
        print_json(chosen)
        return
    for key, found in chosen.items():
        blocks = [word for word, there in (("n-grams", found.ngrams), ("embedding", found.embedding)) if there]
        click.echo(
            f"{key}/{found.version}  code {found.code[:12]}" + (f"  and {' and '.join(blocks)}" if blocks else "")
        )
        table(["feature", "type"], [[one.name, one.type] for one in found.features])


@click.command()
@click.argument("trace_id", metavar="TRACE")
@click.argument("metric")
@click.argument("value")
@click.option("--note", default="", help="Why.")
@json_option
@pass_session
def annotate(session: Session, trace_id: str, metric: str, value: str, note: str, as_json: bool) -> None:
    """Say what you think of an answer: `gonogo annotate 0192ab toxicity no`. Yes, no, or a number from 0 to 1.

    TRACE may also be an answer to a golden task, support@7/refund-1, and METRIC the judge whose word is checked.
    Annotations correct judged rates, calibrate judges and classifiers for a Mission and train classifiers.
    """
    number = _judgement(value)

    async def work(workspace: Workspace) -> Annotation:
        if "/" in trace_id:
            return await workspace.judges.annotate(trace_id, metric, number, note=note)
        return await workspace.watch.annotate(await workspace.trace(trace_id), metric, number, note=note)

    kept = session.run(work)
    if as_json:
        print_json(kept)
    else:
        click.echo(f"{kept.author} says {kept.metric} {kept.value:g} of {kept.trace_id}")


def _judgement(value: str) -> float:
    try:
        return WORDS[value.lower()] if value.lower() in WORDS else float(value)
    except ValueError:
        raise BadInput(f"'{value}' is no judgement: say yes or no, or give a number from 0 to 1") from None
