"""Commands ``judge list``, ``show``, ``label`` and ``calibrate``: judges, and how far people agree with them.

Here: parsing and phrasing. Not here: the verbs (``assembly.judges``), whether a judge may decide (``gate``).
"""

from __future__ import annotations

import csv
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gonogo.cli.output import coloured, counted, dim, json_option, moment, money, print_json, printable, say, shortened
from gonogo.cli.session import Session, pass_session
from gonogo.cli.tables import table
from gonogo.digest import short
from gonogo.errors import BadInput

if TYPE_CHECKING:
    from gonogo.assembly.judges import ToLabel
    from gonogo.gate import JudgeQuality, JudgeStanding
    from gonogo.statistics import Rate

WORDS = {"yes": 1.0, "y": 1.0, "no": 0.0, "n": 0.0}
COLUMNS = ("answer", "question", "reference", "said", "value", "note")
"""Of a sheet of answers to label; people fill in ``value`` and, where they like, ``note``."""


@click.group()
def judge() -> None:
    """Models that judge answers: how far people agree with them, and whether they may decide."""


@judge.command("list")
@click.argument("target", metavar="MISSION")
@json_option
@pass_session
def list_judges(session: Session, target: str, as_json: bool) -> None:
    """The judges of a Mission (its newest Version, or support@7), and how each stands."""
    found = session.run(lambda workspace: workspace.judges.standings(target))
    if as_json:
        print_json([_plain(standing) for standing in found])
        return
    if not found:
        click.echo(f"{target} has no judges: add a section judges to mission.yaml.")
        return
    table(
        ("JUDGE", "KIND", "MODEL", "DIGEST", "LABELS", "KAPPA", "STANDING"),
        [
            (
                standing.judge.name,
                standing.judge.kind,
                printable(standing.judge.model),
                short(standing.judge.digest),
                str(len(standing.calibration.labels)) if standing.calibration else "0",
                _kappa(standing.quality),
                standing.why_not or "decides",
            )
            for standing in found
        ],
        yielding=("DIGEST", "MODEL"),
    )


@judge.command()
@click.argument("name")
@click.argument("target", metavar="MISSION")
@json_option
@pass_session
def show(session: Session, name: str, target: str, as_json: bool) -> None:
    """One judge: what it is told, and what its newest calibration says of it."""
    standing = session.run(lambda workspace: workspace.judges.standing(name, target))
    if as_json:
        print_json(_plain(standing))
        return
    found = standing.judge
    click.echo(f"{click.style(found.name, bold=True)}  {found.kind}, {found.provider} {printable(found.model)}")
    click.echo(dim(f"  digest {short(found.digest)}; passes from {found.threshold:g}"))
    if found.rubric:
        say("  told       ", printable(found.rubric), hang=13)
    for number, step in enumerate(found.steps, start=1):
        say(f"  step {number:<5} ", printable(step), hang=13)
    _print_quality(standing)


@judge.command()
@click.argument("name")
@click.argument("target", metavar="MISSION")
@json_option
@pass_session
def calibrate(session: Session, name: str, target: str, as_json: bool) -> None:
    """Hold a judge against every answer that people labelled for it, and keep the result.

    From then on `gonogo evaluate` lets it decide, or says why it may not.
    """
    session.if_stopped = "Nothing was kept."
    made = session.run(lambda workspace: workspace.judges.calibrate(name, target))
    if as_json:
        print_json(
            {**_plain(made.standing), "asked": {"calls": made.calls, "cost": made.cost}, "without": made.without}
        )
        return
    _print_quality(made.standing)
    if made.without:
        why = "the answer is gone, of another Mission, or says nothing to this judge"
        click.echo(dim(f"  {counted(made.without, 'label')} left out: {why}"))
    click.echo(dim(f"  asked: {counted(made.calls, 'call')}, cost {money(made.cost)}"))


