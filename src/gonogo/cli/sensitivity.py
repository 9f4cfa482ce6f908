"""Command sensitivity: which words of the system prompt carry the behaviour.

Here: parsing, the plan before anything is spent, the report for a terminal. Not here: the measurement (``evaluation``),
the page (``sensitivity_page``).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from gonogo.cli.output import counted, dim, duration, json_option, money, print_json, printable, shortened
from gonogo.cli.progress import StatusLine
from gonogo.cli.session import Session, pass_session
from gonogo.cli.tables import table
from gonogo.domain.sensitivity import PROMPT_EDITS, QUESTION_EDITS

if TYPE_CHECKING:
    from gonogo.domain.sensitivity import EditEffect, Reading, Sensitivity

Kind = TypeVar("Kind", bound=str)
MOST_SHOWN = 20
HOT = ((0.10, "red"), (0.02, "yellow"), (0.0, "cyan"))
"""From which share of an answer's words on, a prompt's word has this colour."""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
@click.option("--budget", type=click.IntRange(min=50), default=2_000, show_default=True, help="Most answers to make.")
@click.option("--kinds", help=f"Edits of the prompt, with commas: {', '.join(PROMPT_EDITS)} (default: all), or none.")
@click.option("--questions", help=f"Forms of questions: {', '.join(QUESTION_EDITS)} (default: all), or none.")
@click.option("--seed", type=int, default=0, show_default=True, help="Order of the golden tasks, and typos.")
@click.option("--concurrency", type=click.IntRange(1, 256), default=8, show_default=True)
@click.option("--html", "page", type=click.Path(path_type=Path, dir_okay=False), help="Write the report as one page.")
@json_option
@pass_session
def sensitivity(
    session: Session, /, folder: Path, budget: int, kinds: str | None, questions: str | None, seed: int,
    concurrency: int, page: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Edit the system prompt of FOLDER one word at a time, and the form of its golden questions, and show how far the
    answers and their scores move. Nothing is stored.

    The budget goes first to leaving every word out, then to the words that matter, with all kinds of edits. Every
    interval holds however the budget was spent.
    """
    from gonogo.evaluation.sensitivity import SensitivityOptions

    line = StatusLine() if sys.stderr.isatty() else None
    options = SensitivityOptions(
        budget=budget,
        prompt=_chosen("--kinds", kinds, PROMPT_EDITS),
        questions=_chosen("--questions", questions, QUESTION_EDITS),
        seed=seed,
        concurrency=concurrency,
        progress=None if line is None else lambda made, most: line.write(f"asking: {made} of at most {most} answers"),
    )
    if not options.prompt and not options.questions:
        raise click.UsageError("--kinds none and --questions none leave nothing to edit")
    if not as_json:
        click.echo(dim(f"at most {budget} answers will be asked for; --budget changes that"), err=True)
    session.if_stopped = "Nothing was stored."
    report = session.run(lambda workspace: workspace.folders.sensitivity(folder, options))
    if line is not None:
        line.clear()
    if page is not None:
        from gonogo.cli.sensitivity_page import written

        page.write_text(written(report), encoding="utf-8")
    if as_json:
        print_json(report)
        return
    _print(report)
    if page is not None:
        click.echo(dim(f"the page is {page}"))


def _chosen(option: str, given: str | None, known: tuple[Kind, ...]) -> tuple[Kind, ...]:
    if given is None:
        return known
    named = [one.strip() for one in given.split(",") if one.strip()]
    if named == ["none"]:
        return ()
    for one in named:
        if one not in known:
            raise click.BadParameter(f"{one!r} is none of {', '.join(known)}", param_hint=option)
    return tuple(kind for kind in known if kind in named)


def _print(report: Sensitivity) -> None:
    if report.prompt:
        click.echo(_heat_map(report))
        click.echo()
        _print_edits("EDIT OF THE PROMPT", report.prompt)
    if report.questions:
        click.echo()
        _print_edits("FORM OF THE QUESTION", report.questions)
    click.echo()
    _print_sums(report)


def _heat_map(report: Sensitivity) -> str:
    """The prompt with its hot words coloured on a terminal, and their figure behind them everywhere."""
    shown = []
    for word, heat in zip(report.words, report.heat, strict=True):
        plain = printable(word)
        if not heat:
            shown.append(plain)
            continue
        colour = next(name for least, name in HOT if heat >= least)
        shown.append(f"{click.style(plain, fg=colour, bold=True)}{dim(f'[{100 * heat:.0f} %]')}")
    return " ".join(shown)


def _print_edits(head: str, effects: Sequence[EditEffect]) -> None:
    moving = [one for one in effects if one.moved.value or one.flipped.value or one.carries]
    if not moving:
        click.echo(f"{head.lower()}: none of {len(effects)} moved any answer")
        return
    rows = [
        (
            "*" if one.carries else " ",
            shortened(printable(one.edit.said), 48),
            _cell(one.moved),
            _cell(one.flipped),
            str(one.broke),
            str(one.moved.n),
            dim(one.example),
        )
        for one in moving[:MOST_SHOWN]
    ]
    table(("", head, "WORDS THAT MOVED", "TASKS FLIPPED", "BROKE", "OF", "MOST ON"), rows, yielding=("MOST ON", "OF"))
    still = len(effects) - len(moving)
    more = f"{counted(len(moving) - MOST_SHOWN, 'more')} moved some, " if len(moving) > MOST_SHOWN else ""
    click.echo(dim(f"{more}{still} of {len(effects)} moved nothing where they were tried; * beyond what chance does"))


def _cell(reading: Reading) -> str:
    if reading.value is None:
        return "-"
    return f"{100 * reading.value:.1f} % [{100 * reading.low:.1f}, {100 * reading.high:.1f}]"


def _print_sums(report: Sensitivity) -> None:
    noise = report.noise
    click.echo(f"asked again without any edit: {_cell(noise.moved)} of words moved, {_cell(noise.flipped)} flipped")
    failed = sum(one.errors for one in (*report.prompt, *report.questions, noise))
    errors = f", {failed} without result" if failed else ""
    click.echo(
        f"{report.answers} answers over {counted(report.tasks, 'golden task')}{errors} in {duration(report.wall)}; "
        f"{report.tokens_in} tokens in, {report.tokens_out} out; cost {money(report.cost)}"
    )
    click.echo(dim("intervals: 95 % each, whenever one looks; * holds for all edits together"))
    if report.stopped:
        click.echo(f"Stopped: {printable(report.stopped)}. What is shown holds for the answers made.", err=True)