@judge.command()
@click.argument("name")
@click.argument("target", metavar="MISSION")
@click.option("--most", default=25, show_default=True, type=click.IntRange(1, 10_000), help="Answers to show.")
@click.option("--seed", default=0, show_default=True, help="Gives the random order.")
@click.option("--sheet", type=click.Path(path_type=Path), help="Write them to this CSV file instead, for people.")
@click.option("--from", "filled", type=click.Path(path_type=Path), help="Take the labels of such a file.")
@json_option
@pass_session
def label(
    session: Session,
    name: str,
    target: str,
    most: int,
    seed: int,
    sheet: Path | None,
    filled: Path | None,
    as_json: bool,
) -> None:
    """Say what you think of answers to golden tasks, without seeing what the judge says.

    They come in random order, so that any number of labels is a fair sample. Labels belong to the answer: they stay
    when the judge changes.
    """
    if filled is not None:
        kept = _take(session, name, target, _filled(filled))
        _said(kept, name, target, as_json)
        return
    answers = session.run(lambda workspace: workspace.judges.unlabelled(name, target, most=most, seed=seed))
    if sheet is not None:
        _write(sheet, answers)
        if as_json:
            print_json({"sheet": str(sheet), "answers": len(answers)})
        else:
            click.echo(f"{counted(len(answers), 'answer')} in {sheet}: fill in value (yes, no, or 0 to 1), then")
            click.echo(f"  gonogo judge label {name} {target} --from {sheet}")
        return
    kept = 0
    for number, answer in enumerate(answers, start=1):
        value = _asked(answer, number, len(answers))
        if value is None:
            break
        if value >= 0:
            kept += _take(session, name, target, [(answer.name, value, "")])
    _said(kept, name, target, as_json)


@judge.command()
@click.argument("name")
@click.argument("candidate")
@click.argument("baseline")
@json_option
@pass_session
def compare(session: Session, name: str, candidate: str, baseline: str, as_json: bool) -> None:
    """Which of two Versions answers better by a pairwise judge, in both orders.

    The stored answers of both are compared; nothing is generated and nothing is decided.
    """
    found = session.run(lambda workspace: workspace.judges.compare(name, candidate, baseline))
    if as_json:
        print_json({**{key: value for key, value in asdict(found).items() if key != "interval"},
                    "interval": _ends(found.interval)})  # fmt: skip
        return
    won, lost = len(found.won), len(found.lost)
    click.echo(f"{found.candidate} against {found.baseline}: {won} better, {lost} worse, {found.tied} tied")
    if found.mean is not None and found.interval is not None:
        inside = f"{100 * found.interval.low:.1f}..{100 * found.interval.high:.1f}"
        click.echo(f"  preferred  {100 * found.mean:.1f} % (95 % CI {inside}), a tie counts half")
    click.echo(f"  better     p={found.p_better:.3g}, worse p={found.p_worse:.3g} (exact sign tests)")
    click.echo(f"  by place   {counted(found.by_place, 'tie')} where it preferred whichever stood first, or second")
    if found.lost:
        say("  worse      ", printable(", ".join(found.lost[:10])), hang=13)
    if found.failed:
        click.echo(f"  failed     {counted(found.failed, 'pair')} that the judge gave nothing usable for")
    click.echo(dim(f"  asked: {counted(found.calls, 'call')}, cost {money(found.cost)}"))


def _said(kept: int, name: str, target: str, as_json: bool) -> None:
    if as_json:
        print_json({"labels": kept})
    else:
        click.echo(
            f"{counted(kept, 'label')} kept. `gonogo judge calibrate {name} {target}` holds the judge against them."
        )


def _asked(answer: ToLabel, number: int, total: int) -> float | None:
    """What a person says; ``None`` ends it, below 0 skips."""
    click.echo(dim(f"\n{number} of {total}  {answer.name}"))
    for head, text in (
        ("asked      ", answer.question),
        ("reference  ", answer.reference),
        ("answered   ", answer.answer),
    ):
        if text:
            say(head, printable(text), hang=11)
    while True:
        said = click.prompt("good? [y, n, 0..1, s skips, q ends]", default="q", show_default=False).strip().lower()
        if said == "q":
            return None
        if said == "s":
            return -1.0
        try:
            value = WORDS[said] if said in WORDS else float(said)
        except ValueError:
            continue
        if 0.0 <= value <= 1.0:
            return value


def _take(session: Session, name: str, target: str, labels: list[tuple[str, float, str]]) -> int:
    from gonogo.assembly.judges import Label

    said = [Label(answer=answer, value=value, note=note) for answer, value, note in labels]
    return session.run(lambda workspace: workspace.judges.label(name, target, said))


def _write(path: Path, answers: list[ToLabel]) -> None:
    if path.exists():
        raise BadInput(f"{path} exists already: name another file, it may hold labels")
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for answer in answers:
                writer.writerow((answer.name, answer.question, answer.reference, answer.answer, "", ""))
    except OSError as error:
        raise BadInput(f"{path} cannot be written ({error.strerror}): name another file") from error


def _filled(path: Path) -> list[tuple[str, float, str]]:
    """(answer, value, note) of every row that people filled in."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"cannot read {path}: {error}") from error
    if rows and not {"answer", "value"} <= set(rows[0]):
        raise BadInput(
            f"{path} lacks a column answer or value: `gonogo judge label ... --sheet FILE` writes such a file"
        )
    found: list[tuple[str, float, str]] = []
    for line, row in enumerate(rows, start=2):
        said = (row["value"] or "").strip().lower()
        if not said:
            continue
        try:
            value = WORDS[said] if said in WORDS else float(said)
        except ValueError:
            value = -1.0
        if not 0.0 <= value <= 1.0:
            raise BadInput(f"{path}, row {line}: '{shortened(said, 40)}' is no judgement: write yes, no, or 0 to 1")
        found.append((row["answer"] or "", value, row.get("note") or ""))
    return found


def _print_quality(standing: JudgeStanding) -> None:
    quality, calibration, name = standing.quality, standing.calibration, standing.judge.name
    if quality is None or calibration is None:
        click.echo(f"  {coloured('INCONCLUSIVE')}  {standing.why_not}: it is shown and decides nothing")
        click.echo(dim(f"  next: `gonogo judge label {name} MISSION`, about 100 answers; then `calibrate`"))
        return
    click.echo(
        f"  {counted(quality.labels, 'label')}, {moment(calibration.created_at)} by {calibration.created_by or '-'}"
    )
    click.echo(f"  kappa        {_kappa(quality)}")
    click.echo(f"  sensitivity  {_rate(quality.sensitivity)}  of good answers are passed")
    click.echo(f"  specificity  {_rate(quality.specificity)}  of bad answers are failed")
    if (length := quality.length) is not None:
        shown = "" if length.shown else "; not proven"
        inside = f"{length.interval.low:+.3f}..{length.interval.high:+.3f}"
        click.echo(
            f"  length       {length.slope:+.3f} ({inside}) a doubling of the words, beside what people say{shown}"
        )
    if quality.position is not None and quality.first is not None:
        places = f"{quality.first.hits} for the first, {quality.first.total - quality.first.hits} for the second"
        click.echo(f"  position     {_rate(quality.position)}  of pairs decided by the place ({places})")
    if calibration.unjudged:
        click.echo(f"  unjudged     {counted(calibration.unjudged, 'labelled answer')} that the judge failed on")
    if standing.why_not:
        click.echo(f"  {coloured('INCONCLUSIVE')}  {standing.why_not}: it is shown and decides nothing")
        if quality.more:
            click.echo(dim(f"  next: about {counted(quality.more, 'more label')}"))
    else:
        click.echo(f"  {coloured('GO')}  it decides, and what it says is corrected")


def _kappa(quality: JudgeQuality | None) -> str:
    if quality is None or quality.kappa is None or quality.kappa.value is None or quality.kappa.interval is None:
        return "-"
    return f"{quality.kappa.value:.2f} ({quality.kappa.interval.low:.2f}..{quality.kappa.interval.high:.2f})"


def _rate(rate: Rate) -> str:
    if not rate.total:
        return "-"
    exact = rate.clopper_pearson()
    return f"{rate.hits}/{rate.total} = {rate.value or 0.0:.3f} ({exact.low:.3f}..{exact.high:.3f})"


def _plain(standing: JudgeStanding) -> dict[str, Any]:
    quality, calibration = standing.quality, standing.calibration
    return {
        "judge": standing.judge,
        "digest": standing.judge.digest,
        "decides": not standing.why_not,
        "why_not": standing.why_not,
        "calibration": None if calibration is None else {"id": calibration.id, "created_at": calibration.created_at,
                                                          "created_by": calibration.created_by,
                                                          "unjudged": calibration.unjudged},
        "quality": None if quality is None else _plain_quality(quality),
    }  # fmt: skip


def _plain_quality(quality: JudgeQuality) -> dict[str, Any]:
    kappa, length = quality.kappa, quality.length
    return {
        "labels": quality.labels,
        "table": quality.table,
        "kappa": None if kappa is None else {"value": kappa.value, "interval": _ends(kappa.interval)},
        "sensitivity": _plain_rate(quality.sensitivity),
        "specificity": _plain_rate(quality.specificity),
        "length_bias": None if length is None else {"slope": length.slope, "interval": _ends(length.interval)},
        "position_bias": None if quality.position is None else _plain_rate(quality.position),
        "more_labels": quality.more,
    }


def _plain_rate(rate: Rate) -> dict[str, Any]:
    return {"hits": rate.hits, "total": rate.total, "interval": _ends(rate.clopper_pearson() if rate.total else None)}


def _ends(interval: Any) -> list[float] | None:
    return None if interval is None else [interval.low, interval.high]
